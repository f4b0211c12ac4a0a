"""The life of a notebook after its stream: opened again without its kernel, printed by nbconvert, its kernel restarted.

Wherever it is, the last text, how it ended and a small table of attempts are there to be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.sign import NotebookNotary
from notebooks import Jupyter, Notebook
from playwright.sync_api import Browser, Locator, expect
from story import GENERATE, generate, wait_for_state

pytestmark = pytest.mark.browser

CELL = """
import nbstream
gen = nbstream.generate("Hello", nbstream.Replay.text("The first answer.", events_per_s=0), seed=1)
gen.wait()
gen.retry("Hello again")
gen.wait()
gen
"""


@pytest.fixture(scope="module")
def executed() -> Any:
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(nb, timeout=100, kernel_name="python3").execute()
    return nb


@contextmanager
def opened(jupyter: Jupyter, nb: Any, trusted: bool) -> Iterator[Notebook]:
    """The notebook in a fresh page, with a kernel in which nothing has run."""
    with jupyter.notebook() as notebook:
        nb = nbformat.from_dict(nb)
        nb.metadata["trusted_by_the_test"] = trusted  # signatures are of the content: the two kinds shall share none
        nb.metadata["kernelspec"] = {"name": jupyter.kernel, "display_name": jupyter.kernel, "language": "python"}
        nbformat.write(nb, jupyter.notebooks / notebook.name)
        if trusted:
            notary = NotebookNotary(data_dir=str(jupyter.folder / "data"))
            notary.sign(nbformat.read(jupyter.notebooks / notebook.name, as_version=4))
            notary.store.close()
        notebook.reload()
        yield notebook


def seen(notebook: Notebook) -> Locator:
    """All that is to be seen below the cell's source."""
    return notebook.page.locator(".jp-Cell-outputWrapper").first


@pytest.mark.parametrize("state", ["saved with the widget's state", "saved without it"])
@pytest.mark.parametrize("trust", ["trusted", "untrusted"])
@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_a_notebook_opened_again_shows_the_text_the_state_and_the_attempts(
    servers: Any, executed: Any, state: str, trust: str, app: str
) -> None:
    nb = nbformat.from_dict(executed)
    if state == "saved without it":
        nb.metadata.pop("widgets")
    with opened(servers(f"{app}-ipykernel7"), nb, trust == "trusted") as notebook:
        outputs = seen(notebook)
        text = outputs.locator(".nbstream-static pre, section.nbstream .nbstream-text").locator("visible=true")
        expect(text).to_have_text("The first answer.", timeout=30_000)
        if trust == "trusted" and state == "saved with the widget's state":
            expect(notebook.state).to_have_text("finished")
            expect(notebook.widget.locator(".nbstream-strip button")).to_have_count(2)
        else:
            expect(outputs.locator("small:visible")).to_have_text("replay · attempt 2 · The model finished.")
            expect(outputs.locator(".nbstream-static tbody tr:visible")).to_have_count(2)
            # whatever of the styles the sanitizer has left
            expect(outputs.locator(".nbstream-static pre")).to_have_css("word-break", "normal")
        expect(outputs.get_by_text("Error displaying widget").locator("visible=true")).to_have_count(0)
        expect(outputs.get_by_text("Loading widget").locator("visible=true")).to_have_count(0)


@pytest.mark.parametrize("state", ["saved with the widget's state", "saved without it"])
def test_a_page_made_by_nbconvert_shows_it_without_a_network(
    browser: Browser, executed: Any, tmp_path: Path, state: str
) -> None:
    nb = nbformat.from_dict(executed)
    if state == "saved without it":
        nb.metadata.pop("widgets")
    path = tmp_path / "saved.html"
    path.write_text(HTMLExporter().from_notebook_node(nb)[0])
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto(path.as_uri(), wait_until="domcontentloaded")
    expect(page.locator(".nbstream-static pre")).to_have_text("The first answer.")
    expect(page.locator(".nbstream-static pre")).to_be_visible()
    expect(page.locator(".nbstream-static pre")).to_have_css("word-break", "normal")
    expect(page.locator(".nbstream-static tbody tr:visible")).to_have_count(2)
    expect(page.get_by_text("Error displaying widget").locator("visible=true")).to_have_count(0)
    context.close()


def restart(notebook: Notebook) -> None:
    """Restart the kernel as JupyterLab's menu does, without its question."""
    notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")


def test_after_a_restart_of_the_kernel_the_widget_says_so_and_keeps_the_text(lab: Jupyter) -> None:
    with lab.notebook(GENERATE) as notebook:
        generate(notebook)
        before = notebook.text.inner_text()
        restart(notebook)
        wait_for_state(notebook, "no answer from the kernel")
        assert notebook.text.inner_text().startswith(before[:40])


def test_after_a_restart_of_the_kernel_retry_explains_what_to_do(lab: Jupyter) -> None:
    with lab.notebook(GENERATE) as notebook:
        generate(notebook)
        notebook.button("stop").click()
        wait_for_state(notebook, "stopped by you")
        text = notebook.text.inner_text()
        restart(notebook)
        notebook.page.wait_for_function(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'"
        )
        notebook.button("retry").click()
        wait_for_state(notebook, "run the cell again")
        assert notebook.text.inner_text() == text
