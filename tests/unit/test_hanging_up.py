"""A decision closes the socket itself, before the reader's task has had its turn to clean up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from faults.server import PATIENCE, Closed, Server, Step, answer, chunk, drip, headers, send, silence, text, wait
from faults.watch import Watch

from nbstream import Generation, gathering
from nbstream.attempt import EndedBy
from nbstream.run import Decision
from nbstream.supervisor import supervisor
from nbstream.wire import no_connection

Start = Callable[..., Generation]

PHASES: dict[str, list[Step]] = {
    "before headers": [silence()],
    "flowing": [headers(), text("word "), drip(chunk("word "), 64, 0.005, forever=True)],
    "silent in mid-stream": [headers(), text("word "), silence()],
}


def decided(generation: Generation, then: Callable[[], Closed]) -> tuple[Closed, float, float]:
    """Decide on the loop's thread and hold it until `then` is over; when that began, and when the decision was done."""
    told: Future[tuple[Closed, float, float]] = Future()

    def act() -> None:
        began = time.monotonic()
        supervisor().decide(generation.attempt.attempt_id, Decision("person", None, began))
        done = time.monotonic()
        try:
            told.set_result((then(), began, done))
        except AssertionError as failure:
            told.set_exception(failure)

    supervisor().call(act)
    return told.result(2 * PATIENCE)


@pytest.mark.parametrize("phase", PHASES)
def test_the_server_sees_the_close_in_the_decisions_own_turn_of_the_loop(
    phase: str, server: Server, start: Start
) -> None:
    server.script(*PHASES[phase])
    generation = start()
    connection = server.connection()
    assert connection.ready.wait(PATIENCE)
    _, began, done = decided(generation, connection.left)
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, attempt.error) == ("person", None)
    assert attempt.stop_latency_ms is not None
    assert attempt.stop_latency_ms <= (done - began) * 1000


# the head and the first text in one piece: what comes soon after another piece is held
ONE_PIECE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n" + chunk("one ")


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes fast is left in the socket for as long as the test lasts."""
    monkeypatch.setattr(gathering, "GATHER_S", 3600.0)
    monkeypatch.setattr(gathering, "LONGEST_S", 3600.0)


@pytest.mark.usefixtures("held")
@pytest.mark.parametrize(("by", "kept"), [("person", "one two three"), ("guard", "one two ")])
def test_a_person_keeps_what_had_come_and_a_guard_cuts_at_what_it_has_seen(
    by: EndedBy, kept: str, server: Server, start: Start, watch: Watch
) -> None:
    first, second = threading.Event(), threading.Event()
    server.script(send(ONE_PIECE), wait(first), text("two "), wait(second), text("three"), silence())
    generation = start()
    watch.sees("one")
    first.set()
    watch.sees("two")
    second.set()
    connection = server.connection()
    while connection.doing != "silence":
        assert not connection.gone.wait(0.01)
    supervisor().stop(generation.attempt.attempt_id, by)
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, attempt.text, attempt.error) == (by, kept, None)
    connection.left()


def test_what_has_ended_holds_no_connection(server: Server, start: Start) -> None:
    server.script(*answer("one"))
    generation = start()
    generation.wait(PATIENCE)
    assert generation.last_run.line.hang_up is no_connection
