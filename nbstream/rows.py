"""An attempt as the browser is told it: its row and its numbers."""

from __future__ import annotations

from collections.abc import Iterable

from .attempt import Attempt
from .counts import TOLD
from .messages import GuardRow, Meter, Resume, Row, utf16_length
from .savings import saved


def meter_of(attempt: Attempt, now: float, siblings: Iterable[Attempt] = ()) -> Meter:
    """The numbers of an attempt; its siblings tell what its stop saved."""
    cost, saving = attempt.cost, saved(attempt, siblings)
    return {
        "status": attempt.status,
        "elapsed_s": round(attempt.elapsed(now), 3),
        "ttft_s": rounded(attempt.ttft_s),
        "tokens_per_s": rounded(attempt.tokens_per_s),
        "input_tokens": attempt.input.tokens,
        "input_source": attempt.input.source,
        "received_tokens": attempt.received.tokens,
        "received_source": attempt.received.source,
        "output_tokens": attempt.output.tokens,
        "output_source": attempt.output.source,
        "overrun_tokens": attempt.overrun_tokens,
        "reasoning_tokens": attempt.reasoning_tokens,
        "received_reasoning_tokens": attempt.received_reasoning.tokens,
        "received_reasoning_source": attempt.received_reasoning.source,
        "cost_usd": cost.usd,
        "cost_source": cost.source,
        "cost_note": None if cost.usd is None or cost.exact else doubt(attempt),
        "saved_tokens": saving.tokens if saving else None,
        "saved_usd": saving.usd if saving else None,
        "saved_note": saving.note if saving else None,
        "note": attempt.note,
        "kept_tokens": attempt.kept_tokens.tokens,
        "kept_source": attempt.kept_tokens.source,
    }


def doubt(attempt: Attempt) -> str:
    """Why a cost that stands on counts of our own is not exact."""
    if attempt.status != "done":
        return "So far."
    if attempt.output.source in TOLD:
        return "The prompt was counted here, not by the service."
    if attempt.ended_by == "model":
        return "The tokens were counted here, not by the service."
    if not attempt.generated_tokens:
        return "The prompt alone, which most services charge: this one has not told what it generated."
    more = {"stops": ", and is known to stop with the connection", "runs on": ", and is known to run on and charge it"}
    after = more.get(attempt.billing_after_stop, "")
    return f"At least: only what came is counted. The service has not told what it generated{after}."


def row_of(
    attempt: Attempt,
    now: float,
    siblings: Iterable[Attempt] = (),
    resume: Resume | None = None,
    guards: Iterable[GuardRow] = (),
) -> Row:
    """An attempt without its text."""
    return {
        "attempt": attempt.attempt_id,
        "number": attempt.number,
        "parent": attempt.parent_id,
        "relation": attempt.relation,
        "provider": attempt.provider,
        "model": attempt.model,
        "status": attempt.status,
        "ended_by": attempt.ended_by,
        "reason": attempt.reason,
        "finish_reason": attempt.finish_reason,
        "started_at": attempt.started_at.isoformat(timespec="milliseconds"),
        "kept": utf16_length(attempt.kept),
        "resumed": attempt.resumed,
        "resume": resume,
        "meter": meter_of(attempt, now, siblings),
        "guards": list(guards),
    }


def rounded(seconds: float | None) -> float | None:
    """Milliseconds are enough for a screen."""
    return None if seconds is None else round(seconds, 3)
