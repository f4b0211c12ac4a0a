"""A notebook that was saved, with and without the widgets' state, as nbconvert and GitHub show it: the last text, how
it ended and the table of attempts are there to be read."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, MarkdownExporter

pytestmark = pytest.mark.kernel

CELL = """
import nbstream
gen = nbstream.generate("Hello", nbstream.Replay.text("The first answer.", events_per_s=0), seed=1)
gen.wait()
gen.retry("Hello again")
gen.wait()
gen
"""
WORDS = ("The first answer.", "replay · attempt 2 · The model finished.", "ended by", "received", "cost")


@pytest.fixture(scope="module")
def executed() -> Any:
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CELL)])
    NotebookClient(nb, timeout=100, kernel_name="python3").execute()
    return nb


@pytest.fixture(params=["with state", "without state"])
def saved(request: pytest.FixtureRequest, executed: Any) -> Any:
    nb = nbformat.from_dict(executed)
    if request.param == "without state":
        nb.metadata.pop("widgets")
    else:
        assert nb.metadata.widgets
    return nb


class Strict(HTMLParser):
    """What a strict sanitizer leaves, as GitHub's: elements without attributes, and no styles or scripts.

    `text` is what a person reads: a cell of a table ends in a bar, its row in a line end.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self.dropping = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script"):
            self.dropping = tag

    def handle_endtag(self, tag: str) -> None:
        if tag == self.dropping:
            self.dropping = ""
        self.text += {"td": " | ", "th": " | ", "tr": "\n", "pre": "\n", "small": "\n"}.get(tag, "")

    def handle_data(self, data: str) -> None:
        self.text += "" if self.dropping else data


def test_two_outputs_are_saved_and_nothing_else(saved: Any) -> None:
    assert [sorted(output.data) for output in saved.cells[0].outputs] == [
        ["application/vnd.jupyter.widget-view+json", "text/plain"],
        ["text/html", "text/plain"],
    ]


def test_nbconvert_to_html_shows_all_of_it(saved: Any) -> None:
    page, _ = HTMLExporter().from_notebook_node(saved)
    read = Strict(page).text
    for word in WORDS:
        assert word in read
    assert "Error displaying widget" not in read


def test_nbconvert_to_markdown_shows_all_of_it(saved: Any) -> None:
    page, _ = MarkdownExporter().from_notebook_node(saved)
    read = Strict(page).text
    for word in WORDS:
        assert word in read


def test_a_sanitizer_that_drops_styles_and_classes_leaves_all_of_it(saved: Any) -> None:
    read = "\n".join(
        Strict(output.data["text/html"]).text for output in saved.cells[0].outputs if "text/html" in output.data
    )
    for word in WORDS:
        assert word in read
    assert "display: none" not in read
    assert re.search(r"^1 \| replay \| model \| .* \| The model finished\. \|", read, re.MULTILINE)


def test_a_viewer_of_plain_text_shows_all_of_it(saved: Any) -> None:
    read = "\n".join(output.data["text/plain"] for output in saved.cells[0].outputs)
    for word in WORDS:
        assert word in read
