"""`nbstream history` on the command line: shapes, filters, and a pruning that asks."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from faults.logs import an_attempt
from faults.server import PATIENCE

from nbstream.__main__ import main
from nbstream.frames import COLUMNS
from nbstream.log_command import doomed, number_of_bytes
from nbstream.log_writer import LogWriter
from nbstream.store.reading import Weight

NOW = datetime.now(UTC)


@pytest.fixture
def _full(log: LogWriter) -> None:
    """Three attempts, 100, 10 and 1 days old, and one that is open."""
    for number, days in enumerate((100, 10, 1)):
        log.ended(
            an_attempt("text " * 10_000, f"{number}", attempt_id=f"att_{number}", started_at=NOW - timedelta(days=days))
        )
    log.started(an_attempt("so far", ended=False, attempt_id="att_3", started_at=NOW - timedelta(days=200)))
    assert log.flush(PATIENCE)


class Said:
    """What a command printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *words: str, code: int = 0) -> str:
        assert main(["history", *words]) == code
        printed = self.capsys.readouterr()
        return printed.err if code else printed.out


@pytest.fixture
def said(_full: None, capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


def left(said: Said) -> list[str]:
    return [row["attempt_id"] for row in csv.DictReader(io.StringIO(said("--csv")))]


def test_the_table_has_a_line_for_each_attempt_and_fits_a_screen(said: Said) -> None:
    head, *lines = said().splitlines()
    assert head.split()[:4] == ["started_at", "provider", "model", "ended_by"]
    assert len(lines) == 4
    assert max(map(len, [head, *lines])) < 160


def test_csv_has_all_columns_and_text_if_asked(said: Said) -> None:
    rows = list(csv.DictReader(io.StringIO(said("--csv", "--text", "--limit", "2", "--model", "m"))))
    assert list(rows[0]) == list(COLUMNS)
    assert [row["attempt_id"] for row in rows] == ["att_2", "att_3"]
    assert rows[0]["text"].endswith("text 2")


def test_a_limit_that_no_database_takes_is_no_limit(said: Said) -> None:
    assert len(said("--csv", "--limit", str(2**63)).splitlines()) == 5


def test_jsonl_has_an_object_a_line(said: Said) -> None:
    rows = [json.loads(line) for line in said("--jsonl", "--since", "11d", "--ended-by", "model").splitlines()]
    assert [row["attempt_id"] for row in rows] == ["att_1", "att_2"]
    assert rows[0]["output_tokens"] is None
    assert rows[0]["started_at"].startswith(f"{NOW - timedelta(days=10):%Y-%m-%dT%H:%M:%S}")


def test_parquet_is_written_or_its_library_asked_for(said: Said, tmp_path: Path) -> None:
    path = tmp_path / "attempts.parquet"
    if importlib.util.find_spec("pyarrow") is None:
        assert "pip install pyarrow" in said("--parquet", str(path), code=1)
    else:
        assert said("--parquet", str(path)).startswith("4 attempts in")
        assert pd.read_parquet(path)["attempt_id"].tolist() == ["att_0", "att_1", "att_2", "att_3"]


def test_what_a_server_said_does_not_steer_the_terminal(log: LogWriter, said: Said) -> None:
    attempt = an_attempt("x")
    attempt.reason = "\x1b[31mred\u202e\nand more"
    log.ended(attempt)
    assert log.flush(PATIENCE)
    assert re.search(r"[^\n -~]", said()) is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--ended-by", "persn"], "'person'"),
        (["--since", "last week"], "2026-11-21"),
        (["--limit", "0"], "above 0"),
        (["--older-than", "3d"], "go with --prune"),
        (["--prune"], "Say what to prune"),
        (["--since", "99999999999d"], "between the years 1 and 9999"),
        (["--prune", "--older-than", "99999999999d"], "longer ago than the year 1"),
        (["--prune", "--older-than", "999999d"], "longer ago than the year 1"),
        (["--prune", "--older-than", "long"], "an age such as 90d"),
        (["--prune", "--larger-than", "big"], "a size such as 500M"),
        (["--prune", "--older-than", "50d"], "Nobody is there to ask"),
        (["--prune", "--older-than", "50d", "--since", "garbage", "--yes"], "2026-11-21"),
        (["--prune", "--older-than", "50d", "--ended-by", "nobody", "--yes"], "ended_by is one of"),
        (["--prune", "--older-than", "50d", "--limit", "1", "--yes"], "takes neither"),
        (["--prune", "--older-than", "50d", "--text", "--yes"], "takes neither"),
    ],
)
def test_words_that_make_no_sense_are_told_so(words: list[str], says: str, said: Said) -> None:
    assert says in said(*words, code=1)
    assert len(left(said)) == 4


