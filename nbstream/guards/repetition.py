"""Ends an answer that goes round in circles, and leaves alone what repeats by nature."""

from __future__ import annotations

from dataclasses import dataclass

from ..attempt import Attempt
from ..errors import SetupError
from ..events import Channel
from .base import Check, News
from .echoes import Echoes
from .periods import Loop, Periods

BLOCK = 64
"""The text is looked at whenever so many characters more are there, so that it does not matter how it was cut."""

MOST = 1 << 15
"""When more characters than this come at once, only the last ones are looked at: the loop's thread has more to do."""

NEARLY = 0.3
"""So much of the patience is enough where words repeat: rulers and arrays of zeros are not made of words."""

SHOWN = 60
"""A reason quotes up to so many characters."""

ENDS = (". ", "! ", "? ", "。")
"""What ends a sentence."""

LIMITS = {"times": (2, 20), "patience": (0, 10_000), "longest": (1, 5_000)}


@dataclass(frozen=True, slots=True)
class Repetition:
    """Stop when the answer, or the visible reasoning, says the same again and again.

    `times`: how often a passage must come in a row, at least. `patience`: characters that it may go on after that, as a
    ruler of 80 dashes or an array of a hundred zeros does; for words a third is enough. `longest`: the longest passage,
    in characters, that is looked for. `similar`: also stop loops that change a little, where a word comes and goes or a
    number counts. `reasoning`: look at the visible reasoning too. Raises `SetupError`.

    A character costs the same however long the answer is, under 1 µs; a checker keeps less than 2 MB. What is cut and
    what is not: `tests/bench/repetition.py`.
    """

    times: int = 3
    patience: int = 320
    longest: int = 2000
    similar: bool = True
    reasoning: bool = True

    def __post_init__(self) -> None:
        for name, (least, most) in LIMITS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
                raise SetupError(f"Repetition({name}={value!r}): give a whole number from {least} to {most:,}.")
        for name in ("similar", "reasoning"):
            if not isinstance(value := getattr(self, name), bool):
                raise SetupError(f"Repetition({name}={value!r}): give True or False.")

    @property
    def limit(self) -> str:
        """As the widget shows it."""
        return f"{self.times} times"

    @property
    def about(self) -> str:
        """What it does."""
        return (
            f"Stops the attempt once the same text has come {self.times} times in a row and goes on, "
            f"for {self.patience} characters at most."
        )

    def arm(self) -> Check:
        """A fresh checker for one attempt."""
        return Watches(self)


class Watches:
    """Looks at the answer of an attempt and, if that is wanted, at its reasoning."""

    __slots__ = ("watched",)

    def __init__(self, rule: Repetition) -> None:
        channels: tuple[Channel, ...] = ("text", "reasoning") if rule.reasoning else ("text",)
        self.watched = [(News(channel), Watch(rule)) for channel in channels]

    def __call__(self, attempt: Attempt, now: float) -> str | None:
        """The reason, once one of them goes round."""
        for news, watch in self.watched:
            if reason := watch.add(news.of(attempt)):
                return reason if news.channel == "text" else f"In the reasoning: {reason[0].lower()}{reason[1:]}"
        return None

    def near(self, attempt: Attempt, now: float) -> float | None:
        """How far the words have gone round already; not known where only exact loops are looked for."""
        return max(watch.echoed for _, watch in self.watched) if self.watched[0][1].rule.similar else None


class Watch:
    """Looks at one text that grows, block by block."""

    def __init__(self, rule: Repetition) -> None:
        self.rule = rule
        self.begin()

    def begin(self) -> None:
        """Know nothing yet."""
        self.periods = Periods(self.rule.times, self.rule.patience, self.rule.longest)
        self.echoes = Echoes(self.rule.longest)
        self.rest = ""

    def add(self, new: str) -> str | None:
        """The reason to stop now that the text goes on with this."""
        if len(new) > MOST:
            self.begin()
            new = new[-MOST:]
        text = self.rest + new
        upto = len(text) - len(text) % BLOCK
        self.rest = text[upto:]
        for start in range(0, upto, BLOCK):
            if reason := self.look(text[start : start + BLOCK]):
                return reason
        return None

    def look(self, block: str) -> str | None:
        """The reason to stop after this block."""
        if loop := self.periods.add(block):
            return told(loop)
        if self.rule.similar:
            self.echoes.add(block)
            if self.echoed >= 1:
                return self.nearly()
        return None

    @property
    def echoed(self) -> float:
        """For how long the words have said nothing new, as a part of what is enough to stop."""
        run, enough = self.echoes.run, (self.rule.times - 1) * self.echoes.distance + NEARLY * self.rule.patience
        return run / enough if enough else float(run >= enough)

    def nearly(self) -> str:
        """The sentence about a loop that the words gave away; often it is an exact one that was found early."""
        if loop := self.periods.find(patience=0):
            return told(loop)
        distance = max(1, round(self.echoes.distance))
        times = round(self.echoes.run / distance) + 1
        passage = turned(self.periods.window[-2 * distance :])[:distance]
        return f"Nearly the same text came about {times} times: {quoted(passage)}"


def told(loop: Loop) -> str:
    """The sentence about a loop: what repeats, and how often."""
    if not loop.passage.strip():
        return "Nothing but blanks and line ends came any more."
    passage = turned(loop.passage)
    return f"The same {kind(passage)} came {loop.times} times: {quoted(passage)}"


def kind(passage: str) -> str:
    """What one would call it."""
    bare = passage.strip()
    if "\n" in passage:
        lines = sum(1 for line in passage.split("\n") if line.strip())
        return "line" if lines == 1 else f"{lines} lines"
    if any(passage.count(sign) == 1 for sign in ENDS):
        return "sentence"
    if len(bare) == 1:
        return "character"
    return "words" if " " in bare else "word" if bare.isalpha() else "text"


def turned(passage: str) -> str:
    """The passage from where it would begin: a loop is noticed in the midst of it."""
    for sign in ("\n", *ENDS, " "):
        before, found, after = passage.partition(sign)
        if found:
            return after + before + found
    return passage


def quoted(passage: str) -> str:
    """The passage on one line, shortened."""
    line = " ".join(passage.split())
    return f'"{line}"' if len(line) <= SHOWN else f'"{line[: SHOWN - 1].rstrip()}…"'
