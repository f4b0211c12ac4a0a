"""Reads Markdown word by word and says in what structure each word stands.

The model may go on from one place of its corpus to another only when both stand in the same structure: the
same cell of a table as wide, the same number of a list, the same open bracket. That keeps its Markdown well-
formed by construction.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .vocabulary import STDLIB_PATTERN

State = tuple[object, ...]

WORD = re.compile(STDLIB_PATTERN)
NUMBER = re.compile(r"(\d+)\. ")
# The words that can open or close something; all others leave the structure as it is.
MARKS = re.compile(r"\*\*|\$\$|[`*$\"()|{}]")


def split(text: str) -> list[str]:
    """The pieces that the vocabulary never merges across; joined, they are the text again."""
    return WORD.findall(text)


def read(text: str) -> tuple[list[str], list[State]]:
    """The words of a Markdown text, and the structure before each of them and (one more) at the end."""
    words = split(text)
    reader = Reader()
    states: list[State] = []
    offset = 0
    for word in words:
        if reader.at_line_start:
            states.append(reader.between_lines())
            end = text.find("\n", offset)
            reader.start_line(text[offset : end if end >= 0 else len(text)])
        else:
            states.append(reader.within_line())
        reader.take(word)
        offset += len(word)
    states.append(reader.between_lines() if reader.at_line_start else reader.within_line())
    return words, states


def is_plain(state: State) -> bool:
    """Running text in which nothing is open."""
    return state[0] in ("prose", "bullet", "number", "quote") and state[-1] == 0


@dataclass(slots=True)
class Reader:
    """Reads a document word by word and knows in what structure it is."""

    kind: State = ("start",)
    fence: str | None = None
    math: bool = False
    at_line_start: bool = True
    blank: bool = True
    column: int = 0
    opened: list[str] = field(default_factory=list)

    def between_lines(self) -> State:
        """The state before a line."""
        if self.fence is not None:
            return ("code", self.fence)
        if self.math:
            return ("formula",)
        # After a blank line only headings matter: they want text below them.
        after = self.kind if not self.blank or self.kind[0] in ("heading", "start") else ("block",)
        return ("^", *after)

    def within_line(self) -> State:
        """The state within a line."""
        return (*self.kind, self.column, *self.opened)

    def start_line(self, line: str) -> None:
        """A line begins; its beginning tells its kind."""
        previous, self.column = self.kind, 0
        self.opened.clear()
        self.at_line_start = False
        self.kind = self.kind_of(line, previous)

    def kind_of(self, line: str, previous: State) -> State:
        """The kind of a line, by its beginning and the line before."""
        bare = line.strip()
        if self.fence is not None:
            return ("code", self.fence) if bare != "```" else ("fence end",)
        if bare == "$$":
            return ("formula end",) if self.math else ("formula start",)
        if self.math:
            return ("formula",)
        if bare.startswith("```"):
            return ("fence", bare[3:])
        if bare.startswith("#"):
            return ("heading", len(bare) - len(bare.lstrip("#")))
        if bare.startswith("|"):
            if previous[0] == "table" and not self.blank:
                return ("table", previous[1], min(int(str(previous[2])) + 1, 2))
            return ("table", bare.count("|"), 0)
        if bare.startswith("> "):
            return ("quote",)
        if bare.startswith("- "):
            return ("bullet",)
        number = NUMBER.match(bare)
        return ("number", int(number[1])) if number else ("prose",)

    def take(self, word: str) -> None:
        """Go past a word."""
        if not word.lstrip(" ").isalnum():
            for mark in MARKS.findall(word):
                self.take_mark(mark)
        if "\n" in word:
            self.end_line(word.count("\n") > 1)

    def take_mark(self, mark: str) -> None:
        """Go past a mark that opens or closes something."""
        if self.kind[0] in ("code", "fence", "fence end", "formula start", "formula end"):
            return
        last = self.opened[-1] if self.opened else ""
        if last == "`" and mark != "`":
            return
        if last in ("$", "$$") or self.kind[0] == "formula":
            if mark == last:
                self.opened.pop()
            elif mark in ("(", "{"):
                self.column += 1
            elif mark in (")", "}"):
                self.column -= 1
        elif mark == "|":
            self.column += 1
        elif mark == "(":
            self.opened.append("(")
        elif mark == ")":
            if last == "(":
                self.opened.pop()
        elif mark in self.opened:
            self.opened.remove(mark)
        elif mark not in ("{", "}"):
            self.opened.append(mark)

    def end_line(self, blank: bool) -> None:
        """A line ends, perhaps with a blank one after it."""
        if self.kind[0] == "fence":
            self.fence = str(self.kind[1])
        elif self.kind[0] == "fence end":
            self.fence = None
        elif self.kind[0] in ("formula start", "formula end"):
            self.math = self.kind[0] == "formula start"
        self.at_line_start, self.blank = True, blank
