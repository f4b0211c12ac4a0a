"""Twenty widgets streaming in one notebook, and ending together."""

from __future__ import annotations

import time

from .given import Given
from .lab import PeerLab, Seen, browser, watched
from .rows import Figure, Row
from .serving import serving

WIDGETS = 20
TOKENS_PER_S = 50
LONGEST_MS = 50.0
WARM_S = 3.0
SOON_S = 2.0
AFTER_S = 3.0
"""Until what follows the end of an attempt is drawn."""
# by itself: to run a cell costs JupyterLab a task of its own
STOP = f"import threading; threading.Timer({SOON_S}, nbstream.stop_all).start()"
CELL = """
import nbstream
from IPython.display import display
for _ in range({number}):
    display(nbstream.generate("Hello", "gpt-4.1-mini", base_url={url!r}, api_key="sk-bench"))
"""


def measure(given: Given) -> list[Row]:
    """What the page goes through while all of them stream."""
    with browser(given.env) as (chromium, folder), PeerLab(folder, chromium) as lab, serving() as server:
        code = CELL.format(number=WIDGETS, url=server.url("flowing", 1_000_000 // TOKENS_PER_S))
        with lab.notebook(code, STOP) as notebook, watched(notebook) as watch:
            notebook.start(0)
            shown = "n => document.querySelectorAll('section.nbstream').length === n"
            notebook.page.wait_for_function(shown, arg=WIDGETS, timeout=60_000)
            time.sleep(WARM_S)
            watch.begin()
            time.sleep(given.widgets_s)
            seen = watch.end()
            notebook.run(1)
            watch.begin()
            ended = "n => document.querySelectorAll('section.nbstream[data-state=stopped]').length === n"
            notebook.page.wait_for_function(ended, arg=WIDGETS, timeout=60_000)
            time.sleep(AFTER_S)
            stopped = watch.end()
    return rows(seen, stopped, given.widgets_s)


def rows(seen: Seen, stopped: Seen, seconds: float) -> list[Row]:
    group = f"{WIDGETS} widgets at once in JupyterLab, each {TOKENS_PER_S} tokens/s, for {seconds:g} s"
    tasks = {"longest task": seen, "longest task as all are stopped together": stopped}
    return [
        *(
            Row(
                group,
                what,
                "ms",
                Figure.of([found.longest_task_ms]),
                target=f"≤ {LONGEST_MS:g} ms",
                reached=found.longest_task_ms <= LONGEST_MS,
            )
            for what, found in tasks.items()
        ),
        Row(group, "frames dropped", "", Figure.of([seen.dropped_frames]), note=f"of {seconds * 60:.0f}"),
        Row(group, "the page's main thread at work", "%", Figure.of([seen.task_s / seconds * 100])),
        Row(group, "messages a second", "", Figure.of([seen.messages / seconds])),
        Row(group, "websocket", "kB/s", Figure.of([seen.megabytes * 1000 / seconds])),
    ]
