"""A live attempt: what it needs to run, who watches it, and how it is going to end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol

from .attempt import Attempt, EndedBy
from .errors import ProviderError
from .model_names import reasons_unseen
from .tokens import Tally
from .wire import Ask, Provider

log = logging.getLogger("nbstream")
log.addHandler(logging.NullHandler())  # else what is logged on the loop's thread lands in some cell's output


class Listener(Protocol):
    """Who watches an attempt. Called on the loop's thread; must not block."""

    def started(self, attempt: Attempt) -> None: ...  # noqa: D102
    def progressed(self, attempt: Attempt, new: int) -> None: ...  # noqa: D102
    def noted(self, attempt: Attempt) -> None: ...  # noqa: D102
    def ended(self, attempt: Attempt) -> None: ...  # noqa: D102
    def updated(self, attempt: Attempt) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Decision:
    """Somebody wants an attempt to end: who, why, and when on the monotonic clock."""

    by: EndedBy
    reason: str | None
    at: float


Check = Callable[[Attempt, float], str | None]
"""A guard, armed for one attempt: told the attempt and the time, it answers with the reason to stop, or `None`."""


@dataclass(eq=False)
class Run:
    """A live attempt: what it needs to run, and how it is going to end."""

    attempt: Attempt
    ask: Ask
    provider: Provider
    tally: Tally
    listener: Listener
    checks: Sequence[Check] = ()
    task: asyncio.Task[None] | None = None
    decision: Decision | None = None
    failure: ProviderError | None = None
    ended: Future[None] = field(default_factory=lambda: under_way())
    settled: Future[None] = field(default_factory=lambda: under_way())


def under_way() -> Future[None]:
    """A future that nobody can cancel: who waits for an end and gives up must not undo it."""
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    return future


def stopped(decision: Decision, attempt: Attempt) -> str:
    """The sentence for an attempt that was stopped, and what its count leaves out."""
    usual = {"person": "Stopped by you.", "guard": "Stopped by a guard."}.get(decision.by, "Stopped.")
    unseen = reasons_unseen(attempt.model, attempt.provider) and not attempt.reasoning
    hidden = " This model also reasons unseen, which is billed and not among the tokens received." if unseen else ""
    return (decision.reason or usual) + hidden


def finished(attempt: Attempt) -> str:
    """The sentence for an attempt that the model ended."""
    match attempt.finish_reason:
        case "length":
            return "The model reached the limit of tokens, so the text ends early."
        case "content_filter" if attempt.refused:
            return "The model refused to answer."
        case "content_filter":
            return f"The service's content filter ended the answer ({attempt.finish_raw})."
        case "other":
            return f"The model's side ended the answer ({attempt.finish_raw})."
        case "tool_calls":
            return "The model asks for a tool."
    return "The model finished."


def judge(run: Run, check: Check, now: float) -> str | None:
    """What a guard says. One that fails is switched off and named; the stream it watched is paid for and goes on."""
    try:
        return check(run.attempt, now)
    except Exception as error:
        log.exception("a guard failed")
        run.checks = [other for other in run.checks if other is not check]
        run.attempt.note = f"a guard failed and is switched off: {type(error).__name__}: {error}"
        return None


def tell(listen: Callable[..., None], *args: object) -> None:
    """Tell a listener; what goes wrong on the way to the screen must not end a stream that is paid for."""
    try:
        listen(*args)
    except Exception:
        log.exception("could not show what an attempt did")
