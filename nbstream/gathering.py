"""When a connection is read next: nobody sees more than 30 pictures a second, so what comes faster comes as one piece.

The socket is left alone for a moment, and what comes meanwhile goes through all of the pipeline as one.
"""

from __future__ import annotations

import math

GATHER_S, EACH_S, LONGEST_S = 1 / 60, 0.001, 0.2
"""The moment between two reads of what comes fast: the first, or the second for each stream, up to the third."""


class Gathering:
    """Plans the reads of one connection; times are seconds of the loop's clock."""

    def __init__(self) -> None:
        self.at_once()

    def at_once(self) -> None:
        """The next read waits for nothing."""
        self.ready = -math.inf  # since when the reader has been able to take more
        self.next_read = 0.0

    def plan(self, now: float, streams: int) -> None:
        """After a read, one of so many streams: after a moment if it came within one, at once if pieces come singly."""
        moment = min(LONGEST_S, max(GATHER_S, streams * EACH_S))
        if now - self.ready < moment:
            self.ready = self.next_read = now + moment
        else:
            self.ready, self.next_read = now, 0.0
