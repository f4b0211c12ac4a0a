"""The experiment that started it all: how much does a server generate after a stop, against a run to the end?

frame = nbstream.overrun("openai:gpt-4.1-mini", stop_after=(9, 100), max_tokens=300)
nbstream.experiment.plot(frame)
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .attempt import Attempt, new_id
from .counts import TOLD
from .errors import ProviderError, ServerError, SetupError
from .frames import row_of, to_frame
from .guards.base import Armed, Check
from .plan import Plan, make_plan, tally_for
from .plotting import plot as plot
from .run import Run
from .supervisor import supervisor
from .wire import Provider

if TYPE_CHECKING:
    import pandas as pd

PROMPT = "Introduce the GPT model structure in as much detail as possible."
SETTLE_S = 20.0
"""Longest wait for a service to tell afterwards what it generated."""
CLOSE_S = 5.0
"""Longest wait for the connection to close after an interrupt."""

COLUMNS = {
    "provider": "string",
    "model": "string",
    "repeat": "Int64",
    "stop_after": "Int64",
    "received_tokens": "Int64",
    "received_source": "string",
    "output_tokens": "Int64",
    "output_source": "string",
    "billed_tokens": "Int64",
    "billed_source": "string",
    "overrun_tokens": "Int64",
    "cost_usd": "Float64",
    "cost_source": "string",
    "stop_latency_ms": "Float64",
    "duration_s": "Float64",
    "ended_by": "string",
    "note": "string",
}

Row = dict[str, object]


class Unwatched:
    """A listener for attempts that nobody looks at."""

    def started(self, attempt: Attempt) -> None: ...  # noqa: D102
    def progressed(self, attempt: Attempt, new: int) -> None: ...  # noqa: D102
    def noted(self, attempt: Attempt) -> None: ...  # noqa: D102
    def ended(self, attempt: Attempt) -> None: ...  # noqa: D102
    def updated(self, attempt: Attempt) -> None: ...  # noqa: D102


def overrun(
    model: str | Provider | None = None,
    prompt: str | Sequence[dict[str, Any]] = PROMPT,
    stop_after: Iterable[int] | int = (9, 100),
    repeat: int = 1,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Run a prompt to its end, then stop it after each count of received tokens; blocks until all have ended.

    One row per attempt, the columns of `COLUMNS`: `stop_after` is `<NA>` for the full run; `output_tokens` is as far as
    the server has told, `billed_tokens` is its last word on all it generated, and `<NA>` where it does not tell: then
    `note` says "unknown", and `overrun_tokens` is `<NA>` too. Costs what the attempts cost. `nbstream.experiment.plot`
    draws it.

    Raises:
        SetupError: Something is wrong with the call; nothing was sent.
        ProviderError: A run failed, and no further one was begun.
        KeyboardInterrupt: Interrupted; the live attempt was stopped.

    The last two carry what was measured until then, the run that failed included, as their `measured`.
    """
    return prepare(model, prompt, stop_after, repeat, base_url, api_key, options).run()


def prepare(
    model: str | Provider | None,
    prompt: object,
    stop_after: Iterable[int] | int,
    repeat: int,
    base_url: str | None,
    api_key: str | None,
    options: Mapping[str, object],
) -> Experiment:
    """The experiment, checked. Raises `SetupError`."""
    counts = [stop_after] if isinstance(stop_after, int) else list(stop_after)
    if not all(whole(n) for n in [*counts, repeat]):
        raise SetupError("stop_after takes whole numbers of tokens above 0, and repeat a number of times above 0.")
    plan = make_plan(prompt, model, base_url=base_url, api_key=api_key, options=options)
    return Experiment(plan, tuple(map(operator.index, counts)), operator.index(repeat))


def whole(n: object) -> bool:
    """Whether this is a whole number above 0, numpy's included."""
    return hasattr(n, "__index__") and not isinstance(n, bool) and operator.index(n) > 0


def quiet(row: Row) -> None:
    """Nobody wants to hear of each run."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """A plan, the counts to stop after, and how often all of it is done."""

    plan: Plan
    counts: tuple[int, ...]
    repeat: int

    @property
    def runs(self) -> int:
        """How many attempts it takes."""
        return self.repeat * (1 + len(self.counts))

    def run(self, done: Callable[[Row], None] = quiet) -> pd.DataFrame:
        """Do it; `done` is told the row of each run that has ended. Raises as `overrun`."""
        generation_id = new_id("gen")
        rows: list[Row] = []
        try:
            for turn in range(1, self.repeat + 1):
                for count in (None, *self.counts):
                    run = self.prepared(generation_id, len(rows) + 1, count)
                    try:
                        see_through(run)
                    finally:
                        rows.append(read(run.attempt, count) | {"repeat": turn})
                    done(rows[-1])
                    if run.attempt.ended_by == "error":
                        raise failure(run)
                    if run.attempt.ended_by in ("person", "kernel"):
                        return to_frame(rows, COLUMNS)  # somebody has stopped everything, so this too
        except (ProviderError, KeyboardInterrupt) as error:
            error.measured = to_frame(rows, COLUMNS)  # type: ignore[union-attr]
            if len(rows) > 1:
                error.add_note("What was measured until then: sys.last_value.measured")
            raise
        return to_frame(rows, COLUMNS)

    def prepared(self, generation_id: str, number: int, count: int | None) -> Run:
        """One attempt, to be stopped once `count` tokens have come."""
        attempt = self.plan.attempt(generation_id, number, "first", None)
        guards = [] if count is None else [Armed(after(count))]
        provider = self.plan.provider
        return Run(attempt, self.plan.ask(attempt), provider, tally_for(provider), Unwatched(), guards, gather=False)


def see_through(run: Run) -> None:
    """Start an attempt and wait until it has ended and been asked about; an interrupt stops it."""
    try:
        supervisor().start(run)
        supervisor().wait(run, None)
        supervisor().wait(run, SETTLE_S, settled=True)
    except BaseException:
        supervisor().stop(run.attempt.attempt_id, "person", "Stopped by an interrupt.")
        supervisor().wait(run, CLOSE_S)
        raise


def failure(run: Run) -> ProviderError:
    """What went wrong with an attempt: before the stream, or as the server said inside of it."""
    if run.failure is not None:
        return run.failure
    error = ServerError(run.attempt.error)
    error.retryable = run.attempt.retryable
    return error


def after(count: int) -> Check:
    """A check that stops at the first look at which `count` tokens have come."""

    def check(attempt: Attempt, now: float) -> str | None:
        enough = (attempt.received.tokens or 0) >= count
        return f"Stopped by the experiment after {count} tokens." if enough else None

    return check


def read(attempt: Attempt, count: int | None) -> Row:
    """What an attempt tells the experiment."""
    told = attempt.output.source in TOLD
    return row_of(attempt) | {
        "stop_after": count,
        "billed_tokens": attempt.output.tokens if told else None,
        "billed_source": attempt.output.source if told else "unknown",
        "note": " ".join(notes(attempt, count, told)) or None,
    }


def notes(attempt: Attempt, count: int | None, told: bool) -> Iterable[str]:
    """What a reader of the row must know."""
    if attempt.ended_by not in ("model", "guard"):
        yield attempt.error or attempt.reason or "It did not end by itself."
    elif count is not None and attempt.ended_by == "model":
        yield f"The answer ended before {count} tokens had come."
    if not told and attempt.ended_by != "error":
        stream = "a stream" if attempt.ended_by == "model" else "a cut stream"
        yield f"unknown: this service does not tell what it generated for {stream}"
