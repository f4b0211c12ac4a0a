"""Where the log lies: its file's mode, `off`, places that cannot be, relative paths, and when it is opened."""

from __future__ import annotations

import ctypes
import os
import stat
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from faults.logs import an_attempt, installed, stored, writing_to
from faults.server import PATIENCE

import nbstream
from nbstream import Generation, Replay
from nbstream import log_writer as module
from nbstream.log_writer import LogWriter
from nbstream.logged import recorded

Start = Callable[..., Generation]
KEY = "sk-planted-77d0"
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2


@pytest.mark.parametrize(
    "value", ["{path}", "sqlite:///{path}", "sqlite:///{path}?timeout=9", "sqlite:///file:{path}?uri=true"]
)
def test_the_file_and_its_folder_are_their_owners_alone(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "data" / "nbstream" / "log.sqlite"
    before = os.umask(0o022)
    try:
        with installed(value.format(path=path), monkeypatch) as log:
            log.ended(an_attempt("Hello"))
            assert log.flush(PATIENCE)
            assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
            assert len(list(path.parent.iterdir())) == 3  # with the write-ahead log and its index
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    finally:
        os.umask(before)


@pytest.mark.parametrize("name", ["file::memory:?cache=shared&", "file:/x.sqlite?vfs=memdb&"])
def test_what_is_no_file_makes_none(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with installed(f"sqlite:///{name}uri=true", monkeypatch) as log:
        log.ended(an_attempt("Hello"))
        assert log.flush(PATIENCE)
    assert list(tmp_path.iterdir()) == []
    assert not Path("/x.sqlite").exists()


def test_the_mode_of_a_file_that_is_there_is_its_owners_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.sqlite"
    path.touch(0o640)
    with installed(f"sqlite:///file:{path}?uri=true", monkeypatch) as log:
        log.ended(an_attempt("Hello"))
        assert log.flush(PATIENCE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


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
    "~nosuchuser/log.sqlite": "is no path here",
    "n" * 300: "File name too long",
    "sqlite+pysqlcipher://:pass@//x.db": "not installed",
    "sqlite://me:pass@/x.db": "a user or a password",
    "postgresql://x/y?connect_timeout=abc": "connect_timeout",
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


def test_a_folder_that_may_not_be_entered_is_warned_of_and_breaks_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(mode=0)
    told = run_as_anybody(
        "import nbstream, warnings\n"
        "warnings.simplefilter('default')\n"
        "nbstream.generate('Hello', nbstream.Replay.text('Hello', events_per_s=0)).wait()\n"
        "print(nbstream.history(text=True)['text'].tolist())",
        NBSTREAM_LOG=str(folder / "log.sqlite"),
    )
    assert told[0] == "['Hello']\n"
    assert "cannot be written: [Errno 13] Permission denied" in told[1]
    assert "Traceback" not in told[1]


def test_a_log_in_a_folder_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    with writing_to(str(folder / "log.sqlite")) as log:
        log.ended(an_attempt("stored"))
        assert log.flush(PATIENCE)
    folder.chmod(0o555)
    for code in (
        "import nbstream; print(nbstream.history(text=True)['text'].tolist())",
        "from nbstream.__main__ import main; main(['history', '--jsonl', '--text'])",
    ):
        assert "stored" in run_as_anybody(code, NBSTREAM_LOG=str(folder / "log.sqlite"))[0]
    assert [path.name for path in folder.iterdir()] == ["log.sqlite"]


def run_as_anybody(code: str, **env: str) -> tuple[str, str]:
    """What a process prints and complains of that must heed the modes of files, though it be root's."""

    def heed_modes() -> None:
        if os.geteuid() == 0:
            assert ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0) == 0
            assert ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_READ_SEARCH, 0, 0, 0) == 0

    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=os.environ | env, capture_output=True, text=True, timeout=PATIENCE, preexec_fn=heed_modes
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def test_a_process_that_ends_while_its_log_fails_says_what_is_lost() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-W", "error", "-c"),
            "import nbstream\n"
            "generation = nbstream.generate('Hello', nbstream.Replay.text('Hello', events_per_s=0))\n"
            "generation.last_run.ended.result(60)",
        ],
        env=os.environ | {"NBSTREAM_LOG": "/proc/nowhere/log.sqlite"},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    assert "The process ends with 1 attempt that could not be logged at /proc/nowhere/log.sqlite." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_relative_path_is_next_to_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with installed("runs.sqlite", monkeypatch):
        generation = nbstream.generate("Hello", Replay.text("Hello", events_per_s=0))
        monkeypatch.chdir("/")
        generation.wait(PATIENCE)
    assert (tmp_path / "runs.sqlite").exists()


def test_sqlalchemy_is_loaded_by_the_first_generate_on_the_cells_thread_and_not_before(tmp_path: Path) -> None:
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
    assert told.split("\n")[:2] == ["MainThread", "False"]


def test_a_warning_is_not_raised_where_all_is_well(log: LogWriter) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        log.ended(an_attempt("Hello"))
        assert log.flush(PATIENCE)
        assert len(nbstream.history()) == 1
