"""Fixtures: a log of the test's own, in SQLite and in a real PostgreSQL, and attempts to put into it."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from nbstream import log_writer as module
from nbstream.attempt import Attempt, new_id
from nbstream.events import ReasoningDelta, TextDelta
from nbstream.filters import Filters
from nbstream.folding import end, fold
from nbstream.log_place import place_of
from nbstream.log_writer import LogWriter
from nbstream.logged import frame_of
from nbstream.store import Store
from nbstream.supervisor import supervisor

from .postgres import GIVEN, NoPostgres, Postgres, drop, fresh

PATIENCE = 60.0


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL. Under CI there is always one: a test that needs it fails without, and is not skipped."""
    if given := os.environ.get(GIVEN):
        yield given
        return
    with own_postgres() as server:
        yield server.url


@contextmanager
def own_postgres() -> Iterator[Postgres]:
    folder = Path(tempfile.mkdtemp(prefix="nbstream-postgres-"))
    server = None
    try:
        server = Postgres(folder)
        yield server
    except NoPostgres as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(folder)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """What `NBSTREAM_LOG` is for an empty log, in each kind of database that is promised."""
    if request.param == "sqlite":
        yield str(tmp_path / "log.sqlite")
        return
    url = fresh(request.getfixturevalue("postgres"))
    yield url
    drop(url)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    """An empty log, open, without the thread around it."""
    with store_at(database) as opened:
        yield opened


@contextmanager
def store_at(value: str) -> Iterator[Store]:
    """The log at a place, open, without the thread around it."""
    place = place_of(value)
    assert place is not None
    opened = Store(place)
    yield opened
    opened.close()


@pytest.fixture
def log(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[LogWriter]:
    """An empty log in the place of this process's own."""
    with installed(database, monkeypatch) as writer:
        yield writer


@contextmanager
def installed(value: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[LogWriter]:
    """A log at a place, as if the process had been started with it."""
    running = supervisor()  # with the log of this process, before another one takes its place
    monkeypatch.setenv("NBSTREAM_LOG", value)
    writer = LogWriter()
    monkeypatch.setattr(module, "the_writer", writer)
    monkeypatch.setattr(running, "log", writer)
    yield writer
    with warnings.catch_warnings(record=True):  # what a test left unlogged on purpose
        writer.close()


@contextmanager
def writing_to(value: str) -> Iterator[LogWriter]:
    """One more log, as another process would have."""
    writer = LogWriter(lambda: place_of(value))
    yield writer
    writer.close()


def an_attempt(*pieces: str, ended: bool = True, **fields: object) -> Attempt:
    """An attempt that received these pieces, 20 ms apart; those in brackets are reasoning."""
    known = {"attempt_id": new_id("att"), "generation_id": "gen_1", "number": 1, "provider": "test", "model": "m"}
    attempt = Attempt(**known | fields)  # type: ignore[arg-type]
    grow(attempt, *pieces)
    if ended:
        end(attempt, "model", "The model finished.", attempt.began + 0.02 * len(attempt.deltas))
    return attempt


def grow(attempt: Attempt, *pieces: str) -> None:
    """Let an attempt receive these pieces."""
    for piece in pieces:
        kind = ReasoningDelta if piece.startswith("[") else TextDelta
        fold(attempt, kind(piece), attempt.began + 0.02 * (len(attempt.deltas) + 1))
    attempt.chunks += len(pieces)


def stored(database: str) -> pd.DataFrame:
    """What another process sees in the log, which flushes nothing of ours."""
    with writing_to(database) as other:
        return frame_of(other, Filters(), None, True)
