"""Watch, stop, retry, read the history: in JupyterLab and Notebook 7, on both kernels."""

from __future__ import annotations

import pytest
from notebooks import Jupyter
from playwright.sync_api import Locator
from story import GENERATE, LOOP, SLEEP, exact_text, generate, wait_for_state, wait_for_text

pytestmark = pytest.mark.browser


def test_a_click_on_stop_ends_the_attempt_and_a_click_on_retry_starts_another(anywhere: Jupyter) -> None:
    with anywhere.shared(GENERATE, "") as notebook:
        server = generate(notebook)
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        told = server.generation()
        assert told["cancelled"]
        notebook.page.wait_for_function("() => document.querySelector('[data-key=overrun]').innerText.match(/\\d/)")
        row = notebook.value(1, "gen.history.iloc[0].to_dict()")
        assert (row["status"], row["ended_by"], row["reason"]) == ("done", "person", "Stopped by you.")
        assert row["output_tokens"] == told["native_tokens_completion"] > 0
        assert row["output_tokens"] - row["received_tokens"] == row["overrun_tokens"]
        assert (row["received_source"], row["output_source"]) == ("running", "reconciled")
        assert row["stop_latency_ms"] > 0

        notebook.button("retry").click()
        notebook.page.wait_for_function("() => document.querySelectorAll('.nbstream-chip').length === 2")
        wait_for_state(notebook, "streaming")
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        rows = notebook.value(1, "gen.history[['number', 'relation', 'parent_id', 'ended_by']].values.tolist()")
        assert rows == [[1, "first", "<NA>", "person"], [2, "retry", server.attempt_id, "person"]]


@pytest.mark.parametrize("busy", [pytest.param(SLEEP, id="sleep"), pytest.param(LOOP, id="loop")])
def test_a_click_reaches_the_server_while_a_cell_runs(anywhere: Jupyter, busy: str) -> None:
    with anywhere.shared(GENERATE, busy) as notebook:
        server = generate(notebook)
        notebook.start(1)
        notebook.page.wait_for_function("() => document.querySelectorAll('.jp-InputPrompt')[1].innerText.includes('*')")
        notebook.button("stop").click()
        told = server.generation()
        assert told["cancelled"]
        assert notebook.running(1), "the cell had ended: this proves nothing"
        wait_for_state(notebook, "stopped by you")
        assert notebook.running(1)
        notebook.interrupt()


def test_escape_stops_when_the_widget_has_the_focus(lab: Jupyter) -> None:
    with lab.shared(GENERATE) as notebook:
        generate(notebook)
        notebook.widget.locator(".nbstream-scroller").focus()
        notebook.page.keyboard.press("Escape")
        wait_for_state(notebook, "stopped by you")


def test_a_second_click_on_stop_starts_nothing(lab: Jupyter) -> None:
    with lab.shared(GENERATE, "") as notebook:
        generate(notebook)
        box = notebook.button("stop").bounding_box()
        assert box is not None
        spot = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        notebook.page.mouse.click(*spot)
        wait_for_state(notebook, "stopped by you")
        notebook.page.mouse.click(*spot)
        assert notebook.button("stop").bounding_box() == box
        assert notebook.value(1, "len(gen.attempts)") == 1


def test_a_chip_shows_its_attempt_again(lab: Jupyter) -> None:
    with lab.shared(GENERATE, "gen.retry(seed=2)", "") as notebook:
        generate(notebook)
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        first = notebook.text.inner_text()
        notebook.run(1)
        notebook.page.wait_for_function("() => document.querySelectorAll('.nbstream-chip').length === 2")
        wait_for_text(notebook, 40)
        assert notebook.text.inner_text() != first
        notebook.page.locator(".nbstream-chip").first.click()
        wait_for_state(notebook, "stopped by you")
        assert notebook.text.inner_text() == first
        notebook.value(2, "gen.stop()")


def test_the_source_view_shows_the_exact_text(lab: Jupyter) -> None:
    with lab.shared(GENERATE, "") as notebook:
        generate(notebook)
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        assert exact_text(notebook, 0) == notebook.value(1, "gen.text")


def at_rest(pane: Locator) -> float:
    """Where the pane stands once a turn of the wheel has run out, which the browser draws out over many frames."""
    place: float = pane.evaluate(
        """async node => {
            for (let last = -1, still = 0; still < 15; last = node.scrollTop) {
                await new Promise(requestAnimationFrame);
                still = node.scrollTop === last ? still + 1 : 0;
            }
            return node.scrollTop;
        }"""
    )
    return place


def test_the_text_sticks_to_its_end_unless_the_reader_scrolled_up(lab: Jupyter) -> None:
    with lab.shared(GENERATE.replace("seed=1", "nbstream.providers.Demo(tokens_per_s=150), seed=1")) as notebook:
        generate(notebook)
        wait_for_text(notebook, 2500)
        pane = notebook.widget.locator(".nbstream-scroller")
        to_the_end = "node => node.scrollHeight - node.scrollTop - node.clientHeight"
        notebook.page.wait_for_function(f"() => ({to_the_end})(document.querySelector('.nbstream-scroller')) < 3")
        pane.hover()
        notebook.page.mouse.wheel(0, -300)
        notebook.button("jump").wait_for()
        place = at_rest(pane)
        wait_for_text(notebook, pane.evaluate("node => node.textContent.length") + 300)
        assert pane.evaluate("node => node.scrollTop") == place
        notebook.button("jump").click()
        notebook.page.wait_for_function(f"() => ({to_the_end})(document.querySelector('.nbstream-scroller')) < 3")
