"""A real JupyterLab or Notebook 7 in folders of its own, and a page of it in a real Chromium."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

ROOT = Path(__file__).parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_S = 90
SIZE: ViewportSize = {"width": 1200, "height": 900}
CELL = "window.jupyterapp.shell.currentWidget.content.model.cells.get(i)"


def chromium() -> str | None:
    """The browser that `make` found, or one on the PATH; `None` leaves it to Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome")
    found = os.environ.get("NBSTREAM_CHROMIUM") or next((p for n in names if (p := shutil.which(n))), None)
    return found or None


def ipykernel6() -> Path:
    """The folder with the older ipykernel, which `make` sets up."""
    return Path(os.environ.get("NBSTREAM_IPYKERNEL6") or ROOT / ".venv" / "ipykernel6")


@dataclass
class Jupyter:
    """A server; `app` is `lab` or `notebook`. Use as a context manager."""

    folder: Path
    browser: Browser
    app: str = "lab"
    kernel: str = "ipykernel7"
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)
    kept: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    shared_notebook: Notebook | None = None

    def __enter__(self) -> Jupyter:
        self.notebooks = self.folder / "notebooks"
        self.notebooks.mkdir(parents=True)
        self.write_kernels()
        self.write_settings()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{probe.getsockname()[1]}"
        self.log = (self.folder / "server.log").open("wb")
        self.server = subprocess.Popen(self.command(), env=self.environment(), stdout=self.log, stderr=self.log)
        self.await_server()
        return self

    def __exit__(self, *_: object) -> None:
        self.forget()
        with contextlib.suppress(OSError):
            for kernel in self.api("/api/kernels"):
                self.api(f"/api/kernels/{kernel['id']}", "DELETE")
        self.server.terminate()
        try:
            self.server.wait(15)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()
        self.log.close()

    def write_kernels(self) -> None:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        paths = [str(ipykernel6()), *filter(None, [os.environ.get("PYTHONPATH")])]
        for name, env in (("ipykernel7", {}), ("ipykernel6", {"PYTHONPATH": os.pathsep.join(paths)})):
            spec = self.folder / "data" / "kernels" / name / "kernel.json"
            spec.parent.mkdir(parents=True)
            spec.write_text(json.dumps({"argv": argv, "display_name": name, "language": "python", "env": env}))

    def write_settings(self) -> None:
        quiet = {"@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False}}
        for name, content in {**quiet, **self.settings}.items():
            path = self.folder / "settings" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content))

    def environment(self) -> dict[str, str]:
        folders = {
            "JUPYTER_CONFIG_DIR": "config",
            "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
            "IPYTHONDIR": "ipython",
            "XDG_DATA_HOME": "home",
        }
        own = {name: str(self.folder / folder) for name, folder in folders.items()}
        return {**os.environ, **own, "NBSTREAM_MODEL": "", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}

    def command(self) -> list[str]:
        expose = "LabApp" if self.app == "lab" else "JupyterNotebookApp"
        return [
            *(sys.executable, "-m", f"jupyter{'lab' if self.app == 'lab' else ''}"),
            *([] if self.app == "lab" else ["notebook"]),
            *("--allow-root", "--no-browser", "--ip=127.0.0.1", f"--port={self.url.rpartition(':')[2]}"),
            *("--ServerApp.port_retries=0", "--IdentityProvider.token=", "--ServerApp.password="),
            *("--ServerApp.disable_check_xsrf=True", f"--{expose}.expose_app_in_browser=True"),
            f"--ServerApp.root_dir={self.notebooks}",
        ]

    def await_server(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and self.server.poll() is None:
            with contextlib.suppress(OSError):
                self.api("/api/status")
                return
            time.sleep(0.1)
        raise RuntimeError(f"Jupyter did not start:\n{(self.folder / 'server.log').read_text()[-3000:]}")

    def api(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(self.url + path, method=method, data=b"" if method == "POST" else None)
        with urllib.request.urlopen(request, timeout=20) as response:
            body = response.read()
        return json.loads(body) if body else None

    @contextlib.contextmanager
    def notebook(self, *cells: str, width: int = 1200, scale: int = 1) -> Iterator[Notebook]:
        """A fresh page with a fresh notebook of these cells and a fresh kernel."""
        name = f"nb{len(list(self.notebooks.iterdir()))}.ipynb"
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nb.metadata["kernelspec"] = {"name": self.kernel, "display_name": self.kernel, "language": "python"}
        nbformat.write(nb, self.notebooks / name)
        context = self.browser.new_context(viewport={"width": width, "height": 900}, device_scale_factor=scale)
        try:
            opened = Notebook(self, context.new_page(), name)
            opened.open()
            yield opened
        finally:
            context.close()
            for session in self.api("/api/sessions"):
                if session["path"] == name:
                    self.api(f"/api/sessions/{session['id']}", "DELETE")

    @contextlib.contextmanager
    def shared(self, *cells: str) -> Iterator[Notebook]:
        """These cells in a page, with a kernel, that tests use in turn: opening one takes most of a test's time."""
        if self.shared_notebook is None:
            self.shared_notebook = self.kept.enter_context(self.notebook(""))
        try:
            self.shared_notebook.rewrite(cells)
            yield self.shared_notebook
        except BaseException:  # nobody knows what it is like now
            self.forget()
            raise

    def forget(self) -> None:
        """Close the shared page."""
        self.kept.close()
        self.shared_notebook = None


@dataclass
class Notebook:
    """A notebook open in a page."""

    jupyter: Jupyter
    page: Page
    name: str

    def open(self) -> None:
        route = "doc/tree" if self.jupyter.app == "lab" else "notebooks"
        self.page.goto(f"{self.jupyter.url}/{route}/{self.name}")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self.page.wait_for_function(
            """() => {
                const shown = window.jupyterapp?.shell.currentWidget;
                const kernel = shown?.sessionContext?.session?.kernel;
                return kernel?.connectionStatus === 'connected' && kernel.info && shown.content?.activeCell;
            }""",
            timeout=60_000,
        )

    def rewrite(self, cells: Sequence[str]) -> None:
        """Nothing but these cells from now on, and nothing that still runs."""
        self.page.set_viewport_size(SIZE)
        self.page.evaluate(
            """async cells => {
                const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
                const code = 'import nbstream; nbstream.stop_all()';
                await sessionContext.session.kernel.requestExecute({ code, store_history: false }).done;
                const notebook = content.model.sharedModel;
                notebook.transact(() => {
                    notebook.deleteCellRange(0, notebook.cells.length);
                    const metadata = { trusted: true };
                    notebook.insertCells(0, cells.map(source => ({ cell_type: 'code', source, metadata })));
                });
            }""",
            list(cells),
        )
        expect(self.page.locator(".nbstream")).to_have_count(0)
        expect(self.page.locator(".jp-Notebook .jp-Cell")).to_have_count(len(cells))

    def start(self, cell: int) -> None:
        """Run a cell and do not wait."""
        self.page.evaluate(
            """i => {
                window.jupyterapp.shell.currentWidget.content.activeCellIndex = i;
                window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            cell,
        )

    def run(self, cell: int) -> str:
        """Run a cell to its end and give the text of its outputs."""
        before = self.page.evaluate(f"i => {CELL}.executionCount", cell)
        self.start(cell)
        self.page.wait_for_function(
            f"([i, before]) => {{ const count = {CELL}.executionCount; return count !== null && count !== before; }}",
            arg=[cell, before],
            timeout=60_000,
        )
        return self.output(cell)

    def output(self, cell: int) -> str:
        outputs = self.page.evaluate(f"i => {CELL}.outputs.toJSON()", cell)
        return "".join(
            "".join(o.get("text") or o.get("data", {}).get("text/plain") or o.get("traceback") or "") for o in outputs
        )

    def source(self, cell: int, text: str) -> None:
        """Write another text into a cell."""
        self.page.evaluate(f"([i, text]) => {CELL}.sharedModel.setSource(text)", [cell, text])

    def value(self, cell: int, expression: str) -> Any:
        """Evaluate an expression in the kernel, in this cell; what it gives must be JSON."""
        self.source(cell, f"import json; print(json.dumps({expression}, default=str))")
        return json.loads(self.run(cell))

    def running(self, cell: int) -> bool:
        """Whether the cell has not ended. The kernel's own status says idle too early."""
        prompt = self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-InputPrompt").inner_text()
        return "*" in prompt

    def interrupt(self) -> None:
        session = next(s for s in self.jupyter.api("/api/sessions") if s["path"] == self.name)
        self.jupyter.api(f"/api/kernels/{session['kernel']['id']}/interrupt", "POST")

    def reload(self) -> None:
        self.page.reload()
        self.open()

    def save(self) -> dict[str, Any]:
        """Save the notebook and read what was saved."""
        page = self.page
        with page.expect_response(lambda answer: answer.request.method == "PUT" and self.name in answer.url):
            page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
        saved: dict[str, Any] = json.loads((self.jupyter.notebooks / self.name).read_text())
        return saved

    @property
    def widget(self) -> Locator:
        """The first widget on the page."""
        return self.page.locator("section.nbstream").first

    def button(self, name: str) -> Locator:
        return self.widget.locator(f"button.nbstream-{name}")

    @property
    def state(self) -> Locator:
        return self.widget.locator(".nbstream-state")

    @property
    def text(self) -> Locator:
        return self.widget.locator(".nbstream-text")
