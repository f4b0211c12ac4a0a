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
PATIENCE_S = 40.0
"""Beyond the time of the stream; what has not shown its last token then is given up."""

SETTLE_S = 3.0
READY = "\nfrom IPython.display import HTML, display\ndisplay(HTML('<p>ready</p>'))"
"""JupyterLab loads MathJax with the first HTML of a page, a task of some 20 ms of CPU, whoever shows it."""

MEASURES: dict[str, tuple[str, Callable[[Seen], float]]] = {
    "websocket": ("MB", lambda seen: seen.megabytes),
    "longest task": ("ms", lambda seen: seen.longest_task_ms),
    "all tasks of the page": ("s", lambda seen: seen.task_s),
    "scripting and the rest: tasks without layout and style": ("s", lambda seen: seen.rest_s),
    "frames dropped": ("", lambda seen: seen.dropped_frames),
    "heap kept": ("MB", lambda seen: seen.heap_mb),
}
LATE = "last token visible after"
FROM = "nbstream: from when the server sent it, so with reading it; the others: from when the cell handed it to them"
COMPARED = (LATE, "websocket", "all tasks of the page")
"""What is never 0, so that there are ratios, pair by pair."""

TARGETS = {(20_000, "websocket"): 0.9, (20_000, LATE): 100.0, (20_000, "longest task"): 50.0} | {
    (100_000, "longest task"): 50.0
}
LINEAR = 1.3
"""How much dearer a token of 100,000 may be than one of 20,000 to pass for linear."""

Readings = dict[str, list[tuple[Seen, float | None]]]


def measure(given: Given) -> list[Row]:
    """For each length a row of each measure; all ways in turn."""
    rows: list[Row] = []
    working: dict[int, float] = {}
    others = given.ways or tuple(PEERS_CELLS)
    with browser(given.env) as (chromium, folder), PeerLab(folder, chromium) as lab, serving() as server:
        for tokens, seconds, rounds in given.shown:
            found: Readings = {way: [] for way in [OWN, *others] if way == OWN or not missing(way)}
            for _ in range(rounds):
                for way, readings in found.items():
                    if way == OWN or all(late is not None for _, late in readings):  # others are too late again
                        readings.append(shown(lab, server, way, tokens, seconds))
            rows += rows_of(found, others, tokens, seconds)
            working[tokens] = Figure.of([seen.task_s for seen, _ in found[OWN]]).median / tokens
    if len(working) > 1:
        rows.append(growth(working))
    return rows


def shown(lab: Jupyter, server: Serving, way: str, tokens: int, seconds: float) -> tuple[Seen, float | None]:
    """One answer, shown in a fresh notebook: what the page went through, and how many ms after the last was sent."""
    pace_us = int(seconds / tokens * 1e6)
    url = server.url("timed", pace_us, tokens)
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
        at = sent(notebook, server, way) if way == OWN or seen.seen_at else None
        return seen, (seen.seen_at - at) * 1000 if seen.seen_at and at else None


def sent(notebook: Notebook, server: Serving, way: str) -> float | None:
    """When the last of it was sent, in seconds since the epoch."""
    if way != OWN:
        return float(notebook.value(2, "sent"))
    at = server.sent()
    return None if at is None else at + time.time() - time.monotonic()


def rows_of(found: Readings, others: Sequence[str], tokens: int, seconds: float) -> list[Row]:
    """The measures of one length."""
    group = f"JupyterLab, {tokens:,} tokens of Markdown in {seconds:g} s"
    rows = []
    for what, (unit, take) in {LATE: ("ms", None), **MEASURES}.items():
        taken = {way: [late if take is None else take(seen) for seen, late in all_] for way, all_ in found.items()}
        values = [value for value in taken[OWN] if value is not None]
        own = Figure.of(values) if values else None
        most = TARGETS.get((tokens, what))
        reached = None if most is None else own is not None and own.median <= most
        beside = [peer(way, taken, what in COMPARED) for way in others]
        note = f"n = {len(values)}" + (f"; {FROM}" if what == LATE else "")
        rows.append(Row(group, what, unit, own, beside, f"≤ {most:g} {unit}" if most else "", reached, note))
    return rows


def peer(way: str, taken: dict[str, list[float | None]], compared: bool) -> Peer:
    """A way beside ours, pair by pair as far as both have readings."""
    if way not in taken:
        return Peer(way, note=missing(way) or "")
    values = [value for value in taken[way] if value is not None]
    if not values:
        return Peer(way, note=f"not shown {PATIENCE_S:g} s after the end")
    note = f"n = {len(values)}" if len(values) != len(taken[OWN]) else ""
    pairs = [(own, other) for own, other in zip(taken[OWN], taken[way], strict=False) if own and other]
    ratios = [own / other for own, other in pairs] if compared else []
    return Peer(way, Figure.of(values), Figure.of(ratios) if ratios else None, note)


def missing(way: str) -> str | None:
    """Why a way cannot be measured."""
    return peers.missing(PEERS_CELLS[way][0])


def growth(working: dict[int, float]) -> Row:
    """Whether a token of a long answer costs what one of a short one does."""
    short, long = min(working), max(working)
    grown = working[long] / working[short]
    what = f"all tasks of the page for each token, at {long:,} over {short:,}"
    target = f"linear in length: ≤ {LINEAR:g}"
    return Row("JupyterLab, growth", what, "", Figure.of([grown]), target=target, reached=grown <= LINEAR)
