"""Counts how often the event loop of this process reads a socket, whoever it reads for."""

from __future__ import annotations

from asyncio import selector_events
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass
class Reads:
    """So many until now."""

    number: int = 0


@contextmanager
def counting() -> Iterator[Reads]:
    """Count meanwhile, on connections that are opened meanwhile. It costs a little: not for a turn that is measured."""
    kind: Any = selector_events._SelectorSocketTransport  # type: ignore[attr-defined]  # what all of them end in
    plain, reads = kind._read_ready, Reads()

    def counted(self: Any) -> None:
        reads.number += 1
        plain(self)

    kind._read_ready = counted
    try:
        yield reads
    finally:
        kind._read_ready = plain
