"""The durable log: SQLAlchemy Core over SQLite, PostgreSQL or another database; nothing else imports SQLAlchemy.

What belongs together is written in one transaction. The owner of an attempt writes all that can change each time it
writes, so a row that somebody else closed for dead is put right by its owner's next word.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ..attempt import Attempt, Delta
from ..errors import SetupError
from ..filters import Filters
from ..frames import COLUMNS, row_of
from ..marks import CHANNELS, encode
from ..processes import Process, alive
from ..surrogates import mended
from . import reading
from .engine import File, connect, file_of, writing
from .schema import VERSION, attempts, kernels, parts, upgrade, version_of

STALE_S = 600.0
"""A kernel of another host counts as dead when it has said nothing for this long; a wrong guess rights itself."""

GONE = "The kernel went away while this streamed; the text is as far as it was logged."
CREDENTIALS = re.compile(r"(?<=://)[^/?#]*@|[?#].*")
UNCHANGING = frozenset(
    "attempt_id kernel_id generation_id number parent_id relation started_at provider model base_url options prompt "
    "billing_after_stop kept".split()
)


@dataclass(frozen=True, slots=True)
class Save:
    """What of one attempt is to be stored.

    `row`: the columns of `nbstream_attempt`. `known`: this process has stored the row before. `start`: the delta
    from which on the stored text is replaced by `deltas`; `None` leaves the text alone.
    """

    row: Mapping[str, object]
    known: bool
    start: int | None = None
    deltas: Sequence[Delta] = ()


class Store:
    """An open log. Raises `SetupError`, `OSError` or SQLAlchemy's errors wherever the database does.

    `patient` and `reading`: as for `engine.connect`. `file`: the SQLite file, if it is one.
    """

    def __init__(self, place: Path | str, patient: bool = False, reading: bool = False) -> None:
        self.engine = connect(place, patient, reading)
        try:
            self.prepare()
            path = file_of(self.engine.url)
            self.file = None if path is None else File.at(path.absolute())
        except BaseException:
            self.close()
            raise

    def prepare(self) -> None:
        """Bring the tables to this version."""
        with self.engine.connect() as connection:
            found = version_of(connection)
        if found != VERSION:
            with writing(self.engine, alone=True) as connection:
                upgrade(connection)

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    def settle(self) -> None:
        """Bring what stands in SQLite's write-ahead log into the file itself, wherever that is by now."""
        with contextlib.suppress(sa.exc.SQLAlchemyError), self.outside() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def outside(self) -> sa.Connection:
        """A connection to SQLite without a transaction around each statement."""
        return self.engine.execution_options(sqlite_begin=None, isolation_level="AUTOCOMMIT").connect()

    # ---- writing

    def write(self, saves: Sequence[Save]) -> None:
        """Store all of it, or raise and store nothing."""
        try:
            self.put(saves)
        except sa.exc.IntegrityError:  # it was stored before, and the answer lost
            self.put(saves, again=True)

    def put(self, saves: Sequence[Save], again: bool = False) -> None:
        """The same, or raise; `again`: take away first what may stand there already of each text."""
        with writing(self.engine) as connection:
            if known := [bound(save.row) for save in saves if save.known]:
                connection.execute(UPDATE, known)
            for save in saves:
                if not save.known and not connection.execute(UPDATE, bound(save.row)).rowcount:
                    connection.execute(attempts.insert(), dict(save.row))
            texts = [save for save in saves if save.start is not None]
            if cut := [save for save in texts if again or save.start == 0]:
                connection.execute(CUT, [{"key": save.row["attempt_id"], "from": save.start} for save in cut])
            if new := [part_of(save) for save in texts if save.deltas]:
                connection.execute(parts.insert(), new)

    def beat(self, kernel_id: str, process: Process, now: int) -> None:
        """Say that a kernel lives; `now` in microseconds since 1970."""
        named = kernels.c.kernel_id == kernel_id
        row = {"kernel_id": kernel_id, "host": process.host, "pid": process.pid, "started": process.started}
        with writing(self.engine) as connection:
            if not connection.execute(kernels.update().where(named).values(seen_at=now)).rowcount:
                connection.execute(kernels.insert(), row | {"seen_at": now})

    def sweep(self, now: int) -> int:
        """Close the open attempts of processes that are gone; tells how many there were."""
        with self.engine.connect() as connection:
            dead = [kernel.kernel_id for kernel in connection.execute(sa.select(kernels)) if is_dead(kernel, now)]
            if not dead and not connection.execute(sa.select(attempts.c.attempt_id).where(ORPHANED).limit(1)).first():
                return 0
        with writing(self.engine, alone=True) as connection:
            connection.execute(kernels.delete().where(kernels.c.kernel_id.in_(dead)))
            orphans = connection.execute(sa.select(attempts.c.attempt_id).where(ORPHANED)).scalars().all()
            texts = reading.recorded(connection, orphans)
            for name in orphans:
                deltas = texts.get(name, [])
                closed: dict[str, object] = {"status": "done", "ended_by": "kernel", "reason": GONE}
                closed |= {"duration_s": deltas[-1].at} if deltas else {}
                connection.execute(attempts.update().where(attempts.c.attempt_id == name).values(closed))
                if deltas:
                    connection.execute(CUT, {"key": name, "from": 0})
                    connection.execute(parts.insert(), part_of(Save({"attempt_id": name}, True, 0, deltas)))
        return len(orphans)

    # ---- reading

    def columns(self, filters: Filters, limit: int | None = None, texts: bool = False) -> dict[str, list[object]]:
        """The columns of the newest attempts, newest last; `texts` brings text and reasoning."""
        with self.engine.connect() as connection:
            return reading.columns(connection, filters, limit, texts)

    def recorded(self, ids: Sequence[str]) -> dict[str, list[Delta]]:
        """The deltas of these attempts with their times, for those that have any."""
        with self.engine.connect() as connection:
            return reading.recorded(connection, ids)

    def kept(self, ids: Sequence[str]) -> dict[str, str]:
        """The text that each of these attempts was resumed from, for those that were."""
        with self.engine.connect() as connection:
            return reading.kept(connection, ids)

    # ---- pruning

    def ids(self, filters: Filters) -> set[str]:
        """The attempts that are meant."""
        with self.engine.connect() as connection:
            return reading.ids(connection, filters)

    def weights(self) -> list[reading.Weight]:
        """Each attempt that has ended with its share of `size()`; oldest first."""
        with self.engine.connect() as connection:
            found = reading.weights(connection)
            total = sum(weight.size for weight in found)
            if self.engine.dialect.name != "sqlite" or not total:
                return found
            # what they cannot give back: each table and each index keeps a page, though it be empty
            pages = connection.exec_driver_sql("SELECT count(*) + 1 FROM sqlite_master WHERE rootpage > 0").scalar_one()
            fixed = pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        scale = max(0, self.size() - fixed) / total
        return [weight._replace(size=round(weight.size * scale)) for weight in found]

    def size(self) -> int:
        """Bytes that the log takes, without what is free for reuse: in SQLite of the file, elsewhere of its rows.

        What PostgreSQL says of a table is not less after a DELETE: a size to prune to would never be reached.
        """
        with self.engine.connect() as connection:
            if self.engine.dialect.name == "sqlite":
                pages, free, page = (
                    int(connection.exec_driver_sql(f"PRAGMA {name}").scalar() or 0)
                    for name in ("page_count", "freelist_count", "page_size")
                )
                return (pages - free) * page
            return sum(weight.size for weight in reading.weights(connection))

    def delete(self, ids: Sequence[str]) -> None:
        """Take attempts out of the log, and give the space back."""
        with writing(self.engine) as connection:
            for start in range(0, len(ids), reading.CHUNK):
                some = ids[start : start + reading.CHUNK]
                for table in (parts, attempts):
                    connection.execute(table.delete().where(table.c.attempt_id.in_(some)))
        if self.engine.dialect.name == "sqlite":
            with self.outside() as connection, contextlib.suppress(sa.exc.OperationalError):  # others are at work
                connection.exec_driver_sql("VACUUM")


