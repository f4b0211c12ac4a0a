"""From the click on Stop until the server sees the connection end: idle and busy, on both kernels."""

from __future__ import annotations

import random
import time

from .given import Given
from .lab import Jupyter, Notebook, browser
from .rows import Figure, Row, quantile
from .serving import Serving, serving

GROUP = "Click on Stop in JupyterLab → connection closed, as the server sees it"
SLEEP = "import time; time.sleep(600)"
LOOP = "import time\nend = time.monotonic() + 600\nwhile time.monotonic() < end: pass"
BUSY = {"idle": ("", 20.0), "a cell in `time.sleep`": (SLEEP, 60.0), "a cell in a Python loop": (LOOP, 200.0)}
KERNELS = ("ipykernel7", "ipykernel6")
MOMENT_S = 0.1
GENERATE = """
import nbstream
gen = nbstream.generate("Hello", "gpt-4.1-mini", base_url={url!r}, api_key="sk-bench")
gen
"""
CLICK = """
() => {
  const button = document.querySelector('section.nbstream button.nbstream-stop');
  const at = Date.now();
  button.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  return at;
}
"""
"""Date.now is the wall clock; the offset to the monotonic one is taken at each click."""


def measure(given: Given) -> list[Row]:
    """A row for each kernel and each way to be busy."""
    rows = []
    with browser(given.env) as (chromium, folder), serving() as server:
        for kernel in KERNELS:
            with Jupyter(folder / kernel, chromium, kernel=kernel) as lab:
                rows += [row(lab, server, kernel, busy, given.clicks) for busy in BUSY]
    return rows


def row(lab: Jupyter, server: Serving, kernel: str, busy: str, clicks: int) -> Row:
    """Many clicks in one notebook; each next stream is a retry, which needs no cell either."""
    code, most = BUSY[busy]
    with lab.notebook(GENERATE.format(url=server.url("flowing", 20_000)), code) as notebook:
        notebook.run(0)
        notebook.widget.wait_for()
        if code:
            notebook.start(1)
            prompt = "() => document.querySelectorAll('.jp-InputPrompt')[1].innerText.includes('*')"
            notebook.page.wait_for_function(prompt)
        readings = []
        for number in range(clicks + 1):
            if number:
                notebook.page.wait_for_selector("button.nbstream-retry:enabled")
                notebook.button("retry").click()
            server.asked()
            readings.append(clicked(notebook, server, number))
        assert not code or notebook.running(1), "the cell had ended: this proves nothing"
        if code:
            notebook.interrupt()
    figure = Figure.of(readings[1:])  # the first one loads what the others use
    note = f"n = {clicks}, p99 {quantile(readings[1:], 0.99):.0f} ms, most {max(readings[1:]):.0f} ms"
    reached = figure.median <= most
    return Row(GROUP, f"{kernel}, {busy}", "ms", figure, target=f"p50 ≤ {most:g} ms", reached=reached, note=note)


def clicked(notebook: Notebook, server: Serving, number: int) -> float:
    """Milliseconds from the click's own event; a little after the text has begun to flow."""
    flowing = "() => document.querySelector('section.nbstream .nbstream-text')?.textContent.length > 5"
    notebook.page.wait_for_function(flowing)
    notebook.page.wait_for_selector("button.nbstream-stop:enabled")
    time.sleep(MOMENT_S * (1 + random.Random(number).random()))
    offset = time.time() - time.monotonic()
    at = notebook.page.evaluate(CLICK) / 1000 - offset
    return (server.left() - at) * 1000
