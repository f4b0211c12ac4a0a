"""Connections to the log's database: a SQLite file, readable by its owner alone, or whatever a URL names."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import sqlalchemy as sa

from ..errors import SetupError
from .schema import LOCK

BUSY_S = 2.0
"""How long to wait for another process that writes; then the attempts wait in memory."""

POSTGRESQL = {
    "connect_timeout": 5,
    "application_name": "nbstream",
    # a network that swallows packets is noticed in 15 s, not in the system's 15 minutes
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 1,
    "tcp_user_timeout": 15_000,
}


HANGS_S = 10.0
"""How long a statement may take that writes; whoever reads or prunes may ask for more."""


@dataclass(frozen=True, slots=True)
class File:
    """A SQLite file as it was when it was opened, to tell whether it is still in its place."""

    path: Path
    device: int
    number: int

    @classmethod
    def at(cls, path: Path) -> File:
        """The file that is there now."""
        found = path.stat()
        return cls(path, found.st_dev, found.st_ino)

    def gone(self) -> bool:
        """Whether there is none now, or another one; where nobody tells, it is taken for the same."""
        try:
            return File.at(self.path) != self
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False


def connect(place: Path | str, patient: bool = False, reading: bool = False) -> sa.Engine:
    """An engine for a place; a missing SQLite file is made. Raises `SetupError` for a URL that cannot work.

    `patient`: PostgreSQL may take its time for a statement. `reading`: a file that is there is not written to.
    """
    try:
        url = sa.URL.create("sqlite", database=str(place)) if isinstance(place, Path) else sa.make_url(place)
        if reading:
            return sa.create_engine(to_read(url), connect_args={"timeout": BUSY_S})
        if url.get_backend_name() == "sqlite":
            return sqlite(url)
        return postgresql(url, patient) if url.get_backend_name() == "postgresql" else sa.create_engine(url)
    except sa.exc.NoSuchModuleError as error:
        raise SetupError(f"NBSTREAM_LOG names a database that SQLAlchemy does not know: {error}") from None
    except (sa.exc.ArgumentError, ValueError):
        raise SetupError(
            "NBSTREAM_LOG is not a URL that SQLAlchemy can read: it must look like "
            "postgresql://user:password@host:5432/database, with special characters of a password as %-codes."
        ) from None
    except ImportError as error:
        extra = "pip install 'nbstream[postgres]'" if "psycopg" in str(error) else f"install {error.name}"
        raise SetupError(f"NBSTREAM_LOG needs a driver that is not installed: {extra}.") from None


def file_of(url: sa.URL) -> Path | None:
    """The file that a URL names, if it is one of SQLite, and one on a disk."""
    name, query = url.database or "", url.query
    if url.get_backend_name() != "sqlite" or "vfs" in query or query.get("mode") == "memory":
        return None
    if name.startswith("file:"):
        name = unquote(urlsplit(name).path) if query.get("uri") else ""
    return Path(name) if name not in ("", ":memory:") else None


def to_read(url: sa.URL) -> sa.URL:
    """A file that may only be read. Without a log of changes beside it nobody writes to it: it needs no lock."""
    path = file_of(url)
    if path is None or not path.exists():
        raise SetupError("There is no such file.")
    busy = any(path.with_name(path.name + end).exists() for end in ("-wal", "-journal"))
    query = {"mode": "ro", "uri": "true"} | ({} if busy else {"immutable": "1"})
    return sa.URL.create("sqlite", database=f"file:{quote(str(path.absolute()))}", query=query)


def create(path: Path) -> None:
    """Make the file before SQLite does, which would give it the mode of any file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def sqlite(url: sa.URL) -> sa.Engine:
    """An engine for SQLite: a write-ahead log, so that readers and the writer do not wait for each other."""
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_S})
    if (path := file_of(url)) is not None and url.query.get("mode", "rwc") == "rwc":
        create(path)

    @sa.event.listens_for(engine, "connect")
    def settings(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not where the driver guesses
        # Where no log can be written ahead (some network folders), SQLite answers with the mode it keeps.
        # With one, NORMAL loses nothing when the process is killed, and only the last commits when the power fails.
        patiently(lambda: connection.execute("PRAGMA journal_mode = WAL"))
        connection.execute("PRAGMA synchronous = NORMAL")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        if mode := connection.get_execution_options().get("sqlite_begin", "DEFERRED"):
            connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def postgresql(url: sa.URL, patient: bool) -> sa.Engine:
    """An engine for PostgreSQL, which does not wait for ever for what another session has locked."""
    options = POSTGRESQL if url.drivername == "postgresql+psycopg" else {}
    engine = sa.create_engine(url, connect_args={k: v for k, v in options.items() if k not in url.query})
    limits = {"lock_timeout": BUSY_S} if patient else {"lock_timeout": BUSY_S, "statement_timeout": HANGS_S}
    given = str(url.query.get("options", ""))

    @sa.event.listens_for(engine, "connect")
    def settings(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for name, seconds in limits.items():
            if name not in given:
                cursor.execute(f"SET {name} = {seconds * 1000:.0f}")
        cursor.close()
        connection.commit()

    return engine


def patiently(act: Callable[[], object]) -> None:
    """Do what SQLite refuses at once, and not after its own timeout, while another process does the same."""
    end = time.monotonic() + BUSY_S
    while True:
        try:
            act()
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)


@contextmanager
def writing(engine: sa.Engine, alone: bool = False) -> Iterator[sa.Connection]:
    """A transaction that writes: in SQLite it waits for its turn at the start. `alone`: one at a time anywhere."""
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        if alone and engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        yield connection
