"""What a chunk costs does not grow with the answer: counted in operations at 1,000, 10,000 and 100,000 tokens."""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from bench.stream import openai_event, pieces
from ranks import real
from storing import open_store

from nbstream.attempt import Attempt, Delta
from nbstream.framing import EventStream, Record
from nbstream.guards.base import Armed
from nbstream.intake import take as take_records
from nbstream.log_saver import Entry
from nbstream.log_writer import LogWriter
from nbstream.pacer import Budget, Pacer
from nbstream.providers import OpenAIChat
from nbstream.rows import meter_of
from nbstream.run import Run
from nbstream.screen import Screen
from nbstream.tokens import Counter, Tally
from nbstream.wire import Ask

LENGTHS = (1_000, 10_000, 100_000)
WINDOW = 1_000
GROWTH = 1.1
"""The windows hold other words, so they may differ a little; what grows with the answer would be ten times more."""


class Stage:
    """A widget that is on a page, and what it sends."""

    shown = True

    def __init__(self, attempt: Attempt) -> None:
        self.attempts = [attempt]
        self.sent: list[dict[str, Any]] = []

    def send(self, content: dict[str, Any]) -> None:
        self.sent.append(content)

    def spend(self) -> None: ...
    def publish(self) -> None: ...
    def resumption(self, attempt: Attempt) -> None: ...

    def guards_of(self, attempt: Attempt) -> list[Armed]:
        return []


def attempt() -> Attempt:
    return Attempt("att_1", "gen_1", 1, "openai", "gpt-4.1-mini", "http://localhost", "{}", "[]")


def window_before(length: int) -> list[str]:
    """The last pieces of an answer of this length."""
    return list(islice(pieces(), length - WINDOW, length))


def even(found: dict[int, float]) -> None:
    assert max(found.values()) <= GROWTH * min(found.values()) > 0, found


def records(texts: list[str]) -> list[Record]:
    return EventStream().feed(b"".join(map(openai_event, texts)))


def test_characters_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    encode, encoded = Counter.encode, []

    def noted(self: Counter, text: str) -> int:
        encoded.append(len(text))
        return encode(self, text)

    monkeypatch.setattr(Counter, "encode", noted)
    counter, found, stream = Counter(real("o200k_base")), {}, pieces()
    for token in range(1, max(LENGTHS) + 1):
        counter.feed(next(stream))
        assert counter.count
        if token in LENGTHS:
            found[token] = float(sum(encoded[-2 * WINDOW :]))
    even(found)


def grown(length: int, stage: Stage | None = None) -> Run:
    """A run that has received so much already."""
    known = attempt()
    known.deltas = [Delta(place / 50, "text", piece) for place, piece in enumerate(islice(pieces(), length - WINDOW))]
    provider = OpenAIChat("gpt-4.1-mini", base_url="http://localhost", api_key="k")
    run = Run(known, Ask("att_1", "gpt-4.1-mini", (), {}), provider, Tally(None), Screen(stage or Stage(known)))
    return run


def calls(length: int) -> float:
    """Calls of functions, Python's and C's, for a chunk at the end of an answer of this length."""
    counted: list[int] = []

    async def take() -> None:
        run = grown(length)
        run.guards = [Armed(lambda attempt, now: attempt.tail(40) and None)]
        run.listener.started(run.attempt)
        for record in records(window_before(length)):
            number = 0

            def profile(frame: object, event: str, given: object) -> None:
                nonlocal number
                number += event in ("call", "c_call")

            sys.setprofile(profile)
            take_records(run, [record], time.monotonic())
            sys.setprofile(None)
            counted.append(number)

    asyncio.run(take())
    return statistics.median(counted)


def test_calls_for_a_chunk() -> None:
    found = {length: calls(length) for length in LENGTHS}
    even(found)


def test_characters_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Pacer, "budget", Budget())
    found = {}

    async def take(length: int) -> int:
        known = attempt()
        stage = Stage(known)
        run = grown(length, stage)
        run.listener.started(run.attempt)
        texts = window_before(length)
        for record in records(texts):
            take_records(run, [record], time.monotonic())
        run.listener.pacers["att_1"].close()  # type: ignore[attr-defined]
        deltas = [message for message in stage.sent if message["type"] == "delta"]
        assert "".join(message["text"] for message in deltas) == "".join(texts)
        others = [json.dumps(message) for message in stage.sent if message["type"] != "delta"]
        return max(map(len, others)) + sum(len(message["text"]) for message in deltas)

    for length in LENGTHS:
        found[length] = float(asyncio.run(take(length)))
    even(found)


def test_a_meter_tells_no_text() -> None:
    known = attempt()
    known.deltas = [Delta(0.1, "text", "word " * 100_000)]
    assert len(json.dumps(meter_of(known, 1.0))) < 2_000


def test_rows_and_characters_written(tmp_path: Path) -> None:
    writer = LogWriter(lambda: None)
    writer.store = open_store(str(tmp_path / "log.sqlite"))
    written: list[tuple[int, int]] = []

    def note(_connection: object, _cursor: object, statement: str, given: Any, *_: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            rows = given if isinstance(given, list) else [given]
            written.append(
                (len(rows), sum(len(value) for row in rows for value in row if isinstance(value, str | bytes)))
            )

    sa.event.listen(writer.store.engine, "before_cursor_execute", note)
    known, stream = attempt(), pieces()
    numbers: dict[int, float] = {}
    characters: dict[int, float] = {}
    for length in range(WINDOW, max(LENGTHS) + 1, WINDOW):
        known.deltas += [Delta(length / 50, "text", piece) for piece in islice(stream, WINDOW)]
        written.clear()
        writer.write([Entry(known, text=True)])
        if length - WINDOW in LENGTHS or length in LENGTHS[1:]:
            numbers[length] = float(sum(number for number, _ in written))
            characters[length] = float(sum(size for _, size in written))
    writer.shut()
    even(numbers)
    even(characters)
