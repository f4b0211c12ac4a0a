"""Finds text that goes round with small changes: words that follow each other as before, and numbers that only count."""

from __future__ import annotations

import re

CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
LONGEST_WORD = 32
WORD = re.compile(
    rf"[{CJK}]|\d{{1,{LONGEST_WORD}}}+(?![A-Za-z_])|[^\W{CJK}]{{1,{LONGEST_WORD}}}+",
)
"""A word, a number that is no part of a name, or one character of a script that puts no blanks between words."""

NEAR, FAR = 4, 8
"""A word is known by the ones before it: this many, or more where they are short."""

LETTERS = 10
"""A context of fewer letters says too little: yes, no, no, yes."""

MEMORY = 1500
"""Contexts are kept in two generations of so many each."""

LEAK = 4.0
"""What is new weighs so much more than what was said before."""

UNTOLD = 80.0
"""A number that could not be foretold is worth so many new characters."""

SYMBOL = 3.0
"""A sign that stands between words without a blank weighs against as many characters: code and tables count by nature."""

SIGN = 4
"""The letters that a character of a script without blanks is worth."""


class Echoes:
    """Measures for how many characters a growing text has said nothing new, and from how far back it comes."""

    __slots__ = ("at", "distance", "longest", "old", "recent", "rest", "run", "sizes", "young")

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.rest = ""
        self.at = 0  # where `rest` begins in the text
        self.recent: list[str] = []
        self.sizes: list[int] = []
        self.young: dict[tuple[str, ...], tuple[int, int, int]] = {}
        self.old: dict[tuple[str, ...], tuple[int, int, int]] = {}
        self.run = 0.0
        self.distance = 0.0

    def add(self, block: str) -> None:
        """Take in the words that are whole now."""
        text = self.rest + block
        done = 0
        for match in WORD.finditer(text):
            if match.end() == len(text):  # it may go on
                break
            gap = text[done : match.start()]
            self.word(match[0], self.at + match.end(), 1.0 if gap == " " else plain(gap), gap in ("", ".") or gap[-1].isspace() or "\n" in gap)
            done = match.end()
        done = max(done, len(text) - LONGEST_WORD)
        self.rest = text[done:]
        self.at += done

    def word(self, word: str, at: int, width: float, free: bool) -> None:
        """Judge one word that ends at `at`; `width` is what stands before it worth."""
        number = int(word) if word.isdecimal() else None
        recent, sizes = self.recent, self.sizes
        recent.append("" if number is not None else word)
        sizes.append(0 if number is not None else SIGN if len(word) == 1 and word > "\u3000" else len(word))
        if len(recent) > FAR:
            del recent[0], sizes[0]
        if sum(sizes[-NEAR:]) >= LETTERS:
            key = tuple(recent[-NEAR:])
        elif sum(sizes) >= LETTERS:
            key = tuple(recent)
        else:
            if number is not None:
                self.run = max(0.0, self.run - UNTOLD)
            return
        before = self.young.get(key) or self.old.get(key)
        value, step = number or 0, 1
        width += len(word)
        if before is None or at - before[0] > self.longest:
            self.run = max(0.0, self.run - LEAK * len(word))
        else:
            step = value - before[1]
            if step and (step != before[2] or not free):
                self.run = max(0.0, self.run - UNTOLD)
            else:
                self.run = max(0.0, self.run + width)
                self.distance += (at - before[0] - self.distance) * min(1.0, len(word) / (self.run + 1))
            step = step or before[2]
        self.young[key] = (at, value, step)
        if len(self.young) >= MEMORY:
            self.old, self.young = self.young, {}


def plain(gap: str) -> float:
    """What stands between two words, as characters of plain text."""
    blanks = len(gap) - len("".join(gap.split()))
    signs = len(gap) - blanks
    return min(blanks, 1) - SYMBOL * max(0, signs - min(blanks, 1))
