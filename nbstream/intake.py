"""What arrives together goes through the pipeline as one: decoded, folded, counted and told once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from .alike import Alike
from .events import Event, Failed, ReasoningDelta, TextDelta, ToolDelta
from .folding import fold, push
from .framing import HEADER, Record
from .pacer import FRAME_S
from .run import Run, count, tell

DELTAS = (ReasoningDelta, ToolDelta, TextDelta)

MOST = 128
"""Records that are taken at once: a few milliseconds, and a stop must not wait longer."""


class Intake:
    """Gathers the records that are there already, and takes them when the reader has to wait for more.

    `judged` is told after each time; `over` when what a server sent could not be taken, or has ended the answer while
    the reader waits. Used on the loop's thread alone.
    """

    def __init__(
        self,
        run: Run,
        loop: asyncio.AbstractEventLoop,
        judged: Callable[[Run, float], None],
        over: Callable[[Run, Exception | None], None],
    ) -> None:
        self.run = run
        self.loop = loop
        self.judged = judged
        self.over = over
        self.events = Alike(run.provider.decode).events
        self.records: list[Record] = []
        self.waits = False

    def add(self, records: list[Record]) -> None:
        """Take these, soon: the reader goes on for as long as it finds more, and then gives the loop its turn."""
        self.records += records
        if len(self.records) >= MOST:
            self.flush()
        elif not self.waits:
            self.waits = True
            (self.run.line.then or self.loop.call_soon)(self.idle)

    def idle(self) -> None:
        """The reader waits."""
        self.waits = False
        failure = None
        try:
            self.flush()
        except Exception as error:
            failure = error
        if failure or self.run.attempt.closed or self.run.attempt.error:
            self.over(self.run, failure)

    def flush(self) -> None:
        """Take what has gathered."""
        if self.records:
            records, self.records = self.records, []
            now = time.monotonic()
            take(self.run, self.events, records, now)
            self.judged(self.run, now)


def take(run: Run, events: Callable[[Record], Iterable[Event]], records: list[Record], now: float) -> None:
    """Grow the attempt by these records; neighbouring pieces of its answer become one delta."""
    attempt = run.attempt
    before = len(attempt.deltas)
    pieces: list[str] = []
    for record in records:
        attempt.chunks += record.event != HEADER
        for event in events(record):
            if isinstance(event, TextDelta) and not event.refusal:
                pieces.append(event.text)
                continue
            if pieces and isinstance(event, DELTAS):
                push(attempt, "text", "".join(pieces), now)
                pieces.clear()
            fold(attempt, without_keys(event, record, run) if isinstance(event, Failed) else event, now)
        if attempt.closed or attempt.error:  # what follows is not read when it comes apart, so not here either
            break
    if pieces:
        push(attempt, "text", "".join(pieces), now)
    if run.guards or now >= run.count_at:  # a screen shows no more than a frame's worth
        count(run)
        run.count_at = now + FRAME_S
    tell(run.listener.progressed, attempt, before)


def without_keys(failed: Failed, record: Record, run: Run) -> Failed:
    """What failed, decoded anew from a record without the keys: in a message that was cut, half a key is not found."""
    clean = run.provider.decode(replace(record, data=run.scrub(record.data)))
    found = next((event for event in clean if isinstance(event, Failed)), failed)
    return replace(found, message=run.scrub(found.message))
