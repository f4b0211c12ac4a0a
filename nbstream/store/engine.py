"""Connections to the log's database: a SQLite file, readable by its owner alone, or whatever a URL names."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


def connect(place: Path | str) -> sa.Engine:
    """An engine for a place; a missing SQLite file is made. Raises `SetupError` for a URL that cannot work."""
    if isinstance(place, Path):
        create(place)
        return sqlite(sa.URL.create("sqlite", database=str(place)))
    try:
        url = sa.make_url(place)
        if url.get_backend_name() == "sqlite":
            if url.database and not url.database.startswith((":", "file:")):
                create(Path(url.database))
            return sqlite(url)
        options = POSTGRESQL if url.drivername == "postgresql+psycopg" else {}
        return sa.create_engine(url, connect_args={k: v for k, v in options.items() if k not in url.query})
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


def create(path: Path) -> None:
    """Make the file before SQLite does, which would give it the mode of any file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))


def sqlite(url: sa.URL) -> sa.Engine:
    """An engine for SQLite: a write-ahead log, so that readers and the writer do not wait for each other."""
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_S})

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
