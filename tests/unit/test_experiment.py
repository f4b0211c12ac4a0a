"""overrun(): a full run against stopped ones, and the command line around it."""

from __future__ import annotations

import csv
import io

import pytest
from faults.server import Server, answer, headers, silence, text

import nbstream
from nbstream import SetupError
from nbstream.__main__ import main
from nbstream.providers import Demo

FAST = Demo(tokens_per_s=400, first_token_s=0)


def test_the_embedded_model_tells_exactly_what_each_stop_cost() -> None:
    frame = nbstream.overrun(FAST, stop_after=(9, 30), repeat=2, max_tokens=60)
    assert frame["stop_after"].fillna(0).tolist() == [0, 9, 30] * 2
    assert frame["repeat"].tolist() == [1, 1, 1, 2, 2, 2]
    stopped = frame[frame["stop_after"].notna()]
    assert (stopped["received_tokens"] >= stopped["stop_after"]).all()
    assert (stopped["overrun_tokens"] == stopped["billed_tokens"] - stopped["received_tokens"]).all()
    assert set(stopped["output_source"]) == {"reconciled"}
    assert set(stopped["ended_by"]) == {"guard"}
    full = frame[frame["stop_after"].isna()]
    assert full["billed_tokens"].tolist() == [60, 60]
    assert frame["note"].isna().all()


def test_a_service_that_does_not_tell_is_unknown_and_not_zero(server: Server) -> None:
    server.script(*answer("word " * 8)).script(headers(), text("word " * 8), silence())
    frame = nbstream.overrun("test", stop_after=[5], base_url=server.base_url)
    row = frame.iloc[1]
    assert row[["billed_tokens", "overrun_tokens"]].isna().all()
    assert row["note"].startswith("unknown")
    assert server.connection(1).left()


@pytest.mark.parametrize("bad", [{"stop_after": [0]}, {"stop_after": ["9"]}, {"repeat": 0}])
def test_counts_that_make_no_sense_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(SetupError, match="whole numbers"):
        nbstream.overrun(FAST, **bad)  # type: ignore[arg-type]


def test_the_command_prints_the_table_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overrun", "--stop-after", "5", "--max-tokens", "20", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["stop_after"] for row in rows] == ["", "5"]
    assert int(rows[1]["received_tokens"]) >= 5


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overrun", "opnai:gpt-4.1-mini"]) == 1
    assert "'openai'" in capsys.readouterr().err


def test_the_demo_streams_to_the_terminal_and_says_what_it_took(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbstream.providers.Demo", lambda *_, **__: Demo(tokens_per_s=0, first_token_s=0))
    assert main(["demo", "What is coffee?"]) == 0
    assert "The model finished." in capsys.readouterr().out
