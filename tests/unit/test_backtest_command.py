"""A backtest on the command line, its summary and its picture."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matplotlib.pyplot as pyplot
import pandas as pd
import pytest
from faults.logs import an_attempt
from faults.server import PATIENCE
from test_guard_words import BadWord, LongAnswer

import nbstream
from nbstream import SetupError, guards
from nbstream.__main__ import main
from nbstream.attempt import Attempt
from nbstream.backtesting import COLUMNS, plot, summary
from nbstream.counts import Count
from nbstream.folding import end
from nbstream.guards.base import Check
from nbstream.log_writer import LogWriter

pyplot.switch_backend("agg")


class Words(LongAnswer):
    """Cuts at so many tokens."""

    def arm(self) -> Check:
        return lambda attempt, now: "enough" if (attempt.received.tokens or 0) >= self.limit else None


@pytest.fixture(autouse=True)
def _no_picture_stays_open() -> Iterator[None]:
    yield
    pyplot.close("all")


@pytest.fixture(autouse=True)
def _guards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "LongAnswer", Words, raising=False)
    monkeypatch.setattr(guards, "BadWord", BadWord, raising=False)
    monkeypatch.setattr(guards, "__all__", ["LongAnswer", "BadWord"], raising=False)


@pytest.fixture
def database(tmp_path: Path) -> str:
    return str(tmp_path / "log.sqlite")


@pytest.fixture(autouse=True)
def _full(log: LogWriter) -> None:
    """A good answer of 4 tokens, ten days old, and a runaway of 9, a day old."""
    for number, days, tokens in ((1, 10, 4), (2, 1, 9)):
        fields = {"attempt_id": f"att_{number}", "started_at": datetime.now(UTC) - timedelta(days=days)}
        attempt: Attempt = an_attempt(*["word "] * tokens, ended=False, **fields)
        attempt.received = Count(tokens, "running")
        attempt.finish_reason = "stop" if number == 1 else None
        end(attempt, "model" if number == 1 else "person", "Over.", attempt.began + 1.0)
        log.ended(attempt)
    assert log.flush(PATIENCE)


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(["backtest", *words]) == code
    printed = capsys.readouterr()
    return printed.err if code else printed.out


def test_the_table_has_a_line_for_each_guard(capsys: pytest.CaptureFixture[str]) -> None:
    head, three, five, none, *notes = said(capsys, "long_answer=3", "long_answer=5", "bad_word").splitlines()
    assert head.split() == ["guard", "attempts", "caught", "killed", "tokens_saved", "usd_saved", "not_judged"]
    assert three.split() == ["long_answer=3", "2", "1", "1", "7", "unknown", "0"]
    assert five.split() == ["long_answer=5", "2", "1", "0", "4", "unknown", "0"]
    assert none.split() == ["bad_word", "2", "0", "0", "0", "0", "0"]
    assert "a good answer" in notes[0]


def test_csv_has_a_row_for_each_attempt_and_guard_and_all_columns(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(said(capsys, "long_answer=5", "bad_word", "--csv"))))
    assert [(row["attempt_id"], row["guard"], row["would_cut"]) for row in rows] == [
        ("att_1", "long_answer=5", "False"),
        ("att_1", "bad_word", "False"),
        ("att_2", "long_answer=5", "True"),
        ("att_2", "bad_word", "False"),
    ]
    assert list(rows[0]) == list(COLUMNS)


def test_json_has_them_too_and_the_filters_of_history_say_which(capsys: pytest.CaptureFixture[str]) -> None:
    (row,) = json.loads(said(capsys, "long_answer=5", "--since", "7d", "--json"))
    assert (row["attempt_id"], row["at_tokens"], row["tokens_saved"], row["usd_saved"]) == ("att_2", 5, 4, None)
    (row,) = json.loads(said(capsys, "long_answer=5", "--ended-by", "model", "--json"))
    assert (row["attempt_id"], row["ended_well"]) == ("att_1", True)
    assert len(json.loads(said(capsys, "long_answer=5", "--limit", "1", "--json"))) == 1


def test_no_such_attempt_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "No such attempts" in said(capsys, "long_answer=5", "--provider", "nobody")


def test_the_command_draws_the_picture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "backtest.png"
    said(capsys, "long_answer=3", "--plot", str(file))
    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["long_anser=5"], "'long_answer'"),
        (["long_answer"], "needs a value"),
        (["bad_word", "--plot", "no-such-folder/a.png"], "no folder"),
        (["bad_word", "--limit", "0"], "above 0"),
        (["bad_word", "--since", "someday"], "since"),
    ],
)
def test_what_cannot_work_is_said(words: list[str], what: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert what in said(capsys, *words, code=1)


# ---- summary and picture


def test_the_picture_has_a_bar_for_what_was_caught_and_one_for_what_was_killed() -> None:
    left, right = plot(nbstream.backtest([Words(3), Words(5)]))
    assert [[bar.get_width() for bar in bars] for bars in left.containers] == [[1, 1], [1, 0]]
    assert [bar.get_width() for bar in right.containers[0]] == [7, 4]
    assert [label.get_text() for label in left.get_yticklabels()] == ["Words(3)", "Words(5)"]


def test_without_a_replayed_attempt_there_is_nothing_to_draw() -> None:
    with pytest.raises(SetupError, match="no attempt could be replayed"):
        plot(nbstream.backtest(Words(3), pd.DataFrame({"attempt_id": ["att_elsewhere"]})))


def test_what_was_not_judged_is_counted_apart() -> None:
    frame = nbstream.backtest(Words(3), pd.DataFrame({"attempt_id": ["att_elsewhere", "att_2"]}))
    (line,) = summary(frame).to_dict("records")
    assert (line["attempts"], line["caught"], line["not_judged"]) == (1, 1, 1)
