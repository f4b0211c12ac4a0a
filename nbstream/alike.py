"""Nearly all records of a stream differ from the one before in a piece of text alone: those need no JSON parser.

Decoding JSON and looking through its objects is a tenth of what a chunk costs, and more where chunks come in bulk. Here
one string of it is decoded, where the record before had its piece of text; all around it is the same to the letter.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence

from .events import Event, ReasoningDelta, Started, TextDelta
from .framing import Record

PADDING = ',"obfuscation":"'
"""What OpenAI puts last into a record, and is not the same in any two: its length shall tell nobody what streams."""

VAIN = 20
"""So many records unlike the one before are enough: each has a number of its own, or a count, and so will the rest."""

STRING = json.JSONDecoder()

Piece = TextDelta | ReasoningDelta


class Alike:
    """Decodes the records of one response, with `decode` for all that is not known already.

    A record's own events are found the quick way only after `decode` has once said the same as that: a decoder that is
    not pure, as `Provider` asks, is asked each time.
    """

    def __init__(self, decode: Callable[[Record], Iterable[Event]]) -> None:
        self.decode = decode
        self.vain = 0
        self.forget()

    def forget(self) -> None:
        """No record is like the last one."""
        self.head = self.tail = "\0"  # nothing that is JSON begins so
        self.name = ""
        self.started: Sequence[Event] = []
        self.kind: type[Piece] = TextDelta
        self.proved = False

    def events(self, record: Record) -> Iterable[Event]:
        """What one record means; the name of the answer is not told again."""
        guess = self.guess(record)
        if guess is not None and self.proved:
            return (guess,)
        events = self.decode(record)
        if isinstance(events, list):  # what is made on the way is left alone
            started = [event for event in events if isinstance(event, Started)]
            pieces = [event for event in events if not isinstance(event, Started)]
            if started and started != self.started:
                self.forget()
                guess = None  # it was of another answer
            if guess is None:
                self.learn(record, started, pieces)
            elif pieces == [guess]:
                self.proved = True
                self.vain = 0
            else:
                self.forget()
        return events

    def guess(self, record: Record) -> Piece | None:
        """What it means if it is like the last one."""
        data = without_padding(record.data)
        if not data.startswith(self.head) or record.event != self.name or record.whole:
            return None
        start = len(self.head) - 1
        try:
            text, end = STRING.raw_decode(data, start)
        except ValueError:
            return None
        if not text or data[end:] != self.tail or "\\u" in data[start:end]:  # half a character needs its other half
            return None
        return self.kind(text)

    def learn(self, record: Record, started: Sequence[Event], pieces: Sequence[Event]) -> None:
        """Keep what stands around the piece of text in a record that has one, and nothing else of interest."""
        match pieces:
            case [TextDelta(text) | ReasoningDelta(text) as piece] if self.vain <= VAIN and not record.whole:
                data, quoted = without_padding(record.data), f'"{text}"'
                start = data.find(quoted) + 1
                if start and data.find(quoted, start) < 0:
                    self.head, self.tail = data[:start], data[start + len(quoted) - 1 :]
                    self.name, self.started, self.kind, self.proved = record.event, started, type(piece), False
                    self.vain += 1


def without_padding(data: str) -> str:
    """The record up to its padding."""
    before, mark, padding = data.rpartition(PADDING)
    return before + mark if mark and padding[-2:] == '"}' and padding[:-2].isalnum() else data
