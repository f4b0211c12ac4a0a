"""The experiment on the command line, and its picture."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import matplotlib.pyplot as pyplot
import pandas as pd
import pytest
from faults.server import Server, answer, body, headers, silence, text

from nbstream import SetupError
from nbstream.__main__ import main
from nbstream.experiment import COLUMNS, plot
from nbstream.providers import Demo

pyplot.switch_backend("agg")


@pytest.fixture(autouse=True)
def _no_picture_stays_open() -> Iterator[None]:
    yield
    pyplot.close("all")


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


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["table", "json"])
def test_what_a_server_says_does_not_steer_the_terminal(
    form: list[str], server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    server.script(*answer("word " * 8)).script(*body("\x1b[2J\u202eno", "400 Bad Request"))
    assert main(["overrun", "--model", "test", "--base-url", server.base_url, "--stop-after", "5", *form]) == 1
    printed = "".join(capsys.readouterr())
    assert "400" in printed
    assert not {"\x1b", "\u202e"} & set(printed)


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
