"""The text of an answer in a real JupyterLab: colours and copy buttons of code, formulas, right-to-left text."""

from __future__ import annotations

import pytest
from notebooks import Jupyter, Notebook
from story import wait_for_state

pytestmark = pytest.mark.browser

ANSWER = r"""# Attention

It is \(\operatorname{softmax}(QK^\top/\sqrt{d_k})\,V\) with $d_k = 64$; it costs $5 to $10,
and $HOME:$PATH is no formula.

$$\mathcal{L} = -\sum_{t=1}^{T} \log p_\theta(x_t \mid x_{<t})$$

```python
import numpy as np


def attention(q: np.ndarray, k, v):
    "Scaled dot product."  # one head
    return softmax(q @ k.T / np.sqrt(64)) @ v
```

| layer | parameters | share |
|---|---|---|
| attention | 2 359 296 | 33 % |
| feed-forward | 4 718 592 | 66 % |

- [x] trained
- [ ] tested

```sql
SELECT model, sum(tokens) AS spent FROM attempts WHERE cost > 0.5 GROUP BY model; -- by model
```

```unheard-of
plain { text }
```

مرحبا بالعالم، هذا نص.

A note[^1].

[^1]: At the end.
"""
CELL = """
import nbstream
gen = nbstream.generate("Hello", nbstream.Replay.text({text!r}, events_per_s=0))
gen.wait()
gen
"""
COLOURED = "() => document.querySelector('section.nbstream pre .nbstream-hl-keyword')"
DRAWN = "n => document.querySelectorAll('section.nbstream .nbstream-drawn mjx-container').length === n"


def show(notebook: Notebook) -> None:
    notebook.run(0)
    wait_for_state(notebook, "finished")


def test_code_is_coloured_and_the_selection_stays(anywhere: Jupyter) -> None:
    text = "```python\nfor x in y: pass\n```\n\n```text\nfor\n```\n"
    with anywhere.shared(CELL.format(text=text)) as notebook:
        notebook.page.evaluate(
            """() => new MutationObserver((_, observer) => {
                const code = document.querySelector('section.nbstream pre code');
                if (code?.firstChild?.length > 10) {
                    observer.disconnect();
                    document.getSelection().setBaseAndExtent(code.firstChild, 4, code.firstChild, 10);
                }
            }).observe(document, { childList: true, subtree: true, characterData: true })"""
        )
        show(notebook)
        notebook.page.wait_for_function(COLOURED)
        assert notebook.page.evaluate("() => document.getSelection().toString()") == "x in y"
        blocks = notebook.text.locator("pre code")
        assert blocks.nth(0).locator(".nbstream-hl-keyword").all_inner_texts() == ["for", "in", "pass"]
        assert blocks.nth(0).evaluate("node => node.textContent") == "for x in y: pass"
        assert blocks.nth(1).locator("span").count() == 0


def test_a_page_asks_for_the_colours_once(lab: Jupyter) -> None:
    sent: list[str] = []
    with lab.notebook(CELL.format(text=ANSWER), CELL.format(text=ANSWER)) as notebook:
        notebook.page.on(
            "websocket",
            lambda socket: socket.on("framereceived", lambda frame: sent.append(str(frame)[:3000])),
        )
        notebook.reload()
        show(notebook)
        notebook.page.wait_for_function(COLOURED)
        notebook.run(1)
        notebook.page.wait_for_function("() => document.querySelectorAll('.nbstream-hl-keyword').length > 8")
        assert sum('"name": "extras"' in frame for frame in sent) == 1


def test_formulas_are_drawn_and_their_source_is_what_is_copied(anywhere: Jupyter) -> None:
    with anywhere.shared(CELL.format(text=ANSWER)) as notebook:
        show(notebook)
        notebook.page.wait_for_function(DRAWN, arg=3)
        notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        notebook.text.evaluate(
            "node => { document.getSelection().selectAllChildren(node); document.execCommand('copy') }"
        )
        text = notebook.page.evaluate("() => navigator.clipboard.readText()")
        assert r"with $d_k = 64$; it costs $5 to $10," in text
        assert "$HOME:$PATH is no formula." in text
        assert r"$$\mathcal{L} = -\sum_{t=1}^{T} \log p_\theta(x_t \mid x_{<t})$$" in text


