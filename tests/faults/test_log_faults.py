"""A disk or a database that fails: the stream goes on, one warning, and nothing that has ended is lost."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest
import sqlalchemy as sa
from faults.logs import an_attempt, installed, own_postgres, store_at, stored, writing_to
from faults.postgres import drop, fresh
from faults.server import PATIENCE, Server, answer, finish, headers, text, wait

import nbstream
from nbstream import Generation
from nbstream import log_writer as module
from nbstream.log_place import place_of
from nbstream.log_writer import LogWriter
from nbstream.logged import opened
from nbstream.store import Store, engine

Start = Callable[..., Generation]
Outage = Callable[[str], AbstractContextManager[None]]
LONG = "two " * 20_000


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_S", (0.05,))
    monkeypatch.setattr(engine, "BUSY_S", 0.1)


def comes_back(log: LogWriter) -> None:
    end = time.monotonic() + PATIENCE
    while not log.flush(1.0, insist=True):
        assert time.monotonic() < end, f"the log never came back: {log.trouble}"


def go_through(log: LogWriter, database: str, server: Server, start: Start, outage: Outage) -> None:
    """One attempt streams into the outage, another begins and ends in it; then it is over."""
    broken = threading.Event()
    server.script(headers(), text("one "), wait(broken), text(LONG), finish()).script(*answer("another"))
    first = start()
    assert server.connection().ready.wait(PATIENCE)
    if not database.endswith("folder/log.sqlite"):
        assert log.flush(PATIENCE)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with outage(database):
            broken.set()
            ended = [first.wait(PATIENCE), start().wait(PATIENCE)]
            assert [(attempt.ended_by, attempt.text) for attempt in ended] == [
                ("model", "one " + LONG),
                ("model", "another"),
            ]
            for _ in range(3):
                assert not log.flush(PATIENCE, insist=True)
            assert nbstream.history(text=True)["text"].tolist() == ["one " + LONG, "another"]
        comes_back(log)
    assert [str(warning.message).partition(" cannot be written: ")[0] for warning in told] == [
        f"The log at {nbstream.log_place.shown(log.place)}"  # type: ignore[attr-defined]
    ]
    assert log.unsaved() == []
    frame = stored(database)
    assert frame["text"].tolist() == ["one " + LONG, "another"]
    assert frame["ended_by"].tolist() == ["model", "model"]
    pd.testing.assert_frame_equal(nbstream.history(text=True), frame)


# ---- what goes wrong


@contextmanager
def hooked(event: str, act: Callable[..., None]) -> Iterator[None]:
    """Do something at each such event of any engine."""
    sa.event.listen(sa.Engine, event, act)
    yield
    sa.event.remove(sa.Engine, event, act)


@contextmanager
def disk_full(database: str) -> Iterator[None]:
    """SQLite may not take another page, and says what it says on a full disk."""
    before = sqlite3.connect(database).execute("PRAGMA page_count").fetchone()[0]

    def limit(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {before}")

    with hooked("begin", limit):
        yield


@contextmanager
def locked(database: str) -> Iterator[None]:
    """Another process holds the write lock and does not let go."""
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    yield
    other.rollback()
    other.close()


@contextmanager
def failing_statements(database: str) -> Iterator[None]:
    """The disk fails in the middle of each transaction."""

    def fail(connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO nbstream_part"):
            raise sa.exc.OperationalError(statement, None, OSError("input/output error"))

    with hooked("before_cursor_execute", fail):
        yield


@contextmanager
def no_folder(database: str) -> Iterator[None]:
    """The folder cannot be written: as root's tests too may find, it is none."""
    yield
    Path(database).parent.unlink()


