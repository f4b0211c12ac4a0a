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
        for kernel in given.kernels:
            with Jupyter(folder / kernel, chromium, kernel=kernel) as lab:
                rows += clicks(lab, server, kernel, given.clicks)
    return rows


def clicks(lab: Jupyter, server: Serving, kernel: str, number: int) -> list[Row]:
    """All rows of a kernel, in one notebook; each next stream is a retry, which needs no cell."""
    url = server.url("flowing", 20_000)
    rows = []
    with lab.notebook(GENERATE.format(url=url), *(code for code, _ in BUSY.values())) as notebook:
        notebook.run(0)
        notebook.widget.wait_for()
        server.asked()
        clicked(notebook, server)  # the first one loads what the others use
        for cell, (busy, (code, most)) in enumerate(BUSY.items(), 1):
            if code:
                begin(notebook, cell)
            readings = [after_retry(notebook, server) for _ in range(number)]
            if code:
                assert notebook.running(cell), "the cell had ended: this proves nothing"
                end(notebook, cell)
            rows.append(row(f"{kernel}, {busy}", readings, most))
    return rows


def begin(notebook: Notebook, cell: int) -> None:
    """Make the kernel busy."""
    notebook.start(cell)
    prompt = "i => document.querySelectorAll('.jp-Cell .jp-InputPrompt')[i].innerText.includes('*')"
    notebook.page.wait_for_function(prompt, arg=cell)


def end(notebook: Notebook, cell: int) -> None:
    """Interrupt the cell that makes it busy."""
    notebook.interrupt()
    prompt = "i => !document.querySelectorAll('.jp-Cell .jp-InputPrompt')[i].innerText.includes('*')"
    notebook.page.wait_for_function(prompt, arg=cell)


def row(what: str, readings: list[float], most: float) -> Row:
    figure, reached = Figure.of(readings), Figure.of(readings).median <= most
    note = f"n = {len(readings)}, p99 {quantile(readings, 0.99):.0f} ms, most {max(readings):.0f} ms"
    return Row(GROUP, what, "ms", figure, target=f"p50 ≤ {most:g} ms", reached=reached, note=note)


def after_retry(notebook: Notebook, server: Serving) -> float:
    """Start the next stream, and stop it."""
    notebook.page.wait_for_selector("button.nbstream-retry:enabled")
    notebook.button("retry").click()
    server.asked()
    return clicked(notebook, server)


def clicked(notebook: Notebook, server: Serving) -> float:
    """Milliseconds from the click's own event; a little after the text has begun to flow."""
    flowing = "() => document.querySelector('section.nbstream .nbstream-text')?.textContent.length > 5"
    notebook.page.wait_for_function(flowing)
    notebook.page.wait_for_selector("button.nbstream-stop:enabled")
    time.sleep(MOMENT_S * (1 + random.random()))
    offset = time.time() - time.monotonic()
    at = float(notebook.page.evaluate(CLICK)) / 1000 - offset
    return (server.left() - at) * 1000
