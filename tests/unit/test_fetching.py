"""A vocabulary that is missing is fetched while nothing streams, by hand or by itself, and holds nothing up."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from faults.server import PATIENCE, Server, Step, answer, body, chunk, drip, finish, headers, named, send, silence, text
from faults.watch import Watch
from ranks import content, real

from nbstream import vocabulary
from nbstream.attempt import Attempt
from nbstream.errors import NbstreamError, SetupError
from nbstream.fetching import SIZE_LIMIT, fetch
from nbstream.plan import make_plan, tally_for
from nbstream.providers import OpenAIChat
from nbstream.run import Check, Run
from nbstream.supervisor import Supervisor
from nbstream.transport import HttpTransport
from nbstream.vocabulary import TABLE

NAME = "o200k_base"
MODEL = "gpt-4o"
ANSWER = "Seven pale 學習 words, don't you think?"
EXACT = len(real(NAME).encode_ordinary(ANSWER))
PROMPT = 3 + 3 + 1 + 1


class Listener:
    """Notes what it is told, so that a test can await it."""

    def __init__(self) -> None:
        self.news = threading.Event()
        self.ends = threading.Event()

    def started(self, attempt: Attempt) -> None: ...
    def progressed(self, attempt: Attempt, new: int) -> None: ...
    def noted(self, attempt: Attempt) -> None: ...

    def ended(self, attempt: Attempt) -> None:
        self.ends.set()

    def updated(self, attempt: Attempt) -> None:
        self.news.set()


class Bench:
    """A supervisor of the test's own, which fetches from a scripted server, and attempts at another."""

    def __init__(self, models: Server, files: Server) -> None:
        self.models = models
        self.files = files
        self.supervisor = Supervisor({"http": HttpTransport}, files.base_url)

    def start(self, *checks: Check, model: str = MODEL) -> tuple[Run, Listener]:
        plan = make_plan("Hello", OpenAIChat(model, base_url=self.models.base_url), options={})
        attempt = plan.attempt("gen_1", 1, "first", None)
        listener = Listener()
        run = Run(attempt, plan.ask(attempt), plan.provider, tally_for(plan.provider), listener, list(checks))
        self.supervisor.start(run)
        return run, listener

    def settled(self, run: Run) -> Attempt:
        """The attempt, once it has ended and all that is waited for is known."""
        assert self.supervisor.wait(run, PATIENCE, settled=True)
        return run.attempt

    def fetched(self) -> None:
        """Wait until no fetch is under way."""

        async def done() -> None:
            while task := self.supervisor.recount.fetching:
                await asyncio.wait([task])

        asyncio.run_coroutine_threadsafe(done(), self.supervisor.loop).result(PATIENCE)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, nothing in memory, and leave to fetch."""
    for variable in vocabulary.FOLDER_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(vocabulary, "loaded", {})
    monkeypatch.delenv("NBSTREAM_OFFLINE")
    return tmp_path / "data-gym-cache"


@pytest.fixture
def files() -> Iterator[Server]:
    """Where vocabularies are fetched; a black hole unless the test gives it a script."""
    running = Server()
    yield running
    running.stop()


@pytest.fixture
def bench(server: Server, files: Server) -> Iterator[Bench]:
    made = Bench(server, files)
    yield made
    for run in list(made.supervisor.runs.values()):
        made.supervisor.stop(run.attempt.attempt_id)
        made.settled(run)
    made.supervisor.call(made.supervisor.recount.pause)
    made.fetched()
    made.supervisor.close()
    made.supervisor.loop.run_until_complete(made.supervisor.loop.shutdown_default_executor())
    made.supervisor.loop.close()


def the_file(name: str = NAME) -> list[Step]:
    return body(content(name), kind="application/octet-stream")


# ---- the fetch itself


def test_a_good_file_comes_into_the_cache(files: Server, cache: Path) -> None:
    files.script(the_file())
    path = asyncio.run(fetch(NAME, files.base_url))
    assert path == vocabulary.find(NAME) == cache / TABLE[NAME].file
    assert [it.name for it in cache.iterdir()] == [TABLE[NAME].file]
    assert files.connection().line == "GET /v1/o200k_base.tiktoken HTTP/1.1"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (body(content(NAME)[:-1]), "sha256 differs"),
        (body(""), "sha256 differs"),
        (body("<html>Sign in to the hotel's network</html>"), "sha256 differs"),
        (body("", "404 Not Found"), "answered 404"),
        (body("", "302 Found", Location="http://elsewhere.invalid/"), "answered 302"),
        ([headers(Content_Length="99"), send("half")], "could not be reached"),
        ([headers(), drip(b"x" * 65536, 65536, forever=True)], f"more than the {SIZE_LIMIT:,} bytes"),
        ([], "could not be reached"),
    ],
    ids=["cut", "empty", "hotel", "404", "redirect", "broken off", "endless", "closed"],
)
def test_anything_else_is_refused_and_nothing_is_written(
    script: list[Step], said: str, files: Server, cache: Path
) -> None:
    files.script(script)
    with pytest.raises(NbstreamError, match=said):
        asyncio.run(fetch(NAME, files.base_url))
    assert not cache.exists()
    assert files.connection().left()


@pytest.mark.parametrize(
    "script",
    [[silence()], [headers(), silence()], [drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9999, 1, 0.01)]],
    ids=["silent", "no body", "header in drops"],
)
def test_a_server_that_never_gets_to_its_end_meets_the_deadline(script: list[Step], files: Server) -> None:
    files.script(script)
    with pytest.raises(NbstreamError, match=r"did not (come|answer)"):
        asyncio.run(fetch(NAME, files.base_url, deadline_s=0.2))
    assert files.connection().left()


def test_offline_nothing_is_connected_to(files: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBSTREAM_OFFLINE", "1")
    with pytest.raises(SetupError, match="NBSTREAM_OFFLINE is set"):
        asyncio.run(fetch(NAME, files.base_url))
    assert files.connections == []


def test_with_no_cache_to_put_it_in_nothing_is_connected_to(files: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    with pytest.raises(SetupError, match="TIKTOKEN_CACHE_DIR is empty"):
        asyncio.run(fetch(NAME, files.base_url))
    assert files.connections == []


# ---- by itself, after a stream


def test_a_row_becomes_exact_when_the_file_has_come(bench: Bench, cache: Path) -> None:
    held = threading.Event()
    bench.models.script(answer(ANSWER))
    bench.files.script(named("hold", lambda _: held.wait(PATIENCE)), the_file())
    run, listener = bench.start()
    attempt = bench.settled(run)
    assert (attempt.received.source, attempt.input.source) == ("estimate", "estimate")
    held.set()
    assert listener.news.wait(PATIENCE)
    assert (attempt.received.tokens, attempt.received.source) == (EXACT, "tokenizer")
    assert (attempt.input.tokens, attempt.input.source) == (PROMPT, "tokenizer")
    assert vocabulary.find(NAME) == cache / TABLE[NAME].file


def test_later_streams_count_exactly_as_they_come(bench: Bench) -> None:
    bench.models.script(answer(ANSWER)).script(headers(), text(ANSWER), silence())
    bench.files.script(the_file())
    _, listener = bench.start()
    assert listener.news.wait(PATIENCE)
    watch = Watch()
    run, _ = bench.start(watch)
    watch.sees(ANSWER)
    assert (run.attempt.received.tokens, run.attempt.received.source) == (EXACT, "tokenizer")
    assert len(bench.files.connections) == 1


def test_a_black_hole_holds_up_neither_end_nor_settling_nor_the_next_stream(bench: Bench) -> None:
    bench.files.script(silence("black hole"))
    bench.models.script(answer(ANSWER)).script(headers(), text("first"), silence())
    run, listener = bench.start()
    attempt = bench.settled(run)
    fetching = bench.files.connection()
    assert fetching.ready.wait(PATIENCE)
    assert (attempt.ended_by, attempt.received.source) == ("model", "estimate")
    assert not fetching.gone.is_set(), "all that was with the fetch still pending"
    watch = Watch()
    second, _ = bench.start(watch)
    watch.sees("first")
    bench.supervisor.stop(second.attempt.attempt_id)
    assert bench.supervisor.wait(second, PATIENCE)
    assert (second.attempt.ended_by, second.attempt.text) == ("person", "first")
    assert bench.models.connection(1).left().during == "silence"
    assert not listener.news.is_set()


def test_a_stream_that_begins_has_the_network_to_itself_and_the_fetch_comes_after_it(bench: Bench) -> None:
    bench.files.script(silence("black hole")).script(the_file())
    bench.models.script(answer(ANSWER)).script(headers(), text(ANSWER), silence())
    first, first_listener = bench.start()
    bench.settled(first)
    assert bench.files.connection().ready.wait(PATIENCE)
    watch = Watch()
    second, second_listener = bench.start(watch)
    assert bench.files.connection().left().during == "black hole"
    watch.sees(ANSWER)
    bench.fetched()
    assert len(bench.files.connections) == 1, "nothing is fetched while something streams"
    bench.supervisor.stop(second.attempt.attempt_id)
    assert second_listener.news.wait(PATIENCE)
    assert first_listener.news.wait(PATIENCE)
    assert {run.attempt.received.tokens for run in (first, second)} == {EXACT}
    assert len(bench.files.connections) == 2


def test_while_anything_streams_no_fetch_begins(bench: Bench) -> None:
    bench.files.script(the_file())
    bench.models.script(headers(), text("other"), silence()).script(answer(ANSWER))
    watch = Watch()
    other, _ = bench.start(watch)
    watch.sees("other")
    run, listener = bench.start()
    bench.settled(run)
    assert bench.files.connections == []
    bench.supervisor.stop(other.attempt.attempt_id)
    assert listener.news.wait(PATIENCE)
    assert (run.attempt.received.tokens, run.attempt.received.source) == (EXACT, "tokenizer")


def test_a_file_is_fetched_once_for_many(bench: Bench) -> None:
    held = threading.Event()
    bench.models.script(answer(ANSWER))
    bench.files.script(named("hold", lambda _: held.wait(PATIENCE)), the_file())
    started = [bench.start() for _ in range(5)]
    for run, _ in started:
        bench.settled(run)
    assert bench.files.connection()
    held.set()
    assert all(listener.news.wait(PATIENCE) for _, listener in started)
    assert len(bench.files.connections) == 1


def test_each_model_gets_its_own_vocabulary_one_fetch_after_the_other(bench: Bench) -> None:
    held = threading.Event()
    bench.models.script(headers(), text(ANSWER), named("hold", lambda _: held.wait(PATIENCE)), finish())
    started = [bench.start(model=model) for model in ("gpt-4o", "gpt-4")]
    bench.models.connection(1)
    bench.files.script(lambda connection: [step(connection) for step in the_file(asked_of(connection.line))])
    held.set()
    assert all(listener.news.wait(PATIENCE) for _, listener in started)
    lengths = [len(real(name).encode_ordinary(ANSWER)) for name in ("o200k_base", "cl100k_base")]
    assert [run.attempt.received.tokens for run, _ in started] == lengths


def asked_of(line: str) -> str:
    return line.split()[1].rpartition("/")[2].removesuffix(".tiktoken")


def test_a_failure_is_remembered_and_said_to_the_log_alone(
    bench: Bench, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG, "nbstream")
    bench.models.script(answer(ANSWER))
    bench.files.script(body("not that file"))
    for _ in range(3):
        run, _ = bench.start()
        attempt = bench.settled(run)
        bench.fetched()
        assert attempt.received.source == "estimate"
    assert len(bench.files.connections) == 1
    told = [(record.levelname, record.name) for record in caplog.records if "could not be fetched" in record.message]
    assert told == [("DEBUG", "nbstream")]
    assert capfd.readouterr() == ("", "")


def test_a_failure_is_not_remembered_for_ever(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbstream.recount.AGAIN_S", 0.0)
    bench.models.script(answer(ANSWER))
    bench.files.script(body("not that file")).script(the_file())
    first, first_listener = bench.start()
    bench.settled(first)
    bench.fetched()
    bench.settled(bench.start()[0])
    assert first_listener.news.wait(PATIENCE)


def test_offline_nothing_is_fetched_and_counts_stay_estimates(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBSTREAM_OFFLINE", "1")
    bench.models.script(answer(ANSWER))
    attempt = bench.settled(bench.start()[0])
    bench.fetched()
    assert (attempt.received.source, bench.files.connections) == ("estimate", [])


@pytest.mark.parametrize("model", ["llama3.2", "claude-sonnet-4-5", "text-davinci-003"])
def test_for_a_model_whose_vocabulary_is_not_known_nothing_is_fetched(model: str, bench: Bench) -> None:
    bench.models.script(answer(ANSWER))
    attempt = bench.settled(bench.start(model=model)[0])
    bench.fetched()
    assert (attempt.received.source, bench.files.connections) == ("estimate", [])


def test_where_the_server_counted_nothing_is_fetched(bench: Bench) -> None:
    usage = {"prompt_tokens": 11, "completion_tokens": 7}
    bench.models.script(headers(), text(ANSWER), finish(usage=usage))
    attempt = bench.settled(bench.start()[0])
    bench.fetched()
    assert (attempt.received.tokens, attempt.received.source, bench.files.connections) == (7, "final", [])


def test_calls_of_tools_are_counted_as_an_estimate(bench: Bench, cache: Path) -> None:
    cache.mkdir()
    (cache / TABLE[NAME].file).write_bytes(content(NAME))
    call = [{"index": 0, "id": "c1", "function": {"name": "weather", "arguments": '{"place": '}}]
    more = [{"index": 0, "function": {"arguments": '"Oslo"}'}}]
    pieces = [chunk("", choices=[{"delta": {"tool_calls": calls}}]) for calls in (call, more)]
    bench.models.script(headers(), send(b"".join(pieces)), finish("tool_calls"))
    attempt = bench.settled(bench.start()[0])
    assert attempt.received.tokens == len(real(NAME).encode_ordinary('weather{"place": "Oslo"}'))
    assert attempt.received.source == "estimate"


class Failing:
    """Stands in for a vocabulary whose core panics at whatever it is given."""

    def encode_ordinary(self, text: str) -> list[int]:
        raise Panic("the core failed")


class Panic(BaseException):
    """As pyo3's, which has no name in Python."""


def test_a_panic_inside_counting_ends_no_stream(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "loaded", {NAME: Failing()})
    bench.models.script(answer("one ", "two ", "three"))
    attempt = bench.settled(bench.start()[0])
    assert (attempt.ended_by, attempt.text, attempt.error) == ("model", "one two three", None)
    assert (attempt.received.source, attempt.input.source) == ("estimate", "estimate")


def test_what_a_stopped_model_reasoned_unseen_is_said(bench: Bench) -> None:
    bench.files.script(silence())
    bench.models.script(headers(), text("word"), silence())
    check: Callable[[str], Check] = lambda reason: lambda attempt, now: reason  # noqa: E731
    seen, unseen = (bench.settled(bench.start(check("Enough."), model=model)[0]) for model in ("gpt-4o", "o3-mini"))
    assert seen.reason == "Enough."
    assert unseen.reason is not None
    assert unseen.reason.startswith("Enough. This model also reasons unseen")
