"""Gathers what streams in and sends it at most 30 times a second.

The notebook server drops messages above 1,000 a second over a whole kernel (reference/notebook.md 2), so the
share of each stream shrinks with the number of them: at most 400 deltas and 100 meters a second in all.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import ClassVar

DELTAS_PER_S = 400
METERS_PER_S = 100
FRAME_S = 1 / 30
METER_S = 0.25


class Pacer:
    """Paces one stream. `send_text(channel, text)` and `send_meter()` are called on the loop's thread."""

    live: ClassVar[weakref.WeakSet[Pacer]] = weakref.WeakSet()

    def __init__(
        self, loop: asyncio.AbstractEventLoop, send_text: Callable[[str, str], None], send_meter: Callable[[], None]
    ) -> None:
        self.loop = loop
        self.send_text = send_text
        self.send_meter = send_meter
        self.parts: list[tuple[str, str]] = []
        self.timer: asyncio.TimerHandle | None = None
        self.next_text = 0.0
        self.next_meter = 0.0
        Pacer.live.add(self)

    def add(self, channel: str, text: str) -> None:
        """Take a piece; the first one after a pause goes out at once."""
        self.parts.append((channel, text))
        if self.timer is None:
            wait = self.next_text - self.loop.time()
            if wait <= 0:
                self.flush()
            else:
                self.timer = self.loop.call_later(wait, self.flush)

    def flush(self) -> None:
        """Send what has gathered, neighbours of one channel as one piece."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None
        now = self.loop.time()
        parts, self.parts = self.parts, []
        start = 0
        for end in range(1, len(parts) + 1):
            if end == len(parts) or parts[end][0] != parts[start][0]:
                self.send_text(parts[start][0], "".join(text for _, text in parts[start:end]))
                start = end
        self.next_text = now + max(FRAME_S, len(Pacer.live) / DELTAS_PER_S)
        if parts and now >= self.next_meter:
            self.next_meter = now + max(METER_S, len(Pacer.live) / METERS_PER_S)
            self.send_meter()

    def close(self) -> None:
        """Send the rest; the stream is over."""
        self.flush()
        Pacer.live.discard(self)
