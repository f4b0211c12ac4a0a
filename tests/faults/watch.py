"""Watches an attempt as a guard does, so that a test awaits what it has received instead of sleeping."""

from __future__ import annotations

import threading

from nbstream.attempt import Attempt

from .server import PATIENCE


class Watch:
    """Sees an attempt as a guard does, so that a test can await what it has received."""

    def __init__(self) -> None:
        self.text = ""
        self.change = threading.Condition()

    def __call__(self, attempt: Attempt, now: float) -> str | None:
        with self.change:
            self.text = attempt.text
            self.change.notify_all()
        return None

    def sees(self, text: str) -> None:
        """Wait until the text holds this."""
        with self.change:
            assert self.change.wait_for(lambda: text in self.text, PATIENCE), f"only {self.text[:200]!r} came"
