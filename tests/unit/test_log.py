"""Every attempt is in the log, from its request to what becomes known after its end; on SQLite and PostgreSQL."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from faults.logs import an_attempt, grow, installed, writing_to
from faults.server import PATIENCE, Server, answer, body, headers, silence, text, wait
from faults.watch import Watch

import nbstream
from nbstream import Generation, Replay
from nbstream import log_writer as module
from nbstream.events import Usage
from nbstream.filters import Filters
from nbstream.log_writer import Entry, LogWriter
from nbstream.logged import frame_of, recorded
from nbstream.providers import Demo, OpenAIChat
from nbstream.supervisor import supervisor
from nbstream.wire import Request

Start = Callable[..., Generation]
KEY = "sk-planted-77d0"


def stored(database: str) -> pd.DataFrame:
    """What another process sees in the log, which flushes nothing of ours."""
    with writing_to(database) as other:
        return frame_of(other, Filters(), None, True)


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


def test_deltas_are_logged_with_their_times(server: Server, start: Start, log: LogWriter) -> None:
    server.script(*answer("one ", "two ", "three"))
    attempt = start().wait(PATIENCE)
    deltas = recorded([attempt.attempt_id])[attempt.attempt_id]
    assert [(delta.channel, delta.text) for delta in deltas] == [("text", "one "), ("text", "two "), ("text", "three")]
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


def test_the_file_and_its_folder_are_their_owners_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "data" / "nbstream" / "log.sqlite"
    before = os.umask(0o022)
    try:
        with installed(str(path), monkeypatch) as log:
            log.ended(an_attempt("Hello"))
            assert log.flush(PATIENCE)
            assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
            assert len(list(path.parent.iterdir())) == 3  # with the write-ahead log and its index
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    finally:
        os.umask(before)


def test_off_keeps_attempts_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    with installed("off", monkeypatch):
        generation = nbstream.generate("Hello", Replay.text("Hello", events_per_s=0))
        generation.wait(PATIENCE)
        pd.testing.assert_frame_equal(nbstream.history(text=True), generation.history)
        assert len(nbstream.history(model="another")) == 0
        assert [delta.text for deltas in recorded(nbstream.history()["attempt_id"]).values() for delta in deltas]


def test_what_memory_keeps_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REMEMBERED", 3)
    with installed("off", monkeypatch) as log:
        for number in range(5):
            log.ended(an_attempt("word", attempt_id=f"att_{number}"))
        assert [attempt.attempt_id for attempt in log.unsaved()] == ["att_2", "att_3", "att_4"]


BAD = {
    "false": "set it to 'off'",
    "postgresql:/x": "with two",
    "nodatabase://x/y": "does not know",
    "postgresql+psycopg2://x/y": "not installed",
    "postgresql://user:pass@@@host:port/x": "SQLAlchemy can read",
    "/proc/nowhere/log.sqlite": "cannot be written",
}


@pytest.mark.parametrize("value", BAD)
def test_a_bad_place_is_warned_of_once_and_breaks_nothing(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with installed(value, monkeypatch) as log:
        generation = nbstream.generate("Hello", Replay.text("Hello", events_per_s=0))
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            generation.wait(PATIENCE)
            log.flush(PATIENCE, insist=True)
            assert nbstream.history(text=True)["text"].tolist() == ["Hello"]
            generation.wait(PATIENCE)
        assert [str(warning.message) for warning in told if BAD[value] not in str(warning.message)] == []
        assert len(told) == 1
        assert "pass" not in str(told[0].message).replace("password", "")
        assert (generation.attempt.ended_by, generation.text) == ("model", "Hello")
        log.entries.clear()


def run_python(code: str, **env: str) -> str:
    command = [sys.executable, "-W", "error::RuntimeWarning", "-c", code]
    done = subprocess.run(command, env=os.environ | env, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return done.stdout


def test_a_process_that_ends_in_mid_stream_logs_what_it_had(database: str) -> None:
    run_python(
        "import nbstream, threading\n"
        "seen = threading.Event()\n"
        "def see(attempt, now): seen.set()\n"
        "nbstream.generate('Hello', nbstream.Replay.text('word ' * 1000), guards=[see])\n"
        "assert seen.wait(60)",
        NBSTREAM_LOG=database,
    )
    row = stored(database).iloc[0]
    assert (row["status"], row["ended_by"], row["reason"]) == ("done", "kernel", "The kernel was closed.")
    assert row["text"].startswith("word")


def test_a_relative_path_is_next_to_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with installed("runs.sqlite", monkeypatch):
        generation = nbstream.generate("Hello", Replay.text("Hello", events_per_s=0))
        monkeypatch.chdir("/")
        generation.wait(PATIENCE)
    assert (tmp_path / "runs.sqlite").exists()


def test_sqlalchemy_is_loaded_on_the_logs_own_thread_and_not_before(tmp_path: Path) -> None:
    told = run_python(
        "import sys, threading, nbstream\n"
        "from nbstream.generating import generate\n"
        "before = 'sqlalchemy' in sys.modules\n"
        "class Finder:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'sqlalchemy': print(threading.current_thread().name)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "nbstream.generate('Hello', nbstream.Replay.text('Hello', events_per_s=0)).wait()\n"
        "print(before)",
        NBSTREAM_LOG=str(tmp_path / "log.sqlite"),
    )
    assert told.split("\n")[:2] == ["nbstream log", "False"]


def test_a_warning_is_not_raised_where_all_is_well(log: LogWriter) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        log.ended(an_attempt("Hello"))
        assert log.flush(PATIENCE)
        assert len(nbstream.history()) == 1
