"""A person's stop outranks the tries that follow by themselves, at whatever moment it comes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from faults.server import PATIENCE, Server, headers, silence, text
from faults.watch import Watch

from nbstream import Attempt, Generation
from nbstream.guards import Pattern
from nbstream.run import Decision
from nbstream.supervisor import supervisor

Start = Callable[..., Generation]

WAYS: dict[str, Callable[[Generation, Attempt], object]] = {
    "a call": lambda generation, first: supervisor().call(
        generation.halt, generation.runs[first.attempt_id], Decision("person", None, time.monotonic())
    ),
    "a click": lambda generation, first: generation.receive(
        {"type": "stop", "generation": "g", "nonce": "n", "attempt": first.attempt_id}
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_stop_that_meets_the_end_of_an_attempt_ends_the_try_that_followed_it(
    way: str, server: Server, start: Start, watch: Watch
) -> None:
    server.script(headers(), text("loop"), silence()).script(headers(), text("second"), silence())
    generation = start(guards=[Pattern("loop")], retries=3)
    watch.sees("second")
    WAYS[way](generation, generation.attempts[0])
    server.connection(1).left()
    assert generation.wait(PATIENCE).ended_by == "person"
    assert [attempt.ended_by for attempt in generation.attempts] == ["guard", "person"]


def test_a_widget_that_is_closed_between_two_tries_leaves_none_behind(server: Server, start: Start) -> None:
    server.script(headers(), text("loop"), silence())
    between, closed = threading.Event(), threading.Event()

    def changes(attempt: Attempt) -> dict[str, object]:
        between.set()
        assert closed.wait(PATIENCE)
        return {}

    generation = start(guards=[Pattern("loop")], retries=3, changes=changes)
    assert between.wait(PATIENCE)
    assert generation.status == "done"
    generation.close()
    closed.set()
    assert generation.wait(PATIENCE).reason == "The widget was closed."
    assert len(generation.attempts) == 2
