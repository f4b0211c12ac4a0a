"""How an attempt ended: by whom, and the sentence that says so."""

from __future__ import annotations

from .attempt import Attempt
from .folding import end
from .run import Decision, Run, log

LOWER_BOUND = " This model may reason out of sight: what was received is a lower bound of what it generated."


def stopped(attempt: Attempt, decision: Decision) -> str:
    """The sentence for an attempt that somebody stopped."""
    reason = decision.reason or {"person": "Stopped by you.", "guard": "Stopped by a guard."}.get(
        decision.by, "Stopped."
    )
    return reason + LOWER_BOUND if attempt.hides_reasoning and attempt.output.tokens is None else reason


def finished(attempt: Attempt) -> str:
    """The sentence for an attempt that the model ended."""
    match attempt.finish_reason:
        case "length":
            return "The model reached the limit of tokens, so the text ends early."
        case "content_filter":
            word, _, why = (attempt.finish_raw or "").partition(": ")
            if attempt.refused or word == "refusal":
                return "The model refused to answer" + (f": {why.rstrip('.')}." if why else ".")
            return f"The service's content filter ended the answer ({attempt.finish_raw})."
        case "other":
            return f"The model's side ended the answer ({attempt.finish_raw})."
        case "tool_calls":
            return "The model asks for a tool."
    return "The model finished."


def conclude(run: Run, cancelled: bool, failure: BaseException | None, now: float) -> None:
    """Close the attempt of a run whose task is over. A decision outranks whatever its clean-up raised."""
    attempt = run.attempt
    if not attempt.closed:  # the server's answer to a stop may be here before the stop is
        run.decision = run.decision or run.ahead
    if run.decision is not None:
        attempt.stop_latency_ms = max(0.0, (run.closed_at or now) - run.decision.at) * 1000
        attempt.error = None  # read already, but taken only after the decision
        end(attempt, run.decision.by, stopped(attempt, run.decision), now)
    elif (cancelled and not run.cut) or is_shutdown(failure):
        end(attempt, "kernel", "The process ended.", now)
    elif failure is not None:
        log.error("an attempt failed inside nbstream", exc_info=failure)
        attempt.error = f"{type(failure).__name__} inside nbstream: {failure}. Please report it."
        end(attempt, "error", attempt.error, now)
    elif run.failure or attempt.error:
        attempt.error = str(run.failure or attempt.error)
        end(attempt, "error", attempt.error or "", now)
    else:
        end(attempt, "model", finished(attempt), now)


def is_shutdown(error: BaseException | None) -> bool:
    """Whether the process is ending: it shuts its thread pools down before it tells anybody else."""
    return isinstance(error, RuntimeError) and "shutdown" in str(error)
