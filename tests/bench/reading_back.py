"""What `history()` costs over a log of many attempts."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from nbstream.filters import Filters
from nbstream.log_place import place_of
from nbstream.log_writer import LogWriter
from nbstream.logged import frame_of
from nbstream.store import Save, Store, row_to_store

from .given import Given
from .importing import compiled
from .log import attempt_number
from .rows import Figure, Row

MOST_S = 1.0
FULL = 100_000
TURNS = 5
FIRST = """
import time
began = time.perf_counter()
import nbstream
assert len(nbstream.history()) == {number}
print(time.perf_counter() - began)
"""


def measure(given: Given) -> list[Row]:
    """Two rows: in a process that has read before, and in a fresh one."""
    with tempfile.TemporaryDirectory() as folder:
        place = place_of(str(Path(folder) / "log.sqlite"))
        assert place is not None
        store = Store(place)
        for begin in range(0, given.history, 1000):
            made = [attempt_number(number, 20) for number in range(begin, begin + 1000)]
            store.write([Save(row_to_store(one, "krn_1"), False, 0, one.deltas) for one in made])
        writer = LogWriter(lambda: place)
        frame_of(writer, Filters(), 10, False)
        readings = []
        for _ in range(TURNS):
            began = time.perf_counter()
            assert len(frame_of(writer, Filters(), None, False)) == given.history
            readings.append(time.perf_counter() - began)
        writer.close()
        store.close()
        with compiled(given.env | {"NBSTREAM_LOG": str(place)}) as env:
            first = [first_s(env, given.history) for _ in range(1 + TURNS)][1:]  # one to write the bytecode
    figure = Figure.of(readings)
    judged = figure.median <= MOST_S if given.history >= FULL else None
    what = f"`history()` of {given.history:,} attempts, SQLite"
    note = "in a process that has read before"
    fresh = "the first in a fresh process: with the import of nbstream and pandas, without Python's own start"
    return [
        Row("The log", what, "s", figure, target=f"≤ {MOST_S:g} s for {FULL:,}", reached=judged, note=note),
        Row("The log", what, "s", Figure.of(first), note=fresh),
    ]


def first_s(env: dict[str, str], number: int) -> float:
    """Seconds of a fresh process."""
    command = [sys.executable, "-c", FIRST.format(number=number)]
    return float(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
