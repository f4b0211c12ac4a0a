"""The log's own file goes away while a kernel writes to it, or is no database any more."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from faults.logs import an_attempt, grow, installed, stored, writing_to
from faults.server import PATIENCE

import nbstream
from nbstream import SetupError
from nbstream.__main__ import main

# ---- it goes away


def delete(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def delete_it_alone(path: Path) -> None:
    path.unlink()


def delete_its_folder(path: Path) -> None:
    delete(path)
    path.parent.rmdir()


def move(path: Path) -> None:
    path.rename(path.with_name("moved.sqlite"))


def replace(path: Path) -> None:
    delete(path)
    with writing_to(str(path)) as other:
        other.ended(an_attempt("another's"))
        assert other.flush(PATIENCE)


@pytest.mark.parametrize("lose", [delete, delete_it_alone, delete_its_folder, move, replace])
def test_a_log_whose_file_is_gone_is_begun_anew_with_what_the_kernel_still_has(
    lose: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "folder" / "log.sqlite"
    with installed(str(path), monkeypatch) as log:
        before, goes_on = an_attempt("before"), an_attempt("it goes ", ended=False)
        waits = an_attempt("it waits", ended=False)
        log.ended(before)
        log.started(goes_on)
        log.started(waits)
        log.ended(an_attempt("nobody holds this any more"))
        assert log.flush(PATIENCE)
        lose(path)
        grow(goes_on, "on")
        log.progressed(goes_on, 1)
        log.updated(before)
        log.ended(an_attempt("later"))
        with pytest.warns(RuntimeWarning, match="was moved or deleted") as told:
            assert log.flush(PATIENCE)
        log.ended(an_attempt("after it"))
        assert log.flush(PATIENCE)
        assert len(told) == 1
        there = {"another's"} if lose is replace else set()
        assert set(stored(str(path))["text"]) - there == {"before", "it goes on", "it waits", "later", "after it"}
        pd.testing.assert_frame_equal(nbstream.history(text=True), stored(str(path)))


def test_history_has_what_the_kernel_holds_right_after_the_log_was_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "log.sqlite"
    with installed(str(path), monkeypatch) as log:
        log.ended(held := an_attempt("held"))
        assert log.flush(PATIENCE)
        delete(path)
        with pytest.warns(RuntimeWarning, match="was moved or deleted"):
            assert nbstream.history(text=True)["text"].tolist() == [held.text]


def test_the_moved_file_has_all_that_was_logged_until_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.sqlite"
    with installed(str(path), monkeypatch) as log:
        log.ended(an_attempt("before"))
        assert log.flush(PATIENCE)
        move(path)
        log.ended(an_attempt("later"))
        with pytest.warns(RuntimeWarning, match="was moved or deleted"):
            assert log.flush(PATIENCE)
    assert stored(str(tmp_path / "moved.sqlite"))["text"].tolist() == ["before"]
    assert stored(str(path))["text"].tolist() == ["later"]


# ---- it is no database


@pytest.mark.parametrize("content", [b"These are my notes.\n" * 100, b"SQLite format 3\0" + os.urandom(5000)])
def test_a_file_that_is_no_database_is_left_alone_and_warned_of_once(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    with installed(str(path), monkeypatch) as log:
        for text in ("one", "two"):
            log.ended(an_attempt(text))
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            assert not log.flush(PATIENCE, insist=True)
            assert nbstream.history(text=True)["text"].tolist() == ["one", "two"]
        assert len(told) == 1
        assert "cannot be written: file is not a database" in str(told[0].message)
        assert main(["history"]) == 1
        assert f"The log at {path} cannot be used: file is not a database." in capsys.readouterr().err
    assert path.read_bytes() == content


def test_a_damaged_file_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log.sqlite"
    with writing_to(str(path)) as log:
        log.ended(an_attempt("text " * 10_000))
        assert log.flush(PATIENCE)
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with installed(str(path), monkeypatch), pytest.raises(SetupError, match=r"cannot be used: .*malformed"):
        nbstream.history()
