"""Makes the README's picture from the real thing: `make picture`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from notebooks import CHROMIUM_FLAGS, ROOT, Jupyter, chromium
from playwright.sync_api import sync_playwright
from story import wait_for_state, wait_for_text

WIDTH = 1000
PICTURES = ROOT / "examples" / "pictures"
CELLS = (
    'import nbstream\n\ngen = nbstream.generate("Introduce the GPT model structure in as much detail as possible.")\n'
    "gen",
    'columns = ["number", "ended_by", "received_tokens", "output_tokens", "overrun_tokens", "stop_latency_ms"]\n'
    "gen.history[columns].round(2)",
)


def main() -> None:
    """A stopped attempt, a retry stopped later, and what both cost."""
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
        with (
            Jupyter(Path(folder) / "jupyter", browser) as jupyter,
            jupyter.notebook(*CELLS, width=WIDTH, scale=2) as notebook,
        ):
            notebook.start(0)
            notebook.widget.wait_for()
            for length in (300, 500):
                wait_for_text(notebook, length)
                notebook.button("stop").click()
                wait_for_state(notebook, "stopped by you")
                if length == 300:
                    notebook.button("retry").click()
                    wait_for_state(notebook, "streaming")
            notebook.run(1)
            notebook.page.wait_for_selector("table.dataframe")
            notebook.page.mouse.move(0, 0)
            top = notebook.page.locator(".jp-Cell").first.bounding_box()
            end = notebook.page.locator("table.dataframe").bounding_box()
            assert top is not None
            assert end is not None
            area = {"x": 0, "y": top["y"], "width": WIDTH, "height": end["y"] + end["height"] + 12 - top["y"]}
            notebook.page.screenshot(path=PICTURES / "stopped.png", clip=area)
        browser.close()


if __name__ == "__main__":
    main()
