"""Streams one long answer through all that a chunk goes through, in a time of its own, and counts what that takes."""

from __future__ import annotations

import asyncio
import json
import selectors
import sys
import time
import tracemalloc
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from types import SimpleNamespace
from typing import Any, SupportsIndex, overload

import comm
import pytest
from bench.stream import openai_event, pieces
from comm.base_comm import BaseComm
from ranks import real

from nbstream import guards, widget
from nbstream.attempt import Delta
from nbstream.events import Channel
from nbstream.framing import EventStream, Record
from nbstream.generating import generate
from nbstream.pacer import Budget, Pacer
from nbstream.providers import OpenAIChat
from nbstream.supervisor import Supervisor
from nbstream.tokens import Counter, Tally
from nbstream.widget import Generation
from nbstream.wire import Request, Transport

PART, WARM, PER_S = 300, 50, 100
"""Tokens that are counted, that come before those, and that come in a second: some for each of thirty messages."""

ENCODE, LONGEST = Counter.encode, 10_000
"""Who wants more encoded at once has given himself away, and does not need to be waited for."""

CLOCKED = ("intake", "page", "screen", "supervisor", "widget")
GUARDS = [
    guards.MaxTokens(10**9),
    guards.MaxSeconds(10**9),
    guards.MaxCost(10**6),
    guards.Pattern("no such words"),
    guards.Repetition(),
    guards.Stall(30),
]


class Deltas(list[Delta]):
    """Knows how many of its items were read, one by one or by what copies many at once."""

    read = 0

    @overload
    def __getitem__(self, place: SupportsIndex) -> Delta: ...
    @overload
    def __getitem__(self, place: slice) -> list[Delta]: ...
    def __getitem__(self, place: SupportsIndex | slice) -> Delta | list[Delta]:
        found = super().__getitem__(place)
        self.read += len(found) if isinstance(found, list) else 1
        return found

    def __iter__(self) -> Iterator[Delta]:
        self.read += len(self)  # who begins at the first goes on to the last
        return super().__iter__()

    def __reversed__(self) -> Iterator[Delta]:
        for item in super().__reversed__():
            self.read += 1
            yield item

    def copy(self) -> list[Delta]:
        return self[:]

    def __add__(self, other: Any) -> Any:
        return self[:] + other


