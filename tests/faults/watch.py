"""Watches an attempt as a guard does, so that a test awaits what it has received instead of sleeping."""

from __future__ import annotations

import threading
from collections.abc import Callable

from nbstream.attempt import Attempt

from .server import PATIENCE


class Watch:
    """Sees an attempt as a guard does, so that a test can await what it has received."""

    def __init__(self) -> None:
        self.text = ""
        self.attempt: Attempt | None = None
        self.change = threading.Condition()

    def __call__(self, attempt: Attempt, now: float) -> str | None:
        with self.change:
            self.text = attempt.text
            self.attempt = attempt
            self.change.notify_all()
        return None

    def sees(self, text: str) -> None:
        """Wait until the text holds this."""
        with self.change:
            assert self.change.wait_for(lambda: text in self.text, PATIENCE), f"only {self.text[:200]!r} came"

    def until(self, true: Callable[[Attempt], bool]) -> None:
        """Wait until this holds of the attempt."""
        with self.change:
            met = self.change.wait_for(lambda: self.attempt is not None and true(self.attempt), PATIENCE)
            assert met, f"it never came to that: {self.attempt!r}"
