"""Reads JSON that is still being written, each character once, and says as soon as it can no longer become valid.

The incremental parsers that were looked at (2026-11) read more than what is new: jiter's partial mode starts afresh
with each call, and ijson's pushed one reads an unfinished string again with each piece of it, 44 µs a piece at 100,000
characters. This one takes what is new, and remembers where it stands.
"""

from __future__ import annotations

import re
from typing import Protocol

PLAIN = re.compile(r'[^"\\\x00-\x1f]+')
BLANKS = re.compile(r"[ \t\n\r]+")
WORDS = {"t": "true", "f": "false", "n": "null"}
DIGITS = "0123456789"
SHOWN = 20

NUMBER: dict[str, dict[str, str]] = {
    "minus": {"0": "zero"} | dict.fromkeys("123456789", "whole"),
    "zero": {".": "point", "e": "power", "E": "power"},
    "whole": {".": "point", "e": "power", "E": "power"} | dict.fromkeys(DIGITS, "whole"),
    "point": dict.fromkeys(DIGITS, "fraction"),
    "fraction": {"e": "power", "E": "power"} | dict.fromkeys(DIGITS, "fraction"),
    "power": {"+": "sign", "-": "sign"} | dict.fromkeys(DIGITS, "exponent"),
    "sign": dict.fromkeys(DIGITS, "exponent"),
    "exponent": dict.fromkeys(DIGITS, "exponent"),
}
"""What may follow inside a number."""

WHOLE_NUMBER = {"zero", "whole", "fraction", "exponent"}


class BrokenJson(Exception):
    """What was read cannot become valid any more; the message says why."""


class BrokenSchema(BrokenJson):
    """It is JSON yet, but not what the schema wants."""


class Reader(Protocol):
    """Told what has been read. May raise `BrokenJson` as well."""

    keeps: bool
    """Whether it wants the text of values; what nobody wants is not kept."""

    def opened(self, bracket: str) -> None: ...  # noqa: D102
    def key(self, literal: str) -> None: ...  # noqa: D102
    def value(self, literal: str) -> None: ...  # noqa: D102
    def closed(self) -> None: ...  # noqa: D102


class Unread:
    """Wants to know nothing."""

    keeps = False

    def opened(self, bracket: str) -> None:
        """A list or an object begins."""

    def key(self, literal: str) -> None:
        """The name of a field, as it is written."""

    def value(self, literal: str) -> None:
        """A text, a number or a word has ended, as it is written."""

    def closed(self) -> None:
        """A list or an object ends."""


class Scanner:
    """Stands at some place of one JSON value."""

    __slots__ = ("expects", "inner", "literal", "open", "parts", "reader")

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.open: list[str] = []
        self.expects = "value"  # or: first value, key, first key, colon, comma, nothing
        self.literal = ""  # the kind of what is being written
        self.inner = ""  # where in it
        self.parts: list[str] = []

    @property
    def done(self) -> bool:
        """The outermost value has ended."""
        return self.expects == "nothing"

    def feed(self, text: str, at: int = 0) -> int:
        """Read on; gives the place behind the outermost value once that has ended. Raises `BrokenJson`."""
        end = len(text)
        while at < end and not self.done:
            if self.literal == "string":
                at = self.string(text, at)
            elif self.literal:
                at = self.bare(text, at)
            elif blanks := BLANKS.match(text, at):
                at = blanks.end()
            else:
                at = self.begin(text[at], at)
        return at

    def begin(self, character: str, at: int) -> int:
        """A character outside of any text, number or word."""
        expects = self.expects
        if character in "]}":
            bracket = "[" if character == "]" else "{"
            closes = expects == "comma" or expects == ("first value" if bracket == "[" else "first key")
            if not (closes and self.open and self.open[-1] == bracket):
                self.refuse(character)
            self.open.pop()
            self.reader.closed()
            self.expects = "comma" if self.open else "nothing"
        elif expects == "comma":
            if character != ",":
                self.refuse(character)
            self.expects = "value" if self.open[-1] == "[" else "key"
        elif expects == "colon":
            if character != ":":
                self.refuse(character)
            self.expects = "value"
        elif character == '"':
            self.literal, self.inner, self.parts = "string", "", ['"']
        elif expects.endswith("key"):
            self.refuse(character)
        elif character in "[{":
            self.open.append(character)
            self.reader.opened(character)
            self.expects = "first value" if character == "[" else "first key"
        elif character in WORDS:
            self.literal, self.inner, self.parts = "word", WORDS[character][1:], [character]
        elif character == "-" or character in DIGITS:
            self.inner = "minus" if character == "-" else NUMBER["minus"][character]
            self.literal, self.parts = "number", [character]
        else:
            self.refuse(character)
        return at + 1

    def string(self, text: str, at: int) -> int:
        """Inside a text: `inner` is a backslash, or the hexadecimal digits that are wanted yet."""
        character = text[at]
        if self.inner == "\\":
            if character not in '"\\/bfnrtu':
                raise BrokenJson(f"a backslash before {character!r}")
            self.inner = "4" if character == "u" else ""
        elif self.inner:
            if character not in "0123456789abcdefABCDEF":
                raise BrokenJson(rf"{character!r} after \u")
            self.inner = str(int(self.inner) - 1).replace("0", "")
        elif plain := PLAIN.match(text, at):
            self.keep(plain.group())
            return plain.end()
        elif character == '"':
            self.keep(character)
            self.ended()
            return at + 1
        elif character == "\\":
            self.inner = character
        else:
            raise BrokenJson(f"{character!r} inside a text; it must be escaped")
        self.keep(character)
        return at + 1

    def bare(self, text: str, at: int) -> int:
        """Inside a number or a word."""
        character = text[at]
        if self.literal == "word":
            if character != self.inner[0]:
                raise BrokenJson(f"{''.join(self.parts) + character!r} where a value should be")
            self.inner = self.inner[1:]
            self.parts.append(character)
            if not self.inner:
                self.ended()
            return at + 1
        after = NUMBER[self.inner].get(character)
        if after is None:
            if self.inner not in WHOLE_NUMBER:
                raise BrokenJson(f"{character!r} in a number")
            self.ended()
            return at  # it belongs to what follows
        self.inner = after
        self.keep(character)
        return at + 1

    def keep(self, text: str) -> None:
        """Hold a piece of a value, if anybody wants it."""
        if self.reader.keeps:
            self.parts.append(text)

    def ended(self) -> None:
        """A text, a number or a word has ended."""
        literal, self.parts = "".join(self.parts), []
        is_key = self.expects.endswith("key")
        self.literal = ""
        if is_key:
            self.expects = "colon"
            self.reader.key(literal)
        else:
            self.expects = "comma" if self.open else "nothing"
            self.reader.value(literal)

    def refuse(self, character: str) -> None:
        """Say what should have been there. Raises `BrokenJson`."""
        wanted = {
            "value": "a value",
            "first value": "a value or ]",
            "key": "a field's name in quotes",
            "first key": "a field's name in quotes or }",
            "colon": "a colon",
            "comma": f"a comma or {']' if self.open and self.open[-1] == '[' else '}'}",
        }[self.expects]
        raise BrokenJson(f"{character!r} where {wanted} should be")