def test_a_log_that_is_off_or_unreachable_is_told_so(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBSTREAM_LOG", "off")
    assert "is off" in said(code=1)
    monkeypatch.setenv("NBSTREAM_LOG", "postgresql://me:planted@127.0.0.1:9/x")
    told = said(code=1)
    assert "cannot be used" in told
    assert "planted" not in told


def test_a_log_that_was_never_written_is_empty_and_is_not_made(
    said: Said, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBSTREAM_LOG", str(tmp_path / "new.sqlite"))
    assert said().startswith("No attempts in")
    assert said("--prune", "--older-than", "1d").startswith("No attempts in")
    assert not (tmp_path / "new.sqlite").exists()


# ---- pruning


def test_by_age_it_removes_the_old_and_never_the_open(said: Said) -> None:
    told = said("--prune", "--older-than", "50d", "--yes")
    assert told.startswith("1 of 3 attempts")
    assert left(said) == ["att_1", "att_2", "att_3"]


@pytest.mark.parametrize(
    ("words", "rows"),
    [
        (["--model", "nosuchmodel"], [0, 1, 2, 3]),
        (["--model", "test:m", "--ended-by", "model"], [3]),
        (["--until", "50d"], [1, 2, 3]),
        (["--since", "50d", "--until", "5d"], [0, 2, 3]),
        (["--generation-id", "gen_2", "--provider", "test"], [0, 1, 2, 3]),
    ],
)
def test_it_removes_only_what_the_filters_mean(words: list[str], rows: list[int], said: Said) -> None:
    said("--prune", "--older-than", "1s", "--yes", *words)
    assert left(said) == [f"att_{row}" for row in rows]


def test_by_size_it_removes_only_what_the_filters_mean(said: Said) -> None:
    said("--prune", "--larger-than", "1k", "--since", "50d", "--yes")
    assert left(said) == ["att_0", "att_3"]


@pytest.mark.parametrize("size", [50_000, 150_000, 400_000])
def test_once_pruned_to_a_size_it_has_nothing_more_to_remove(
    size: int, log: LogWriter, capsys: pytest.CaptureFixture[str]
) -> None:
    luck = random.Random(7)
    for _ in range(60):
        log.ended(an_attempt("".join(luck.choices("abcdefgh é語\n", k=luck.randrange(20, 20_000)))))
    assert log.flush(PATIENCE)
    said = Said(capsys)
    assert "Removed" in said("--prune", "--larger-than", str(size), "--yes")
    assert 0 < len(left(said)) < 60
    assert said("--prune", "--larger-than", str(size), "--yes").startswith("Nothing to prune")


def test_by_size_it_removes_the_oldest_until_it_fits(said: Said) -> None:
    said("--prune", "--larger-than", "1k", "--yes")
    assert left(said) == ["att_3"]
    assert said("--prune", "--larger-than", "1G").startswith("Nothing to prune")


@pytest.mark.parametrize(("answer", "rows"), [("n", 4), ("", 4), ("yes", 3)])
def test_it_asks_first(answer: str, rows: int, said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: answer)
    said("--prune", "--older-than", "50d")
    assert len(left(said)) == rows


WEIGHTS = [Weight(f"att_{day}", int((NOW - timedelta(days=10 - day)).timestamp() * 1e6), 100) for day in range(10)]


@pytest.mark.parametrize(
    ("days", "most", "count"), [(None, 1000, 0), (None, 999, 1), (None, 0, 10), (7, None, 3), (7, 550, 5), (7, 900, 3)]
)
def test_what_is_removed_is_the_oldest_and_no_more_than_needed(
    days: int | None, most: float | None, count: int
) -> None:
    old = timedelta(days=days, seconds=1) if days else None
    assert doomed(WEIGHTS, 1000, NOW - old if old else None, most) == WEIGHTS[:count]


def test_what_is_not_meant_counts_for_the_size_and_is_not_removed() -> None:
    assert doomed(WEIGHTS[::2], 1000, None, 750) == WEIGHTS[:6:2]


@pytest.mark.parametrize(
    ("text", "bytes_"), [("500M", 5e8), ("2 GiB", 2e9), ("1.5k", 1500), ("1000", 1000), ("1 TB", 1e12)]
)
def test_sizes_are_read(text: str, bytes_: float) -> None:
    assert number_of_bytes(text) == bytes_
