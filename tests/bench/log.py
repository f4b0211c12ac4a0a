"""What the log costs: history() of 100,000 attempts, a write, a chunk, a delta's bytes. `python tests/bench/log.py`."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from nbstream.attempt import Attempt, Delta, new_id
from nbstream.filters import Filters
from nbstream.folding import end
from nbstream.log_place import place_of
from nbstream.log_writer import LogWriter
from nbstream.logged import frame_of
from nbstream.marks import encode
from nbstream.store import Save, Store, row_to_store

ROWS = 100_000
START = datetime(2026, 1, 1, tzinfo=UTC)
PROMPT = json.dumps([{"role": "user", "content": "Introduce the GPT model structure in as much detail as possible."}])


@contextmanager
def timed(what: str, per: int = 1, unit: float = 1.0, name: str = "s") -> Iterator[None]:
    began = time.perf_counter()
    yield
    print(f"{what:60} {(time.perf_counter() - began) / per * unit:10.3f} {name}")


def attempt_number(number: int, tokens: int) -> Attempt:
    """An attempt as they are: a few hundred tokens at 50 a second."""
    luck = random.Random(number)
    known = {"attempt_id": f"att_{number:022x}", "generation_id": f"gen_{number // 3:022x}", "number": number % 3 + 1}
    more = {"provider": "openai", "model": "gpt-4.1-mini", "base_url": "https://api.openai.com/v1", "prompt": PROMPT}
    attempt = Attempt(**known, **more, started_at=START + timedelta(minutes=number))  # type: ignore[arg-type]
    at = 0.4
    for _ in range(tokens):
        at += luck.expovariate(50)
        attempt.deltas.append(Delta(at, "text", "word "))
    attempt.chunks, attempt.ttft_s = tokens, 0.4
    end(attempt, luck.choice(["model", "person"]), "The model finished.", attempt.began + at)
    return attempt


def main(value: str) -> None:
    place = place_of(value)
    assert place is not None
    store = Store(place)
    with timed(f"{ROWS} attempts of 20 tokens written, each", ROWS, 1e6, "µs"):
        for first in range(0, ROWS, 1000):
            made = [attempt_number(number, 20) for number in range(first, first + 1000)]
            store.write([Save(row_to_store(one, "krn_1"), False, 0, one.deltas) for one in made])
    print(f"{'size':60} {store.size() / 1e6:10.1f} MB")
    writer = LogWriter(lambda: place)
    for turn in (1, 2, 3):
        with timed(f"history(), {ROWS} attempts, run {turn}"):
            frame = frame_of(writer, Filters(), None, False)
    assert len(frame) == ROWS
    with timed("history(limit=100)"):
        frame_of(writer, Filters(), 100, False)
    with timed("history(text=True)"):
        frame_of(writer, Filters(), None, True)
    ended = [attempt_number(ROWS + number, 300) for number in range(300)]
    with timed("an attempt of 300 tokens from told to written, one by one", 300, 1e3, "ms"):
        for one in ended:
            writer.ended(one)
            writer.flush(60)
    live = attempt_number(ROWS * 2, 300)
    live.attempt_id, live.ended_by = new_id("att"), None
    writer.started(live)
    with timed("what the loop's thread pays for a chunk", 100_000, 1e6, "µs"):
        for _ in range(100_000):
            writer.progressed(live, 0)
    marks = encode(ended[0].deltas)
    print(f"{'a delta at 50 a second':60} {len(marks) / 300:10.2f} bytes")
    live.ended_by = "model"
    writer.ended(live)
    writer.close()
    store.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(sys.argv[1] if sys.argv[1:] else str(Path(folder) / "log.sqlite"))
