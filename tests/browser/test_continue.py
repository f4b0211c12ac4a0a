"""Stop, edit, continue from the cursor: the new attempt's text begins with what was left of the old one."""

from __future__ import annotations

import pytest
from notebooks import Jupyter, Notebook
from story import GENERATE, exact_text, generate, wait_for_state, wait_for_text

pytestmark = pytest.mark.browser


def stop(notebook: Notebook) -> None:
    generate(notebook)
    wait_for_text(notebook, 120)
    notebook.button("stop").click()
    wait_for_state(notebook, "stopped by you")
    notebook.page.wait_for_function("() => !document.querySelector('.nbstream-resume').disabled")


def wait_for_chips(notebook: Notebook, count: int) -> None:
    notebook.page.wait_for_function("count => document.querySelectorAll('.nbstream-chip').length === count", arg=count)


def test_a_text_is_stopped_edited_and_gone_on_from_at_the_cursor(lab: Jupyter) -> None:
    with lab.shared(GENERATE, "") as notebook:
        stop(notebook)
        whole = notebook.value(1, "gen.text")
        notebook.button("edit").click()
        area = notebook.widget.locator("textarea")
        assert area.input_value() == whole
        area.press("Control+Home")
        notebook.page.keyboard.type("Edited: ")
        for _ in range(20):
            notebook.page.keyboard.press("ArrowRight")
        notebook.page.keyboard.press("Alt+Enter")
        wait_for_chips(notebook, 2)
        begin = "Edited: " + whole[:20]
        wait_for_text(notebook, len(begin) + 20)
        assert notebook.value(1, "[gen.attempt.kept, gen.attempt.relation, gen.attempt.resumed]") == [
            begin,
            "resume",
            "Resumed by prefill.",
        ]
        notebook.value(1, "gen.stop()")
        wait_for_state(notebook, "stopped by you")
        shown = exact_text(notebook, 0)
        assert shown == notebook.value(1, "gen.text")
        assert shown.startswith(begin)
        assert notebook.value(1, "gen.attempts[0].text") == whole
        mark = "node => node.previousSibling.textContent"
        assert notebook.widget.locator(".nbstream-seam").evaluate(mark) == begin


def test_continue_goes_on_and_a_reload_shows_kept_and_new(lab: Jupyter) -> None:
    with lab.notebook(GENERATE, "") as notebook:
        stop(notebook)
        whole = notebook.value(1, "gen.text")
        assert "by prefill; costs about" in (notebook.button("resume").get_attribute("title") or "")
        notebook.button("resume").click()
        wait_for_chips(notebook, 2)
        wait_for_text(notebook, len(whole) + 40)
        notebook.save()
        notebook.reload()
        notebook.widget.wait_for()
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        assert exact_text(notebook, 0).startswith(whole)
        assert notebook.widget.locator(".nbstream-seam").evaluate("node => node.previousSibling.textContent") == whole


def test_a_second_click_on_stop_never_goes_on(lab: Jupyter) -> None:
    with lab.shared(GENERATE, "") as notebook:
        generate(notebook)
        box = notebook.button("stop").bounding_box()
        assert box is not None
        spot = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        notebook.page.mouse.click(*spot)
        notebook.page.wait_for_function("() => !document.querySelector('.nbstream-resume').disabled")
        for _ in range(3):
            notebook.page.mouse.click(*spot)
        assert notebook.value(1, "len(gen.attempts)") == 1


def test_escape_and_control_enter_in_the_editor_stay_in_it(lab: Jupyter) -> None:
    with lab.shared(GENERATE, "print('ran')") as notebook:
        stop(notebook)
        notebook.button("edit").click()
        notebook.page.keyboard.type(" and no more")
        notebook.page.keyboard.press("Escape")
        assert notebook.widget.locator("textarea").is_hidden()
        notebook.page.keyboard.press("Enter")  # the focus is back on Edit
        notebook.widget.locator("textarea").wait_for()
        assert " and no more" not in notebook.widget.locator("textarea").input_value()
        notebook.page.keyboard.type(" and so")
        notebook.page.keyboard.press("Control+Enter")
        wait_for_chips(notebook, 2)
        assert notebook.value(1, "gen.attempt.kept").endswith(" and so")
        assert notebook.page.evaluate("() => document.querySelectorAll('section.nbstream').length") == 1
