"""A live attempt: what it needs to run, who watches it, and how it is going to end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Protocol

from .attempt import Attempt, EndedBy
from .backoff import refuses_asking
from .counts import RANK, Count
from .errors import ProviderError
from .guards.base import Armed, reason_of
from .tokens import Tally
from .wire import Ask, Line, Provider, nothing_sent

log = logging.getLogger("nbstream")
log.addHandler(logging.NullHandler())  # else what is logged on the loop's thread lands in some cell's output


class Listener(Protocol):
    """Who watches an attempt. Called on the loop's thread; must not block."""

    def started(self, attempt: Attempt) -> None: ...  # noqa: D102
    def progressed(self, attempt: Attempt, new: int) -> None: ...  # noqa: D102
    def noted(self, attempt: Attempt) -> None: ...  # noqa: D102
    def ended(self, attempt: Attempt) -> None: ...  # noqa: D102
    def updated(self, attempt: Attempt) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Both:
    """Two listeners as one; what goes wrong in the first does not reach the second."""

    one: Listener
    two: Listener

    def started(self, attempt: Attempt) -> None:
        """Tell both, as the methods below do."""
        tell(self.one.started, attempt)
        self.two.started(attempt)

    def progressed(self, attempt: Attempt, new: int) -> None:  # noqa: D102
        tell(self.one.progressed, attempt, new)
        self.two.progressed(attempt, new)

    def noted(self, attempt: Attempt) -> None:  # noqa: D102
        tell(self.one.noted, attempt)
        self.two.noted(attempt)

    def ended(self, attempt: Attempt) -> None:  # noqa: D102
        tell(self.one.ended, attempt)
        self.two.ended(attempt)

    def updated(self, attempt: Attempt) -> None:  # noqa: D102
        tell(self.one.updated, attempt)
        self.two.updated(attempt)


@dataclass(frozen=True, slots=True)
class Decision:
    """Somebody wants an attempt to end: who, why, and when on the monotonic clock."""

    by: EndedBy
    reason: str | None
    at: float


@dataclass(eq=False)
class Run:
    """A live attempt: what it needs to run, and how it is going to end."""

    attempt: Attempt
    ask: Ask
    provider: Provider
    tally: Tally
    listener: Listener
    guards: Sequence[Armed] = ()
    unwanted: bool = False
    """A person has asked to stop it, whether or not that came first: no try of its own follows."""
    gather: bool = True
    """Pieces that come within a moment may be taken as one."""
    task: asyncio.Task[None] | None = None
    decision: Decision | None = None
    ahead: Decision | None = None
    """One that the server was told of before the loop's thread has heard of it."""
    cut: bool = False
    """Its reader was cancelled because the answer has ended, or because of a `fault` of ours."""
    fault: Exception | None = None
    scrub: Callable[[str], str] = str
    """Takes the keys out of what a server says."""
    line: Line = field(default_factory=lambda: Line(give_up=nothing_sent))
    closed_at: float | None = None
    """When its server was told of the decision, or it was certain that it will be sent nothing; monotonic clock."""
    failure: ProviderError | None = None
    counted: int = 0  # of its deltas
    count_at: float = 0.0
    ended: Future[None] = field(default_factory=lambda: under_way())
    settled: Future[None] = field(default_factory=lambda: under_way())

    @property
    def ends(self) -> bool:
        """It is about to end, and no decision changes that."""
        said_all = self.attempt.closed or self.attempt.error
        return bool(self.decision or self.cut or said_all or (self.task and self.task.done()))


def give_up(run: Run, decision: Decision) -> None:
    """Tell the server of a stop now, from any thread. The loop hears of it as always, in its turn: those are long where
    hundreds stream. Should the server's answer to this be there before, it is known whose decision that was.
    """
    if run.ends:
        return
    run.ahead = run.ahead or decision
    if run.line.give_up():
        run.closed_at = run.closed_at or time.monotonic()


def under_way() -> Future[None]:
    """A future that nobody can cancel: who waits for an end and gives up must not undo it."""
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    return future


def count(run: Run) -> None:
    """Count what has come since the last time: as it came, with repetitions that are not shown."""
    attempt, seam = run.attempt, run.attempt.seam
    new, run.counted = attempt.deltas[run.counted :], len(attempt.deltas)
    for channel in {delta.channel for delta in new}:
        if seam is None or channel != "text":
            run.tally.feed(channel, "".join([delta.text for delta in new if delta.channel == channel]))
    for text in seam.counted() if seam else ():
        run.tally.feed("text", text)
    counted(attempt, run.tally)


def counted(attempt: Attempt, tally: Tally) -> None:
    """Take over what was counted here, where the server tells nothing; a tool call makes an exact count an estimate."""
    source = tally.source
    if RANK[attempt.received.source] <= RANK["tokenizer"]:
        attempt.received = Count(tally.count, source)
    if "reasoning" in tally.counters:
        attempt.received_reasoning = Count(tally.count_of("reasoning"), source)


def plainer(run: Run, error: ProviderError) -> Ask | None:
    """The same ask without the fields that ask for token counts, if the server may have refused it for those."""
    ask = replace(run.ask, usage=False)
    fewer = run.provider.request(ask).body != run.provider.request(run.ask).body
    return ask if fewer and refuses_asking(error) else None


def judge(run: Run, guard: Armed, now: float) -> str | None:
    """What a guard says. One that fails is switched off and named; the stream it watched is paid for and goes on."""
    try:
        return reason_of(guard.check(run.attempt, now))
    except BaseException as error:  # SystemExit, too: it would end the loop, and with it every stream
        log.exception("a guard failed")
        guard.fail(error)
        run.attempt.note = f"a guard failed and is switched off: {guard.failure}"
        tell(run.listener.updated, run.attempt)
        return None


def tell(listen: Callable[..., None], *args: object) -> None:
    """Tell a listener; what goes wrong on the way to the screen must not end a stream that is paid for."""
    try:
        listen(*args)
    except Exception:
        log.exception("could not show or log what an attempt did")