@pytest.mark.parametrize("outage", [disk_full, locked, failing_statements])
def test_a_failing_sqlite(
    outage: Outage, tmp_path: Path, server: Server, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = str(tmp_path / "log.sqlite")
    with installed(database, monkeypatch) as log:
        go_through(log, database, server, start, outage)


def test_a_folder_that_cannot_be_written_until_it_can(
    tmp_path: Path, server: Server, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = str(tmp_path / "folder" / "log.sqlite")
    (tmp_path / "folder").touch()
    with installed(database, monkeypatch) as log:
        go_through(log, database, server, start, no_folder)


def test_a_log_that_can_only_be_read_is_read_and_the_rest_is_in_memory(
    tmp_path: Path, server: Server, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.sqlite"
    with writing_to(str(path)) as other:
        other.ended(an_attempt("old"))
    server.script(*answer("new"))
    with installed(f"sqlite:///file:{path}?mode=ro&uri=true", monkeypatch) as log:
        generation = start()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            generation.wait(PATIENCE)
            assert not log.flush(PATIENCE, insist=True)
            assert nbstream.history(text=True)["text"].tolist() == ["old", "new"]
        assert len(told) == 1
        assert "readonly database" in str(told[0].message)
        log.entries.clear()


def test_postgresql_goes_away_in_mid_stream_and_comes_back(
    server: Server, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_postgres() as postgres:

        @contextmanager
        def away(_database: str) -> Iterator[None]:
            postgres.stop()
            yield
            postgres.start()

        with installed(postgres.url, monkeypatch) as log:
            go_through(log, postgres.url, server, start, away)


def test_a_postgresql_whose_table_somebody_locks_is_an_outage_like_any_other(
    postgres: str, server: Server, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def locked_table(database: str) -> Iterator[None]:
        with psycopg.connect(database) as other:
            other.execute("LOCK TABLE nbstream_attempt IN ACCESS EXCLUSIVE MODE")
            yield
            other.rollback()

    url = fresh(postgres)
    with installed(url, monkeypatch) as log:
        go_through(log, url, server, start, locked_table)
    drop(url)


def test_a_database_that_keeps_silent_is_warned_of_too(
    log: LogWriter, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HANGS_S", 0.0)
    reached, answers = threading.Event(), threading.Event()

    def keep_silent(*_: object) -> None:
        if threading.current_thread() is log.thread:
            reached.set()
            assert answers.wait(PATIENCE)

    with hooked("before_cursor_execute", keep_silent):
        log.ended(an_attempt("x"))
        assert reached.wait(PATIENCE)
        with pytest.warns(RuntimeWarning, match="does not answer"):
            assert not log.flush(PATIENCE)
        assert nbstream.history(text=True)["text"].tolist() == ["x"]  # without another warning
        answers.set()
    comes_back(log)
    assert (log.trouble, stored(database)["text"].tolist()) == (None, ["x"])


def waits(store: Store) -> tuple[object, ...]:
    with store.engine.connect() as connection:
        return tuple(connection.execute(sa.text(f"SHOW {name}_timeout")).scalar() for name in ("lock", "statement"))


def test_how_long_a_postgresql_is_waited_for(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_S", 2.0)
    url = fresh(postgres)
    with store_at(url) as store:
        assert waits(store) == ("2s", "10s")
    with store_at(f"{url}%20-clock_timeout%3D7s") as store:
        assert waits(store) == ("7s", "10s")
    with opened(place_of(url)) as store:  # type: ignore[arg-type]
        assert waits(store) == ("2s", "0"), "who reads or prunes a big log takes long"
    drop(url)


def test_the_password_is_not_in_the_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with installed("postgresql://me:planted-1f@127.0.0.1:9/x", monkeypatch) as log:
        log.ended(an_attempt("x"))
        with pytest.warns(RuntimeWarning) as told:
            log.flush(PATIENCE, insist=True)
        assert "planted" not in str(told[0].message)
        assert "postgresql+psycopg://me:***@127.0.0.1:9/x" in str(told[0].message)
        log.entries.clear()


# ---- what must hold whatever goes wrong


@pytest.mark.parametrize("seed", range(3))
def test_statements_that_fail_at_random_lose_nothing_and_double_nothing(
    seed: int, log: LogWriter, database: str
) -> None:
    luck = random.Random(seed)

    def fail(_connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        if luck.random() < 0.1:
            raise sa.exc.OperationalError(statement, None, OSError("input/output error"))

    attempts = [an_attempt("a ", "b ", f"{number}") for number in range(100)]
    with hooked("before_cursor_execute", fail), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for attempt in attempts:
            log.started(attempt)
            log.ended(attempt)
            log.flush(0.01, insist=True)
    comes_back(log)
    frame = stored(database)
    assert frame["attempt_id"].tolist() == sorted(attempt.attempt_id for attempt in attempts)
    assert sorted(frame["text"]) == sorted(attempt.text for attempt in attempts)


def test_a_row_that_the_database_refuses_keeps_out_no_other(log: LogWriter, database: str) -> None:
    bad: Any = an_attempt("bad")
    bad.chunks = object()
    log.ended(an_attempt("good"))
    log.ended(bad)
    log.ended(an_attempt("good too"))
    with pytest.warns(RuntimeWarning, match="cannot be written"):
        assert not log.flush(PATIENCE, insist=True)
    assert sorted(stored(database)["text"]) == ["good", "good too"]
    assert log.unsaved() == [bad]
    bad.chunks = 1
    comes_back(log)
    assert sorted(stored(database)["text"]) == ["bad", "good", "good too"]


def test_while_the_log_fails_the_widget_says_so(log: LogWriter) -> None:
    attempt = an_attempt("x", ended=False)
    log.noted(attempt)
    assert attempt.note is None
    log.trouble = "The log cannot be written."
    log.noted(attempt)
    assert attempt.note == "the log cannot be written; kept in memory"
    log.trouble = None