class Leap(selectors.SelectSelector):
    """Where a loop would sleep until it has something to do, its clock is moved on to then."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        found = super().select(None if timeout is None else 0)
        if not found:
            self.now += timeout or 0.0
        return found


class Loop(asyncio.SelectorEventLoop):
    """A loop in which no time is spent on waiting."""

    def __init__(self) -> None:
        self.leap = Leap()
        super().__init__(self.leap)

    def time(self) -> float:
        return self.leap.now


class Here(Supervisor):
    """A supervisor whose loop is the one that runs already."""

    def __init__(self, transport: Transport) -> None:
        super().__init__({"http": lambda: transport})
        self.thread.join()
        self.loop.close()
        self.loop = asyncio.get_running_loop()

    def turn(self) -> None:
        """Its thread has nothing to do."""


@dataclass
class Counts:
    """What has been done, in all."""

    calls: int = 0
    """Of functions, Python's and C's, in the first second."""
    read: int = 0
    """Deltas that came before, as often as they were looked at."""
    encoded: int = 0
    sent: int = 0
    """Characters of all that a page is told: messages, traits and outputs."""
    messages: int = 0
    traits: int = 0
    drawn: int = 0

    def __sub__(self, other: Counts) -> Counts:
        return Counts(**{name: value - vars(other)[name] for name, value in vars(self).items()})


@dataclass(frozen=True)
class Part:
    """What the last tokens before some length took; `memory`: bytes that were taken at once in some second.

    Once in a while a list that has grown is moved: the second with the least counts.
    """

    took: Counts
    memory: int


class Stream:
    """An answer on its way, and what it takes; as a transport it is the service that gives it."""

    def __init__(self, channel: Channel, ends: tuple[int, ...]) -> None:
        self.channel = channel
        self.ends = ends
        self.counts = Counts()
        self.deltas = Deltas()
        self.parts: dict[int, Part] = {}

    # ---- what is counted

    def open_comm(self, **given: Any) -> BaseComm:
        """What a widget opens on a page, with nobody at the other end."""
        stream = self

        class Told(BaseComm):
            def publish_msg(
                self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **more: Any
            ) -> None:
                stream.counts.sent += len(json.dumps(data))
                stream.counts.traits += data.get("method") == "update"
                stream.counts.messages += data.get("method") == "custom"

        return Told(**given)

    def update(self, bundle: object, *, raw: bool) -> None:
        """The static output is drawn anew."""
        self.counts.sent += len(json.dumps(bundle))
        self.counts.drawn += 1

    def encode(self, counter: Counter, text: str) -> int:
        self.counts.encoded += len(text)
        return ENCODE(counter, text[:LONGEST])

    def profile(self, frame: object, event: str, given: object) -> None:
        self.counts.calls += event in ("call", "c_call")

    def now(self) -> Counts:
        return replace(self.counts, read=self.deltas.read)

    # ---- what is streamed

    async def records(self, request: Request) -> AsyncGenerator[list[Record], None]:
        """As a transport gives them."""
        try:
            async for records in self.tokens():
                yield records
        finally:
            sys.setprofile(None)
            tracemalloc.stop()

    async def tokens(self) -> AsyncGenerator[list[Record], None]:
        """The last tokens before each end one by one, the same each time; those before them are put there."""
        framing, at = EventStream(), 0
        for end in self.ends:
            texts = pieces()
            skipped = islice(pieces(), end - PART - WARM - at)
            self.deltas += [Delta(self.deltas[-1].at if at else 0.0, self.channel, text) for text in skipped]
            for text in islice(texts, WARM):
                yield framing.feed(event(self.channel, text))
                await asyncio.sleep(1 / PER_S)
            at, before, peaks = end, self.now(), list[int]()
            for second in range(PART // PER_S):
                tracemalloc.start()
                sys.setprofile(None if second else self.profile)  # a slow thing: one second is enough
                for text in islice(texts, PER_S):
                    yield framing.feed(event(self.channel, text))
                    await asyncio.sleep(1 / PER_S)
                sys.setprofile(None)
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()
            self.parts[end] = Part(self.now() - before, min(peaks))

    async def fetch(self, request: Request) -> bytes | None:
        return None

    async def run(self) -> None:
        """One generation, on a page."""
        with pytest.MonkeyPatch.context() as patch:
            loop = asyncio.get_running_loop()
            for name in CLOCKED:
                patch.setattr(f"nbstream.{name}.time", SimpleNamespace(**vars(time) | {"monotonic": loop.time}))
            here = Here(self)
            patch.setattr(widget, "supervisor", lambda: here)
            patch.setattr(Pacer, "budget", Budget())
            patch.setattr(Generation, "drawn", Budget())
            patch.setattr(Counter, "encode", lambda counter, text: self.encode(counter, text))
            patch.setattr(comm, "create_comm", self.open_comm)
            generation = generate("Hello", OpenAIChat("gpt-4.1-mini", api_key="k"), guards=GUARDS)
            generation.handles.append(self)
            generation.model_id  # noqa: B018  # as if it were on a page
            run = generation.last_run
            run.tally, run.attempt.deltas = Tally(real("o200k_base")), self.deltas
            await asyncio.wrap_future(run.settled)
            assert run.attempt.ended_by == "error", run.attempt.reason  # it breaks off at the last token
            generation.close()


def event(channel: Channel, text: str) -> bytes:
    """A token, as the service sends it."""
    content = openai_event(text)
    return content if channel == "text" else content.replace(b'"content":', b'"reasoning_content":')


def streamed(channel: Channel, ends: tuple[int, ...]) -> dict[int, Part]:
    """What the last tokens before each of these took, in one answer that is as long as the last."""
    stream = Stream(channel, ends)
    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(stream.run())
    return stream.parts
