"""Estimates become exact once nothing streams; the vocabulary that takes is fetched then, and holds nothing up."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from counting import NAME, Bench, the_file
from faults.server import PATIENCE, Server, answer, body, chunk, finish, headers, named, send, silence, text
from faults.watch import Watch
from ranks import cache_in, content, empty_cache, real

from nbstream import vocabulary
from nbstream.vocabulary import TABLE

ANSWER = "Seven pale 學習 words, don't you think?"
EXACT = len(real(NAME).encode_ordinary(ANSWER))
PROMPT = 3 + 3 + 1 + 1


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and leave to fetch."""
    monkeypatch.delenv("NBSTREAM_OFFLINE")
    return empty_cache(tmp_path, monkeypatch)


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
    made.stop()


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
    bench.models.connection(1).left()
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


def test_while_anything_streams_no_vocabulary_is_loaded(bench: Bench, cache: Path) -> None:
    cache.mkdir()
    cache_in(cache, NAME)
    bench.models.script(headers(), text("other"), silence()).script(answer(ANSWER))
    watch = Watch()
    other, _ = bench.start(watch)
    watch.sees("other")
    run, listener = bench.start()
    assert bench.settled(run).received.source == "estimate"
    assert vocabulary.ready(NAME) is None, "loading it stalls every thread for a tenth of a second"
    bench.supervisor.stop(other.attempt.attempt_id)
    assert listener.news.wait(PATIENCE)
    assert (run.attempt.received.tokens, bench.files.connections) == (EXACT, [])


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


SCRIPT = """
import atexit, sys
from nbstream import supervisor as module
module.the_supervisor = module.Supervisor({"http": module.HttpTransport}, sys.argv[2])
atexit.register(module.the_supervisor.close)
import nbstream
attempt = nbstream.generate("Hello", "gpt-4o", base_url=sys.argv[1]).wait()
print(attempt.ended_by, flush=True)
sys.stdin.readline()
"""


def test_a_process_ends_in_peace_with_a_fetch_pending(server: Server, files: Server, tmp_path: Path) -> None:
    server.script(answer(ANSWER))
    files.script(silence("black hole"))
    command = [sys.executable, "-c", SCRIPT, server.base_url, files.base_url]
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, text=True, stdin=pipe, stdout=pipe, stderr=pipe, env={**os.environ, "TMPDIR": str(tmp_path)}
    ) as process:
        fetching = files.connection()
        assert fetching.ready.wait(PATIENCE)
        out, said = process.communicate("\n", timeout=PATIENCE)
    assert (process.returncode, out, said) == (0, "model\n", "")
    assert fetching.left().during == "black hole"
