"""Nothing that a model or a server says steers a terminal or turns what is read, wherever it is printed."""

from __future__ import annotations

import csv
import io
import json
import re
import traceback
from collections.abc import Callable

import pytest
from faults.logs import an_attempt
from faults.server import PATIENCE, Server, Step, body, event, finish, headers, send, silence, text
from fuzzing import fuzzed
from hypothesis import given
from hypothesis import strategies as st

import nbstream
from nbstream import Generation, Replay
from nbstream.__main__ import main
from nbstream.attempt import Attempt
from nbstream.display import static_bundle
from nbstream.errors import NbstreamError
from nbstream.events import Finished, Started, ToolDelta
from nbstream.folding import fold
from nbstream.log_writer import LogWriter
from nbstream.visible import visible

Start = Callable[..., Generation]
# clears the screen, sets the title, rings; C1's CSI; overwrites the line; turns the reading order
EVIL = "\x1b[2J\x1b]0;title\x07\x9b31m\x08\x7f\rhidden \u202edetrever\u2066\u2069"
STEERS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\r(?!\n)")


def safe(shown: str) -> bool:
    return "hidden" in shown and not STEERS.search(shown)


def test_what_steers_is_named_and_the_rest_stays() -> None:
    assert visible("a\x1b[1m\u202eb\r\n\tc\rd") == "a<U+001B>[1m<U+202E>b\r\n\tc<U+000D>d"
    assert visible("naïve 鸚鵡 👩‍👩‍👧 שלום \u200f") == "naïve 鸚鵡 👩‍👩‍👧 שלום \u200f"


@fuzzed(100)
@given(st.text())
def test_nothing_that_steers_is_left(said: str) -> None:
    assert not STEERS.search(visible(said))


SERVERS: dict[str, list[Step]] = {
    "a refusal": body(json.dumps({"error": {"message": EVIL}}), "400 Bad Request"),
    "a refusal in plain text": body(EVIL, "403 Forbidden", "text/plain"),
    "a refusal that is a list": body(json.dumps([{"error": EVIL}]), "422 Unprocessable Entity"),
    "an error event": [headers(), text("word"), send(event({"error": {"message": EVIL}}))],
    "an error that is no JSON": [headers(), send(f'data: {{"error": "{EVIL.replace(chr(13), "")}\n\n')],
    "a reason to finish": [headers(), text("word"), finish(EVIL)],
    "no HTTP": [send(f"hidden{EVIL}\r\n\r\n")],
}


@pytest.mark.parametrize("says", SERVERS)
def test_what_a_server_says_steers_nothing(says: str, server: Server, start: Start) -> None:
    server.script(*SERVERS[says])
    generation = start()
    attempt = generation.wait(PATIENCE)
    row = generation.history.iloc[0]
    assert "hidden" in (attempt.reason or "")
    for shown in (attempt.reason, attempt.error, repr(attempt), repr(generation), row["reason"], generation.rows[0]):
        assert not STEERS.search(str(shown)), shown
    if failure := generation.last_run.failure:
        assert not STEERS.search("".join(traceback.format_exception(failure)))


def test_an_error_of_any_kind_is_harmless_in_a_traceback() -> None:
    for kind in (NbstreamError, *NbstreamError.__subclasses__()):
        assert safe(str(kind(EVIL)))
        assert safe("".join(traceback.format_exception(kind(EVIL))))


def test_a_guards_reason_may_quote_the_model(start: Start, server: Server) -> None:
    server.script(headers(), text("word"), silence())
    generation = start(guards=[lambda attempt, now: EVIL if attempt.text else None])
    assert safe(generation.wait(PATIENCE).reason or "")


def test_a_models_name_is_harmless_in_a_repr() -> None:
    assert safe(repr(Attempt("att_1", "gen_1", 1, "p", EVIL)))


def test_the_demo_command_prints_nothing_that_steers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = nbstream.generating.generate
    monkeypatch.setattr(
        nbstream.generating, "generate", lambda prompt, model, **more: real(prompt, Replay.text(EVIL), **more)
    )
    assert main(["demo", "Hello"]) == 0
    assert safe(capsys.readouterr().out)


def test_the_static_output_shows_what_steers() -> None:
    generation = nbstream.generate("Hello", Replay.text(EVIL, events_per_s=0))
    generation.wait(PATIENCE)
    bundle = generation.static()
    assert set(bundle) == {"text/html", "text/plain"}, "Markdown and LaTeX would be interpreted"
    for shown in bundle.values():
        assert safe(shown)
    row = generation.rows[0] | {"reason": EVIL, "model": EVIL}
    assert safe(static_bundle("gen_1", [row], "")["text/html"])  # type: ignore[list-item]


# ---- nbstream history


@pytest.fixture
def _logged(log: LogWriter) -> None:
    """A row that another program wrote into the log of a team."""
    attempt = an_attempt(EVIL, model=EVIL, provider=EVIL)
    attempt.reason = attempt.error = EVIL
    log.ended(attempt)
    log.ended(an_attempt("=HYPERLINK(0)", f"[{EVIL}]"))
    assert log.flush(PATIENCE)


@pytest.mark.usefixtures("_logged")
@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("words", [[], ["--jsonl", "--text"], ["--csv", "--text"]], ids=lambda words: "".join(words))
def test_history_prints_nothing_that_steers(
    words: list[str], terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    assert main(["history", *words]) == 0
    out = capsys.readouterr().out
    if "--csv" in words and not terminal:
        assert next(csv.DictReader(io.StringIO(out)))["text"] == EVIL, "a program gets the exact data"
        return
    assert safe(out)
    if "--jsonl" in words:
        assert json.loads(out.split("\n")[0])["text"] == EVIL, "escaped, so nothing is lost"


@pytest.mark.usefixtures("_logged")
def test_csv_is_exact_and_warns_of_texts_that_a_spreadsheet_would_compute(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", "--csv", "--text"]) == 0
    told = capsys.readouterr()
    assert [row["text"] for row in csv.DictReader(io.StringIO(told.out))][1] == "=HYPERLINK(0)"
    assert "1 texts begin as a formula does" in told.err
    assert main(["history", "--csv"]) == 0
    assert capsys.readouterr().err == ""


# ---- what may be of any length


def test_a_servers_ids_and_words_are_bounded() -> None:
    attempt = Attempt("att_1", "gen_1", 1, "p", "m")
    fold(attempt, Started("x" * 10**6), 1.0)
    fold(attempt, Finished("other", "y" * 10**6), 1.0)
    assert attempt.response_id is None
    assert len(attempt.finish_raw or "") == 128
    fold(attempt, Started("resp_1"), 1.0)
    assert attempt.response_id == "resp_1"


def test_a_long_name_of_a_tool_does_not_come_back_with_each_piece() -> None:
    attempt = Attempt("att_1", "gen_1", 1, "p", "m")
    for index in (0, 1):
        fold(attempt, ToolDelta(index, "", f"id{index}", "n" * 10**5), 1.0)
    for number in range(1000):
        fold(attempt, ToolDelta(number % 2, "x"), 1.0)
    assert len(attempt.join("tool")) < 200_000
    assert json.loads(attempt.tool_calls or "")[0]["name"] == "n" * 10**5
