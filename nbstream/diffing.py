"""The differences of two texts, word by word, in bounded time.

difflib finds them, first by sentences and lines, then by words in what these leave. It is kept from what makes it
quadratic: what both texts begin and end with is set aside, what comes too often in a long text is no anchor, and when
the work is spent the rest counts as replaced.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Literal

Kind = Literal["=", "-", "+"]
Piece = tuple[Kind, str]
"""Text of both, of the first alone, of the second alone."""

LONGEST = 500_000
"""Characters of each text that are compared, some 80,000 words; what follows counts as replaced."""

WORK = 2_000_000
"""Pairs that are looked at, before the rest counts as replaced: less than a second."""

FEWEST = 3
"""Words that two texts must share between two changes, or they belong to the change."""

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
WORD = re.compile(rf"\s+|(?:[{CJK}]|[^\W{CJK}]+|[^\w\s])\s*")
LINE = re.compile(r"[^\n]*\n+|[^\n]+")
SENTENCE = re.compile(r"[^\n.!?\u3002]*(?:[\n.!?\u3002]+\s*|$)")


def word_diff(one: str, two: str) -> list[Piece]:
    """The pieces of two texts in order, neighbours of one kind joined.

    The pieces `=` and `-` are the first text, `=` and `+` the second.
    """
    pieces: list[Piece] = []
    work = Work()
    a, b = (SENTENCE.findall(text[:LONGEST]) for text in (one, two))
    for same, left, right in changes(a, b, work):
        if same:
            both(pieces, left, right)
            continue
        words, others = (WORD.findall("".join(sentences)) for sentences in (left, right))
        runs = list(changes(words, others, work))
        for place, (still, mine, theirs) in enumerate(runs):
            between = 0 < place < len(runs) - 1
            if still and not (between and chance(mine, theirs)):
                both(pieces, mine, theirs)
            else:
                put(pieces, "-", "".join(mine))
                put(pieces, "+", "".join(theirs))
    put(pieces, "-", one[LONGEST:])
    put(pieces, "+", two[LONGEST:])
    return pieces


def chance(mine: Sequence[str], theirs: Sequence[str]) -> bool:
    """Whether a run is too short to be more than chance: a lone "of the" between two changes tells nothing.

    A line break tells where the lines of both texts meet, so it stays.
    """
    named = sum(word[0].isalnum() for word in mine)
    return named < FEWEST and not any("\n" in word for word in (*mine, *theirs))


def lines_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces in lines, cut where both texts have the same line break; each line's text keeps it."""
    lines: list[list[Piece]] = [[]]
    for kind, text in pieces:
        for part in LINE.findall(text) if kind == "=" else [text]:
            lines[-1].append((kind, part))
            if kind == "=" and part.endswith("\n"):
                lines.append([])
    return [line for line in lines if line]


def both(pieces: list[Piece], left: Sequence[str], right: Sequence[str]) -> None:
    """Add what both have; where the blanks after it differ, each has its own."""
    alike: list[str] = []
    for mine, theirs in zip(left, right, strict=True):
        if mine == theirs:
            alike.append(mine)
            continue
        word = mine.rstrip()
        put(pieces, "=", "".join([*alike, word]))
        put(pieces, "-", mine[len(word) :])
        put(pieces, "+", theirs[len(word) :])
        alike.clear()
    put(pieces, "=", "".join(alike))


def put(pieces: list[Piece], kind: Kind, text: str) -> None:
    """Add text; it goes to the last piece of its kind, unless text of both stands between."""
    if not text:
        return
    for place in range(len(pieces) - 1, max(-1, len(pieces) - 3), -1):
        known, so_far = pieces[place]
        if known == kind:
            pieces[place] = (kind, so_far + text)
            return
        if "=" in (kind, known):
            break
    pieces.append((kind, text))


def changes(a: Sequence[str], b: Sequence[str], work: Work) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """Runs of both lists in order, and whether they are the same, blanks at the ends left out of account."""
    left, right = [text.rstrip() for text in a], [text.rstrip() for text in b]
    most = min(len(a), len(b))
    head = next((n for n in range(most) if left[n] != right[n]), most)
    tail = next((n for n in range(most - head) if left[-1 - n] != right[-1 - n]), most - head)
    if head:
        yield True, a[:head], b[:head]
    inner = Bounded(left[head : len(a) - tail], right[head : len(b) - tail], work)
    for tag, *places in inner.get_opcodes():
        start, end, other_start, other_end = (place + head for place in places)
        yield tag == "equal", a[start:end], b[other_start:other_end]
    if tail:
        yield True, a[len(a) - tail :], b[len(b) - tail :]


class Work:
    """What may still be looked at."""

    def __init__(self) -> None:
        self.left = WORK


class Bounded(difflib.SequenceMatcher[str]):
    """A matcher that finds nothing more once the work is spent."""

    def __init__(self, a: Sequence[str], b: Sequence[str], work: Work) -> None:
        super().__init__(None, a, b, autojunk=False)
        self.work = work
        self.first, self.second = a, b
        # each line of a loop would be compared with all the others
        common = max(4, WORK // 4 // max(1, len(a)))
        places: dict[str, list[int]] = vars(self)["b2j"]  # where in b each word is
        self.anchors = self.b2j = {word: found for word, found in places.items() if len(found) <= common}

    def find_longest_match(
        self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None
    ) -> difflib.Match:
        """As difflib's, or nothing once the work is spent."""
        ahi, bhi = len(self.first) if ahi is None else ahi, len(self.second) if bhi is None else bhi
        if self.work.left > 0:
            self.work.left -= sum(1 + len(self.anchors.get(word, ())) for word in self.first[alo:ahi])
        if self.work.left <= 0:
            return difflib.Match(alo, blo, 0)
        return super().find_longest_match(alo, ahi, blo, bhi)
