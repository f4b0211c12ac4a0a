"""A stop tells the server on the thread that asks, so that a loop which has much to do keeps nobody waiting."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from faults.server import PATIENCE, Connection, Server, Step, answer, chunk, drip, flood, headers, send, silence, text
from faults.watch import Watch

import nbstream
from nbstream import Generation
from nbstream.providers import OpenAIChat
from nbstream.run import Decision, give_up
from nbstream.stop_routes import deliver
from nbstream.supervisor import supervisor

Start = Callable[..., Generation]

PHASES: dict[str, list[Step]] = {
    "before headers": [silence()],
    "flowing": [headers(), text("word "), drip(chunk("word "), 64, 0.005, forever=True)],
    "silent in mid-stream": [headers(), text("word "), silence()],
    "without pause": [headers(), text("word "), flood(chunk("word ") * 50)],
}


def click(generation: Generation) -> None:
    """As a page asks for it, over any of the three routes."""
    names = {"generation": generation.generation_id, "attempt": generation.attempt.attempt_id}
    deliver({"type": "stop", "nonce": "n", **names})


WAYS: dict[str, Callable[[Generation], object]] = {
    "gen.stop()": Generation.stop,
    "nbstream.stop()": lambda generation: nbstream.stop(generation.attempt.attempt_id),
    "nbstream.stop_all()": lambda _: nbstream.stop_all(),
    "a click": click,
}


@contextlib.contextmanager
def busy() -> Iterator[None]:
    """The loop gets to nothing else for so long."""
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        go.wait(2 * PATIENCE)

    supervisor().call(hold)
    assert held.wait(PATIENCE)
    try:
        yield
    finally:
        go.set()


def reading(server: Server, start: Start, script: list[Step]) -> tuple[Generation, Connection]:
    """A generation, and its connection, in some phase."""
    server.script(*script)
    generation = start()
    connection = server.connection()
    assert connection.ready.wait(PATIENCE)
    return generation, connection


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("phase", PHASES)
def test_the_server_hears_of_a_stop_while_the_loop_is_busy(phase: str, way: str, server: Server, start: Start) -> None:
    generation, connection = reading(server, start, PHASES[phase])
    with busy():
        began = time.monotonic()
        WAYS[way](generation)
        done = time.monotonic()
        connection.left()
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, attempt.error) == ("person", None)
    assert attempt.stop_latency_ms is not None
    assert attempt.stop_latency_ms <= (done - began) * 1000


def test_what_came_before_it_is_kept_and_nothing_after_it(server: Server, start: Start, watch: Watch) -> None:
    going = [(" unread", threading.Event(), threading.Event()), (" late", threading.Event(), threading.Event())]

    def regardless(connection: Connection) -> None:
        for words, go, sent in going:
            assert go.wait(PATIENCE)
            connection.push(chunk(words))  # whether or not somebody listens
            sent.set()

    server.script(headers(), text("shown"), regardless)
    generation = start()
    watch.sees("shown")
    with busy():
        for _, go, sent in going:
            go.set()
            assert sent.wait(PATIENCE)
            generation.stop()
    assert generation.wait(PATIENCE).text == "shown unread"
    assert generation.history["text"].tolist() == ["shown unread"]


def test_an_attempt_that_is_stopped_before_the_loop_gets_to_it_sends_nothing(server: Server, start: Start) -> None:
    with busy():
        generation = start()
        generation.stop()
        assert generation.last_run.closed_at is not None, "nothing will be sent, and that is certain at once"
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, attempt.error, server.connections) == ("person", None, [])


def test_a_stop_between_two_tries_lets_no_other_one_be_sent(server: Server, start: Start) -> None:
    server.script(headers("503 Service Unavailable", retry_after="60"))
    generation = start()
    while generation.attempt.note is None:
        generation.wait(0.01)
    with busy():
        generation.stop()
        assert generation.last_run.closed_at is not None
    assert generation.wait(PATIENCE).ended_by == "person"
    assert len(server.connections) == 1


@pytest.mark.parametrize("rest", ["", 'data: {"id": "c1", "cho'])
def test_the_answer_of_a_server_that_is_faster_than_the_loop_is_no_failure(
    rest: str, server: Server, start: Start
) -> None:
    """The loop is never told here: all that it sees is a stream that breaks off, between two records or in one."""
    generation, connection = reading(server, start, [headers(), text("word "), send(rest), silence()])
    give_up(generation.last_run, Decision("person", None, time.monotonic()))
    connection.left()
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, attempt.reason, attempt.error) == ("person", "Stopped by you.", None)


def test_nothing_is_tried_again_after_it(server: Server, start: Start) -> None:
    with busy():
        generation = start(retries=3)
        give_up(generation.last_run, Decision("person", None, time.monotonic()))
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, len(generation.attempts), server.connections) == ("person", 1, [])


def test_who_asked_first_has_stopped_it(server: Server, start: Start) -> None:
    generation, _ = reading(server, start, PHASES["silent in mid-stream"])
    give_up(generation.last_run, Decision("person", None, time.monotonic()))
    supervisor().stop(generation.attempt.attempt_id, "guard", "too long")
    assert generation.wait(PATIENCE).reason == "Stopped by you."


def test_an_answer_that_is_whole_stays_one(server: Server, start: Start, watch: Watch) -> None:
    server.script(*answer("all of it"))
    generation = start()
    watch.until(lambda attempt: attempt.closed)
    give_up(generation.last_run, Decision("person", None, time.monotonic()))
    generation.stop()
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, attempt.text, attempt.stop_latency_ms) == ("model", "all of it", None)


def test_of_connections_that_are_not_ours_nothing_is_claimed_before_they_are_closed(watch: Watch) -> None:
    own = nbstream.Replay.text("Word by word. " * 600, events_per_s=60)
    generation = nbstream.generate("Hello", own, guards=[watch])
    watch.sees("Word")
    give_up(generation.last_run, Decision("person", None, time.monotonic()))
    assert generation.last_run.closed_at is None
    generation.stop()
    assert generation.wait(PATIENCE).stop_latency_ms is not None


def test_an_attempt_of_another_generation_goes_on(server: Server, start: Start) -> None:
    generation, connection = reading(server, start, PHASES["flowing"])
    other = nbstream.generate("Hello", OpenAIChat("x", base_url=server.base_url))
    others = server.connection(1)
    with busy():
        generation.stop()
        connection.left()
    generation.wait(PATIENCE)
    assert (other.status == "done", others.gone.is_set()) == (False, False)
