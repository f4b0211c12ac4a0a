"""A key planted in a real kernel is not in the notebook that it saves, nor in the log it writes."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from faults.server import Server, answer, body, headers
from nbclient import NotebookClient

pytestmark = pytest.mark.kernel

KEY = "sk-planted-9c41e7"
CELLS = (
    "import os, nbstream\nhere = dict(model='m', base_url=os.environ['PLACE'], api_key=os.environ['PLANTED'])",
    "gen = nbstream.generate('Hello', **here)\ngen.wait()\ngen",
    "gen.history",
    "bad = nbstream.generate('Hello', extra_headers={'X-Key': os.environ['PLANTED']}, **here)\nbad.wait()\nbad",
    "gen.retry(model='m', base_url=os.environ['PLACE'].replace('//', '//user:' + os.environ['PLANTED'] + '@')).error",
    "gen.wait(), gen.attempts, gen.last_run, gen.plans",
    "raise bad.last_run.failure",
    "nbstream.generate('Hello', 'm', base_url='ftp://u:' + os.environ['PLANTED'] + '@host')",
    "print(nbstream.history(text=True).to_dict())\nnbstream.history()",
)


def test_no_key_is_in_a_saved_notebook_or_in_the_log(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = json.dumps({"error": {"message": f"wrong key {KEY}, Bearer {KEY}"}})
    server.script(*answer("Hello")).script(body(said, "401 Unauthorized"))
    server.script(headers("302 Found", Location=f"http://elsewhere.invalid/?key={KEY}"))
    monkeypatch.setenv("PLACE", server.base_url)
    monkeypatch.setenv("PLANTED", KEY)
    monkeypatch.setenv("NBSTREAM_LOG", str(tmp_path / "log.sqlite"))
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(nb, timeout=100, kernel_name="python3", allow_errors=True).execute()
    path = tmp_path / "saved.ipynb"
    nbformat.write(nb, path)

    saved = path.read_text()
    assert server.connection(1).headers["authorization"] == f"Bearer {KEY}", "the key was really sent"
    assert [cell.outputs[-1].ename for cell in nb.cells[6:8]] == ["AuthError", "SetupError"]
    assert "application/vnd.jupyter.widget-state+json" in nb.metadata.widgets
    assert "wrong key ***" in saved
    assert "redirects to" in saved
    assert KEY not in saved
    logs = list(tmp_path.glob("log.sqlite*"))
    assert b"wrong key ***" in b"".join(path.read_bytes() for path in logs)
    for path in logs:
        assert KEY.encode() not in path.read_bytes()
