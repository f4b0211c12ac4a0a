"""A guard against silence: a stream that has stopped without ending."""

from __future__ import annotations

from dataclasses import dataclass

from ..attempt import Attempt
from ..errors import SetupError
from .base import Check, above_zero


@dataclass(frozen=True)
class Stall:
    """Stops an attempt from which nothing comes: no text, no reasoning, no piece of a tool call.

    Args:
        seconds: The longest silence once something has come; `None` for any.
        first_token: The longest wait for the first piece, in seconds; `None` for any, and as long as a request that
            waits in a server's queue, or for a long prompt to be read, may well take.

    A server's keep-alive comments do not count as a sign of life. Looked at once a second. Raises `SetupError`.
    """

    seconds: float | None = 30.0
    first_token: float | None = None

    def __post_init__(self) -> None:
        if self.seconds is None and self.first_token is None:
            raise SetupError("Stall needs a limit: Stall(seconds=30), Stall(None, first_token=60), or both.")
        for name, value in (("seconds", self.seconds), ("first_token", self.first_token)):
            if value is not None:
                above_zero(f"Stall({name}=)", value, "seconds")

    @property
    def limit(self) -> str:
        """As the widget shows it."""
        first = None if self.first_token is None else f"first token {self.first_token:g} s"
        return ", ".join(filter(None, (None if self.seconds is None else f"{self.seconds:g} s", first)))

    @property
    def about(self) -> str:
        """What it does."""
        first = None if self.first_token is None else f"without a first token within {self.first_token:g} s"
        later = None if self.seconds is None else f"once nothing has come for {self.seconds:g} s"
        return f"Stops the attempt {' or '.join(filter(None, (first, later)))}."

    def arm(self) -> Check:
        """A checker for one attempt; all it needs to know stands in the attempt."""
        return Silence(self)


@dataclass(frozen=True, slots=True)
class Silence:
    """Looks how long nothing has come."""

    rule: Stall

    def __call__(self, attempt: Attempt, now: float) -> str | None:
        """The reason, once the silence is too long."""
        silent, most = self.measured(attempt, now)
        if most is None or silent < most:
            return None
        return f"Nothing has come for {most:g} s." if attempt.deltas else f"No first token within {most:g} s."

    def near(self, attempt: Attempt, now: float) -> float | None:
        """The part of the silence that is over."""
        silent, most = self.measured(attempt, now)
        return None if most is None else silent / most

    def measured(self, attempt: Attempt, now: float) -> tuple[float, float | None]:
        """The silence so far, and its limit."""
        if not attempt.deltas:
            return now - attempt.began, self.rule.first_token
        return now - attempt.began - attempt.deltas[-1].at, self.rule.seconds
