"""Counting tokens as they stream: exact, and in constant time per piece.

A text may be cut where no piece of the pre-tokenizer's pattern can cross and nothing before looks beyond.
Up to the last such *safe cut* the count is final; only the tail, about a word, is encoded again. The cuts are
checked on a million feeds against full encodes with cl100k_base and o200k_base (tests/unit/test_a_million_feeds.py).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .events import Channel, Source

if TYPE_CHECKING:
    import tiktoken

TAIL_LIMIT = 4096
"""Characters. A longer tail is cut by force: tiktoken panics on a million blanks, and costs grow with the tail."""

# Letters alone: between the kana stand signs such as \u30fb, which go together with punctuation after them.
CJK = r"\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
CJK_SIGNS = r"\u3001-\u3003\u3008-\u3011\uff01-\uff0f\uff1a-\uff1f"
SAFE_CUT = (
    r"(?<=\S)(?=[ \t])"  # a blank after anything but a blank
    r"|(?<=[0-9A-Za-z])(?=[\x00-\x26\x28-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f])"  # the end of an ASCII word, but for '
    r"|(?<=[A-Za-z])(?=[0-9])"
    r"|(?<=[\r\n])(?=[^\s/])"  # o200k takes [\r\n/]* together
    rf"|(?<=[{CJK}])(?=[{CJK_SIGNS}])"
)
LAST_CUT = re.compile(f"(?s:.*)(?:{SAFE_CUT})")


class Counter:
    """Counts one growing text. Without a vocabulary it estimates a token per four bytes."""

    def __init__(self, encoding: tiktoken.Encoding | None) -> None:
        self.encoding = encoding
        self.forced = False
        self.committed = 0
        self.size = 0
        self.tail = ""
        self.tail_count: int | None = 0

    def feed(self, text: str) -> None:
        """Take the next piece of the text."""
        if self.encoding is None:
            self.size += utf8_length(text)
            return
        for start in range(0, len(text), TAIL_LIMIT):
            self.grow(text[start : start + TAIL_LIMIT])

    def grow(self, text: str) -> None:
        """Commit what can no longer change."""
        before, known = len(self.tail), self.tail_count
        seen = max(0, before - 1)  # cuts inside the old tail were looked for already
        self.tail += text
        self.tail_count = None
        match = LAST_CUT.match(self.tail, seen)
        cut = match.end() if match else 0
        if not cut and len(self.tail) > TAIL_LIMIT:
            cut = len(self.tail)
            self.forced = True
        if cut:
            # the usual piece begins a word, and leaves the tail as it was counted
            self.committed += known if known is not None and cut == before else self.encode(self.tail[:cut])
            self.tail = self.tail[cut:]

    @property
    def count(self) -> int:
        """Tokens so far."""
        if self.encoding is None:
            return -(-self.size // 4)
        if self.tail_count is None:
            self.tail_count = self.encode(self.tail)
        return self.committed + self.tail_count

    def encode(self, text: str) -> int:
        """The number of tokens of a whole text, or an estimate if tiktoken fails at it, which must not end a stream."""
        assert self.encoding is not None
        try:
            return len(self.encoding.encode_ordinary(text))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # a panic of its core is no Exception
            self.forced = True
            return estimate(text)


class Tally:
    """Counts what an attempt receives, channel by channel: answer, reasoning, calls of tools.

    `vocabulary` names the one that the model counts in, `None` where that is not known.
    """

    def __init__(self, encoding: tiktoken.Encoding | None, vocabulary: str | None = None) -> None:
        self.encoding = encoding
        self.vocabulary = vocabulary
        self.counters: dict[Channel, Counter] = {}

    def feed(self, channel: Channel, text: str) -> None:
        """Take the next piece of a channel."""
        if channel not in self.counters:
            self.counters[channel] = Counter(self.encoding)
        self.counters[channel].feed(text)

    @property
    def count(self) -> int:
        """Tokens received so far."""
        return sum([counter.count for counter in self.counters.values()])

    def count_of(self, channel: Channel) -> int | None:
        """Tokens received in one channel; `None` where nothing came in it."""
        counter = self.counters.get(channel)
        return counter.count if counter else None

    @property
    def source(self) -> Source:
        """What the count is worth: exact only with the model's own vocabulary and without a forced cut.

        How a model writes a tool call is not what its service sends, so those are estimated.
        """
        if not self.counters:
            return "tokenizer"  # nothing came, and that is certain
        if self.encoding is None or "tool" in self.counters:
            return "estimate"
        return "estimate" if any(counter.forced for counter in self.counters.values()) else "tokenizer"


def estimate(text: str) -> int:
    """A token for every four bytes."""
    return -(-utf8_length(text) // 4)


def utf8_length(text: str) -> int:
    """Bytes of a text, halves of characters included."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
