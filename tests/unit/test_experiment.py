"""overrun(): a full run against stopped ones, what ends it early, its picture, and the command line around it."""

from __future__ import annotations

import csv
import io
import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as pyplot
import numpy as np
import pandas as pd
import pytest
from faults.server import PATIENCE, Server, answer, body, chunk, event, finish, headers, send, silence, text

import nbstream
from nbstream import ProviderError, SetupError, prices
from nbstream.__main__ import main
from nbstream.errors import AuthError
from nbstream.experiment import COLUMNS, plot, prepare
from nbstream.providers import Demo, OpenRouter

FAST = Demo(tokens_per_s=400, first_token_s=0)
pyplot.switch_backend("agg")


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    prices.clear()
    pyplot.close("all")


def test_the_embedded_model_tells_exactly_what_each_stop_cost() -> None:
    frame = nbstream.overrun(FAST, stop_after=(9, 30), repeat=2, max_tokens=60)
    assert frame["stop_after"].fillna(0).tolist() == [0, 9, 30] * 2
    assert frame["repeat"].tolist() == [1, 1, 1, 2, 2, 2]
    stopped = frame[frame["stop_after"].notna()]
    assert (stopped["received_tokens"] >= stopped["stop_after"]).all()
    assert (stopped["overrun_tokens"] == stopped["billed_tokens"] - stopped["received_tokens"]).all()
    assert set(stopped["billed_source"]) == {"reconciled"}
    assert set(stopped["ended_by"]) == {"guard"}
    full = frame[frame["stop_after"].isna()]
    assert full["billed_tokens"].tolist() == [60, 60]
    assert frame["note"].isna().all()


def test_the_embedded_model_counts_what_it_did_not_send_too() -> None:
    # all at once: the stop comes when much more has been generated than was read
    frame = nbstream.overrun(Demo(tokens_per_s=0, first_token_s=0), stop_after=5, max_tokens=2000)
    row = frame.iloc[1]
    assert row["received_tokens"] + row["overrun_tokens"] == row["billed_tokens"]
    assert (row["received_source"], row["billed_source"]) in {("running", "reconciled"), ("final", "final")}


def test_the_columns_are_the_documented_ones() -> None:
    frame = nbstream.overrun(FAST, stop_after=[], max_tokens=5)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == COLUMNS


def test_what_each_run_cost_is_told_where_a_price_is_known() -> None:
    prices.override("demo", input=0, output=1_000_000)
    frame = nbstream.overrun(FAST, stop_after=[9], max_tokens=20)
    assert frame["cost_usd"].tolist() == frame["billed_tokens"].tolist()
    assert set(frame["cost_source"]) == {"override"}


def test_the_prompt_may_be_a_conversation(server: Server) -> None:
    server.script(*answer("word"))
    messages = [{"role": "user", "content": "Hello"}]
    nbstream.overrun("test", messages, stop_after=[], base_url=server.base_url)
    assert server.connection().json["messages"] == messages


def test_a_service_that_is_asked_afterwards_tells_the_overrun(server: Server) -> None:
    told = {"prompt_tokens": 5, "completion_tokens": 40}
    server.script(headers(), text("word"), finish(usage=told))
    server.script(headers(), send(event({"id": "gen-1", "choices": [], "usage": told})), text("word"), silence())
    server.script(*body(json.dumps({"data": {"native_tokens_prompt": 5, "native_tokens_completion": 47}})))
    service = OpenRouter("test", base_url=server.base_url, api_key="sk-0123456789")
    row = nbstream.overrun(service, stop_after=[9]).iloc[1]
    assert (row["received_tokens"], row["billed_tokens"], row["overrun_tokens"]) == (40, 47, 7)


def test_a_service_that_does_not_tell_is_unknown_and_not_zero(server: Server) -> None:
    server.script(*answer("word " * 8)).script(headers(), text("word " * 8), silence())
    frame = nbstream.overrun("test", stop_after=[5], base_url=server.base_url)
    row = frame.iloc[1]
    assert row[["billed_tokens", "overrun_tokens"]].isna().all()
    assert row["note"].startswith("unknown")
    assert server.connection(1).left()


