"""What a stop saved, as far as that can be said: always an estimate, for the rest of the answer was never written."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from .attempt import Attempt
from .counts import TOLD

LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict", "n_predict")
"""The options that bound an answer, by all the names that the providers take."""


@dataclass(frozen=True, slots=True)
class Saving:
    """Tokens that were never generated, US dollars if a price is known, and the sentence that says by what measure."""

    tokens: int
    usd: float | None
    note: str


def saved(attempt: Attempt, siblings: Iterable[Attempt] = ()) -> Saving | None:
    """What the stop of an attempt saved against a whole answer, or `None` where nothing can be said.

    A whole answer is as long as the median of those siblings that were asked the same and that the model ended;
    without any, as long as its limit of tokens allows. A service that is known to run on saves nothing by a stop,
    unless it tells how far it got.
    """
    told = attempt.output.source in TOLD
    generated = attempt.generated_tokens
    if attempt.ended_by not in ("person", "guard") or generated is None:
        return None
    if attempt.billing_after_stop == "runs on" and not told:
        return None
    whole, note = expected(attempt, siblings)
    if whole is None or whole <= generated:
        return None
    if attempt.billing_after_stop == "unknown" and not told:
        note += " Only if the service stopped with the connection, which is not known."
    spent, full = attempt.priced(generated).usd, attempt.priced(whole).usd
    return Saving(whole - generated, None if spent is None or full is None else full - spent, note)


def expected(attempt: Attempt, siblings: Iterable[Attempt]) -> tuple[int | None, str]:
    """How long the answer would have become, and the sentence for how that is known."""
    alike = [other for other in siblings if other.ended_by == "model" and other.prompt == attempt.prompt]
    lengths = [tokens for other in alike if (tokens := other.generated_tokens) is not None]
    limit = limit_of(attempt)
    if lengths:
        whole = round(median(lengths))
        answers = "the finished attempt has" if len(lengths) == 1 else f"the median of {len(lengths)} finished ones is"
        return (whole if limit is None else min(whole, limit)), f"An estimate: {answers} {whole:,} tokens."
    return limit, f"An estimate: the limit was {limit:,} tokens, and the answer may have ended before." if limit else ""


def limit_of(attempt: Attempt) -> int | None:
    """The most tokens that were asked for."""
    options = json.loads(attempt.options)
    limits = (options.get(name) for name in LIMITS)
    return next((n for n in limits if isinstance(n, int) and not isinstance(n, bool) and n > 0), None)
