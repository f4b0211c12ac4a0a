"""What a guard does with the texts of the corpus, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from nbstream import Attempt
from nbstream.attempt import Delta
from nbstream.events import Channel
from nbstream.guards.base import Guard

from .corpus import Text

WITHIN = 400
"""A loop is caught in time so many characters after its third repetition."""

DELTA = 4


@dataclass(frozen=True)
class Result:
    """Where a text was cut, if it was, and why."""

    text: Text
    at: int | None
    reason: str | None

    @property
    def after(self) -> int:
        """Characters after the third repetition."""
        return (self.at or 0) - (self.text.third_at or 0)

    @property
    def in_time(self) -> bool:
        return self.at is not None and self.after <= WITHIN


def cut(guard: Guard, deltas: Iterable[str], channel: Channel = "text") -> tuple[int, str] | None:
    """How many characters had come when the guard objected, and what it said."""
    attempt = Attempt("att_1", "gen_1", 1, "demo", "demo")
    check, at = guard.arm(), 0
    for text in deltas:
        attempt.deltas.append(Delta(0.0, channel, text))
        at += len(text)
        if reason := check(attempt, 0.0):
            return at, reason
    return None


def pieces(text: str, size: int = DELTA) -> Iterable[str]:
    return (text[at : at + size] for at in range(0, len(text), size))


def judged(guard: Guard, texts: Iterable[Text]) -> list[Result]:
    return [Result(text, *(cut(guard, pieces(text.text)) or (None, None))) for text in texts]