ORPHANED = attempts.c.ended_by.is_(None) & attempts.c.kernel_id.not_in(sa.select(kernels.c.kernel_id))
UPDATE = (
    attempts.update()
    .where(attempts.c.attempt_id == sa.bindparam("key"))
    .values({column.name: sa.bindparam(column.name) for column in attempts.c if column.name not in UNCHANGING})
)
CUT = parts.delete().where(parts.c.attempt_id == sa.bindparam("key"), parts.c.start >= sa.bindparam("from"))
NAMES = {
    known: [name for name in attempts.c.keys() if name in COLUMNS and (not known or name not in UNCHANGING)]
    for known in (False, True)
}


def row_to_store(attempt: Attempt, kernel_id: str, known: bool = False) -> dict[str, object]:
    """An attempt as a row of `nbstream_attempt`; of one that is known, what may have changed.

    Five times a second while it lives: a prompt with a picture in it is not gone through each time, nor the answer.
    """
    row = row_of(attempt, NAMES[known])
    row |= {"attempt_id": attempt.attempt_id, "response_id": attempt.response_id, "resumed": attempt.resumed}
    if not known:
        row |= {"kernel_id": kernel_id, "started_at": reading.micros(attempt.started_at)}
        row |= {"base_url": CREDENTIALS.sub("", attempt.base_url), "kept": attempt.kept or None}
    return {name: storable(value) if isinstance(value, str) else value for name, value in row.items()}


