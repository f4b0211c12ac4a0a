"""A limit over all attempts of a generation together."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from ..attempt import Attempt
from ..errors import SetupError
from .base import Check
from .limits import MaxTokens
from .max_cost import MaxCost

AGAIN_S = 1.0
"""What ended attempts have cost is added up again after so long: services tell late what they generated."""


@dataclass(frozen=True, eq=False)
class Budget:
    """Stops the live attempt, and lets no further one start, once all together have reached a limit.

    `attempts` gives those of the generation. Received tokens count while an attempt lives; after it, what its server
    says it has generated.
    """

    rule: MaxTokens | MaxCost
    attempts: Callable[[], Iterable[Attempt]]
    name: str = "budget"

    @property
    def limit(self) -> str:
        """As the widget shows it."""
        return self.rule.words(self.rule.most)

    @property
    def about(self) -> str:
        """What it does."""
        return f"Stops the attempt, and starts no other, once all attempts of this generation have used {self.limit}."

    def spent_before(self, attempt: Attempt) -> float:
        """What the other attempts have used."""
        return sum(self.rule.spent(other) for other in self.attempts() if other.attempt_id != attempt.attempt_id)

    def ready(self, attempt: Attempt) -> str | None:
        """Why no further attempt may start, or `None`."""
        if isinstance(self.rule, MaxCost) and (why := self.rule.ready(attempt)):
            return why
        spent = self.spent_before(attempt)
        if spent >= self.rule.most:
            return (
                f"The budget of {self.limit} for all attempts is used up: {self.rule.words(spent)}. "
                f"For more, call generate again."
            )
        return None

    def arm(self) -> Check:
        """A checker for one attempt."""
        return Spending(self)


class Spending:
    """What the live attempt uses, on top of what the earlier ones have."""

    __slots__ = ("added_at", "before", "budget", "measure")

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.measure = budget.rule.measure()
        self.before = 0.0
        self.added_at: float | None = None

    def __call__(self, attempt: Attempt, now: float) -> str | None:
        """The reason, once the budget is used up."""
        if self.used(attempt, now) < self.budget.rule.most:
            return None
        return f"The budget of {self.budget.limit} for all attempts is used up."

    def near(self, attempt: Attempt, now: float) -> float:
        """The part that is used."""
        return self.used(attempt, now) / self.budget.rule.most

    def used(self, attempt: Attempt, now: float) -> float:
        """By all attempts together."""
        if self.added_at is None or now - self.added_at >= AGAIN_S:
            self.before, self.added_at = self.budget.spent_before(attempt), now
        return self.before + self.measure(attempt)


def budget_rules(budget: Any) -> tuple[MaxTokens | MaxCost, ...]:
    """The rules of a budget, which may be one alone. Raises `SetupError`."""
    rules = () if budget is None else tuple(budget) if isinstance(budget, list | tuple) else (budget,)
    for rule in rules:
        if not isinstance(rule, MaxTokens | MaxCost):
            raise SetupError(f"budget is MaxCost(...) or MaxTokens(...) over all attempts, not {rule!r}.")
    return rules
