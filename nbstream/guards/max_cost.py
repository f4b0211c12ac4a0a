"""A guard over dollars: what an attempt costs while it streams."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from .. import prices
from ..attempt import Attempt
from .base import Check, above_zero
from .limits import Gauge

MILLION = 1_000_000


@dataclass(frozen=True)
class MaxCost:
    """Stops an attempt once what went in and came out costs `usd` US dollars.

    Counts with the prices of `nbstream.prices`: your own, else the table of genai-prices. Where neither knows the
    model, or the prompt alone costs as much, the call is refused before anything is sent. What a model reasons out of
    sight is not seen until its service tells. The first use in a kernel loads the table, some 0.3 s. Raises
    `SetupError`.
    """

    usd: float

    def __post_init__(self) -> None:
        above_zero("MaxCost", self.usd, "US dollars")

    @property
    def limit(self) -> str:
        """As the widget shows it."""
        return self.words(self.usd)

    @property
    def about(self) -> str:
        """What it does."""
        return f"Stops the attempt once it costs {self.limit}, by the counts and prices known here."

    @property
    def most(self) -> float:
        """The limit as a number."""
        return float(self.usd)

    def words(self, usd: float) -> str:
        """So many dollars, in words."""
        return f"${usd:.2f}" if usd == 0 or usd >= 1 else f"${Decimal(f'{usd:.3g}'):f}"

    def ready(self, attempt: Attempt) -> str | None:
        """Why an attempt cannot be watched, or `None`."""
        if prices.wanted(attempt.base_url):
            prices.load()
        model = f"{attempt.provider}:{attempt.model}"
        prompt = attempt.priced(0).usd
        if prompt is None and attempt.input.tokens is None:
            return f"MaxCost cannot hold: the tokens of this prompt for {model} cannot be counted."
        if prompt is None:
            return (
                f"MaxCost cannot hold: the price of {model} is not known. Set it with "
                f"nbstream.prices.override({model!r}, input=..., output=...), in US dollars for a million tokens, "
                f'or install the table of prices: pip install "nbstream[prices]".'
            )
        if prompt >= self.usd:
            return (
                f"MaxCost of {self.limit} would end this at once: the prompt alone costs {self.words(prompt)}. "
                f"Raise the limit or shorten the prompt."
            )
        return None

    def measure(self) -> Callable[[Attempt], float]:
        """What counts for an attempt that lives."""
        return PriceLine()

    def spent(self, attempt: Attempt) -> float:
        """What an attempt has cost of a budget, as far as is known."""
        return attempt.cost_usd or 0.0

    def arm(self) -> Check:
        """A checker for one attempt."""
        used = self.measure()
        return Gauge(lambda attempt, now: used(attempt), self.most, f"The limit of {self.limit} is reached.")


class PriceLine:
    """What one attempt costs so far. The price is looked up again only when more is known than one more token: of
    equal input the cost is a straight line over the output."""

    __slots__ = ("at", "known", "slope", "start")

    def __init__(self) -> None:
        self.known: tuple[int | None, ...] | None = None
        self.at = self.start = self.slope = 0.0

    def __call__(self, attempt: Attempt) -> float:
        """US dollars; what is not known yet counts as nothing."""
        if attempt.told_usd is not None:
            return attempt.told_usd
        tokens = attempt.generated_tokens or 0
        known = (attempt.input.tokens, attempt.cached_tokens, attempt.written_tokens, attempt.reasoning_tokens)
        if known != self.known:
            here, far = attempt.priced(tokens).usd, attempt.priced(tokens + MILLION).usd
            if here is None or far is None:
                return 0.0
            self.known, self.at, self.start, self.slope = known, tokens, here, (far - here) / MILLION
        return self.start + (tokens - self.at) * self.slope
