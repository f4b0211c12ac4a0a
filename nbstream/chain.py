"""The tries of a generation that follow by themselves: started here, decided in `retrying`."""

from __future__ import annotations

from typing import Protocol

from .attempt import Attempt, Relation
from .errors import SetupError
from .plan import Plan
from .retrying import Rules, words
from .run import Run
from .screen import Screen
from .visible import visible


class Owner(Protocol):
    """The generation, as far as it is needed to start a try."""

    runs: dict[str, Run]
    plans: dict[str, Plan]
    screen: Screen

    def begin(self, plan: Plan, relation: Relation, parent: Attempt, note: str) -> Attempt: ...  # noqa: D102


class Chain:
    """Follows the attempts of one generation. Its methods but `after` are called on the loop's thread."""

    def __init__(self, rules: Rules, owner: Owner) -> None:
        self.rules = rules
        self.owner = owner
        self.tries: dict[str, Run] = {}  # by the attempt that each has followed
        self.made: dict[str, int] = {}  # how many tries had been made with this one

    def after(self, run: Run) -> Run | None:
        """The try that has followed an ended attempt by itself; it is there before who waits hears of the end."""
        return self.tries.get(run.attempt.attempt_id)

    def ended(self, attempt: Attempt) -> None:
        """An attempt has ended: try again, if that is wanted."""
        run, plan = self.owner.runs[attempt.attempt_id], self.owner.plans[attempt.attempt_id]
        if run.unwanted:
            return
        made = self.made.get(attempt.attempt_id, 0)
        try:
            known = getattr(plan.provider, "options", ())
            changes = self.rules.next_try(attempt, run.guards, plan.options, known, made)
            if changes is None:
                return
            rest = dict(changes)
            changed = plan.changed(rest.pop("prompt", None), rest)
            note = f"try {made + 2} of {self.rules.retries + 1}: {words(changes)}"
            following = self.owner.begin(changed, "retry", attempt, note)
        except Exception as error:
            self.declined(attempt, error)
            return
        if following.note == note:  # else a person has started another before
            self.made[following.attempt_id] = made + 1
            self.tries[attempt.attempt_id] = self.owner.runs[following.attempt_id]

    def declined(self, attempt: Attempt, error: Exception) -> None:
        """A try that nobody waits for cannot start: say so where the last one's end is told, and in the log."""
        why = str(error) if isinstance(error, SetupError) else f"{type(error).__name__}: {error}"
        sentence = visible(f"No further try: {why}")
        if attempt.status == "done":
            attempt.reason = f"{attempt.reason or ''} {sentence}".strip()
        self.owner.screen.post(attempt, {"type": "error", "message": sentence, "retryable": True})
        self.owner.runs[attempt.attempt_id].listener.updated(attempt)
