"""Finds text that repeats itself character for character, at a cost that does not grow with the text."""

from __future__ import annotations

from dataclasses import dataclass

NEEDLE = 32
"""So many characters are looked for in what came before; where they stand again, there may be a loop."""

CANDIDATES = 4
"""A passage may hold a shorter repetition itself: so many distances are tried at each look."""


@dataclass(frozen=True, slots=True)
class Loop:
    """What goes round: the passage as it came last, and how often it came in a row."""

    passage: str
    times: int


class Periods:
    """Looks at the end of a growing text. A passage of at most `longest` characters is a loop when it has come `times`
    times and went on for `patience` characters.
    """

    __slots__ = ("keep", "longest", "patience", "times", "window")

    def __init__(self, times: int, patience: int, longest: int) -> None:
        self.times = times
        self.patience = patience
        self.longest = longest
        self.keep = times * longest + patience
        self.window = ""

    def add(self, block: str) -> Loop | None:
        """The loop that the text ends in, now that it goes on with the block."""
        self.window = (self.window + block)[-self.keep :]
        return self.find(self.patience)

    def find(self, patience: int) -> Loop | None:
        """The loop that the text ends in, when it need go on for no more than this."""
        text, size = self.window, len(self.window)
        needle = text[-NEEDLE:]
        start, end = max(0, size - NEEDLE - self.longest), size - 1
        for _ in range(CANDIDATES):
            found = text.rfind(needle, start, end)
            if found < 0:
                return None
            period = size - NEEDLE - found
            again = (self.times - 1) * period + patience
            if period + again <= size and text[-again:] == text[-again - period : -period]:
                return Loop(text[-period:], self.came(period))
            end = found + NEEDLE - 1
        return None

    def came(self, period: int) -> int:
        """How often in a row the last passage stands at the end of what is kept."""
        passage, start, times = self.window[-period:], len(self.window) - 2 * period, 1
        while start >= 0 and self.window.startswith(passage, start):
            times += 1
            start -= period
        return times
