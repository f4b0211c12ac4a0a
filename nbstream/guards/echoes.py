"""Finds text that goes round with small changes: words follow each other as before, and numbers only count."""

from __future__ import annotations

import re

CJK = r"\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
LONGEST_WORD = 32
WORD = re.compile(
    rf"([{CJK}]|\d{{1,{LONGEST_WORD}}}+(?![A-Za-z_])|[^\W{CJK}]{{1,{LONGEST_WORD}}}+)",
)
"""A word, a number that is no part of a name, or one character of a script that puts no blanks between words."""

NEAR, FAR = 4, 8
"""A word is known by the words up to it: so many, or more where they are short."""

LETTERS = 10
"""A context with fewer letters says too little: yes, no, no, yes."""

SIGN = 4
"""So many letters is a character worth in a script that puts no blanks between words."""

MEMORY = 1500
"""Contexts are remembered in two generations of so many each; the older one is forgotten as a whole."""

# In characters of text that was said before:
NEW = 2.0
"""What one character of a new word weighs against them."""

UNTOLD = 40.0
"""What a number weighs that neither stayed nor went on counting."""

SYMBOL = 3.5
"""What a sign weighs that touches words on both sides: code and tables repeat by nature."""

Known = tuple[int, int, int]
"""Where a context came last, the number that ended it, and its step from the one before."""


class Echoes:
    """Measures for how many characters (`run`) a growing text has said nothing new, and how far back (`distance`) it
    was said before.
    """

    __slots__ = ("at", "distance", "longest", "old", "recent", "rest", "run", "sizes", "young")

    def __init__(self, longest: int) -> None:
        self.longest = longest
        self.run = 0.0
        self.distance = 0.0
        self.rest = ""
        self.at = 0  # where the last word ended, but for blanks that were left out
        self.recent = [""] * FAR  # the last words; a number is no word
        self.sizes = [0] * FAR  # their letters
        self.young: dict[tuple[str, ...], Known] = {}
        self.old: dict[tuple[str, ...], Known] = {}

    def add(self, block: str) -> None:
        """Take in the words that are whole now."""
        parts = WORD.split(self.rest + block)  # what stands between, a word, what stands between, …
        if not parts[-1] and len(parts) > 1:  # the last word may go on
            parts[-3:] = ["".join(parts[-3:])]
        self.rest = parts.pop()[-LONGEST_WORD:]
        at = self.at
        for gap, word in zip(parts[::2], parts[1::2], strict=True):
            at += len(gap) + len(word)
            self.word(word, gap, at)
        self.at = at

    def word(self, word: str, gap: str, at: int) -> None:
        """Judge one word, which comes after a gap without words and ends at `at`."""
        size = len(word)
        number = word.isdecimal() or (size == 1 and "\n" in gap and word.isascii())  # or a letter that counts lines
        recent, sizes = self.recent, self.sizes
        del recent[0], sizes[0]
        recent.append("" if number else word)
        sizes.append(0 if number else SIGN if size == 1 and word > "\u3000" else size)
        key = tuple(recent[-NEAR:])
        if sum(sizes[-NEAR:]) < LETTERS:
            key = tuple(recent)
            if sum(sizes) < LETTERS:
                if number:
                    self.run = max(0.0, self.run - UNTOLD)
                return
        value, step = (int(word) if word.isdecimal() else ord(word)) if number else 0, 1
        before = self.young.get(key) or self.old.get(key)
        if before is None or at - before[0] > self.longest:
            again = -NEW * size
        else:
            change = value - before[1]
            step = before[2] if not change else change if change == -1 else 1
            if change and (change != before[2] or not may_count(gap, after_number=not recent[-2])):
                again = -UNTOLD
            else:
                again = size + (1.0 if gap == " " else worth(gap))
                self.distance += (at - before[0] - self.distance) * min(1.0, size / (self.run + 1))
        run = self.run + again
        self.run = run if run > 0 else 0.0
        self.young[key] = (at, value, step)
        if len(self.young) >= MEMORY:
            self.old, self.young = self.young, {}


def may_count(gap: str, after_number: bool) -> bool:
    """Whether a number after this gap can be one that counts items, and not one inside of code: `x[3]`, `(2, 7)`."""
    return gap == "" or gap[-1].isspace() or "\n" in gap or (gap == "." and after_number)


def worth(gap: str) -> float:
    """What stands between two words, in characters of plain text: a comma and a blank are plain, `](` is not."""
    signs = len("".join(gap.split()))
    blank = len(gap) > signs
    return blank - SYMBOL * max(0, signs - blank)
