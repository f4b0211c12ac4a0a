"""backtest(): guards over logged attempts with their recorded timing, and what each would have cut and saved.

frame = nbstream.backtest([guards.Repetition(), guards.MaxTokens(500)])
nbstream.backtesting.plot(frame)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, get_args

from . import logged, prices, vocabulary
from .attempt import Attempt, Delta
from .backtest_summary import plot as plot
from .backtest_summary import summary as summary
from .counts import Count
from .errors import SetupError
from .events import Source
from .frames import to_dicts, to_frame
from .guards.base import Check, arm, guard_list, spelled
from .model_names import encoding_name
from .rewatching import QUIET, Share, Verdict, watch_again
from .supervisor import live
from .tokens import Tally

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {
    "attempt_id": "string",
    "provider": "string",
    "model": "string",
    "guard": "string",
    "would_cut": "boolean",
    "at_s": "Float64",
    "at_tokens": "Int64",
    "at_characters": "Int64",
    "reason": "string",
    "tokens_saved": "Int64",
    "usd_saved": "Float64",
    "ended_well": "boolean",
    "ended_by": "string",
    "finish_reason": "string",
    "received_tokens": "Int64",
    "duration_s": "Float64",
    "note": "string",
}
"""Column and dtype, in order; what is not known is `<NA>`."""

KEPT = ("provider", "model", "ended_by", "finish_reason", "received_tokens", "duration_s")
"""The columns that are as in the log."""

AT_A_TIME = 500
"""Attempts whose text is in memory together."""

NOT_LOGGED = "Not in the log."
NOT_RECORDED = "Its deltas are not in the log, so it cannot be replayed."
SO_FAR = "It had not ended: judged as far as it had come."
RUNS_ON = "This service is known to generate on and charge it after a stop, so a cut saves nothing."

Row = dict[str, Any]
Told = Mapping[str, Any]


def backtest(guards: object, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """Replay guards over logged attempts: what would each have cut, when, what would that have saved, and was it right?

    Args:
        guards: What `generate` takes: objects with `arm()`, functions `check(attempt, now) -> reason or None`, or one.
        history: Which attempts: what `nbstream.history()` or `gen.history` gives, or any part of it with the column
            `attempt_id`. Without it, all that was ever logged here.

    One row for each attempt and guard, the columns of `COLUMNS`. Each guard is judged as if it were the only one, and
    looks when it would have looked: at what came together, and each second. `would_cut` is `<NA>` where that cannot be
    said; `note` says why. `at_s`: seconds since the attempt began; `at_tokens`: received until then; `at_characters`:
    of the answer. `tokens_saved` and `usd_saved`: what was received after the cut, 0 where nothing was cut.
    `ended_well`: the model itself came to its end (`stop` or `tool_calls`), so a cut would have killed a good answer.
    Nothing is asked and nothing is sent. `nbstream.backtesting.plot` draws it, `.summary`
    has a line for each guard.

    Raises:
        SetupError: Something that is no guard, no such frame, or a log that cannot be read.
    """
    rules, ids = checked(guards), wanted(history)
    frame = logged.history()
    return replayed(rules, frame, ids)


def replayed(rules: Mapping[str, Any], frame: pd.DataFrame, ids: Sequence[str] | None = None) -> pd.DataFrame:
    """Guards by their names over these ids, whose rows are in a frame of the log; or over all rows that it has."""
    known = {row["attempt_id"]: row for row in to_dicts(frame)}
    if any(prices.wanted(row["base_url"] or "") for row in known.values()):
        prices.load()
    tallies = Tallies()
    found: list[Row] = []
    meant = list(known) if ids is None else ids
    for start in range(0, len(meant), AT_A_TIME):
        some = meant[start : start + AT_A_TIME]
        deltas, kept = logged.recorded(some), logged.kept(some)
        for name in some:
            found += judged(name, known.get(name), kept.get(name, ""), deltas.get(name, []), rules, tallies)
    return to_frame(found, COLUMNS)


def checked(guards: object) -> dict[str, Any]:
    """The guards by their names. Raises `SetupError`."""
    listed = guard_list(guards)
    if not listed:
        raise SetupError("Give at least one guard to replay.")
    named: dict[str, Any] = {}
    for guard in listed:
        name = spelled(guard)
        alike = sum(other.partition(" #")[0] == name for other in named)
        named[f"{name} #{alike + 1}" if alike else name] = guard
    return named


def wanted(history: pd.DataFrame | None) -> list[str] | None:
    """The ids that a frame names; `None` means all. Raises `SetupError`."""
    import pandas as pd

    if history is None:
        return None
    if not isinstance(history, pd.DataFrame) or "attempt_id" not in history:
        raise SetupError(
            "history is a DataFrame with the column attempt_id, such as nbstream.history(model='gpt-4.1-mini') "
            "or gen.history gives."
        )
    return [str(name) for name in history["attempt_id"].dropna().unique()]


def judged(
    name: str, row: Told | None, kept: str, deltas: list[Delta], rules: Mapping[str, Any], tallies: Tallies
) -> list[Row]:
    """A row for each guard of what it would have done to one attempt, which was resumed from `kept`."""
    same: Row = {"attempt_id": name} | ({column: row[column] for column in KEPT} if row else {})
    if row is None or (not deltas and row["received_tokens"] != 0):
        note = NOT_LOGGED if row is None else NOT_RECORDED
        return [same | {"guard": rule, "note": note} for rule in rules]
    attempt = again(row)
    attempt.kept = kept
    checks, failures = armed(rules, attempt)
    tally = tallies.of(row, deltas)
    verdicts = dict(
        zip(checks, watch_again(attempt, deltas, row["duration_s"], tally, [*checks.values()]), strict=True)
    )
    total = row["received_tokens"]
    if total is None:
        for delta in deltas[len(attempt.deltas) :]:
            tally.feed(delta.channel, delta.text)
        total = tally.count
    same |= {"received_tokens": total, "ended_well": well(row)}
    return [same | {"guard": rule} | told(failures.get(rule) or verdicts[rule], row, attempt, total) for rule in rules]


def again(row: Told) -> Attempt:
    """The attempt before anything came; times count from 0."""
    known = ("attempt_id", "generation_id", "number", "provider", "model", "base_url", "options", "prompt")
    fields: dict[str, Any] = {name: row[name] for name in (*known, "parent_id", "relation", "started_at")}
    attempt = Attempt(**fields, began=0.0, billing_after_stop=row["billing_after_stop"] or "unknown")
    attempt.input = Count(row["input_tokens"], row["input_source"] or "unknown")
    attempt.cached_tokens = row["cached_tokens"]
    return attempt


def armed(rules: Mapping[str, Any], attempt: Attempt) -> tuple[dict[str, Check], dict[str, Verdict]]:
    """A fresh check of each guard, and why others could not have watched this attempt."""
    checks: dict[str, Check] = {}
    failures: dict[str, Verdict] = {}
    for name, guard in rules.items():
        ready = getattr(guard, "ready", None)
        try:
            if ready is not None and (why := ready(attempt)):
                failures[name] = Verdict(failure=str(why))
            else:
                checks[name] = arm(guard).check
        except Exception as error:
            failures[name] = Verdict(failure=f"{type(error).__name__}: {error}")
    return checks, failures


def well(row: Told) -> bool | None:
    """Whether the model came to an end of its own; `None` while nobody knows."""
    if row["ended_by"] is None:
        return None
    return row["ended_by"] == "model" and row["finish_reason"] in ("stop", "tool_calls")


def told(verdict: Verdict, row: Told, attempt: Attempt, total: int) -> Row:
    """A verdict as columns."""
    notes = [SO_FAR] if row["ended_by"] is None else []
    if verdict.failure:
        when = "" if verdict.at_s is None else f" after {verdict.at_s:.1f} s"
        notes.insert(0, f"The guard could not judge{when}: {verdict.failure}")
        return {"note": " ".join(notes)}
    tokens, usd = 0, 0.0 if verdict is QUIET else None
    if verdict is not QUIET and attempt.billing_after_stop == "runs on":
        notes.append(RUNS_ON)
        usd = 0.0
    elif verdict is not QUIET:
        cut = verdict.tokens or 0
        tokens = max(0, total - cut)
        whole, part = attempt.priced(cut + tokens).usd, attempt.priced(cut).usd
        usd = None if whole is None or part is None else whole - part
    return {
        "would_cut": verdict is not QUIET,
        "at_s": verdict.at_s,
        "at_tokens": verdict.tokens,
        "at_characters": verdict.characters,
        "reason": verdict.reason,
        "tokens_saved": tokens,
        "usd_saved": usd,
        "note": " ".join(notes) or None,
    }


class Tallies:
    """Counts as each attempt was counted when it was live, so that a guard stops where it would have stopped."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], tuple[Any, str | None]] = {}

    def of(self, row: Told, deltas: Sequence[Delta]) -> Tally:
        """A fresh tally for an attempt: of the model's own vocabulary, of estimates, or of the server's count."""
        source: Source = row["received_source"] if row["received_source"] in get_args(Source) else "unknown"
        if source == "tokenizer":
            key = row["model"], row["provider"]
            if key not in self.known:
                name = encoding_name(*key)
                # loading one stalls what streams: it waits for another time then
                find = vocabulary.ready if live() else vocabulary.load
                self.known[key] = (find(name) if name else None, name)
            if self.known[key][0] is not None:
                return Tally(*self.known[key])
        whole = row["received_tokens"]
        return Tally(None) if source in ("estimate", "unknown") or whole is None else Share(whole, deltas)