HARM = r"""\(\href{javascript:window.pwned=1}{a}\) \(\mmlToken{mglyph}[src="http://127.0.0.1:9/x"]{}\) $\def\a{b}\a$
\(\require{html}\class{jp-Notebook}{x}\) \(\style{position:fixed}{x}\) \(\def\a{\a\a}\a\) \(\rule{9999px}{9999px}\)
\(\unicode{x202e}\) \(\begin{evil}x\end{evil}\) \(\input{x}\) \(\csname href\endcsname{javascript:x}{y}\) \(x^2\)"""


def test_hostile_formulas_are_shown_as_source(lab: Jupyter) -> None:
    with lab.shared(CELL.format(text=HARM)) as notebook:
        asked: list[str] = []
        notebook.page.on("request", lambda request: asked.append(request.url))
        show(notebook)
        notebook.page.wait_for_function(DRAWN, arg=1)
        assert notebook.text.locator(".nbstream-formula").count() == HARM.count(r"\(") + 1
        assert notebook.text.locator(".nbstream-drawing").count() == 1
        assert notebook.text.locator("a[href], img, [id]").count() == 0
        assert not [url for url in asked if ":9/" in url]
        assert notebook.page.evaluate("() => window.pwned") is None


def test_code_and_answer_can_be_copied_by_keyboard(lab: Jupyter) -> None:
    with lab.shared(CELL.format(text=ANSWER)) as notebook:
        notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        show(notebook)
        notebook.page.wait_for_function(DRAWN, arg=3)

        def press(selector: str) -> str:
            button = notebook.widget.locator(selector).first
            button.focus()
            notebook.page.keyboard.press("Enter")
            notebook.page.wait_for_function("() => document.activeElement.dataset.label === 'copied'")
            copied: str = notebook.page.evaluate("() => navigator.clipboard.readText()")
            return copied

        assert press(".nbstream-bar .nbstream-copy") == ANSWER.split("```")[1].partition("\n")[2].rstrip("\n")
        assert press(".nbstream-footer .nbstream-copy[data-label='copy Markdown']") == ANSWER
        text = press(".nbstream-footer .nbstream-copy[data-label='copy text']")
        assert text.startswith("Attention")
        assert "$d_k = 64$" in text
        assert "copy" not in text.lower()
        assert "**" not in text


def test_a_right_to_left_paragraph_begins_on_the_right(lab: Jupyter) -> None:
    with lab.shared(CELL.format(text=ANSWER)) as notebook:
        show(notebook)
        ends = notebook.text.locator("p", has_text="مرحبا").evaluate(
            """node => {
                const range = document.createRange();
                range.setStart(node.firstChild, 0);
                range.setEnd(node.firstChild, 1);
                return node.getBoundingClientRect().right - range.getBoundingClientRect().right;
            }"""
        )
        assert ends < 2


RIGHT = (
    "- [x] مهمة منجزة\n- [ ] مهمة `f(x)` أخرى\n\n1. واحد\n\n> اقتباس\n\n| عمود | آخر |\n|---|---|\n| قيمة | أخرى |\n"
)


def test_right_to_left_lists_quotes_and_tables_begin_on_the_right(lab: Jupyter) -> None:
    with lab.shared(CELL.format(text=RIGHT)) as notebook:
        show(notebook)
        found = notebook.page.evaluate(
            """() => {
                const text = document.querySelector('section.nbstream .nbstream-text');
                const direction = node => getComputedStyle(node).direction;
                const range = document.createRange();
                const box = text.querySelector('input');
                range.selectNodeContents(box.parentNode);
                range.setStartAfter(box);
                return {
                    rtl: ['ul', 'ol', 'blockquote', 'table'].map(tag => direction(text.querySelector(tag))),
                    code: direction(text.querySelector('code')),
                    apart: box.getBoundingClientRect().left - range.getBoundingClientRect().right,
                };
            }"""
        )
    assert found["rtl"] == ["rtl"] * 4
    assert found["code"] == "ltr"
    assert found["apart"] >= 0, "the box covers the text"
