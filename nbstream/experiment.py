"""The experiment that started it all: how much does a server generate after a stop, against a run to the end?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .attempt import Attempt, new_id
from .errors import SetupError
from .frames import row_of
from .plan import Plan, make_plan, tally_for
from .run import Check, Run
from .supervisor import supervisor
from .wire import Provider

if TYPE_CHECKING:
    import pandas as pd

PROMPT = "Introduce the GPT model structure in as much detail as possible."
SETTLE_S = 20.0
"""Longest wait for a service to tell afterwards what it generated."""

COLUMNS = {
    "repeat": "Int64",
    "stop_after": "Int64",
    "received_tokens": "Int64",
    "received_source": "string",
    "output_tokens": "Int64",
    "output_source": "string",
    "billed_tokens": "Int64",
    "overrun_tokens": "Int64",
    "stop_latency_ms": "Float64",
    "duration_s": "Float64",
    "ended_by": "string",
    "note": "string",
}


class Unwatched:
    """A listener for attempts that nobody looks at."""

    def started(self, attempt: Attempt) -> None: ...  # noqa: D102
    def progressed(self, attempt: Attempt, new: int) -> None: ...  # noqa: D102
    def noted(self, attempt: Attempt) -> None: ...  # noqa: D102
    def ended(self, attempt: Attempt) -> None: ...  # noqa: D102
    def updated(self, attempt: Attempt) -> None: ...  # noqa: D102


def overrun(
    model: str | Provider | None = None,
    prompt: str = PROMPT,
    stop_after: Sequence[int] = (9, 100),
    repeat: int = 1,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Run a prompt to its end, then stop it after each count of received tokens; blocks until all have ended.

    One row per attempt: `stop_after` is `<NA>` for the full run; `billed_tokens` is what the server says it generated,
    `<NA>` where it does not tell, and then `note` says so. Costs what the attempts cost.

    Raises:
        SetupError: Something is wrong with the call; nothing was sent.
        KeyboardInterrupt: Interrupted; the live attempt was stopped.
    """
    counts = list(stop_after)
    if not all(isinstance(n, int) and n > 0 for n in [*counts, repeat]):
        raise SetupError("stop_after takes whole numbers of tokens above 0, and repeat a number of times above 0.")
    plan = make_plan(prompt, model, base_url=base_url, api_key=api_key, options=options)
    generation_id = new_id("gen")
    rows: list[dict[str, object]] = []
    for turn in range(1, repeat + 1):
        for count in (None, *counts):
            attempt = measure(plan, generation_id, len(rows) + 1, count)
            rows.append(read(attempt) | {"repeat": turn, "stop_after": count})
    import pandas as pd

    return pd.DataFrame({name: pd.Series([row[name] for row in rows], dtype=dtype) for name, dtype in COLUMNS.items()})


def measure(plan: Plan, generation_id: str, number: int, count: int | None) -> Attempt:
    """One attempt, stopped once `count` tokens have come, and asked about afterwards."""
    attempt = plan.attempt(generation_id, number, "first", None)
    checks: list[Check] = [] if count is None else [after(count)]
    run = Run(attempt, plan.ask(attempt), plan.provider, tally_for(plan.provider), Unwatched(), checks)
    supervisor().start(run)
    try:
        supervisor().wait(run, None)
        supervisor().wait(run, SETTLE_S, settled=True)
    except BaseException:
        supervisor().stop(attempt.attempt_id)
        raise
    return attempt


def after(count: int) -> Check:
    """A check that stops at the first look at which `count` tokens have come."""

    def check(attempt: Attempt, now: float) -> str | None:
        enough = (attempt.received.tokens or 0) >= count
        return f"Stopped by the experiment after {count} tokens." if enough else None

    return check


def read(attempt: Attempt) -> dict[str, object]:
    """What an attempt tells the experiment."""
    row = row_of(attempt)
    told = attempt.output.source in ("final", "reconciled")
    row["billed_tokens"] = attempt.output.tokens if told else None
    if attempt.error:
        row["note"] = attempt.error
    else:
        row["note"] = None if told else "unknown: this service does not tell what it generated for a cut stream"
    return row


def plot(frame: pd.DataFrame) -> Any:
    """Draw received and generated tokens of each stopped attempt; gives matplotlib's axes.

    Raises:
        SetupError: matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise SetupError("A plot needs matplotlib: pip install matplotlib.") from None
    stopped = frame[frame["stop_after"].notna()]
    columns = {"received_tokens": "received", "billed_tokens": "generated", "overrun_tokens": "overrun"}
    means = stopped.groupby("stop_after")[list(columns)].mean().rename(columns=columns)
    axes = means.astype(float).plot.bar(figsize=(6, 3), rot=0)
    axes.set_xlabel("stopped after … tokens")
    axes.set_ylabel("tokens")
    plt.tight_layout()
    return axes
