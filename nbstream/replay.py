"""Replay: plays a recorded stream through the real decoder, for examples and tests without a key."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable, Mapping
from pathlib import Path

from .errors import SetupError
from .events import Event
from .framing import Record, decoder
from .providers import Format, OpenAIChat
from .wire import Ask, Request

PIECE = 6


class Replay:
    """A provider that answers every request with a recording, as it would have come over the network.

    `recording`: the bytes of a response body, or the path of a file with them. `decode_as`: the provider whose
    wire format it is in; OpenAI chat completions unless told. `events_per_s`: records per second, 0 for all at once.
    """

    name = "replay"
    billing_after_stop = "stops"
    prefill = None
    """A recording cannot go on from another text."""

    def __init__(
        self, recording: bytes | str | Path, *, decode_as: Format | None = None, events_per_s: float = 40.0
    ) -> None:
        if not isinstance(events_per_s, int | float) or events_per_s < 0:
            raise SetupError(f"events_per_s must be a number, 0 or more, not {events_per_s!r}.")
        if isinstance(recording, str | Path) and not is_file(recording):
            raise SetupError(f"There is no recording at {str(recording)!r}. For text, use Replay.text('...').")
        self.recording = recording if isinstance(recording, bytes) else Path(recording).read_bytes()
        self.format = decode_as or OpenAIChat("replay", base_url="http://localhost")
        self.events_per_s = events_per_s
        self.model = self.format.model
        self.base_url = "replay:"
        self.transport = self

    @classmethod
    def text(cls, text: str, *, events_per_s: float = 40.0) -> Replay:
        """A recording of an answer with this text, a few characters an event."""
        pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
        choices: list[dict[str, object]] = [{"delta": {"content": piece}, "finish_reason": None} for piece in pieces]
        choices.append({"delta": {}, "finish_reason": "stop"})
        lines = [f"data: {json.dumps({'id': 'replay', 'choices': [choice]})}\n\n" for choice in choices]
        return cls("".join([*lines, "data: [DONE]\n\n"]).encode(), events_per_s=events_per_s)

    def check(self, options: Mapping[str, object]) -> None:
        """The options are checked as the recorded provider's."""
        self.format.check(options)

    def request(self, ask: Ask) -> Request:
        """The request that the recorded provider would have been sent."""
        return self.format.request(ask)

    def decode(self, record: Record) -> Iterable[Event]:
        """By the recorded provider's own decoder."""
        return self.format.decode(record)

    async def records(self, request: Request) -> AsyncGenerator[list[Record], None]:
        """The recording, record by record at its pace."""
        loop = asyncio.get_running_loop()
        frames = decoder(request.framing)
        records = [*frames.feed(self.recording), *frames.flush()]
        start = loop.time()
        for place, record in enumerate(records):
            if self.events_per_s:
                await asyncio.sleep(max(0.0, start + place / self.events_per_s - loop.time()))
            yield [record]

    async def fetch(self, request: Request) -> object | None:
        """There is nothing to ask a recording."""
        return None


def is_file(path: str | Path) -> bool:
    """Whether there is a file; a text given by mistake may be no path at all."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):
        return False
