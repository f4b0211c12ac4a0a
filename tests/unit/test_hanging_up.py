"""A decision closes the socket itself, before the reader's task has had its turn to clean up."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from faults.server import PATIENCE, Closed, Server, Step, answer, chunk, drip, headers, silence, text

from nbstream import Generation
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


def test_what_has_ended_holds_no_connection(server: Server, start: Start) -> None:
    server.script(*answer("one"))
    generation = start()
    generation.wait(PATIENCE)
    assert generation.last_run.line.hang_up is no_connection
