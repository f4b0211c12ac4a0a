"""A recorded attempt, grown again delta by delta, and what guards say to it at the times at which they would look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf

from .attempt import Attempt, Delta
from .counts import Count
from .events import Channel, Source
from .guards.base import BEAT_S, Check, reason_of
from .tokens import Tally, utf8_length
from .visible import visible

LONGEST_S = 86_400.0
"""An attempt is watched for a day at most, whatever its row says."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a guard did to an attempt: cut it `at_s` seconds after it began, or fail at that, or nothing.

    `tokens` and `characters` are what had been received, the latter of the answer alone.
    """

    at_s: float | None = None
    tokens: int | None = None
    characters: int | None = None
    reason: str | None = None
    failure: str | None = None


QUIET = Verdict()


def watch_again(
    attempt: Attempt, deltas: Sequence[Delta], until: float | None, tally: Tally, checks: Sequence[Check]
) -> list[Verdict]:
    """What each check does, as if it were the only one; an attempt is watched until `until` seconds after it began.

    `attempt` has received nothing and began at 0.0; it is grown as far as some check still watches.
    """
    verdicts = [QUIET] * len(checks)
    watching = list(enumerate(checks))
    come = 0
    for at, upto in moments(deltas, until):
        if upto > come:
            grow(attempt, deltas[come:upto], tally)
            come = upto
        over = False
        for place, check in watching:
            if (verdict := verdict_of(check, attempt, at)) is not QUIET:
                verdicts[place] = verdict
                over = True
        if over and not (watching := [pair for pair in watching if verdicts[pair[0]] is QUIET]):
            break
    return verdicts


def moments(deltas: Sequence[Delta], until: float | None) -> Iterator[tuple[float, int]]:
    """When guards look, and how many deltas have come by then: at what came together, and each second from the start.

    Without `until` the last delta is the end.
    """
    last = deltas[-1].at if deltas else 0.0
    end = min(last if until is None else max(until, last), LONGEST_S)
    beat, come = BEAT_S, 0
    while True:
        at = deltas[come].at if come < len(deltas) else inf
        while beat < at and beat <= end:
            yield beat, come
            beat += BEAT_S
        if at == inf:
            return
        come += 1
        while come < len(deltas) and deltas[come].at == at:
            come += 1
        yield at, come


def grow(attempt: Attempt, new: Sequence[Delta], tally: Tally) -> None:
    """Let an attempt receive what came together."""
    if attempt.status == "waiting":
        attempt.status, attempt.ttft_s = "streaming", new[0].at
    attempt.deltas.extend(new)
    attempt.chunks += 1
    for delta in new:
        tally.feed(delta.channel, delta.text)
    attempt.received = Count(tally.count, tally.source)


def verdict_of(check: Check, attempt: Attempt, at: float) -> Verdict:
    """What a check says now; one that fails is told of, for live it would be switched off."""
    try:
        reason = reason_of(check(attempt, at))
    except BaseException as error:  # as live, but for the person who interrupts
        if isinstance(error, KeyboardInterrupt):
            raise
        return Verdict(at, failure=visible(f"{type(error).__name__}: {error}"))
    if not reason:
        return QUIET
    characters = sum(len(delta.text) for delta in attempt.deltas if delta.channel == "text")
    return Verdict(at, attempt.received.tokens or 0, characters, visible(reason))


class Share(Tally):
    """Stands for a tally where the log has the server's count of the whole alone: shares it out over the deltas.

    Where as many deltas as tokens came, each is a token, as most servers send them; else by length.
    """

    def __init__(self, whole: int, deltas: Sequence[Delta]) -> None:
        super().__init__(None)
        self.whole = whole
        self.each = whole == len(deltas)
        self.size = sum(self.weight(delta.text) for delta in deltas)
        self.so_far = 0

    def weight(self, text: str) -> int:
        """How much of the whole this may be."""
        return 1 if self.each else utf8_length(text)

    def feed(self, channel: Channel, text: str) -> None:  # noqa: D102
        self.so_far += self.weight(text)

    @property
    def count(self) -> int:  # noqa: D102
        return self.whole * self.so_far // max(1, self.size)

    @property
    def source(self) -> Source:  # noqa: D102
        return "estimate"
