"""`nbstream vocab`: which vocabularies lie where, and fetching those that are missing."""

from __future__ import annotations

import asyncio
import os.path
from collections.abc import Sequence

from .errors import NbstreamError, SetupError, near
from .fetching import fetch
from .vocabulary import HOME, TABLE, caches, find, own_cache

DEADLINE_S = 300.0  # somebody waits for it, and may have a slow line


def show_vocabularies(names: Sequence[str] = (), and_fetch: bool = False) -> None:
    """Print a line for each vocabulary; with `and_fetch` bring those that are missing.

    Raises:
        SetupError: There is no vocabulary of a given name; nothing was printed or sent.
        NbstreamError: One is missing and could not be fetched; all were tried.
    """
    if unknown := [name for name in names if name not in TABLE]:
        raise SetupError(
            f"There is no vocabulary {unknown[0]!r}.{near(unknown[0], TABLE)} Known are {', '.join(TABLE)}."
        )
    failures: list[str] = []
    for name in dict.fromkeys(names or TABLE):
        path = find(name)
        if path is None and and_fetch:
            try:
                path = asyncio.run(fetch(name, HOME, DEADLINE_S))
            except SetupError as error:
                failures = [str(error)]  # the same for each of them
            except NbstreamError as error:
                failures.append(f"{name}: {error} {by_hand(name)}")
        print(f"{name:12} {path or missing(name)}")
    if failures:
        raise NbstreamError("\n".join(failures))


def missing(name: str) -> str:
    """The word for it, and what lies in its place."""
    others = [path for folder in caches() if os.path.exists(path := folder / TABLE[name].file)]
    return "missing" + "".join(f"; {path} is another file: its sha256 differs" for path in others)


def by_hand(name: str) -> str:
    """How to get by without the network that failed."""
    path = own_cache() / TABLE[name].file
    return f"Until it is there, counts are estimates; it may be copied from another machine's cache to {path}."
