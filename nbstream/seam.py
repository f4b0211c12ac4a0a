"""Finds where a continuation really begins, when the model first repeats the end of what it goes on from.

A model that was asked to go on may begin with the last words again, with all of it from the start, or with "Sure,
continuing:" and one of these. What comes is held back only as long as it may still turn out to be such a repetition;
what was none is given out whole. Nothing shorter than `LEAST` counts: two answers share a few letters by chance.
"""

from __future__ import annotations

import re

LEAST = 8
"""Characters of a repetition of the end."""

LEAST_WHOLE = 4
"""Characters of a repetition of the whole, where only that can come."""

WINDOW = 4000
"""Characters from the end within which a repetition may begin; else it begins at the very start."""

LONGEST_LEAD = 200
LEAD_WORDS = (
    *("sure", "certainly", "of course", "okay", "ok", "absolutely", "understood", "got it", "no problem"),
    *("continuing", "continuation", "here is", "here's", "here\u2019s", "picking up", "resuming", "let me continue"),
)
"""How a model begins to talk about going on. It is dropped only where a repetition follows it."""

LEAD_END = re.compile(r"[:.!…—-]\s+|\n\s*")
OPENING = re.compile(r"\s*(?:\.\.\.|…|\.{1,2}\Z)?\s*")


class Ends:
    """Matches a growing text with the ends of another: `found` is the length of the longest one it begins with."""

    __slots__ = ("found", "length", "places", "whole")

    def __init__(self, whole: str, places: list[int]) -> None:
        self.whole = whole
        self.places = places  # where in the whole the text may have begun
        self.length = 0
        self.found = 0

    def feed(self, text: str) -> None:
        """Take the next piece."""
        left = []
        for place in self.places:
            at = place + self.length
            rest = len(self.whole) - at
            if not self.whole.startswith(text[:rest], at):
                continue
            if len(text) >= rest:
                self.found = max(self.found, len(self.whole) - place)
            else:
                left.append(place)
        self.places = left
        self.length += len(text)


class Seam:
    """Takes a continuation piece by piece and gives out what is new in it; `dropped` is what was taken away.

    `whole`: only a repetition of the whole kept text is looked for, as services do it that answer with their prefix.
    """

    def __init__(self, kept: str, whole: bool = False) -> None:
        self.kept = kept.rstrip()
        self.blanks = kept[len(self.kept) :]
        self.whole = whole
        self.held = ""
        self.dropped = ""
        self.fresh: list[str] = []  # all that came, for who counts it
        self.tries: dict[int, Ends] = {}  # by where in `held` they begin
        self.open = len(self.kept) >= (LEAST_WHOLE if whole else LEAST)
        if not self.open:
            self.blanks = ""

    def feed(self, text: str) -> str:
        """Take the next piece; gives what may be shown by now."""
        self.fresh.append(text)
        if not self.open:
            return self.after_blanks(text)
        before, self.held = len(self.held), self.held + text
        for at in self.beginnings():
            if at not in self.tries:
                self.tries[at] = Ends(self.kept, self.places())
                self.tries[at].feed(self.held[at:])
            else:
                self.tries[at].feed(self.held[max(at, before) :])
        waits = any(ends.places for ends in self.tries.values()) or self.may_lead_on()
        return "" if waits else self.decide()

    def flush(self) -> str:
        """The stream is over: what was held back and is no repetition."""
        return self.decide() if self.open else ""

    def counted(self) -> list[str]:
        """What has come since this was last asked, as it came."""
        fresh, self.fresh = self.fresh, []
        return fresh

    def places(self) -> list[int]:
        """Where in the kept text a repetition may begin."""
        if self.whole:
            return [0]
        return sorted({0, *range(max(0, len(self.kept) - WINDOW), len(self.kept) - LEAST + 1)})

    def beginnings(self) -> list[int]:
        """Where in what came a repetition may begin: at its first letter, and after each sentence of a lead."""
        first = self.first()
        if first == len(self.held):
            return []
        if self.whole or not self.leads():
            return [first]
        ends = [match.end() for match in LEAD_END.finditer(self.held, first, LONGEST_LEAD)]
        return [first, *(self.opened(end) for end in ends if self.opened(end) < len(self.held))]

    def first(self) -> int:
        """Where the first letter stands."""
        return self.opened(0)

    def opened(self, at: int) -> int:
        """The first letter from there on, past blanks and dots."""
        match = OPENING.match(self.held, at)
        return match.end() if match else at

    def leads(self) -> bool:
        """Whether what came begins as a talk about going on."""
        return self.held[self.first() : LONGEST_LEAD].lower().startswith(LEAD_WORDS)

    def may_lead_on(self) -> bool:
        """Whether more must come before it is known what this is."""
        start = self.held[self.first() : LONGEST_LEAD].lower()
        if any(ends.found >= LEAST for ends in self.tries.values()):
            return False
        if not start:
            return True
        if self.whole:
            return False
        return any(word.startswith(start) for word in LEAD_WORDS) or (
            self.leads() and len(self.held) < LONGEST_LEAD and not self.said_something(start)
        )

    def said_something(self, start: str) -> bool:
        """Whether after two sentences, or a colon, no repetition has come: then this was no lead to one."""
        ends = [match.end() for match in LEAD_END.finditer(start)]
        colon = any(":" in match[0] or "\n" in match[0] for match in LEAD_END.finditer(start))
        return bool(ends) and ends[-1] < len(start) and (colon or len(ends) > 1)

    def decide(self) -> str:
        """No more can match: take the repetition away, if there was one, and give the rest."""
        self.open = False
        least = LEAST_WHOLE if self.whole else LEAST
        cut = next((at + self.tries[at].found for at in sorted(self.tries) if self.tries[at].found >= least), 0)
        self.dropped, rest, self.held = self.held[:cut], self.held[cut:], ""
        self.tries.clear()
        if not cut:
            self.blanks = ""
        return self.after_blanks(rest)

    def after_blanks(self, text: str) -> str:
        """The text without the blanks that the kept text ends with, where these are repeated too."""
        most = min(len(text), len(self.blanks))
        same = next((n for n in range(most) if text[n] != self.blanks[n]), most)
        self.dropped += text[:same]
        self.blanks = self.blanks[same:] if same == len(text) else ""
        return text[same:]
