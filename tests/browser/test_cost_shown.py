"""What an attempt cost and what its stop saved, on the screen."""

from __future__ import annotations

import pytest
from notebooks import Jupyter
from story import PROMPT, wait_for_state, wait_for_text

pytestmark = pytest.mark.browser

PRICED = f"""
import nbstream
nbstream.prices.override("demo", input=1, output=10)
gen = nbstream.generate({PROMPT!r}, nbstream.providers.Demo(tokens_per_s=60, first_token_s=0), max_tokens=600)
gen
"""


def test_a_stop_shows_what_was_spent_and_saved_and_a_finished_attempt_what_was_spent(lab: Jupyter) -> None:
    with lab.notebook(PRICED, "") as notebook:
        notebook.start(0)
        wait_for_text(notebook, 40)
        cost, saved = (notebook.page.locator(f"[data-key={key}]") for key in ("cost", "saved"))
        cost.get_by_text("~$").wait_for()
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        saved.get_by_text("tokens, ~$").wait_for()
        assert "the limit was 600 tokens" in (saved.get_attribute("title") or "")
        notebook.button("retry").click()
        wait_for_state(notebook, "finished")
        saved.wait_for(state="hidden")
        row = notebook.value(1, "gen.history.iloc[1].to_dict()")
        assert row["cost_usd"] == pytest.approx((row["input_tokens"] + 10 * row["output_tokens"]) / 1e6)
        shown = (cost.locator(".nbstream-value").text_content() or "").removeprefix("~$").removeprefix("$")
        assert float(shown) == pytest.approx(row["cost_usd"], rel=0.05)
