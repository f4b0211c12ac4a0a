"""A guard for answers that must be JSON: stops as soon as the text can no longer become it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..attempt import Attempt
from ..visible import visible
from .base import Check, News
from .json_scanner import BrokenJson, BrokenSchema, Scanner, Unread
from .json_schema import SchemaReader, validator_of

FENCE = "```"
LONGEST_OPENING = 40
OPENING = re.compile(r"`{0,2}|```[\w.+-]*[ \t]*\r?")


@dataclass(frozen=True)
class JsonPrefix:
    """Stops an attempt as soon as its answer can no longer become one valid JSON value.

    Blanks around it and one Markdown fence (three backquotes, with or without `json`) are taken; any other word before
    or after it ends the attempt. Each character is read once, however long the answer is.

    Args:
        schema: A JSON schema as a dict: the attempt also ends as soon as a field that has closed breaks it. Needs
            jsonschema, `pip install "nbstream[json]"`, whose first use in a kernel takes some seconds on a slow
            machine. References must stay inside of it, and `pattern` is refused.

    Raises `SetupError`.
    """

    schema: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        if self.schema is not None:
            validator_of(self.schema)

    @property
    def limit(self) -> str:
        """As the widget shows it."""
        return "" if self.schema is None else "schema"

    @property
    def about(self) -> str:
        """What it does."""
        more = "" if self.schema is None else ", or a closed field breaks the schema"
        return f"Stops the attempt as soon as its answer can no longer become valid JSON{more}."

    def arm(self) -> Check:
        """A checker for one attempt."""
        reader = Unread() if self.schema is None else SchemaReader(self.schema, validator_of(self.schema))
        return Prefix(Scanner(reader))


class Prefix:
    """Reads an answer as it comes: blanks, perhaps a fence, one JSON value, the fence again, blanks."""

    __slots__ = ("begun", "fenced", "held", "news", "phase", "scanner")

    def __init__(self, scanner: Scanner) -> None:
        self.scanner = scanner
        self.news = News()
        self.phase = self.before
        self.held = ""
        self.fenced = False
        self.begun = False

    def __call__(self, attempt: Attempt, now: float) -> str | None:
        """The reason, once it cannot become valid."""
        new, at = self.news.of(attempt), 0
        if not self.begun:  # what it goes on from is the beginning of the same JSON
            self.begun, new = True, attempt.kept + new
        try:
            while at < len(new):
                at = self.phase(new, at)
        except BrokenSchema as broken:
            return f"The JSON breaks its schema: {visible(str(broken))}."
        except BrokenJson as broken:
            return f"The text cannot become valid JSON: {visible(str(broken))}."
        return None

    def before(self, text: str, at: int) -> int:
        """Nothing but blanks has come."""
        if text[at].isspace() or text[at] == "\ufeff":
            return at + 1
        self.phase = self.opening if text[at] == "`" else self.inside
        return at

    def opening(self, text: str, at: int) -> int:
        """In the line that opens a fence."""
        if text[at] == "\n" and self.held.startswith(FENCE):
            self.fenced, self.held, self.phase = True, "", self.inside
            return at + 1
        self.held += text[at]
        if not OPENING.fullmatch(self.held) or len(self.held) > LONGEST_OPENING:
            raise BrokenJson(f"it begins with {self.held!r}")
        return at + 1

    def inside(self, text: str, at: int) -> int:
        """In the JSON itself."""
        at = self.scanner.feed(text, at)
        if self.scanner.done:
            self.phase = self.after
        return at

    def after(self, text: str, at: int) -> int:
        """The value has ended."""
        character = text[at]
        if character == "`" and self.fenced and len(self.held) < len(FENCE):
            self.held += character
        elif not character.isspace() or self.held in ("`", "``"):
            raise BrokenJson(f"{character!r} after its end")
        return at + 1
