"""Two attempts side by side: picked by mouse and keyboard, their words and what was asked differently."""

from __future__ import annotations

import pytest
from notebooks import Jupyter, Notebook
from story import PROMPT, wait_for_state

pytestmark = pytest.mark.browser

TWO = f"""
import nbstream
fast = nbstream.providers.Demo(tokens_per_s=0, first_token_s=0)
gen = nbstream.generate({PROMPT!r}, fast, seed=1, max_tokens=150, temperature=0.7)
gen.wait()
gen.retry(temperature=0.9)
gen.wait()
gen
"""


def opened(notebook: Notebook) -> None:
    notebook.start(0)
    notebook.widget.wait_for()
    wait_for_state(notebook, "the model reached the limit")
    notebook.button("compare").click()
    notebook.page.wait_for_selector(".nbstream-sides ins")


def side(notebook: Notebook, place: int) -> str:
    """The text of one column."""
    lines = notebook.page.locator(f".nbstream-sides td:nth-child({place})")
    return "".join(text or "" for text in lines.evaluate_all("cells => cells.map(cell => cell.textContent)"))


def test_two_attempts_stand_side_by_side_with_their_words_and_what_was_asked_differently(lab: Jupyter) -> None:
    with lab.shared(TWO, "") as notebook:
        opened(notebook)
        one, two = notebook.value(1, "[attempt.text for attempt in gen.attempts]")
        assert one != two
        assert ["".join(side(notebook, place).split()) for place in (1, 2)] == ["".join(t.split()) for t in (one, two)]
        assert notebook.page.locator(".nbstream-sides td:nth-child(1) del").count() > 0
        assert notebook.page.locator(".nbstream-options tr").all_inner_texts() == ["temperature\t0.7\t0.9"]
        assert not notebook.widget.locator(".nbstream-scroller").is_visible()


def test_it_works_by_keyboard_and_escape_leaves(lab: Jupyter) -> None:
    with lab.shared(TWO, "gen.retry(seed=5); gen.wait(); None") as notebook:
        opened(notebook)
        notebook.run(1)
        notebook.page.wait_for_function("() => document.querySelectorAll('.nbstream-chip').length === 3")
        notebook.page.locator(".nbstream-pick").focus()
        notebook.page.keyboard.press("ArrowUp")
        head = notebook.page.locator(".nbstream-head")
        head.first.get_by_text("1 ·").wait_for()
        head.last.get_by_text("3 ·").wait_for()
        notebook.page.keyboard.press("Escape")
        notebook.page.wait_for_selector(".nbstream-scroller", state="visible")
        assert notebook.page.evaluate("() => document.activeElement.className") == "nbstream-compare"


def test_a_shift_click_on_a_chip_puts_it_beside_the_shown_one_while_that_streams(lab: Jupyter) -> None:
    with lab.shared(TWO, "gen.retry(model=nbstream.providers.Demo(tokens_per_s=20)); None", "") as notebook:
        opened(notebook)
        notebook.page.keyboard.press("Escape")
        notebook.run(1)
        wait_for_state(notebook, "streaming")
        notebook.page.locator(".nbstream-chip").first.click(modifiers=["Shift"])
        notebook.page.locator(".nbstream-note").get_by_text("so far").wait_for()
        notebook.button("stop").click()
        notebook.page.locator(".nbstream-head").get_by_text("stopped by you").wait_for()
        two = notebook.value(2, "gen.text")
        assert "".join(side(notebook, 2).split()) == "".join(two.split())


def test_the_answer_is_copied_as_it_reads_while_the_comparison_covers_it(lab: Jupyter) -> None:
    with lab.shared(TWO) as notebook:
        notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        copied = []
        for _ in range(2):
            if copied:
                notebook.button("compare").click()
                notebook.page.wait_for_selector(".nbstream-sides ins")
            else:
                notebook.start(0)
                wait_for_state(notebook, "the model reached the limit")
                notebook.page.wait_for_selector(".nbstream-compare")
            notebook.page.evaluate("() => navigator.clipboard.writeText('nothing')")
            notebook.page.locator(".nbstream-footer .nbstream-copy").first.click()
            notebook.page.wait_for_function("async () => await navigator.clipboard.readText() !== 'nothing'")
            copied.append(notebook.page.evaluate("() => navigator.clipboard.readText()"))
        assert copied[0] == copied[1]
        assert "\n" in copied[0]
        assert not notebook.widget.locator(".nbstream-scroller").is_visible()
