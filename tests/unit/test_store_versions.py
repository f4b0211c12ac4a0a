"""A log of any earlier version becomes one of this version; one of a later version is refused."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from faults.logs import an_attempt
from storing import open_store, put, row, rows

from nbstream import SetupError
from nbstream.log_place import place_of
from nbstream.store import Store
from nbstream.store.schema import VERSION, metadata

# ---- versions

VERSION_1 = """
CREATE TABLE nbstream_version (version INTEGER NOT NULL);
CREATE TABLE nbstream_kernel (kernel_id VARCHAR(64) NOT NULL, host TEXT NOT NULL, pid BIGINT NOT NULL,
  started TEXT NOT NULL, seen_at BIGINT NOT NULL, PRIMARY KEY (kernel_id));
CREATE TABLE nbstream_attempt (attempt_id VARCHAR(64) NOT NULL, kernel_id VARCHAR(64) NOT NULL,
  generation_id VARCHAR(64), number BIGINT, parent_id VARCHAR(64), relation TEXT, started_at BIGINT, provider TEXT,
  model TEXT, base_url TEXT, options TEXT, prompt TEXT, status TEXT, ended_by TEXT, reason TEXT, finish_reason TEXT,
  input_tokens BIGINT, input_source TEXT, received_tokens BIGINT, received_source TEXT, output_tokens BIGINT,
  output_source TEXT, reasoning_tokens BIGINT, cached_tokens BIGINT, overrun_tokens BIGINT,
  cost_usd {double}, cost_source TEXT, billing_after_stop TEXT, ttft_s {double},
  duration_s {double}, tokens_per_s {double}, stop_latency_ms {double}, chunks BIGINT,
  error TEXT, PRIMARY KEY (attempt_id));
CREATE INDEX nbstream_attempt_started_at ON nbstream_attempt (started_at);
CREATE INDEX nbstream_attempt_open ON nbstream_attempt (kernel_id) WHERE ended_by IS NULL;
CREATE TABLE nbstream_part (attempt_id VARCHAR(64) NOT NULL, start BIGINT NOT NULL, text TEXT NOT NULL,
  reasoning TEXT NOT NULL, marks {blob} NOT NULL, PRIMARY KEY (attempt_id, start));
INSERT INTO nbstream_version (version) VALUES (1);
INSERT INTO nbstream_attempt (attempt_id, kernel_id, generation_id, started_at, status, ended_by, model)
  VALUES ('att_000', 'krn_1', 'gen_1', 1700000000000000, 'done', 'model', 'old');
"""

VERSION_2 = (
    VERSION_1.replace("error TEXT,", "error TEXT, response_id TEXT, tool_calls TEXT,")
    .replace("reasoning TEXT NOT NULL,", "reasoning TEXT NOT NULL, tool TEXT NOT NULL DEFAULT '',")
    .replace("VALUES (1)", "VALUES (2)")
)


def run_script(database: str, script: str) -> None:
    """As an earlier nbstream did, or a later one will."""
    if "://" in database:
        engine = sa.create_engine(str(place_of(database)))
        with engine.begin() as connection:
            for statement in filter(str.strip, script.format(blob="BYTEA", double="DOUBLE PRECISION").split(";")):
                connection.exec_driver_sql(statement)
        engine.dispose()
        return
    connection = sqlite3.connect(database)
    connection.executescript(script.format(blob="BLOB", double="DOUBLE"))
    connection.close()


def described(store: Store) -> Mapping[str, object]:
    """Tables with their columns, types and indexes."""
    found = sa.inspect(store.engine)
    return {
        table: (
            {column["name"]: str(column["type"]) for column in found.get_columns(table)},
            sorted((str(index["name"]), *map(str, index["column_names"])) for index in found.get_indexes(table)),
        )
        for table in metadata.tables
    }


@pytest.mark.parametrize("version", [VERSION_1, VERSION_2], ids=["1", "2"])
def test_a_log_of_an_earlier_version_becomes_what_a_new_one_is_and_keeps_its_rows(database: str, version: str) -> None:
    run_script(database, version)
    store = open_store(database)
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version FROM nbstream_version")).scalars().all() == [VERSION]
    upgraded = described(store)
    assert row(store)["model"] == "old"
    put(store, an_attempt("new"))
    assert [found["text"] for found in rows(store)] == ["", "new"]
    with store.engine.begin() as connection:
        metadata.drop_all(connection)
    store.close()
    new = open_store(database)
    assert described(new) == upgraded
    new.close()


def test_a_log_of_a_newer_version_is_refused_and_left_alone(database: str) -> None:
    open_store(database).close()
    run_script(database, f"UPDATE nbstream_version SET version = {VERSION + 1}")
    with pytest.raises(SetupError, match=rf"newer nbstream: its version is {VERSION + 1}, and .* Upgrade"):
        open_store(database)


def test_many_may_open_an_empty_log_at_once(database: str) -> None:
    ready = threading.Barrier(8)
    opened: list[Store] = []

    def open_one() -> None:
        ready.wait()
        opened.append(open_store(database))

    threads = [threading.Thread(target=open_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 8
    with opened[0].engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM nbstream_version")).scalar() == 1
    for store in opened:
        store.close()


def test_a_sqlite_file_that_several_make_at_once_is_locked_to_none_of_them(tmp_path: Path) -> None:
    refused: list[Exception] = []

    def open_one(path: Path, ready: threading.Barrier) -> None:
        ready.wait()
        try:
            Store(path).close()
        except Exception as error:
            refused.append(error)

    for number in range(40):
        ready = threading.Barrier(4)
        threads = [threading.Thread(target=open_one, args=(tmp_path / f"{number}", ready)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert refused == []
