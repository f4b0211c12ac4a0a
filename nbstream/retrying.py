"""Whether a generation tries again by itself, and with what: decided from how an attempt ended, nothing more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .attempt import Attempt
from .errors import SetupError
from .guards.base import Armed, arm, guard_list, refuse_unready, short
from .guards.budget import Budget, budget_rules
from .guards.limits import MaxTokens
from .guards.max_cost import MaxCost

MOST_RETRIES = 20
LOOPS = {"Repetition"}
"""Names of the guards that trip on a loop."""

Changes = Callable[[Attempt], Mapping[str, object] | None] | Mapping[str, object] | None


@dataclass(frozen=True)
class Rules:
    """What watches over a generation: guards for each attempt, a budget for all together, and when to try again.

    `retries`: how often, after a guard has ended an attempt. `changes`: the options for each try.
    """

    guards: tuple[Any, ...] = ()
    budget: tuple[MaxTokens | MaxCost, ...] = ()
    retries: int = 0
    changes: Changes = None

    def armed(self, attempt: Attempt, attempts: Callable[[], Iterable[Attempt]]) -> list[Armed]:
        """The guards of one attempt among those of its generation. Raises `SetupError` if one could not watch it."""
        guards = [*self.guards, *(Budget(rule, attempts) for rule in self.budget)]
        refuse_unready(guards, attempt)
        return [arm(guard) for guard in guards]

    def next_try(
        self,
        attempt: Attempt,
        guards: Sequence[Armed],
        options: Mapping[str, object],
        known: Collection[str],
        made: int,
    ) -> Mapping[str, object] | None:
        """The changes for another try, or `None` for no try; `made`: how many were made by itself already.

        Only a guard's stop is followed by one, never a person's, nor that of a budget, which holds for all tries.
        `known`: the words of the provider's options. Raises what a user's own `changes` raises.
        """
        tripped = next((guard for guard in guards if guard.state == "tripped"), None)
        if attempt.ended_by != "guard" or tripped is None or made >= self.retries or isinstance(tripped.rule, Budget):
            return None
        if callable(self.changes):
            changes = self.changes(attempt)
            if not isinstance(changes, Mapping | None):
                raise SetupError(f"changes gives a dict of options, or None for no further try; not {changes!r}.")
            return changes
        return small_change(tripped, options, known) if self.changes is None else self.changes


def rules_of(guards: Any, retries: Any, changes: Any, budget: Any) -> Rules:
    """The rules by the words of `generate`. Raises `SetupError`."""
    if isinstance(retries, bool) or not isinstance(retries, int) or not 0 <= retries <= MOST_RETRIES:
        raise SetupError(
            f"retries is how often to try again, a whole number from 0 to {MOST_RETRIES}; not {retries!r}."
        )
    if changes is not None and not callable(changes) and not isinstance(changes, Mapping):
        raise SetupError(f"changes is a dict of options, or a function of the attempt that gives one; not {changes!r}.")
    if changes is not None and not retries:
        raise SetupError("changes says what is different in a retry, so give retries=, too.")
    return Rules(tuple(guard_list(guards)), budget_rules(budget), retries, changes)


def small_change(tripped: Armed, options: Mapping[str, object], known: Collection[str]) -> dict[str, object]:
    """What may help: after a loop more chance, by temperature where a low one was asked for, else by a penalty on words
    that have come already; after any other guard only another seed, if one was given."""
    changes: dict[str, object] = {}
    if is_number(seed := options.get("seed")) and isinstance(seed, int):
        changes["seed"] = seed + 1
    if tripped.name not in LOOPS:
        return changes
    temperature, penalty = options.get("temperature"), options.get("frequency_penalty", 0.0)
    if is_number(temperature) and temperature < 1:  # type: ignore[operator]  # a number
        changes["temperature"] = round(min(1.0, temperature + 0.4), 3)  # type: ignore[operator]
    elif "frequency_penalty" in known and is_number(penalty):
        changes["frequency_penalty"] = round(min(2.0, penalty + 0.4), 3)  # type: ignore[operator]
    elif "temperature" in known and temperature is None:
        changes["temperature"] = 1.0
    return changes


def is_number(value: object) -> bool:
    """Whether this is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def words(changes: Mapping[str, object]) -> str:
    """Changes as a person reads them; a key is not shown."""
    shown = (f"{name} {'***' if name in ('api_key', 'extra_headers') else value}" for name, value in changes.items())
    return short(", ".join(shown) or "the same again", 120)