def test_a_count_that_ends_at_the_cut_is_no_bill(server: Server) -> None:
    server.script(*answer("word"))
    told = {"prompt_tokens": 5, "completion_tokens": 40}
    server.script(headers(), send(event({"choices": [], "usage": told})), text("word"), silence())
    row = nbstream.overrun("test", stop_after=[9], base_url=server.base_url).iloc[1]
    assert (row["output_tokens"], row["output_source"]) == (40, "running")
    assert row[["billed_tokens", "overrun_tokens"]].isna().all()


def test_an_answer_that_ends_before_the_stop_says_so(server: Server) -> None:
    server.script(*answer("word " * 8)).script(*answer("word " * 8))
    row = nbstream.overrun("test", stop_after=[100], base_url=server.base_url).iloc[1]
    assert row["ended_by"] == "model"
    assert row["note"].startswith("The answer ended before 100 tokens had come.")


@pytest.mark.parametrize("counts", [9, [9], (9,), range(9, 10), np.array([9]), {9}])
def test_the_counts_may_come_in_any_list(counts: object) -> None:
    assert prepare(FAST, "Hello", counts, 1, None, None, {}).counts == (9,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bad", [{"stop_after": [0]}, {"stop_after": ["9"]}, {"stop_after": "9"}, {"stop_after": True}, {"repeat": 0}]
)
def test_counts_that_make_no_sense_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(SetupError, match="whole numbers"):
        nbstream.overrun(FAST, **bad)  # type: ignore[arg-type]


# ---- what ends it early


def test_the_first_run_that_fails_ends_it_and_nothing_more_is_sent(server: Server) -> None:
    server.script(*body('{"error": {"message": "bad key"}}', "401 Unauthorized"))
    with pytest.raises(AuthError, match="bad key"):
        nbstream.overrun("test", base_url=server.base_url)
    assert len(server.connections) == 1


def test_an_error_inside_the_stream_ends_it_too(server: Server) -> None:
    server.script(*answer("word " * 8))
    server.script(headers(), send(chunk("word") + event({"error": {"message": "out of memory"}})))
    with pytest.raises(ProviderError, match="out of memory"):
        nbstream.overrun("test", stop_after=[50, 60], base_url=server.base_url)
    assert len(server.connections) == 2


def test_what_was_measured_before_a_failure_is_kept_in_it(server: Server) -> None:
    server.script(*answer("word " * 8)).script(*body("no", "400 Bad Request"))
    with pytest.raises(ProviderError) as failed:
        nbstream.overrun("test", stop_after=[5], base_url=server.base_url)
    frame: pd.DataFrame = failed.value.measured  # type: ignore[attr-defined]
    assert frame["ended_by"].tolist() == ["model", "error"]
    assert "400" in frame["note"][1]


def test_an_interrupt_stops_the_live_run_and_keeps_what_was_measured(server: Server) -> None:
    server.script(*answer("word " * 8)).script(headers(), text("word"), silence())

    def interrupt() -> None:
        server.connection(1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt) as stopped:
        nbstream.overrun("test", stop_after=[500, 600], base_url=server.base_url)
    assert stopped.value.measured["ended_by"].tolist() == ["model", "person"]  # type: ignore[attr-defined]
    assert server.connection(1).left()


def test_stop_all_ends_it_and_gives_what_was_measured(server: Server) -> None:
    server.script(headers(), text("word"), silence())
    frames: list[pd.DataFrame] = []
    work = threading.Thread(target=lambda: frames.append(nbstream.overrun("test", base_url=server.base_url)))
    work.start()
    server.connection()
    assert nbstream.stop_all("Enough.") == 1
    work.join(PATIENCE)
    assert frames[0]["ended_by"].tolist() == ["person"]
    assert frames[0]["note"][0].startswith("Enough.")


# ---- the picture


def a_table(*overruns: int | None) -> pd.DataFrame:
    stops = [9 * n for n in range(1, len(overruns) + 1)]
    frame = pd.DataFrame(
        {"stop_after": [None, *stops], "received_tokens": [300, *stops], "overrun_tokens": [0, *overruns]},
        dtype="Int64",
    )
    return frame.assign(provider="openai", model="gpt-4.1-mini")


