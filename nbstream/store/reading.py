"""What is read from the log: columns for DataFrames, recorded deltas for replays, sizes for pruning."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from ..attempt import Delta
from ..filters import Filters
from ..frames import COLUMNS
from ..marks import CHANNELS, decode
from .schema import TEXTS, attempts, parts

ROW = 500
"""Bytes of what of an attempt is not text, about."""

LENGTHS: dict[str, Callable[[sa.ColumnElement[Any]], sa.ColumnElement[int]]] = {
    "sqlite": lambda column: sa.func.length(sa.cast(column, sa.LargeBinary)),
    "postgresql": sa.func.pg_column_size,  # as it is kept, which is often compressed
}
"""How many bytes a value takes; characters elsewhere."""

CHUNK = 500
"""Rows at a time: so few stay in the processor's cache, and the collector never sees them."""


class Weight(NamedTuple):
    """What an attempt takes in the log: its id, its start in microseconds since 1970, and bytes."""

    attempt_id: str
    started_at: int
    size: int


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(when: datetime) -> int:
    """A time as the log has it."""
    return (when - EPOCH) // timedelta(microseconds=1)


def conditions(filters: Filters) -> Iterator[sa.ColumnElement[bool]]:
    """Filters as SQL."""
    row = attempts.c
    if filters.since is not None:
        yield row.started_at >= micros(filters.since)
    if filters.until is not None:
        yield row.started_at < micros(filters.until)
    if filters.model is not None:
        yield sa.or_(row.model.in_(filters.model), (row.provider + ":" + row.model).in_(filters.model))
    for name in ("provider", "ended_by", "generation_id"):
        if (values := getattr(filters, name)) is not None:
            yield row[name].in_(values)


def columns(connection: sa.Connection, filters: Filters, limit: int | None, texts: bool) -> dict[str, list[object]]:
    """The columns of the newest attempts, newest last; `texts` brings text and reasoning."""
    names = [name for name in COLUMNS if name not in TEXTS]
    query = sa.select(*(attempts.c[name] for name in names)).where(*conditions(filters))
    query = query.order_by(attempts.c.attempt_id.desc()).limit(limit) if limit else query.order_by("attempt_id")
    found: list[list[object]] = [[] for _ in names]
    cursor = connection.execute(query).cursor  # the driver's own: nothing here needs to become a Row on the way
    while rows := cursor.fetchmany(CHUNK):
        for column, values in zip(found, zip(*rows, strict=True), strict=True):
            column.extend(values)
    if limit:
        for column in found:
            column.reverse()
    result = dict(zip(names, found, strict=True))
    if texts:
        result |= text_columns(connection, [str(name) for name in result["attempt_id"]])
    return {name: result[name] for name in COLUMNS if name in result}


def text_columns(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[object]]:
    """Text and reasoning of these attempts, in their order."""
    joined: dict[str, tuple[list[str], list[str]]] = {name: ([], []) for name in ids}
    for name, text in kept(connection, ids).items():
        joined[name][0].append(text)
    for part in parts_of(connection, ids, parts.c.attempt_id, parts.c.text, parts.c.reasoning):
        for pieces, piece in zip(joined[part.attempt_id], (part.text, part.reasoning), strict=True):
            pieces.append(piece)
    return {name: ["".join(pieces[place]) for pieces in joined.values()] for place, name in enumerate(TEXTS)}


def kept(connection: sa.Connection, ids: Sequence[str]) -> dict[str, str]:
    """What those of these attempts that were resumed were resumed from."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), CHUNK):
        named = attempts.c.attempt_id.in_(ids[start : start + CHUNK])
        query = sa.select(attempts.c.attempt_id, attempts.c.kept).where(named, attempts.c.kept.is_not(None))
        found |= dict(tuple(row) for row in connection.execute(query))
    return found


def parts_of(connection: sa.Connection, ids: Sequence[str], *wanted: sa.ColumnElement[Any]) -> Iterator[sa.Row[Any]]:
    """The parts of these attempts, each attempt's in order."""
    for start in range(0, len(ids), CHUNK):
        query = sa.select(*wanted).where(parts.c.attempt_id.in_(ids[start : start + CHUNK]))
        yield from connection.execute(query.order_by(parts.c.attempt_id, parts.c.start))


def recorded(connection: sa.Connection, ids: Sequence[str]) -> dict[str, list[Delta]]:
    """The deltas of these attempts with their times, for those that have any."""
    found: dict[str, list[Delta]] = {}
    for part in parts_of(connection, ids, *parts.c):
        found.setdefault(part.attempt_id, []).extend(decode(part.marks, [getattr(part, name) for name in CHANNELS]))
    return found


def ids(connection: sa.Connection, filters: Filters) -> set[str]:
    """The attempts that are meant."""
    return set(connection.execute(sa.select(attempts.c.attempt_id).where(*conditions(filters))).scalars())


def weights(connection: sa.Connection) -> list[Weight]:
    """Each attempt that has ended, oldest first; its bytes are those of its rows."""
    size = LENGTHS.get(connection.dialect.name, sa.func.length)
    texts = (
        sa.select(
            parts.c.attempt_id,
            sa.func.sum(sum(size(parts.c[name]) for name in (*CHANNELS, "marks"))).label("size"),
        )
        .group_by(parts.c.attempt_id)
        .subquery()
    )
    whole = sa.func.coalesce(texts.c.size, 0) + ROW
    for name in ("prompt", "kept"):
        whole += sa.func.coalesce(size(attempts.c[name]), 0)
    query = (
        sa.select(attempts.c.attempt_id, attempts.c.started_at, whole)
        .outerjoin(texts, texts.c.attempt_id == attempts.c.attempt_id)
        .where(attempts.c.ended_by.is_not(None))
        .order_by(attempts.c.started_at, attempts.c.attempt_id)
    )
    return [Weight(str(name), int(at), int(size)) for name, at, size in connection.execute(query)]
