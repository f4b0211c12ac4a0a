"""Makes a picture of every state, light and dark, at three widths, from the real thing: `make pictures`.

They are for looking at: build/pictures/<state>-<theme>-<width>.png. What the README shows is made by pictures.py.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from pathlib import Path

from notebooks import CHROMIUM_FLAGS, ROOT, Jupyter, Notebook, chromium
from playwright.sync_api import Locator, sync_playwright
from states import STATES, cells, show, theme

PICTURES = ROOT / "build" / "pictures"
WIDTHS = (400, 800, 1400)
MARGIN = 140  # what JupyterLab takes on either side of an output
# or cells out of sight are taken off the page
ALL_CELLS = {"@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"}}


def main(only: list[str]) -> None:
    """All states, or those that are named."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    names = [name for name in STATES if not only or name in only]
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        with Jupyter(Path(folder) / "jupyter", browser, settings=ALL_CELLS) as jupyter:
            with jupyter.notebook(*cells(*names), "import os\nprint(os.getpid())") as notebook:
                widgets = show(notebook, *names)
                pid = int(notebook.run(len(names) + 1))
                photograph(notebook, {name: widget for name, widget in widgets.items() if name != "stopping"})
                os.kill(pid, signal.SIGSTOP)  # a kernel that says nothing more
                try:
                    stop_in_vain(notebook, widgets)
                finally:
                    os.kill(pid, signal.SIGCONT)
                notebook.save()
                name = notebook.name
                reopened(notebook, name)
            if not only or "connecting" in only:
                connecting(jupyter)
        browser.close()


def photograph(notebook: Notebook, widgets: dict[str, Locator]) -> None:
    for look in ("light", "dark"):
        theme(notebook, look)
        for width in WIDTHS:
            notebook.page.set_viewport_size({"width": width + MARGIN, "height": 900})
            notebook.page.wait_for_timeout(150)
            for state, widget in widgets.items():
                widget.screenshot(path=PICTURES / f"{state}-{look}-{width}.png")


def stop_in_vain(notebook: Notebook, widgets: dict[str, Locator]) -> None:
    """Stop is pressed, and nobody answers: stopping, then lost."""
    widget = widgets.get("stopping")
    if widget is None:
        return
    widget.locator("button.nbstream-stop").click()
    photograph(notebook, {"stopping": widget})  # it says so for five seconds
    widget.locator(".nbstream-state", has_text="no answer from the kernel").wait_for()
    photograph(notebook, {"lost": widget})


def reopened(notebook: Notebook, name: str) -> None:
    """The saved notebook in a page whose kernel knows nothing of it."""
    page = notebook.page
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.reload()
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    outputs = page.locator(".nbstream-static").last
    outputs.wait_for()
    photograph(notebook, {"saved": outputs})


def connecting(jupyter: Jupyter) -> None:
    """A widget that has heard nothing yet: the thread that would tell it is held."""
    hold = "from nbstream.supervisor import supervisor\nsupervisor().call(time.sleep, 15)\n"
    with jupyter.notebook(f"import nbstream, time\n{hold}nbstream.generate('Hello')") as notebook:
        notebook.start(0)
        notebook.page.locator(".nbstream-state", has_text="connecting").wait_for()
        photograph(notebook, {"connecting": notebook.widget})  # it says so for five seconds


if __name__ == "__main__":
    main(sys.argv[1:])
