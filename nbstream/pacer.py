"""Gathers what streams in and sends it at most 30 times a second, more rarely where many widgets stream at once.

The notebook server drops messages above 1,000 a second over a whole kernel (`iopub_msg_rate_limit`). Text and meters
wait for their turn in one budget; what begins, ends or changes an attempt is sent at once and paid from it too.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import ClassVar

MESSAGES_PER_S = 430
BURST = 50
"""With the frame that a turn may come late, these two keep what waits for its turn under 500 in any second."""

TEXTS_PER_S = 200
METERS_PER_S = 50
"""Over all widgets, where there are many: a page pays for each message, and nobody follows them all word by word."""

FRAME_S = 1 / 30
SLOWEST_TEXT_S = 0.5
GUSH, GUSH_S = 48, 1 / 16
"""Characters of a piece, and the time until the next one: nobody reads so fast, and a message costs 640 bytes more."""
METER_S = 0.25
SLOWEST_METER_S = 2.0
"""A browser that hears nothing of a live attempt for 3 s asks for all of it."""


class Budget:
    """What all widgets of this process may do: so many times at once, and so often from then on."""

    def __init__(self, per_s: float = MESSAGES_PER_S, burst: int = BURST) -> None:
        self.per_s = per_s
        self.burst = burst
        self.free = 0.0

    def take(self, now: float) -> float:
        """Take a turn; gives its time, which lies in the past where there is no need to wait."""
        turn = max(self.free, now - self.burst / self.per_s)
        self.free = turn + 1 / self.per_s
        return turn

    def give_back(self) -> None:
        """A turn that was taken is not needed any more."""
        self.free -= 1 / self.per_s


class Pacer:
    """Paces one stream. `send_text(channel, text, with_meter)` and `send_meter()` are called on the loop's thread."""

    live: ClassVar[weakref.WeakSet[Pacer]] = weakref.WeakSet()
    budget: ClassVar[Budget] = Budget()

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        send_text: Callable[[str, str, bool], None],
        send_meter: Callable[[], None],
    ) -> None:
        self.loop = loop
        self.send_text = send_text
        self.send_meter = send_meter
        self.parts: list[tuple[str, str]] = []
        self.timer: asyncio.TimerHandle | None = None
        self.meter_timer: asyncio.TimerHandle | None = None
        self.noted = False
        self.next_text = 0.0
        self.next_meter = 0.0

    def add(self, channel: str, text: str) -> None:
        """Take a piece; the first one after a pause goes out at once."""
        self.parts.append((channel, text))
        if self.timer is None:
            wait = self.turn(self.next_text)
            if wait <= 0:
                self.flush()
            else:
                self.timer = self.loop.call_later(wait, self.flush)

    def note(self) -> None:
        """The numbers have changed; they go out when they are due, or with a text that is about to."""
        if self.timer is not None:
            self.noted = True
        elif self.meter_timer is None:
            wait = self.turn(self.next_meter)
            if wait <= 0:
                self.meter()
            else:
                self.meter_timer = self.loop.call_later(wait, self.meter)

    def turn(self, due: float) -> float:
        """Take a turn not before `due`; gives the seconds until then."""
        now = self.loop.time()
        return max(due, Pacer.budget.take(now)) - now

    def flush(self) -> None:
        """Send what has gathered, neighbours of one channel as one piece, and the numbers with it if they are due."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        now = self.loop.time()
        parts, self.parts = self.parts, []
        start = length = 0
        for end in range(1, len(parts) + 1):
            if end == len(parts) or parts[end][0] != parts[start][0]:
                if start:  # the turn was taken for one piece
                    Pacer.budget.take(now)
                piece = "".join(text for _, text in parts[start:end])
                self.send_text(parts[start][0], piece, end == len(parts) and self.takes_meter(now))
                start, length = end, len(piece)
        self.next_text = now + self.share(GUSH_S if length >= GUSH else FRAME_S, TEXTS_PER_S, SLOWEST_TEXT_S)

    def takes_meter(self, now: float) -> bool:
        """Whether the numbers go along with a text: when they are due, or somebody has asked for them."""
        if now < self.next_meter and not self.noted and self.meter_timer is None:
            return False
        self.noted = False
        if self.meter_timer is not None:
            self.meter_timer.cancel()
            self.meter_timer = None
            Pacer.budget.give_back()
        self.next_meter = now + self.share(METER_S, METERS_PER_S, SLOWEST_METER_S)
        return True

    def meter(self) -> None:
        """Send the numbers."""
        self.meter_timer = None
        self.next_meter = self.loop.time() + self.share(METER_S, METERS_PER_S, SLOWEST_METER_S)
        self.send_meter()

    def share(self, fastest: float, per_s: int, slowest: float) -> float:
        """Seconds until the next one, the longer the more streams are shown."""
        Pacer.live.add(self)
        return min(max(fastest, len(Pacer.live) / per_s), slowest)

    def close(self) -> None:
        """Send the rest; the stream is over."""
        self.flush()
        if self.meter_timer is not None:
            self.meter_timer.cancel()
            self.meter_timer = None
        Pacer.live.discard(self)
