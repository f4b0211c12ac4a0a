"""spend(): what was kept, cancelled and avoided, by day and model, from the durable log."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from . import prices
from .attempt import Attempt, EndedBy
from .counts import Count
from .filters import Filters, filters_of
from .frames import to_dicts
from .log_writer import LogWriter, log_writer
from .logged import frame_of
from .savings import expected, saved
from .spending_chart import plot as plot

if TYPE_CHECKING:
    from .spending_table import Spending

Kind = Literal["kept", "cancelled", "lost", "avoided"]

KINDS: dict[EndedBy, Kind] = {
    "model": "kept",
    "person": "cancelled",
    "guard": "cancelled",
    "error": "lost",
    "kernel": "lost",
}

COLUMNS = {
    "day": "datetime64[us]",
    "provider": "string",
    "model": "string",
    "attempts": "Int64",
    "input_tokens": "Int64",
    "kept_tokens": "Int64",
    "cancelled_tokens": "Int64",
    "lost_tokens": "Int64",
    "avoided_tokens": "Int64",
    "kept_usd": "Float64",
    "cancelled_usd": "Float64",
    "lost_usd": "Float64",
    "avoided_usd": "Float64",
    "uncounted": "Int64",
    "unpriced": "Int64",
}

PLAIN = (
    *("attempt_id", "generation_id", "number", "provider", "model", "base_url", "options", "prompt", "ended_by"),
    *("reasoning_tokens", "cached_tokens", "billing_after_stop", "chunks"),
)
"""The columns of the log that an attempt has as they are."""

NEEDED = (
    *PLAIN,
    *("started_at", "input_tokens", "input_source", "received_tokens", "received_source"),
    *("output_tokens", "output_source", "cost_usd"),
)
"""The columns of the log that are looked at."""


def spend(**filters: Any) -> Spending:
    """Tokens and dollars that were kept, cancelled and avoided, by day and model, over all attempts that have ended.

    A DataFrame with the columns of `nbstream.spending.COLUMNS`, oldest day first; in a cell it shows itself under a
    picture of it, if matplotlib is installed, which `nbstream.spending.plot(frame)` draws too.

    - `day`: midnight of the local day on which the attempts began. `attempts`: how many of them have ended.
    - `…_tokens`: generated tokens by the server's word, else those received, so at least; `input_tokens`: the prompts'.
    - `…_usd`: US dollars for prompt and answer, as `history()` has them.
    - `kept`: of attempts that the model ended. `cancelled`: of those that a person or a guard stopped. `lost`: of those
      that an error ended, or whose kernel went away.
    - `avoided`: what the stops saved, as estimated by `nbstream.savings`: up to the median of the finished attempts at
      the same prompt in the same generation, else up to the limit of tokens that was asked for.
    - `uncounted`, `unpriced`: attempts whose tokens, whose cost is not known. They are in no sum, never as 0; where
      that leaves nothing to sum, the sum is `<NA>`.

    Args:
        filters: As those of `nbstream.history`: `since`, `until`, `model`, `provider`, `ended_by`, `generation_id`.

    Raises:
        SetupError: A filter that is unknown or makes no sense.
    """
    from .spending_table import table

    days = sums(log_writer(), filters_of(filters, "spend"))
    rows = [
        {"day": day, "provider": provider, "model": model} | days[day, provider, model].row()
        for day, provider, model in sorted(days)
    ]
    return table(rows, COLUMNS)


@dataclass(slots=True)
class Sum:
    """A sum over what is known of so many attempts."""

    total: float = 0
    known: int = 0
    unknown: int = 0

    def add(self, value: float | None) -> None:
        """One more attempt."""
        if value is None:
            self.unknown += 1
        else:
            self.known += 1
            self.total += value

    @property
    def value(self) -> float | None:
        """The sum of what is known; `None` where nothing is, though there is something to know."""
        return None if self.unknown and not self.known else self.total


@dataclass(slots=True)
class Day:
    """What a model took on one day."""

    attempts: int = 0
    input: Sum = field(default_factory=Sum)
    tokens: defaultdict[Kind, Sum] = field(default_factory=lambda: defaultdict(Sum))
    usd: defaultdict[Kind, Sum] = field(default_factory=lambda: defaultdict(Sum))

    def add(self, attempt: Attempt, usd: float | None, siblings: Iterable[Attempt]) -> None:
        """One more attempt that has ended."""
        assert attempt.ended_by is not None
        kind = KINDS[attempt.ended_by]
        self.attempts += 1
        self.input.add(attempt.input.tokens)
        self.tokens[kind].add(attempt.generated_tokens)
        self.usd[kind].add(usd)
        if kind == "cancelled":
            tokens, dollars = avoided(attempt, list(siblings))
            self.tokens["avoided"].add(tokens)
            self.usd["avoided"].add(dollars)

    def row(self) -> dict[str, float | None]:
        """The columns of `COLUMNS` but for the first three."""
        spent: tuple[Kind, ...] = ("kept", "cancelled", "lost")
        kinds: tuple[Kind, ...] = (*spent, "avoided")
        return (
            {"attempts": self.attempts, "input_tokens": self.input.value}
            | {f"{kind}_tokens": self.tokens[kind].value for kind in kinds}
            | {f"{kind}_usd": self.usd[kind].value for kind in kinds}
            | {"uncounted": sum(self.tokens[kind].unknown for kind in spent)}
            | {"unpriced": sum(self.usd[kind].unknown for kind in spent)}
        )


def avoided(attempt: Attempt, siblings: Sequence[Attempt]) -> tuple[int | None, float | None]:
    """Tokens and dollars that a stop saved; 0 where a whole answer is known to be no longer than what was generated."""
    if saving := saved(attempt, siblings):
        return saving.tokens, saving.usd
    known = attempt.generated_tokens is not None and expected(attempt, siblings)[0] is not None
    return (0, 0.0) if known else (None, None)


def sums(writer: LogWriter, filters: Filters) -> dict[tuple[datetime, str, str], Day]:
    """The days of the log, by day, provider and model."""
    # what a stop saved is told by its siblings too, which may have ended in another way than is asked for
    everything = replace(filters, model=None, provider=None, ended_by=None)
    rows = list(to_dicts(frame_of(writer, everything, None, False), NEEDED))
    finished: defaultdict[str, list[Attempt]] = defaultdict(list)
    attempts = [(row, attempt_of(row)) for row in rows if row["ended_by"] is not None]
    for _, attempt in attempts:
        if attempt.ended_by == "model":
            finished[attempt.generation_id].append(attempt)
    if any(prices.wanted(attempt.base_url) for _, attempt in attempts if attempt.ended_by in ("person", "guard")):
        prices.load()
    days: defaultdict[tuple[datetime, str, str], Day] = defaultdict(Day)
    for row, attempt in attempts:
        if filters.match(row):
            at = row["started_at"].astimezone()
            day = datetime(at.year, at.month, at.day)
            days[day, attempt.provider, attempt.model].add(attempt, row["cost_usd"], finished[attempt.generation_id])
    return days


def attempt_of(row: dict[str, Any]) -> Attempt:
    """As much of a logged attempt as its sums need."""
    known = {name: row[name] for name in PLAIN if row[name] is not None}
    for name in ("input", "received", "output"):
        known[name] = Count(row[f"{name}_tokens"], row[f"{name}_source"] or "unknown")
    # prices change from day to day; by the microsecond, each would be looked up anew
    known["started_at"] = row["started_at"].replace(hour=0, minute=0, second=0, microsecond=0)
    return Attempt(**known, status="done")
