"""Every attempt is in the log, from its request to what becomes known after its end; on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from faults.logs import an_attempt, grow, stored, writing_to
from faults.server import PATIENCE, Server, answer, body, finish, headers, silence, text, wait
from faults.watch import Watch

import nbstream
from nbstream import Generation, Replay, log_writer
from nbstream.events import Usage
from nbstream.log_saver import Entry
from nbstream.log_writer import LogWriter
from nbstream.logged import recorded
from nbstream.providers import Demo, OpenAIChat
from nbstream.supervisor import supervisor
from nbstream.wire import Request

Start = Callable[..., Generation]
KEY = "sk-planted-77d0"


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine, too, wait() comes back when the log has the end, and not before."""
    monkeypatch.setattr(log_writer, "FLUSH_S", PATIENCE)


def eventually(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


def test_a_row_is_there_while_the_server_is_still_silent(
    server: Server, start: Start, log: LogWriter, database: str
) -> None:
    server.script(silence())
    attempt = start().attempt
    assert server.connection().ready.wait(PATIENCE)
    eventually(lambda: len(stored(database)) == 1)
    row = stored(database).iloc[0]
    assert (row["attempt_id"], row["status"], row["text"]) == (attempt.attempt_id, "waiting", "")
    assert pd.isna(row["ended_by"])


def test_text_is_there_while_it_streams_and_nobody_asks_for_it(
    server: Server, start: Start, log: LogWriter, database: str
) -> None:
    more = threading.Event()
    server.script(headers(), text("one "), wait(more), text("two"), silence())
    start()
    eventually(lambda: stored(database)["text"].tolist() == ["one "])
    more.set()
    eventually(lambda: stored(database)["text"].tolist() == ["one two"])
    row = stored(database).iloc[0]
    assert (row["status"], row["chunks"]) == ("streaming", 2)


def test_once_wait_returns_the_end_is_in_the_log(server: Server, start: Start, log: LogWriter, database: str) -> None:
    server.script(*answer("Hello ", "you"))
    generation = start()
    generation.wait(PATIENCE)
    found = stored(database)
    here = generation.history
    pd.testing.assert_frame_equal(found, here)
    assert log.unsaved() == []


def test_wait_returns_after_the_log_has_the_end(
    server: Server, start: Start, log: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    save = log.save

    def slow(entries: list[Entry]) -> list[Entry]:
        threading.Event().wait(0.05)
        left = save(entries)
        order.extend(str(entry.attempt.ended_by) for entry in entries)
        return left

    monkeypatch.setattr(log, "save", slow)
    server.script(*answer("Hello"))
    start().wait(PATIENCE)
    order.append("returned")
    assert order[-2:] == ["model", "returned"]


def test_a_stopped_attempt_is_logged_with_its_text_and_reason(
    server: Server, start: Start, watch: Watch, log: LogWriter, database: str
) -> None:
    server.script(headers(), text("one "), silence())
    generation = start()
    watch.sees("one")
    generation.stop("enough")
    generation.wait(PATIENCE)
    row = stored(database).iloc[0]
    assert (row["ended_by"], row["reason"], row["text"]) == ("person", "enough", "one ")
    assert row["stop_latency_ms"] >= 0


def test_what_becomes_known_after_the_end_reaches_the_log(
    server: Server, watch: Watch, log: LogWriter, database: str
) -> None:
    class Accounted(OpenAIChat):
        def account(self, attempt_id: str, response_id: str | None) -> Any:
            return Request(f"{self.base_url}/generation", None)

        def read_account(self, answered: object) -> Any:
            assert told.wait(PATIENCE)
            return Usage(3, 9, source="reconciled")

    told = threading.Event()
    server.script(headers(), text("word"), silence()).script(body("{}"))
    generation = nbstream.generate("Hello", Accounted("x", base_url=server.base_url), guards=[watch])
    watch.sees("word")
    generation.stop()
    assert supervisor().wait(generation.last_run, PATIENCE)
    assert stored(database)["output_source"].tolist() == ["unknown"]
    told.set()
    assert supervisor().wait(generation.last_run, PATIENCE, settled=True)
    row = stored(database).iloc[0]
    assert (row["output_tokens"], row["output_source"], row["text"]) == (9, "reconciled", "word")


def test_attempts_of_the_experiment_and_of_replays_are_logged(log: LogWriter, database: str) -> None:
    nbstream.overrun(Demo(tokens_per_s=400, first_token_s=0), stop_after=[5], max_tokens=10)
    nbstream.generate("Hello", Replay.text("played again", events_per_s=0)).wait(PATIENCE)
    assert stored(database)["provider"].tolist() == ["demo", "demo", "replay"]


def test_deltas_are_logged_with_their_times(server: Server, start: Start, watch: Watch, log: LogWriter) -> None:
    more = threading.Event()
    server.script(headers(), text("one "), wait(more), text("two ", "three"), finish())  # the last two come as one
    generation = start(guards=[watch])
    watch.sees("one ")
    more.set()
    attempt = generation.wait(PATIENCE)
    deltas = recorded([attempt.attempt_id])[attempt.attempt_id]
    assert [(delta.channel, delta.text) for delta in deltas] == [("text", "one "), ("text", "two three")]
    assert [delta.at for delta in deltas] == pytest.approx([delta.at for delta in attempt.deltas], abs=1e-4)


def test_deltas_of_a_live_attempt_can_be_read_too(server: Server, start: Start, watch: Watch, log: LogWriter) -> None:
    server.script(headers(), text("one "), silence())
    attempt = start().attempt
    watch.sees("one")
    assert [delta.text for delta in recorded([attempt.attempt_id])[attempt.attempt_id]] == ["one "]


def test_a_thousand_deltas_wait_as_one_entry(log: LogWriter) -> None:
    attempt = an_attempt("one", ended=False)
    log.started(attempt)
    assert log.flush(PATIENCE)
    with log.change:  # the thread cannot take anything meanwhile
        for _ in range(1000):
            grow(attempt, "word ")
            log.progressed(attempt, 0)
        assert len(log.entries) == 1
    assert log.flush(PATIENCE)
    assert len(recorded([attempt.attempt_id])[attempt.attempt_id]) == 1001


def test_two_kernels_write_at_once_and_lose_nothing(log: LogWriter, database: str) -> None:
    with writing_to(database) as other:
        mine = [an_attempt("mine", f" {number}") for number in range(200)]
        theirs = [an_attempt("theirs", f" {number}") for number in range(200)]
        for one, two in zip(mine, theirs, strict=True):
            log.ended(one)
            other.ended(two)
        assert log.flush(PATIENCE)
        assert other.flush(PATIENCE)
    assert set(stored(database)["attempt_id"]) == {attempt.attempt_id for attempt in [*mine, *theirs]}


def test_no_key_is_in_the_log(server: Server, log: LogWriter, tmp_path: Path, database: str) -> None:
    server.script(body(json.dumps({"error": f"you sent {KEY}"}), "401 Unauthorized")).script(*answer("Hello"))
    for _ in range(2):
        nbstream.generate(
            "Hello",
            "test",
            base_url=f"http://user:{KEY}@127.0.0.1:{server.port}/v1",
            extra_headers={"X-Other": KEY},
        ).wait(PATIENCE)
    assert server.connection(1).headers["x-other"] == KEY
    assert KEY not in stored(database).to_json(date_format="iso")
    assert len(stored(database)) == 2
    for path in tmp_path.iterdir():
        assert KEY.encode() not in path.read_bytes()
