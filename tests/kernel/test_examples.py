"""The example notebooks run from top to bottom in a real kernel, and show what they promise."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = pytest.mark.kernel

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.glob("*.ipynb")))
def test_an_example_runs_without_an_error(name: str) -> None:
    nb = nbformat.read(EXAMPLES / name, as_version=4)
    NotebookClient(nb, timeout=100, kernel_name="python3").execute()
    tables = [
        output["data"]["text/html"]
        for cell in nb.cells
        for output in cell.get("outputs", ())
        if "dataframe" in output.get("data", {}).get("text/html", "")
    ]
    assert tables, "no cell shows a DataFrame"


def test_the_quickstart_shows_both_stopped_attempts() -> None:
    nb = nbformat.read(EXAMPLES / "quickstart.ipynb", as_version=4)
    NotebookClient(nb, timeout=100, kernel_name="python3").execute()
    history = next(cell for cell in nb.cells if cell.source.startswith("gen.history["))
    shown = history.outputs[0]["data"]["text/plain"]
    assert "That is enough for a first look." in shown
    assert "It repeats itself." in shown
