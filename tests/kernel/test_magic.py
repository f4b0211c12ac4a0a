"""%%generate in a real kernel: the widget is what the cell shows, and its errors are no tracebacks."""

from __future__ import annotations

import nbformat
import pytest
from kernel_fixture import Kernel
from nbclient import NotebookClient

pytestmark = pytest.mark.kernel

CELLS = (
    "%load_ext nbstream\ncolumn = 'age'",
    "%%generate demo --max-tokens 20 --name gen\nWhy is {column} empty? {{so}}",
    "print(gen.wait().prompt)",
    "%%generate demo --name other\nWhy is {colum} empty?",
    "other",
)


def test_the_cell_shows_the_widget_and_names_it() -> None:
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(nb, timeout=100, kernel_name="python3", allow_errors=True).execute()
    widget, static = nb.cells[1].outputs
    assert "application/vnd.jupyter.widget-view+json" in widget.data
    assert 'class="nbstream-static' in static.data["text/html"]
    assert "Why is age empty? {so}" in nb.cells[2].outputs[0].text
    (error,) = nb.cells[3].outputs
    shown = error.get("text") or "\n".join(error.traceback)
    assert "UsageError: %%generate: {colum} in line 1 of the prompt failed with NameError" in shown
    assert "Traceback" not in shown
    assert nb.cells[4].outputs[0].ename == "NameError", "what failed has bound no name"


def test_it_does_not_wait_for_the_answer_and_completes_its_words(kernel: Kernel) -> None:
    kernel.run("%load_ext nbstream")
    reply = kernel.reply(kernel.start("%%generate demo --name gen\nHello"))
    assert reply["status"] == "ok"
    assert kernel.run("print(gen.status != 'done')").strip() == "True"
    kernel.run("gen.stop()")
    asked = "%%generate demo --temper\nHello"
    found = kernel.reply(kernel.client.complete(asked, asked.index("\n")))
    assert found["matches"] == ["--temperature"]