def test_a_bar_is_as_high_as_what_was_generated() -> None:
    axes = plot(a_table(3, 5))
    tops = [bar.get_y() + bar.get_height() for bar in axes.containers[1]]
    assert tops == [12, 23]


def test_an_overrun_that_is_not_known_is_written_and_not_drawn() -> None:
    axes = plot(a_table(None))
    assert "9 received\noverrun unknown" in [words.get_text() for words in axes.texts]


def test_the_title_names_the_model_and_the_length_of_its_answer() -> None:
    assert plot(a_table(3)).get_title("left") == "openai:gpt-4.1-mini\na whole answer has 300 tokens"


def test_without_a_stopped_run_there_is_nothing_to_draw() -> None:
    with pytest.raises(SetupError, match="no run was stopped"):
        plot(a_table())


# ---- the command line


def test_the_command_prints_the_table_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overrun", "--stop-after", "5", "--max-tokens", "20", "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["stop_after"] for row in rows] == ["", "5"]
    assert int(rows[1]["received_tokens"]) >= 5


def test_the_command_prints_all_columns_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overrun", "--stop-after", "5,7", "--max-tokens", "20", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["stop_after"] for row in rows] == [None, 5, 7]
    assert set(rows[0]) == set(COLUMNS)


def test_the_table_for_people_says_unknown_where_the_service_does_not_tell(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.script(*answer("word " * 8)).script(headers(), text("word " * 8), silence())
    assert main(["overrun", "--model", "test", "--base-url", server.base_url, "--stop-after", "5"]) == 0
    never, five = capsys.readouterr().out.splitlines()[1:3]
    assert never.split()[:4] == ["never", "10", "unknown", "unknown"]
    assert five.split()[:4] == ["5", "10", "unknown", "unknown"]


def test_the_command_sends_the_prompt_and_the_key_that_it_is_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_KEY", "sk-planted-0123456789")
    server.script(*answer("word")).script(*answer("word"))
    place = ["--model", "test", "--base-url", server.base_url]
    assert main(["overrun", *place, "--prompt", "Why?", "--key-variable", "MY_KEY", "--stop-after", "5"]) == 0
    asked = server.connection()
    assert asked.json["messages"] == [{"role": "user", "content": "Why?"}]
    assert "sk-planted-0123456789" in asked.headers["authorization"]


def test_the_command_prints_what_was_measured_before_a_failure(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.script(*answer("word " * 8)).script(*body("no", "400 Bad Request"))
    assert main(["overrun", "--model", "test", "--base-url", server.base_url, "--stop-after", "5", "--csv"]) == 1
    printed = capsys.readouterr()
    assert [row["ended_by"] for row in csv.DictReader(io.StringIO(printed.out))] == ["model", "error"]
    assert "400" in printed.err


def test_the_command_draws_the_picture(tmp_path: Path) -> None:
    file = tmp_path / "overrun.png"
    assert main(["overrun", "--stop-after", "5", "--max-tokens", "10", "--plot", str(file)]) == 0
    assert file.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--plot", "no-such-folder/overrun.png"], "no folder"),
        (["--plot", "overrun.txt"], "by its ending"),
        (["--key-variable", "NO_SUCH_VARIABLE"], "NO_SUCH_VARIABLE is not set"),
        (["demo", "--model", "demo"], "given twice"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_asked(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["overrun", *words]) == 1
    printed = capsys.readouterr()
    assert said in printed.err
    assert "1 of 3" not in printed.err


def test_counts_that_are_no_numbers_are_a_mistake_in_the_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["overrun", "--stop-after", "9,many"])
    assert left.value.code == 2
    assert "such as 9,100" in capsys.readouterr().err


def test_the_command_says_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["overrun", "opnai:gpt-4.1-mini"]) == 1
    assert "'openai'" in capsys.readouterr().err


def test_the_demo_streams_to_the_terminal_and_says_what_it_took(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nbstream.providers.Demo", lambda *_, **__: Demo(tokens_per_s=0, first_token_s=0))
    assert main(["demo", "What is coffee?"]) == 0
    assert "The model finished." in capsys.readouterr().out
