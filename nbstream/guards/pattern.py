"""A guard that looks for words: a text, or a regular expression that is searched in linear time."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from ..attempt import Attempt
from ..errors import SetupError
from ..visible import visible
from .base import Check, News, above_zero, short

SPAN = 1000
ENDS = re.compile(r"\\[bB]|\$")
"""What looks at the character behind a match; in doubt it is waited for."""


@dataclass(frozen=True)
class Pattern:
    r"""Stops an attempt once its answer holds a text, or matches a regular expression; over deltas, too.

        Pattern("As an AI")                          # letters, digits and blanks: a text
        Pattern(r"\bBEGIN\b.*\bEND\b")               # anything else: a regular expression
        Pattern(text="f(x) = ?")                     # a text, whatever is in it

    Args:
        regex: A regular expression of RE2, which finds any match in linear time and so refuses look-around and
            back-references: `pip install "nbstream[regex]"`. `^` and `$` are the ends of lines; a match that ends in
            `$`, `\b` or `\B` is seen with the next character. A plain text needs nothing installed.
        text: Or a text, letter by letter.
        ignore_case: Take large and small letters as the same.
        span: How many characters before a new piece a match may begin; one that is longer may be missed.

    Raises `SetupError`.
    """

    regex: str | re.Pattern[str] = ""
    text: str = field(default="", kw_only=True)
    ignore_case: bool = field(default=False, kw_only=True)
    span: int = field(default=SPAN, kw_only=True)

    def __post_init__(self) -> None:
        given = [value for value in (self.regex, self.text) if value]
        if len(given) != 1 or not isinstance(self.text, str) or not isinstance(self.regex, str | re.Pattern):
            raise SetupError('Pattern takes a regular expression, or text="..."; one of them, and not empty.')
        if not isinstance(self.source, str):
            raise SetupError("Pattern looks in text: give the regular expression as a str, not as bytes.")
        above_zero("Pattern(span=)", self.span, "characters", whole=True)
        self.compiled()

    @property
    def source(self) -> str:
        """The expression or the text."""
        return self.text or (self.regex.pattern if isinstance(self.regex, re.Pattern) else self.regex)

    @property
    def limit(self) -> str:
        """As the widget shows it."""
        return short(visible(self.source), 24)

    @property
    def about(self) -> str:
        """What it does."""
        return f"Stops the attempt once its answer {'holds' if self.plain else 'matches'} '{visible(self.source)}'."

    @property
    def plain(self) -> bool:
        """Whether it is a text: nothing in it means anything else."""
        return bool(self.text) or not re.search(r"[\\^$.|?*+()\[\]{}]", self.source)

    def compiled(self) -> Any:
        """What searches. Raises `SetupError`."""
        flags = self.regex.flags if isinstance(self.regex, re.Pattern) else 0
        ignore_case = self.ignore_case or bool(flags & re.IGNORECASE)
        if self.plain and not flags & re.VERBOSE:
            return re.compile(re.escape(self.source), re.IGNORECASE if ignore_case else 0)
        if flags & re.VERBOSE:
            raise SetupError("Pattern takes no re.VERBOSE: RE2 has no such mode.")
        try:
            import re2
        except ImportError:
            raise SetupError(
                f"The regular expression {self.source!r} needs RE2, which searches in linear time: "
                f'pip install "nbstream[regex]". For these very characters, say Pattern(text=...).'
            ) from None
        options = re2.Options()
        options.log_errors = False
        options.case_sensitive = not ignore_case
        options.dot_nl = bool(flags & re.DOTALL)
        try:
            return re2.compile("(?m)" + self.source, options)
        except re2.error as error:
            said = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else error
            raise SetupError(
                f"RE2 does not take {self.source!r}: {said}. It searches in linear time, so it has neither look-around "
                f"nor back-references."
            ) from None

    def arm(self) -> Check:
        """A checker for one attempt."""
        return Search(self)


class Search:
    """Searches what is new, and as much before it as a match may need."""

    __slots__ = ("compiled", "limit", "news", "searched", "span", "waits", "window")

    def __init__(self, rule: Pattern) -> None:
        self.compiled = rule.compiled()
        self.limit = rule.limit
        self.news = News()
        self.span = len(rule.source) - 1 if rule.plain else int(rule.span)
        self.waits = not rule.plain and ENDS.search(rule.source) is not None
        self.window = ""
        self.searched = 0
        """Where in the window a match may begin: the character before is there to be looked at by `^` and `\\b`."""

    def __call__(self, attempt: Attempt, now: float) -> str | None:
        """The reason, once there is a match."""
        new = self.news.of(attempt)
        if not new:
            return None
        text = self.window + new
        found = self.compiled.search(text, self.searched)
        if found is not None and not (self.waits and found.end() == len(text)):
            return f"The text has {visible(short(found.group() or self.limit, 60))!r}, as Pattern({self.limit}) says."
        keep = self.span + 1
        self.searched = 0 if len(text) <= keep else 1
        self.window = text[-keep:] if keep else ""
        return None
