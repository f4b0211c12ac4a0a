"""The log's tables: versions, transactions, and the rows that a dead process left open; on SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from faults.logs import an_attempt, grow

from nbstream import SetupError
from nbstream.attempt import Attempt
from nbstream.filters import Filters
from nbstream.frames import COLUMNS
from nbstream.log_place import place_of
from nbstream.processes import Process, this_process
from nbstream.store import GONE, STALE_S, Save, Store, row_to_store
from nbstream.store.schema import VERSION, attempts, kernels, metadata

NOW = 1_800_000_000_000_000
DEAD = replace(this_process(), started="another boot 17")
ELSEWHERE = Process("elsewhere", 1, "their boot 17")


def open_store(value: str) -> Store:
    place = place_of(value)
    assert place is not None
    return Store(place)


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    opened = open_store(database)
    yield opened
    opened.close()


def put(store: Store, attempt: Attempt, kernel: str = "krn_me", known: bool = False, start: int | None = 0) -> None:
    row = row_to_store(attempt, kernel)
    store.write([Save(row, known, start, attempt.deltas[start:] if start is not None else ())])


def rows(store: Store) -> list[dict[str, Any]]:
    columns = store.columns(Filters(), texts=True)
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def row(store: Store) -> dict[str, Any]:
    (only,) = rows(store)
    return only


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


def test_a_log_of_version_1_becomes_what_a_new_one_is_and_keeps_its_rows(database: str) -> None:
    run_script(database, VERSION_1)
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


# ---- rows


def test_what_is_stored_is_what_the_dataframe_of_the_kernel_shows(store: Store) -> None:
    attempt = an_attempt("one ", "[why]", "two", options='{"temperature": 0.5}', prompt='[{"content": "é"}]')
    put(store, attempt)
    found = row(store)
    assert list(found) == list(COLUMNS)
    assert (found["text"], found["reasoning"]) == ("one two", "[why]")
    assert found["started_at"] == int(attempt.started_at.timestamp() * 1e6 + 0.5)
    assert (found["status"], found["ended_by"], found["chunks"]) == ("done", "model", 3)
    assert found["output_tokens"] is None
    (deltas,) = store.recorded([attempt.attempt_id, "att_unknown"]).values()
    assert [(delta.channel, delta.text, round(delta.at, 4)) for delta in deltas] == [
        ("text", "one ", 0.02),
        ("reasoning", "[why]", 0.04),
        ("text", "two", 0.06),
    ]


def test_parts_are_added_while_it_streams_and_become_one_at_the_end(store: Store) -> None:
    attempt = an_attempt("one ", ended=False)
    put(store, attempt)
    grow(attempt, "[why]", "two ")
    put(store, attempt, known=True, start=1)
    put(store, attempt, known=True, start=1)  # said twice, because the first answer was lost: stored once
    assert (row(store)["text"], row(store)["reasoning"]) == ("one two ", "[why]")
    assert [delta.text for delta in store.recorded([attempt.attempt_id])[attempt.attempt_id]] == [
        "one ",
        "[why]",
        "two ",
    ]
    put(store, attempt, known=True, start=0)
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM nbstream_part")).scalar() == 1
    assert row(store)["text"] == "one two "


def test_numbers_alone_leave_the_text(store: Store) -> None:
    attempt = an_attempt("one ")
    put(store, attempt)
    attempt.cost_usd = 0.25
    put(store, attempt, start=None)
    assert (row(store)["text"], row(store)["cost_usd"]) == ("one ", 0.25)


@pytest.mark.parametrize("odd", ["a\0b", "half \ud83d of it", "\u2028 \x85 \x1b[31m", "é" * 70_000, "😀", ""])
def test_text_that_a_database_may_not_like_is_stored(odd: str, store: Store) -> None:
    put(store, an_attempt(odd, odd, error=odd))
    kept = odd.replace("\0", "\ufffd").replace("\ud83d", "?")
    assert (row(store)["text"], row(store)["error"]) == (kept * 2, kept)
    assert all(delta.text == kept for found in store.recorded([row(store)["attempt_id"]]).values() for delta in found)


@pytest.mark.parametrize(
    "url", ["https://user:planted@host/v1", "https://planted@host/v1", "https://host/v1?key=planted", "https://host/v1"]
)
def test_an_address_is_stored_without_credentials(url: str, store: Store) -> None:
    put(store, an_attempt(base_url=url))
    assert row(store)["base_url"] == "https://host/v1"


def test_a_write_is_stored_whole_or_not_at_all(store: Store) -> None:
    good, bad = an_attempt("good"), an_attempt("bad")
    saves = [Save(row_to_store(one, "krn_me"), False, 0, one.deltas) for one in (good, bad)]
    broken = replace(saves[1], row=dict(saves[1].row) | {"chunks": object()})
    with pytest.raises(sa.exc.SQLAlchemyError):
        store.write([saves[0], broken])
    assert rows(store) == []


# ---- what the dead left


@pytest.fixture
def abandoned(store: Store) -> Attempt:
    """An attempt that was open when its process was last heard of."""
    attempt = an_attempt("one ", "two ", ended=False)
    put(store, attempt, "krn_other")
    grow(attempt, "[hm]", "three")
    put(store, attempt, "krn_other", known=True, start=2)
    return attempt


def beat(store: Store, process: Process, ago_s: float = 0.0, kernel: str = "krn_other") -> None:
    store.beat(kernel, process, NOW - int(ago_s * 1e6))


def test_an_attempt_of_a_dead_process_is_closed_with_its_text(store: Store, abandoned: Attempt) -> None:
    beat(store, DEAD)
    assert store.sweep(NOW) == 1
    found = row(store)
    assert (found["status"], found["ended_by"], found["reason"]) == ("done", "kernel", GONE)
    assert (found["text"], found["reasoning"], found["duration_s"]) == ("one two three", "[hm]", pytest.approx(0.08))
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM nbstream_part")).scalar() == 1
        assert connection.execute(sa.select(kernels)).all() == []
    assert store.sweep(NOW) == 0


@pytest.mark.usefixtures("abandoned")
@pytest.mark.parametrize("ago_s", [0.0, 10 * STALE_S])
def test_an_attempt_of_a_live_process_is_left_alone_however_long_it_was_silent(ago_s: float, store: Store) -> None:
    beat(store, this_process(), ago_s)
    assert store.sweep(NOW) == 0
    assert row(store)["ended_by"] is None


@pytest.mark.usefixtures("abandoned")
@pytest.mark.parametrize(("ago_s", "closed"), [(STALE_S - 1, 0), (STALE_S + 1, 1)])
def test_an_attempt_of_another_host_is_closed_once_its_kernel_has_long_been_silent(
    ago_s: float, closed: int, store: Store
) -> None:
    beat(store, ELSEWHERE, ago_s)
    assert store.sweep(NOW) == closed


def test_an_attempt_that_has_ended_is_left_as_it_is(store: Store) -> None:
    put(store, an_attempt("one"), "krn_other")
    beat(store, DEAD)
    assert store.sweep(NOW) == 0
    assert row(store)["ended_by"] == "model"


def test_what_was_closed_by_mistake_is_put_right_by_its_owner(store: Store, abandoned: Attempt) -> None:
    beat(store, ELSEWHERE, STALE_S + 1)
    assert store.sweep(NOW) == 1
    grow(abandoned, " four")
    beat(store, ELSEWHERE)
    put(store, abandoned, "krn_other", known=True, start=4)
    found = row(store)
    assert (found["status"], found["ended_by"], found["reason"]) == ("streaming", None, None)
    assert found["text"] == "one two three four"
    assert store.sweep(NOW) == 0


def test_several_may_sweep_at_once(database: str, store: Store, abandoned: Attempt) -> None:
    beat(store, DEAD)
    ready = threading.Barrier(4)
    closed: list[int] = []

    def sweep() -> None:
        other = open_store(database)
        ready.wait()
        closed.append(other.sweep(NOW))
        other.close()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(closed) == [0, 0, 0, 1]
    assert row(store)["text"] == "one two three"


# ---- reading

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def ten(store: Store) -> Store:
    """Ten attempts, a day apart, of two models by turns."""
    for day in range(10):
        model = ("gpt", "llama3.2:3b")[day % 2]
        attempt = an_attempt(
            f"day {day}",
            attempt_id=f"att_{day}",
            generation_id=f"gen_{day // 5}",
            provider=("openai", "ollama")[day % 2],
            model=model,
            started_at=START + timedelta(days=day),
        )
        attempt.ended_by = "person" if day == 3 else "model"
        put(store, attempt)
    return store


@pytest.mark.parametrize(
    ("filters", "days"),
    [
        (Filters(), range(10)),
        (Filters(since=START + timedelta(days=8)), [8, 9]),
        (Filters(until=START + timedelta(days=2)), [0, 1]),
        (Filters(model=("gpt",)), [0, 2, 4, 6, 8]),
        (Filters(model=("ollama:llama3.2:3b",)), [1, 3, 5, 7, 9]),
        (Filters(model=("gpt", "llama3.2:3b")), range(10)),
        (Filters(provider=("ollama",), ended_by=("model",)), [1, 5, 7, 9]),
        (Filters(ended_by=("person", "guard")), [3]),
        (Filters(generation_id=("gen_1",)), range(5, 10)),
        (Filters(generation_id=("gen_9",)), []),
    ],
)
def test_filters_choose(filters: Filters, days: list[int], ten: Store) -> None:
    assert ten.columns(filters)["attempt_id"] == [f"att_{day}" for day in days]


def test_a_limit_takes_the_newest_and_they_stay_newest_last(ten: Store) -> None:
    found = ten.columns(Filters(model=("gpt",)), limit=2, texts=True)
    assert (found["attempt_id"], found["text"]) == (["att_6", "att_8"], ["day 6", "day 8"])


def test_text_is_left_out_unless_asked_for(ten: Store) -> None:
    assert {"text", "reasoning"}.isdisjoint(ten.columns(Filters()))


def test_weights_add_up_to_the_size_and_deleting_makes_it_smaller(store: Store) -> None:
    for number in range(20):
        put(store, an_attempt("word " * 4000, attempt_id=f"att_{number:02}", started_at=START + timedelta(days=number)))
    put(store, an_attempt("open", ended=False))
    weights = store.weights()
    assert [name for name, _, _ in weights] == [f"att_{number:02}" for number in range(20)]
    assert sum(size for _, _, size in weights) == pytest.approx(before := store.size(), rel=0.01)
    store.delete([name for name, _, _ in weights[:15]])
    assert len(rows(store)) == 6
    assert len(store.recorded([f"att_{number:02}" for number in range(20)])) == 5
    if store.engine.dialect.name == "sqlite":
        assert store.size() < before / 2


def test_every_column_of_the_dataframe_is_stored() -> None:
    assert set(COLUMNS) - {"text", "reasoning"} <= set(attempts.c.keys())
