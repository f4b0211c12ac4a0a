"""Text of a model or a server as it may be printed: what would steer a terminal, or turn the reading order, is seen."""

from __future__ import annotations

import re

STEERING = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")
"""Control characters but for tab and line end, and the nine that embed, override or isolate a reading order.

https://trojansource.codes: the same nine that GitHub and rustc warn of.
"""


def visible(text: str) -> str:
    """The text with each such character as its name, such as `<U+001B>`."""
    return STEERING.sub(named, text)


def named(match: re.Match[str]) -> str:
    """A character's name."""
    return f"<U+{ord(match[0]):04X}>"
