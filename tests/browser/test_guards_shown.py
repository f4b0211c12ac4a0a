"""Guards on the screen: how near they are, one switched off by the keyboard while it streams, and one that trips."""

from __future__ import annotations

import pytest
from notebooks import Jupyter
from playwright.sync_api import Locator
from story import PROMPT, wait_for_state, wait_for_text

pytestmark = pytest.mark.browser

GUARDED = f"""
import nbstream
from nbstream.guards import MaxTokens, Pattern, Stall
rules = [MaxTokens(400), Stall(20), Pattern("no such words"), MaxTokens(700)]
demo = nbstream.providers.Demo(tokens_per_s=60, first_token_s=0, seed=1)
gen = nbstream.generate({PROMPT!r}, demo, guards=rules, max_tokens=2000)
gen
"""


def across(guards: Locator) -> list[list[float]]:
    """Where each guard stands in its row, and how wide; the row itself is pushed down by the text."""
    script = "nodes => nodes.map(n => [n.offsetLeft, n.offsetTop - nodes[0].offsetTop, n.offsetWidth])"
    places: list[list[float]] = guards.evaluate_all(script)
    return places


def test_a_guard_is_switched_off_by_the_keyboard_while_it_streams_and_another_trips(lab: Jupyter) -> None:
    with lab.shared(GUARDED, "") as notebook:
        notebook.start(0)
        wait_for_text(notebook, 40)
        guards = notebook.page.locator("button.nbstream-guard")
        assert guards.count() == 4
        places = across(guards)
        guards.first.focus()
        notebook.page.keyboard.press("Enter")
        assert guards.first.get_attribute("data-state") == "off"
        wait_for_state(notebook, "stopped by a guard: the limit of 700 tokens is reached")
        assert across(guards) == places, "the row has moved inside"
        assert [guards.nth(place).get_attribute("data-state") for place in range(4)] == ["off", "on", "on", "tripped"]
        attempt = "[[g.state for g in gen.last_run.guards], gen.attempt.received.tokens]"
        states, tokens = notebook.value(1, attempt)
        assert states == ["off", "on", "on", "tripped"]
        assert tokens >= 700
        notebook.button("retry").click()
        wait_for_state(notebook, "stopped by a guard: the limit of 400 tokens is reached")
