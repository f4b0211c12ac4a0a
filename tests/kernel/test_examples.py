"""The example notebooks run from top to bottom in a real kernel, and show what they promise."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

pytestmark = pytest.mark.kernel

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.name for path in EXAMPLES.glob("*.ipynb"))

FACTS = {
    "supervise.ipynb": """
import json
print(json.dumps({
    "loop": [loop.attempt.ended_by, loop.attempt.reason],
    "ends": [attempt.ended_by for attempt in gen.attempts],
    "options": [json.loads(attempt.options) for attempt in gen.attempts],
    "relations": [attempt.relation for attempt in gen.attempts],
    "parents": [attempt.parent_id for attempt in gen.attempts],
    "ids": [attempt.attempt_id for attempt in gen.attempts],
    "begins": resumed.text.startswith(edited),
    "goes_on": len(resumed.text) > len(edited),
    "cut": int(frame["would_cut"].sum()),
    "saved": int(frame["tokens_saved"].sum()),
}))
"""
}
"""What is asked of a notebook after its last cell."""


@cache
def executed(name: str) -> NotebookNode:
    """A notebook with its outputs."""
    nb = nbformat.read(EXAMPLES / name, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell(FACTS.get(name, "")))
    NotebookClient(nb, timeout=100, kernel_name="python3").execute()
    return nb


@pytest.mark.parametrize("name", NAMES)
def test_an_example_is_kept_without_outputs(name: str) -> None:
    cells = [cell for cell in nbformat.read(EXAMPLES / name, as_version=4).cells if cell.cell_type == "code"]
    assert cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)


@pytest.mark.parametrize("name", NAMES)
def test_an_example_runs_without_an_error_and_shows_a_table(name: str) -> None:
    nb = executed(name)
    assert any(
        "dataframe" in output.get("data", {}).get("text/html", "")
        for cell in nb.cells
        for output in cell.get("outputs", ())
    )


def test_the_quickstart_shows_both_stopped_attempts() -> None:
    history = next(cell for cell in executed("quickstart.ipynb").cells if cell.source.startswith("gen.history["))
    shown = history.outputs[0]["data"]["text/plain"]
    assert "That is enough for a first look." in shown
    assert "It repeats itself." in shown


def test_supervise_shows_a_loop_that_is_stopped_tries_resume_and_a_backtest() -> None:
    nb = executed("supervise.ipynb")
    facts = json.loads(nb.cells[-1].outputs[0]["text"])
    by, reason = facts["loop"]
    assert (by, "came" in reason) == ("guard", True)
    assert facts["relations"] == ["first", "retry", "retry", "resume"]
    assert facts["ends"][:2] == ["guard", "guard"]
    temperatures = [options["temperature"] for options in facts["options"]]
    assert temperatures == [0.05, 0.45, 0.85, 0.85]
    assert facts["parents"][1:] == facts["ids"][:3]
    assert facts["begins"]
    assert facts["goes_on"]
    assert facts["cut"] > 0
    assert facts["saved"] > 0
    kinds = [kind for cell in nb.cells for output in cell.get("outputs", ()) for kind in output.get("data", ())]
    assert kinds.count("image/png") == 1, "the backtest's"
