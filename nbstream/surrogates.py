"""Halves of characters, which JSON can name but nothing can write down: joined where they belong together.

A server that counts in UTF-16, as every one in JavaScript does, may cut an emoji between two events.
"""

from __future__ import annotations

import re

HALF = re.compile("[\ud800-\udfff]")


def mended(text: str) -> str:
    """The text with pairs of halves joined, and each half that stands alone as U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if HALF.search(text) else text


def joined(held: str, text: str) -> tuple[str, str]:
    """The next piece of a growing text as it may be shown, and the half at its end that waits for its other one."""
    if not held and text.isascii():  # nearly always
        return text, ""
    text = held + text
    waits = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
    return mended(text[: len(text) - len(waits)]), waits
