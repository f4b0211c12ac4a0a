"""What a chunk costs does not grow with the answer: counted in operations at 1,000, 10,000 and 100,000 tokens."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alone import alone
from bench.stream import pieces
from feeding import an_attempt
from storing import open_store
from streamed import Part, streamed

from nbstream.attempt import Delta
from nbstream.events import Channel
from nbstream.log_saver import Entry
from nbstream.log_writer import LogWriter

LENGTHS = (1_000, 10_000, 100_000)
WINDOW = 1_000
GROWTH = 1.3
"""Larger numbers have more digits, and other words are longer; what grows with the answer would be ten times more."""

Parts = dict[int, Part]


@pytest.fixture(scope="module", params=["text", "reasoning"])
def parts(request: pytest.FixtureRequest) -> Parts:
    channel: Channel = request.param
    return alone(streamed, channel, LENGTHS)


def even(found: dict[int, float]) -> None:
    assert list(found) == list(LENGTHS)
    assert max(found.values()) <= GROWTH * min(found.values()) > 0, found


def test_characters_sent(parts: Parts) -> None:
    even({length: part.took.sent for length, part in parts.items()})


def test_messages_sent(parts: Parts) -> None:
    even({length: part.took.messages for length, part in parts.items()})


def test_no_trait_is_set_and_no_output_drawn_while_text_comes(parts: Parts) -> None:
    assert {(part.took.traits, part.took.drawn) for part in parts.values()} == {(0, 0)}


def test_characters_encoded(parts: Parts) -> None:
    even({length: part.took.encoded for length, part in parts.items()})


def test_deltas_looked_at(parts: Parts) -> None:
    even({length: part.took.read for length, part in parts.items()})


def test_functions_called(parts: Parts) -> None:
    even({length: part.took.calls for length, part in parts.items()})


def test_memory_taken(parts: Parts) -> None:
    """What joins, copies or spells out all of the answer takes memory for it, even where that is one call in C."""
    even({length: part.memory for length, part in parts.items()})


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
    known, stream = an_attempt(), pieces()
    for text in islice(stream, 2):  # the row, and the first text, which takes the place of any that stood there
        known.deltas.append(Delta(0.0, "text", text))
        writer.write([Entry(known, text=True)])
    numbers: dict[int, float] = {}
    characters: dict[int, float] = {}
    for length in range(WINDOW, max(LENGTHS) + 1, WINDOW):
        known.deltas += [Delta(length / 50, "text", piece) for piece in islice(stream, WINDOW)]
        written.clear()
        writer.write([Entry(known, text=True)])
        if length in LENGTHS:
            numbers[length] = float(sum(number for number, _ in written))
            characters[length] = float(sum(size for _, size in written))
    writer.shut()
    even(numbers)
    even(characters)
