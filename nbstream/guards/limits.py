"""Guards over one number that only grows: received tokens, and seconds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ..attempt import Attempt
from .base import Check, above_zero


@dataclass(slots=True, eq=False)
class Gauge:
    """Checks one number of an attempt against its limit."""

    used: Callable[[Attempt, float], float]
    most: float
    reason: str

    def __call__(self, attempt: Attempt, now: float) -> str | None:
        """The reason, once the limit is reached."""
        return self.reason if self.used(attempt, now) >= self.most else None

    def near(self, attempt: Attempt, now: float) -> float:
        """The part of the limit that is used."""
        return self.used(attempt, now) / self.most


@dataclass(frozen=True)
class MaxTokens:
    """Stops an attempt once `tokens` have been received, visible reasoning included.

    Unlike `max_tokens=`, it holds for every service, and counts what came, not what was generated out of sight. Tokens
    that arrive together are taken together, so a few more may have come. Raises `SetupError`.
    """

    tokens: int

    def __post_init__(self) -> None:
        above_zero("MaxTokens", self.tokens, "tokens", whole=True)

    @property
    def limit(self) -> str:
        """As the widget shows it."""
        return f"{self.tokens:,}"

    @property
    def about(self) -> str:
        """What it does."""
        return f"Stops the attempt once {self.words(self.tokens)} have been received."

    @property
    def most(self) -> float:
        """The limit as a number."""
        return float(self.tokens)

    def words(self, tokens: float) -> str:
        """So many tokens, in words."""
        return f"{int(tokens):,} token{'' if tokens == 1 else 's'}"

    def measure(self) -> Callable[[Attempt], float]:
        """What counts for an attempt that lives."""
        return lambda attempt: attempt.received.tokens or 0

    def spent(self, attempt: Attempt) -> float:
        """What an attempt has cost of a budget: what was generated, as far as is known."""
        return attempt.generated_tokens or 0

    def arm(self) -> Check:
        """A checker for one attempt."""
        used = self.measure()
        reason = f"The limit of {self.words(self.tokens)} is reached."
        return Gauge(lambda attempt, now: used(attempt), self.most, reason)


@dataclass(frozen=True)
class MaxSeconds:
    """Stops an attempt `seconds` after its request was sent; waits for retries before the first byte included.

    The clock is looked at with each piece of text, and once a second in between. Raises `SetupError`.
    """

    seconds: float

    def __post_init__(self) -> None:
        above_zero("MaxSeconds", self.seconds, "seconds")

    @property
    def limit(self) -> str:
        """As the widget shows it."""
        return f"{self.seconds:g} s"

    @property
    def about(self) -> str:
        """What it does."""
        return f"Stops the attempt {self.limit} after its request was sent."

    def arm(self) -> Check:
        """A checker for one attempt."""
        return Gauge(lambda attempt, now: attempt.elapsed(now), self.seconds, f"The limit of {self.limit} is reached.")