def bound(row: Mapping[str, object]) -> dict[str, object]:
    """A row as `UPDATE` takes it."""
    return {name: value for name, value in row.items() if name not in UNCHANGING} | {"key": row["attempt_id"]}


def part_of(save: Save) -> dict[str, object]:
    """A row of `nbstream_part`."""
    joined: dict[str, object] = {
        channel: storable("".join(delta.text for delta in save.deltas if delta.channel == channel))
        for channel in CHANNELS
    }
    return {"attempt_id": save.row["attempt_id"], "start": save.start, "marks": encode(save.deltas), **joined}


def storable(text: str) -> str:
    """The text as any database takes it: half a character and a zero each become another single character."""
    if text.isascii() and "\0" not in text:  # nearly always, and a dozen times for each save
        return text
    return mended(text.replace("\0", "\N{REPLACEMENT CHARACTER}"))


def is_dead(kernel: sa.Row[Any], now: int) -> bool:
    """Whether a kernel is gone: by its process on this host, by its silence on another."""
    lives = alive(Process(kernel.host, kernel.pid, kernel.started))
    return not lives if lives is not None else now - kernel.seen_at > STALE_S * 1e6


def opened_to_read(place: Path | str) -> Store:
    """The log to read or prune, what the dead left open in it closed; one that cannot be written is read as it is."""
    try:
        store = Store(place, patient=True)
    except (OSError, sa.exc.OperationalError) as error:
        try:
            return Store(place, reading=True)
        except Exception:
            raise error from None
    with contextlib.suppress(sa.exc.DBAPIError):
        store.sweep(time.time_ns() // 1000)
    return store


def is_unreadable(error: Exception) -> bool:
    """Whether it is the database or the disk that says why the log cannot be read."""
    return isinstance(error, SetupError | OSError | sa.exc.DBAPIError | sa.exc.TimeoutError)


def is_outage(error: Exception) -> bool:
    """Whether the database as a whole is at fault, or what it was given."""
    return isinstance(
        error, SetupError | OSError | sa.exc.OperationalError | sa.exc.InterfaceError | sa.exc.TimeoutError
    )
