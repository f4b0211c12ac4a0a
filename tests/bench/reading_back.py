"""What `history()` costs over a log of many attempts."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from nbstream.filters import Filters
from nbstream.log_place import place_of
from nbstream.log_writer import LogWriter
from nbstream.logged import frame_of
from nbstream.store import Save, Store, row_to_store

from .given import Given
from .log import attempt_number
from .rows import Figure, Row

MOST_S = 1.0
FULL = 100_000
TURNS = 5


def measure(given: Given) -> list[Row]:
    """One row."""
    with tempfile.TemporaryDirectory() as folder:
        place = place_of(str(Path(folder) / "log.sqlite"))
        assert place is not None
        store = Store(place)
        for first in range(0, given.history, 1000):
            made = [attempt_number(number, 20) for number in range(first, first + 1000)]
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
    figure = Figure.of(readings)
    judged = figure.median <= MOST_S if given.history >= FULL else None
    what = f"`history()` of {given.history:,} attempts, SQLite"
    return [Row("The log", what, "s", figure, target=f"≤ {MOST_S:g} s for {FULL:,}", reached=judged)]
