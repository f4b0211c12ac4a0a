"""Two attempts side by side: what was asked differently, and the differences of their texts, off the loop's thread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from .attempt import Attempt
from .diffing import lines_of, word_diff
from .messages import Compare
from .supervisor import supervisor

LONGEST_VALUE = 300
"""Characters of a prompt or an option that are shown."""

MOST_PIECES, MOST_LINES = 2000, 1000
"""More would freeze the page for a while."""

SYSTEM = ("system", "developer")


class Comparer:
    """Compares what is asked last, one pair at a time, in a thread beside the loop; `tell` is called on the loop's."""

    def __init__(self, tell: Callable[[Attempt, Compare], None]) -> None:
        self.tell = tell
        self.wanted: tuple[Attempt, Attempt] | None = None
        self.busy = False

    def ask(self, one: Attempt, other: Attempt) -> None:
        """Compare two attempts as far as they are; of what waits, the last pair counts."""
        self.wanted = (one, other)
        if not self.busy:
            self.busy = True
            supervisor().keep(self.work())

    async def work(self) -> None:
        """Until nothing is wanted any more."""
        try:
            while self.wanted is not None:
                (one, other), self.wanted = self.wanted, None
                self.tell(one, await asyncio.to_thread(compared, one, other))
        finally:
            self.busy = False


def compared(one: Attempt, other: Attempt) -> Compare:
    """The message for two attempts; takes up to a second."""
    different = list(differences(one, other))
    note = "What was asked differently." if different else "Both were asked the same."
    pieces = word_diff(one.text, other.text)
    lines = lines_of(pieces[:MOST_PIECES])
    if len(pieces) > MOST_PIECES or len(lines) > MOST_LINES:
        note += " The texts are long: this is how they begin."
    return {
        "type": "compare",
        "other": other.attempt_id,
        "note": note,
        "differences": different,
        "lines": [[list(piece) for piece in line] for line in lines[:MOST_LINES]],
    }


def differences(one: Attempt, other: Attempt) -> Iterator[list[str]]:
    """What was asked differently: its name, and what it was for either."""
    mine, theirs = asked(one), asked(other)
    for name in {**mine, **theirs}:
        if mine.get(name) != theirs.get(name):
            yield [name, clipped(mine.get(name)), clipped(theirs.get(name))]


def asked(attempt: Attempt) -> dict[str, str]:
    """What an attempt asked whom, by the names that the screen shows."""
    found = {"model": f"{attempt.provider}:{attempt.model}"}
    if host := urlsplit(attempt.base_url).netloc.rpartition("@")[2]:
        found["server"] = host
    messages: list[dict[str, Any]] = json.loads(attempt.prompt)
    for name in ("system", "prompt"):
        some = [m for m in messages if (m.get("role") in SYSTEM) == (name == "system")]
        if some:
            found[name] = "\n".join(said(message, alone=len(some) == 1) for message in some)
    options: dict[str, object] = json.loads(attempt.options)
    return found | {name: words(value) for name, value in options.items()}


def said(message: dict[str, Any], alone: bool) -> str:
    """A message of the prompt; who says it matters where there are several."""
    text = words(message.get("content"))
    return text if alone else f"{message.get('role')}: {text}"


def words(value: object) -> str:
    """A value as the screen shows it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def clipped(text: str | None) -> str:
    """Enough of a value to know it by."""
    if text is None:
        return "not given"
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
