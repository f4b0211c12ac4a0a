"""A JupyterLab of the peers' environment, and a page that notes what it receives, how long it works, what it drops."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from . import peers
from .place import ROOT

sys.path.insert(0, str(ROOT / "tests" / "browser"))  # as pytest finds them

from notebooks import CHROMIUM_FLAGS, Jupyter, Notebook, chromium

__all__ = ["Jupyter", "Notebook", "PeerLab", "Seen", "browser", "watched"]

FRAME_MS = 1000 / 60
NOTES = """
(() => {
  const notes = (window.notes = { bytes: 0, messages: 0, tasks: [], gaps: [] });
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...given) {
      super(...given);
      if (!String(given[0]).includes('/channels')) return;
      this.addEventListener('message', event => {
        notes.messages += 1;
        notes.bytes += event.data.byteLength ?? event.data.size ?? event.data.length;
      });
    }
  };
  new PerformanceObserver(list => notes.tasks.push(...list.getEntries().map(entry => entry.duration)))
    .observe({ type: 'longtask' });
  let last = performance.now();
  const frame = now => { notes.gaps.push(now - last); last = now; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);
  const has = (root, word) => root.textContent.includes(word) || window.deep &&
    [...root.querySelectorAll('*')].some(node => node.shadowRoot && has(node.shadowRoot, word));
  window.shows = word => [...document.querySelectorAll('.jp-OutputArea')].some(area => has(area, word));
  window.awaits = word => { const look = () => {
    if (window.shows(word)) notes.seen = Date.now(); else setTimeout(look, 10);
  }; look(); };
  window.clear = () => Object.assign(notes, { bytes: 0, messages: 0, tasks: [], gaps: [], seen: undefined });
})()
"""


@dataclass(frozen=True)
class Seen:
    """What a page went through between two moments."""

    megabytes: float
    messages: int
    longest_task_ms: float
    dropped_frames: int
    rest_s: float
    """Of its tasks, what is neither layout nor style; `ScriptDuration` would leave promises out."""
    task_s: float
    heap_mb: float
    seen_at: float | None  # seconds since the epoch


@dataclass
class Watched:
    """A page with a protocol session for its totals."""

    page: Page
    session: CDPSession
    before: dict[str, float] = field(default_factory=dict)

    def begin(self) -> None:
        """From now on."""
        self.session.send("Performance.enable")
        self.before = self.totals()
        self.page.evaluate("window.clear()")

    def end(self) -> Seen:
        """What it was until now; the heap is that of after, garbage collected."""
        after = self.totals()
        took = {name: after[name] - self.before[name] for name in after if name.endswith("Duration")}
        notes: dict[str, Any] = self.page.evaluate("window.notes")
        self.session.send("HeapProfiler.collectGarbage")
        heap = self.totals()["JSHeapUsedSize"] - self.before["JSHeapUsedSize"]
        return Seen(
            megabytes=notes["bytes"] / 1e6,
            messages=notes["messages"],
            longest_task_ms=max(notes["tasks"], default=0.0),
            dropped_frames=sum(max(0, round(gap / FRAME_MS) - 1) for gap in notes["gaps"]),
            rest_s=took["TaskDuration"] - took["LayoutDuration"] - took["RecalcStyleDuration"],
            task_s=took["TaskDuration"],
            heap_mb=heap / 1e6,
            seen_at=notes["seen"] / 1000 if notes.get("seen") else None,
        )

    def totals(self) -> dict[str, float]:
        return {one["name"]: one["value"] for one in self.session.send("Performance.getMetrics")["metrics"]}


@contextmanager
def watched(notebook: Notebook) -> Iterator[Watched]:
    """Read what the page notes."""
    session = notebook.page.context.new_cdp_session(notebook.page)
    session.send("Performance.enable")
    session.send("HeapProfiler.collectGarbage")
    yield Watched(notebook.page, session)
    session.detach()


@dataclass(frozen=True)
class Noting:
    """A browser whose pages note from their first line on: a websocket that is open cannot be counted."""

    chromium: Browser

    def new_context(self, **given: Any) -> BrowserContext:
        context = self.chromium.new_context(**given)
        context.add_init_script(NOTES)
        return context


class PeerLab(Jupyter):
    """The same JupyterLab, with the interpreter and the packages of the peers' environment."""

    def write_kernels(self) -> None:
        argv = [str(peers.python("notebook")), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        env = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
        spec = self.folder / "data" / "kernels" / self.kernel / "kernel.json"
        spec.parent.mkdir(parents=True, exist_ok=True)
        told = {"argv": argv, "display_name": self.kernel, "language": "python", "env": env}
        spec.write_text(json.dumps(told))

    def command(self) -> list[str]:
        return [str(peers.python("notebook")), *super().command()[1:]]


@contextmanager
def browser(env: dict[str, str]) -> Iterator[tuple[Any, Path]]:
    """A Chromium, a folder to work in, and the run's environment for whatever is started meanwhile."""
    before = dict(os.environ)
    os.environ.update(env)
    try:
        with tempfile.TemporaryDirectory(prefix="nbstream-bench-") as folder, sync_playwright() as playwright:
            launched = playwright.chromium.launch(executable_path=chromium(), args=CHROMIUM_FLAGS)
            yield Noting(launched), Path(folder)
            launched.close()
    finally:
        os.environ.clear()
        os.environ.update(before)
