"""nbstream.history(): which attempts, which columns, and what is said about words it does not know."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from faults.logs import an_attempt
from faults.server import PATIENCE
from storing import put

import nbstream
from nbstream import SetupError
from nbstream.__main__ import main
from nbstream.errors import UnknownOption
from nbstream.filters import Filters, filters_of
from nbstream.frames import COLUMNS, row_of
from nbstream.log_writer import LogWriter
from nbstream.processes import this_process
from nbstream.store import Store

NOW = datetime.now(UTC)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def full(log: LogWriter) -> LogWriter:
    """Four attempts: an hour, a day and ten days old, and one that still streams."""
    for number, hours in enumerate((240, 24, 1)):
        log.ended(
            an_attempt(
                f"text {number}",
                "[why]",
                attempt_id=f"att_{number}",
                started_at=NOW - timedelta(hours=hours),
                error="odd" if number == 1 else None,
            )
        )
    log.started(an_attempt("so far", ended=False, attempt_id="att_3"))
    return log


@pytest.mark.usefixtures("full")
def test_it_has_the_columns_of_a_generations_history_but_for_the_texts() -> None:
    frame = nbstream.history()
    assert list(frame) == [name for name in COLUMNS if name not in ("text", "reasoning")]
    whole = nbstream.history(text=True)
    assert list(whole) == list(COLUMNS)
    here = nbstream.frames.to_frame([row_of(an_attempt("x"))])  # type: ignore[attr-defined]
    assert (whole.dtypes == here.dtypes).all()


@pytest.mark.parametrize("kept", ["python", "pyarrow"])
def test_texts_are_the_same_whatever_pandas_keeps_them_in(kept: str) -> None:
    known = replace(an_attempt("x"), reason="🦜 é", error=None)
    with pd.option_context("mode.string_storage", kept):
        frame = nbstream.frames.to_frame([row_of(known)] * 2)  # type: ignore[attr-defined]
    assert frame["reason"].dtype.storage == kept
    assert frame["reason"].tolist() == ["🦜 é"] * 2
    assert frame["error"].isna().all()


@pytest.mark.usefixtures("full")
def test_the_newest_is_last_and_what_streams_now_is_in_it() -> None:
    frame = nbstream.history(text=True)
    assert frame["text"].tolist() == ["text 0", "text 1", "text 2", "so far"]
    assert frame["reasoning"].tolist() == ["[why]"] * 3 + [""]
    assert frame["status"].tolist() == ["done"] * 3 + ["streaming"]
    assert frame["error"].tolist() == [pd.NA, "odd", pd.NA, pd.NA]
    assert frame["started_at"].iloc[2] == pd.Timestamp(NOW - timedelta(hours=1)).as_unit("us")


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        ({"limit": 2}, [2, 3]),
        ({"limit": 9}, [0, 1, 2, 3]),
        ({"since": timedelta(days=2)}, [1, 2, 3]),
        ({"since": "2d"}, [1, 2, 3]),
        ({"since": NOW - timedelta(days=2), "until": NOW - timedelta(hours=2)}, [1]),
        ({"since": (NOW - timedelta(hours=2)).isoformat()}, [2, 3]),
        ({"until": (NOW - timedelta(days=5)).astimezone().date()}, [0]),
        ({"ended_by": "model", "limit": 1}, [2]),
        ({"model": ["m", "another"]}, [0, 1, 2, 3]),
        ({"model": "test:m", "generation_id": "gen_1", "provider": "test"}, [0, 1, 2, 3]),
        ({"provider": "openai"}, []),
        ({"model": None, "since": None}, [0, 1, 2, 3]),
        ({"limit": 2**70}, [0, 1, 2, 3]),
        ({"since": "0002-01-01", "until": "9999-12-30"}, [0, 1, 2, 3]),
        ({"generation_id": []}, []),
        ({"model": []}, []),
        ({"model": ""}, []),
        ({"ended_by": ()}, []),
    ],
)
def test_filters_choose(words: dict[str, Any], numbers: list[int]) -> None:
    assert nbstream.history(**words)["attempt_id"].tolist() == [f"att_{number}" for number in numbers]


def test_an_empty_log_is_an_empty_frame_with_all_columns(log: LogWriter) -> None:
    frame = nbstream.history(text=True)
    assert (len(frame), list(frame)) == (0, list(COLUMNS))
    assert frame.dtypes.astype(str).to_dict() == COLUMNS | {"text": frame["text"].dtype.name}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"modle": "x"}, "no filter 'modle'.*Did you mean 'model'"),
        ({"endedby": "person"}, "Did you mean 'ended_by'"),
        ({"ended_by": "persn"}, "Did you mean 'person'"),
        ({"since": "yesterday"}, "2026-11-21"),
        ({"since": 3}, "a datetime, a date, ISO text or a timedelta"),
        ({"model": 3}, "text, or a list of texts"),
        ({"limit": 0}, "above 0"),
        ({"limit": "3"}, "above 0"),
        ({"limit": True}, "above 0"),
        ({"model": 0}, "text, or a list of texts; not 0"),
        ({"ended_by": False}, "text, or a list of texts; not False"),
        ({"model": pd.Series(["m", "n"])}, "text, or a list of texts; not .*Series"),
        ({"model": "\ud800"}, "half a character"),
        ({"provider": ["a\0"]}, "a zero"),
        ({"since": pd.NaT}, "a datetime, a date, ISO text or a timedelta; not NaT"),
        ({"since": timedelta.max}, "between the years 1 and 9999"),
        ({"since": "99999999999d"}, "between the years 1 and 9999"),
        ({"since": "9" * 400 + "d"}, "between the years 1 and 9999"),
        ({"until": "9999-12-31"}, "between the years 1 and 9999"),
    ],
)
def test_words_that_make_no_sense_are_told_so(words: dict[str, Any], says: str) -> None:
    with pytest.raises(SetupError, match=says):
        nbstream.history(**words)


def test_an_unknown_filter_is_an_unknown_option() -> None:
    with pytest.raises(UnknownOption):
        filters_of({"x": 1})


@pytest.fixture
def _left_open(store: Store) -> None:
    """One attempt of a process that is gone, and one of a process that lives."""
    store.beat("krn_dead", replace(this_process(), started="another boot 17"), 0)
    store.beat("krn_lives", this_process(), 0)
    put(store, an_attempt("of the dead", ended=False, attempt_id="att_0"), "krn_dead")
    put(store, an_attempt("of the living", ended=False, attempt_id="att_1"), "krn_lives")


@pytest.mark.usefixtures("_left_open", "log")
def test_what_a_process_that_is_gone_left_open_is_closed_by_whoever_reads_first() -> None:
    frame = nbstream.history()
    assert frame["ended_by"].tolist() == ["kernel", pd.NA]
    assert frame["status"].tolist() == ["done", "streaming"]


@pytest.mark.usefixtures("_left_open")
def test_the_command_line_closes_it_too(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBSTREAM_LOG", database)
    assert main(["history", "--jsonl", "--ended-by", "kernel"]) == 0
    assert '"att_0"' in capsys.readouterr().out


@pytest.fixture
def _in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = os.environ.get("TZ")
    os.environ["TZ"] = "Asia/Tokyo"
    time.tzset()
    yield
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


@pytest.mark.usefixtures("_in_tokyo")
@pytest.mark.parametrize(
    ("value", "since", "until"),
    [
        (date(2026, 11, 21), NOON.replace(day=20, hour=15), NOON.replace(hour=15)),
        ("2026-11-21", NOON.replace(day=20, hour=15), NOON.replace(hour=15)),
        ("2026-11-21T21:00", NOON, NOON),
        (datetime(2026, 11, 21, 21), NOON, NOON),
        ("2026-11-21T12:00:00Z", NOON, NOON),
        (NOON, NOON, NOON),
        (pd.Timestamp(NOON), NOON, NOON),
        (pd.Timestamp(2026, 11, 21, 21), NOON, NOON),
    ],
)
def test_times_are_local_unless_they_say_otherwise_and_a_day_is_meant_whole(
    value: Any, since: datetime, until: datetime
) -> None:
    found = filters_of({"since": value, "until": value})
    assert (found.since, found.until) == (since, until)


@pytest.mark.usefixtures("_in_tokyo")
def test_a_day_that_began_before_the_calendar_is_told_so() -> None:
    with pytest.raises(SetupError, match="between the years 1 and 9999"):
        filters_of({"since": "0001-01-01"})


def test_what_is_in_memory_is_filtered_as_the_database_does(full: LogWriter) -> None:
    assert full.flush(PATIENCE)
    attempts = [an_attempt("x", model="a"), an_attempt("x", provider="b", ended=False)]
    for filters in (
        Filters(model=("a",)),
        Filters(model=("b:m",)),
        Filters(provider=("b",)),
        Filters(ended_by=("model",)),
        Filters(since=NOON),
        Filters(until=NOON),
        Filters(generation_id=("gen_2",)),
        Filters(model=()),
    ):
        for attempt in attempts:
            full.started(attempt)
        assert full.flush(PATIENCE)
        ids = {attempt.attempt_id for attempt in attempts}
        stored = set(nbstream.logged.frame_of(full, filters, None, False)["attempt_id"]) & ids  # type: ignore[attr-defined]
        assert {attempt.attempt_id for attempt in attempts if filters.match(row_of(attempt))} == stored
