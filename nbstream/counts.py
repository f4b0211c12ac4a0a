"""A number of tokens and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from .events import Source

# Best first. `reconciled` stands before `running`: what came with the chunks ends at the
# cut, what is asked for afterwards is the whole, and only the whole tells the overrun.
RANK: dict[Source, int] = {source: -place for place, source in enumerate(get_args(Source))}

TOLD: tuple[Source, ...] = ("final", "reconciled")
"""The sources that are the server's word on all that it generated."""


@dataclass(frozen=True, slots=True)
class Count:
    """A number of tokens and where it comes from; `None` is not known, never zero."""

    tokens: int | None = None
    source: Source = "unknown"

    def better(self, tokens: int | None, source: Source) -> Count:
        """This count, or the other where that is known and its source is no worse."""
        if tokens is None or RANK[source] < RANK[self.source]:
            return self
        return Count(tokens, source)


UNKNOWN = Count()
