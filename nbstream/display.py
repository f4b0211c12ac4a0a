"""What a notebook shows of a generation without a kernel: the last text, how it ended, a small table of attempts.

Two outputs stand in the cell. The first is the widget. The second is static HTML, updated when an attempt ends; it
hides itself while the widget lives, and hides the first one where the widget can't be shown. Nothing simpler
worked re-opened, trusted and untrusted, and in nbconvert (reference/notebook.md 4). All of it is model text: it is
escaped, never interpreted. So it is not given as Markdown: a viewer would fetch its images, and nbconvert would
hand its TeX to LaTeX; nor may MathJax find formulas in it, as it does in any other HTML of a notebook.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

from .messages import Row, rest_of
from .visible import visible

STYLE = """
body:has(.nbstream[data-generation="{id}"]) .nbstream-static[data-for="{id}"] {{ display: none }}
.jp-OutputArea-child:has(.jupyter-widgets):not(:has(.nbstream)):has(+ .jp-OutputArea-child .nbstream-static)
  {{ display: none }}
.nbstream-static pre {{ white-space: pre-wrap; font-family: inherit; margin: 0.5em 0 }}
.nbstream-static :is(small, .nbstream-kept) {{ opacity: 0.7 }}
.nbstream-static .nbstream-kept {{ border-inline-end: 2px solid }}
"""

NO_FORMULAS = "tex2jax_ignore mathjax_ignore"


def static_bundle(generation_id: str, rows: Sequence[Row], text: str) -> dict[str, str]:
    """The MIME bundle of the static output."""
    if not rows:
        return {"text/html": "", "text/plain": ""}
    last = rows[-1]
    line = f"{last['model']} · attempt {last['number']} · {last['reason'] or last['status']}"
    if last["resumed"]:
        line += f" · {last['resumed']} The first {last['kept']:,} characters were kept."
    style = STYLE.format(id=html.escape(generation_id))
    body = (
        f'<div class="nbstream-static {NO_FORMULAS}" data-for="{html.escape(generation_id)}"><style>{style}</style>'
        f"<small>{escaped(line)}</small>"
        f'<pre dir="auto">{two_parts(text, last["kept"])}</pre>{table(rows)}</div>'
    )
    return {"text/html": body, "text/plain": visible(text)}


def two_parts(text: str, kept: int) -> str:
    """The text with what was kept of an earlier answer, so many UTF-16 units, marked apart from what is new."""
    offset, new = rest_of(text, kept)
    old = text[: len(text) - len(new)]
    return f'<span class="nbstream-kept">{escaped(old)}</span>{escaped(new)}' if offset else escaped(text)


def escaped(text: str) -> str:
    """The text as HTML shows it, letter by letter."""
    return html.escape(visible(text))


def table(rows: Sequence[Row]) -> str:
    """The attempts, a line each."""
    heads = ("attempt", "ended by", "reason", "tokens in", "received", "generated", "overrun")
    lines = [
        (
            str(row["number"]),
            row["ended_by"] or row["status"],
            row["reason"] or "",
            number(row["meter"]["input_tokens"], row["meter"]["input_source"]),
            number(row["meter"]["received_tokens"], row["meter"]["received_source"]),
            number(row["meter"]["output_tokens"], row["meter"]["output_source"]),
            number(row["meter"]["overrun_tokens"], "final"),
        )
        for row in rows
    ]
    head = "".join(f"<th>{name}</th>" for name in heads)
    body = "".join("<tr>" + "".join(f"<td>{escaped(cell)}</td>" for cell in line) + "</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def number(tokens: int | None, source: str) -> str:
    """A count as people read it: a tilde for an estimate, a dash for what is not known."""
    if tokens is None:
        return "—"
    return f"~{tokens}" if source == "estimate" else str(tokens)
