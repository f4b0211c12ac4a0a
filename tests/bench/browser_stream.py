"""A long answer in a real JupyterLab: what it costs page and wire, beside the other ways to show one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from . import peers
from .cells import PEERS_CELLS, SHADOWED, cells, own_cells
from .given import Given
from .lab import Jupyter, Notebook, PeerLab, Seen, browser, watched
from .rows import Figure, Peer, Row
from .serving import Serving, serving
from .stream import LAST, NEARLY

OWN = "nbstream"
PATIENCE_S = 60.0
"""Beyond the time of the stream; what has not shown its last token then is given up."""

SETTLE_S = 3.0
READY = "\nfrom IPython.display import HTML, display\ndisplay(HTML('<p>ready</p>'))"
"""JupyterLab loads MathJax with the first HTML of a page, a task of some 20 ms of CPU, whoever shows it."""

MEASURES: dict[str, tuple[str, Callable[[Seen], float]]] = {
    "websocket": ("MB", lambda seen: seen.megabytes),
    "longest task": ("ms", lambda seen: seen.longest_task_ms),
    "scripting, in all": ("s", lambda seen: seen.script_s),
    "all tasks of the page": ("s", lambda seen: seen.task_s),
    "frames dropped": ("", lambda seen: seen.dropped_frames),
    "heap kept": ("MB", lambda seen: seen.heap_mb),
}
LATE = "last token visible after"
TARGETS = {(20_000, "websocket"): 0.9, (20_000, LATE): 100.0, (20_000, "longest task"): 50.0} | {
    (100_000, "longest task"): 50.0
}
LINEAR = 1.3
"""How much dearer a token of 100,000 may be than one of 20,000 to pass for linear."""

Readings = dict[str, list[tuple[Seen, float | None]]]


def measure(given: Given) -> list[Row]:
    """For each length a row of each measure; all ways in turn."""
    rows: list[Row] = []
    scripting: dict[int, float] = {}
    others = given.ways or tuple(PEERS_CELLS)
    with browser(given.env) as (chromium, folder), PeerLab(folder, chromium) as lab, serving() as server:
        for tokens, seconds, rounds in given.shown:
            found: Readings = {way: [] for way in [OWN, *others] if way == OWN or not missing(way)}
            for _ in range(rounds):
                for way, readings in found.items():
                    readings.append(shown(lab, server, way, tokens, seconds))
            rows += rows_of(found, others, tokens, seconds)
            scripting[tokens] = Figure.of([seen.script_s for seen, _ in found[OWN]]).median / tokens
    if len(scripting) > 1:
        rows.append(growth(scripting))
    return rows


def shown(lab: Jupyter, server: Serving, way: str, tokens: int, seconds: float) -> tuple[Seen, float | None]:
    """One answer, shown in a fresh notebook: what the page went through, and how many ms after the last was sent."""
    pace_us = int(seconds / tokens * 1e6)
    url = server.url("paced", pace_us, tokens)
    first, code = own_cells(url) if way == OWN else cells(way, tokens, seconds)
    with lab.notebook(first + READY, code, "sent") as notebook, watched(notebook) as watch:
        notebook.run(0)
        time.sleep(SETTLE_S)
        notebook.page.evaluate("deep => { window.deep = deep }", way == SHADOWED)
        watch.begin()
        notebook.start(1)
        over = time.monotonic() + seconds + PATIENCE_S
        while not notebook.page.evaluate("word => window.shows(word)", NEARLY) and time.monotonic() < over:
            time.sleep(0.5)
        notebook.page.evaluate("word => window.awaits(word)", LAST)
        while not notebook.page.evaluate("window.notes.seen") and time.monotonic() < over:
            time.sleep(0.5)
        seen = watch.end()
        if seen.seen_at is None:
            return seen, None
        return seen, (seen.seen_at - sent(notebook)) * 1000


def sent(notebook: Notebook) -> float:
    """When the kernel sent the last of it."""
    return float(notebook.value(2, "sent"))


def rows_of(found: Readings, others: Sequence[str], tokens: int, seconds: float) -> list[Row]:
    """The measures of one length."""
    group = f"JupyterLab, {tokens:,} tokens of Markdown in {seconds:g} s"
    rows = []
    for what, (unit, take) in {LATE: ("ms", None), **MEASURES}.items():
        taken = {way: [late if take is None else take(seen) for seen, late in all_] for way, all_ in found.items()}
        values = {way: [value for value in readings if value is not None] for way, readings in taken.items()}
        own = Figure.of(values[OWN]) if values[OWN] else None
        most = TARGETS.get((tokens, what))
        reached = None if most is None else own is not None and own.median <= most
        beside = [peer(way, values) for way in others]
        rows.append(Row(group, what, unit, own, beside, f"≤ {most:g} {unit}" if most else "", reached))
    return rows


def peer(way: str, values: dict[str, list[float]]) -> Peer:
    """A way beside ours; how often ours is 0 makes ratios of some measures worthless, so there are none."""
    if way not in values:
        return Peer(way, note=missing(way) or "")
    return (
        Peer(way, Figure.of(values[way]))
        if values[way]
        else Peer(way, note=f"not shown {PATIENCE_S:g} s after the end")
    )


def missing(way: str) -> str | None:
    """Why a way cannot be measured."""
    return peers.missing(PEERS_CELLS[way][0])


def growth(scripting: dict[int, float]) -> Row:
    """Whether a token of a long answer costs what one of a short one does."""
    short, long = min(scripting), max(scripting)
    grown = scripting[long] / scripting[short]
    what = f"scripting for each token at {long:,} over {short:,}"
    target = f"linear in length: ≤ {LINEAR:g}"
    return Row("JupyterLab, growth", what, "", Figure.of([grown]), target=target, reached=grown <= LINEAR)
