"""Ends an answer that goes round in circles, and leaves alone what repeats by nature."""

from __future__ import annotations

from dataclasses import dataclass

from ..attempt import Attempt
from ..errors import SetupError
from ..events import Channel
from .base import Check, News
from .echoes import Echoes
from .periods import Loop, Periods

BLOCK = 32
"""The text is looked at each time so many characters are whole, so it does not matter how it is cut into deltas."""

MOST = 1 << 15
"""Of more characters than this at once, only the last are looked at: the loop's thread has more to do."""


@dataclass(frozen=True, slots=True)
class Repetition:
    times: int = 3
    patience: int = 320
    longest: int = 2000
    reasoning: bool = True

    def arm(self) -> Check:
        return Watch(self, "text")


class Watch:
    def __init__(self, rule, channel):
        self.rule=rule
        self.periods = Periods(rule.times, rule.patience, rule.longest)
        self.echoes = Echoes(rule.longest)
        self.rest = ""

    def add(self, new: str) -> str | None:
        text = (self.rest + new)
        at = 0
        while at + BLOCK <= len(text):
            block = text[at : at + BLOCK]
            at += BLOCK
            loop = self.periods.add(block)
            if loop:
                return f"exact {loop.times} {loop.passage!r}"
            self.echoes.add(block)
            e = self.echoes
            if e.run >= (self.rule.times - 1) * e.distance + ECHO:
                return f"echo {e.distance}"
        self.rest = text[at:]
        return None
ECHO = 150
