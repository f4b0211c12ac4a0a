"""What a notebook shows of a generation without a kernel: the last text, how it ended, a small table of attempts.

Two outputs stand in the cell. The first is the widget. The second is static HTML, updated when an attempt ends; the
widget hides it while it lives, and it hides the first one where the widget can't be shown. Nothing simpler
worked re-opened, trusted and untrusted, and in nbconvert (tests/browser/test_life.py). All of it is model text: it is
escaped, never interpreted. So it is not given as Markdown: a viewer would fetch its images, and nbconvert would
hand its TeX to LaTeX; nor may MathJax find formulas in it, as it does in any other HTML of a notebook.
"""

from __future__ import annotations

import html
import math
from collections.abc import Mapping, Sequence

from .messages import Row, rest_of
from .visible import visible

STYLE = """
.jp-OutputArea-child:has(.jupyter-widgets):not(:has(.nbstream)):has(+ .jp-OutputArea-child .nbstream-static)
  { display: none }
.nbstream-static pre { font-family: inherit }
.nbstream-static :is(small, .nbstream-kept) { opacity: 0.7 }
.nbstream-static .nbstream-kept { border-inline-end: 2px solid }
"""

WHOLE_WORDS = "white-space: pre-wrap; word-break: normal; overflow-wrap: break-word; margin: 0.5em 0 1em"
"""On the element itself: JupyterLab and nbconvert break lines of a `pre` inside words, and of a notebook that is not
trusted no style sheet is left. Its sanitizer knows no `anywhere`."""

CELL = "text-align: left; white-space: nowrap; padding: 0.3em 0.6em"
CLIPPED = f"{CELL}; max-width: 24em; overflow: hidden; text-overflow: ellipsis"
LONG = ("model", "reason")
"""Columns whose cells are cut to a width; the whole is in their title."""

NO_FORMULAS = "tex2jax_ignore mathjax_ignore"
UNKNOWN = "—"
LINE = 60


def static_bundle(generation_id: str, rows: Sequence[Row], text: str) -> dict[str, str]:
    """The MIME bundle of the static output."""
    if not rows:
        return {"text/html": "", "text/plain": ""}
    last = rows[-1]
    line = f"{last['model']} · attempt {last['number']} · {last['reason'] or last['status']}"
    if last["resumed"]:
        line += f" · {last['resumed']} The first {last['kept']:,} characters were kept."
    cells = [cells_of(row) for row in rows]
    body = (
        f'<div class="nbstream-static {NO_FORMULAS}" data-for="{html.escape(generation_id)}"><style>{STYLE}</style>'
        f"<small>{escaped(line)}</small>"
        f'<pre dir="auto" style="{WHOLE_WORDS}">{two_parts(text, last["kept"])}</pre>{table(cells)}</div>'
    )
    return {
        "text/html": body,
        "text/plain": "\n\n".join(filter(None, (visible(line), visible(text), plain_table(cells)))),
    }


def two_parts(text: str, kept: int) -> str:
    """The text with what was kept of an earlier answer, so many UTF-16 units, marked apart from what is new."""
    offset, new = rest_of(text, kept)
    old = text[: len(text) - len(new)]
    return f'<span class="nbstream-kept">{escaped(old)}</span>{escaped(new)}' if offset else escaped(text)


def escaped(text: str) -> str:
    """The text as HTML shows it, letter by letter."""
    return html.escape(visible(text))


def cells_of(row: Row) -> dict[str, str]:
    """A line of the table of attempts, by its heads: plain text."""
    meter = row["meter"]
    return {
        "attempt": str(row["number"]),
        "model": row["model"],
        "ended by": row["ended_by"] or row["status"],
        "tokens in": number(meter["input_tokens"], meter["input_source"]),
        "received": number(meter["received_tokens"], meter["received_source"]),
        "generated": number(meter["output_tokens"], meter["output_source"]),
        "overrun": number(meter["overrun_tokens"], "final"),
        "cost": money(meter["cost_usd"], meter["cost_note"]),
        "reason": row["reason"] or "",
    }


def table(lines: Sequence[Mapping[str, str]], drawn: Mapping[str, Sequence[str]] | None = None) -> str:
    """The lines as HTML, in a frame that scrolls. `drawn`: columns after the first, which are elements of our own."""
    drawn = drawn or {}
    first, *rest = lines[0]
    head = "".join(f'<th style="{CELL}">{name}</th>' for name in (first, *drawn, *rest))
    body = "".join(
        f"<tr>{cell(first, line[first])}"
        + "".join(f'<td style="{CELL}">{column[place]}</td>' for column in drawn.values())
        + "".join(cell(name, line[name]) for name in rest)
        + "</tr>"
        for place, line in enumerate(lines)
    )
    return (
        '<div style="overflow-x: auto" tabindex="0" role="region" aria-label="attempts">'  # scrolled by keys too
        f'<table style="margin: 0"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def cell(name: str, text: str) -> str:
    """A cell of the table, in one line."""
    if name in LONG:
        return f'<td style="{CLIPPED}" title="{escaped(text)}">{escaped(text)}</td>'
    return f'<td style="{CELL}">{escaped(text)}</td>'


def plain_table(lines: Sequence[Mapping[str, str]]) -> str:
    """The lines as text, their columns aligned."""
    shown = [{name: name for name in lines[0]}, *lines]
    cells = [[" ".join(shorter(visible(cell)).split()) for cell in line.values()] for line in shown]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)


def shorter(text: str) -> str:
    """A reason that fits a line."""
    return text if len(text) <= LINE else text[: LINE - 1] + "…"


def number(tokens: int | None, source: str) -> str:
    """A count as people read it: a tilde for an estimate, a dash for what is not known."""
    if tokens is None:
        return UNKNOWN
    return f"{'~' if source == 'estimate' else ''}{tokens:,}"


def money(usd: float | None, doubt: str | None) -> str:
    """Dollars as people read them, the smaller the more figures; a tilde for what is not exact."""
    if usd is None:
        return UNKNOWN
    digits = 2 if usd == 0 or usd >= 0.1 else min(9, 1 - math.floor(math.log10(usd)))
    return f"{'~' if doubt else ''}${usd:.{digits}f}"
