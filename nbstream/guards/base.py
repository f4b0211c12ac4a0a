"""What a guard is: a frozen rule whose `arm()` gives the checker of one attempt.

A checker is called on the loop's thread with each batch of deltas and once a second in between. It does no I/O, has no
clock of its own and costs what is new, never what the answer is long; its state dies with the attempt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..attempt import Attempt
from ..events import Channel

Check = Callable[[Attempt, float], str | None]
"""Told the attempt and the time of the monotonic clock, it answers with the reason to stop, or `None`."""


class Guard(Protocol):
    """A rule that may end an attempt."""

    def arm(self) -> Check:
        """A fresh checker for one attempt."""


class News:
    """What has come since it was last asked."""

    __slots__ = ("channel", "seen")

    def __init__(self, channel: Channel = "text") -> None:
        self.channel = channel
        self.seen = 0

    def of(self, attempt: Attempt) -> str:
        """The text of the channel that no earlier call has given."""
        new = attempt.deltas[self.seen :]
        self.seen += len(new)
        return "".join(delta.text for delta in new if delta.channel == self.channel)
