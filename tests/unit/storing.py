"""An open log without the thread around it, and what is in it."""

from __future__ import annotations

from typing import Any

from nbstream.attempt import Attempt
from nbstream.filters import Filters
from nbstream.log_place import place_of
from nbstream.store import Save, Store, row_to_store


def open_store(value: str) -> Store:
    place = place_of(value)
    assert place is not None
    return Store(place)


def put(store: Store, attempt: Attempt, kernel: str = "krn_me", known: bool = False, start: int | None = 0) -> None:
    row = row_to_store(attempt, kernel)
    store.write([Save(row, known, start, attempt.deltas[start:] if start is not None else ())])


def rows(store: Store) -> list[dict[str, Any]]:
    columns = store.columns(Filters(), texts=True)
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def row(store: Store) -> dict[str, Any]:
    (only,) = rows(store)
    return only
