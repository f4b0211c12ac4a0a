"""A marimo server on loopback with one notebook, in folders of its own."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

START_S = 60
HEAD = "import marimo\n\napp = marimo.App()\n"
CELL = "\n\n@app.cell\ndef _({given}):\n    {code}\n    return ({names})\n"


@dataclass
class Marimo:
    """Use as a context manager. `mode`: `run` shows the notebook as an app, `edit` in the editor."""

    folder: Path
    cells: tuple[tuple[str, str, str], ...]
    mode: str = "run"

    def __enter__(self) -> Marimo:
        """Each cell is the names it is given, its code, and the names that others may use."""
        self.folder.mkdir(parents=True, exist_ok=True)
        notebook = self.folder / "notebook.py"
        cells = [
            CELL.format(given=given, code=code.strip().replace("\n", "\n    "), names=names)
            for given, code, names in self.cells
        ]
        notebook.write_text("".join([HEAD, *cells]))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        words = [sys.executable, "-m", "marimo", self.mode, str(notebook)]
        words += ["--headless", "--no-token", "--host", "127.0.0.1", "--port", str(port)]
        homes = {f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("CONFIG", "CACHE", "STATE", "DATA")}
        config = self.folder / "config" / "marimo" / "marimo.toml"
        config.parent.mkdir(parents=True)
        config.write_text("[runtime]\nauto_instantiate = true\n")
        self.log = (self.folder / "server.log").open("wb")
        self.server = subprocess.Popen(
            words, env={**os.environ, **homes, "NBSTREAM_MODEL": ""}, cwd=self.folder, stdout=self.log, stderr=self.log
        )
        self.await_server()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.terminate()
        try:
            self.server.wait(15)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.log.close()

    def await_server(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.server.poll() is None:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/health", timeout=5):
                return
            time.sleep(0.1)
        raise RuntimeError(f"marimo did not start:\n{(self.folder / 'server.log').read_text()[-3000:]}")
