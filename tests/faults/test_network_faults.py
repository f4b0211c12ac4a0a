"""The fault matrix: every fault of `network.py` ends in words, keeps its text, is logged, and leaves nothing behind.

And so with Stop pressed at a random byte of it. `NBSTREAM_FULL=1` (`make test-faults`) presses twenty times in each.
"""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from faults.network import ENDING, FAULTS
from faults.rows import known, logged
from faults.server import PATIENCE, Connection, Server
from faults.watch import Watch

import nbstream
from nbstream import Attempt, Generation, backoff
from nbstream.providers import OpenAIChat
from nbstream.wire import Ask, Request

Start = Callable[..., Generation]

STOPS = 20 if os.environ.get("NBSTREAM_FULL") else 1

pytestmark = pytest.mark.usefixtures("nothing_left")


@pytest.fixture(autouse=True)
def _quick(nothing_left: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_S", 0.01)


@pytest.mark.parametrize("name", ENDING)
def test_a_fault_ends_in_words_keeps_its_text_and_is_logged(name: str, server: Server, start: Start) -> None:
    fault = FAULTS[name]
    server.script(*fault.steps)
    attempt = start(timeout=fault.timeout).wait(PATIENCE)
    assert (attempt.status, attempt.ended_by, attempt.text) == ("done", fault.by, fault.text)
    assert fault.words in (attempt.reason or "")
    assert attempt.error == (attempt.reason if fault.by == "error" else None)
    assert logged(attempt) == known(attempt)
    assert [connection.gone.wait(PATIENCE) for connection in server.connections] == [True] * fault.tries


@pytest.mark.parametrize("seed", range(STOPS))
@pytest.mark.parametrize("name", FAULTS)
def test_a_stop_at_a_random_byte_of_a_fault_ends_it_too(name: str, seed: int, server: Server, start: Start) -> None:
    fault = FAULTS[name]
    luck = random.Random(f"{name} {seed}")
    waits = luck.random() < 0.5
    pressed = threading.Event()

    def press(connection: Connection) -> None:
        pressed.set()
        if waits:  # for the stop to arrive in this very state; else it races with what is still to come
            connection.gone.wait(PATIENCE)

    server.script(*fault.steps)
    server.trips[luck.randrange(fault.tries)] = (luck.randint(0, fault.size), press)
    generation = start(timeout=fault.timeout)
    assert pressed.wait(PATIENCE), "the script never came so far"
    generation.stop()
    attempt = generation.wait(PATIENCE)
    assert attempt.status == "done"
    assert attempt.ended_by in {"person", fault.by or "person"}
    assert attempt.ended_by != "person" or (attempt.reason, attempt.error) == ("Stopped by you.", None)
    assert fault.text.startswith(attempt.text)
    assert logged(attempt) == known(attempt)
    for connection in server.connections:
        assert connection.gone.wait(PATIENCE), "the client never left"


def test_a_stop_that_comes_when_the_stream_has_failed_already_changes_nothing(server: Server, start: Start) -> None:
    server.script(*FAULTS["garbage in an event"].steps)
    failed = threading.Event()

    def stop_late(attempt: Attempt, now: float) -> str | None:
        """A guard is asked after what came was read, and before the connection is closed."""
        if attempt.error:
            nbstream.stop(attempt.attempt_id)
            failed.set()
        return None

    generation = start(guards=[stop_late])
    attempt = generation.wait(PATIENCE)
    assert failed.is_set()
    assert (attempt.ended_by, attempt.error) == ("error", attempt.reason)


class Hasty(OpenAIChat):
    """A provider that waits but a moment for a connection."""

    def request(self, ask: Ask) -> Request:
        return replace(super().request(ask), connect_s=0.1)


def test_a_connection_that_is_never_made_ends_and_is_logged(full: int) -> None:
    generation = nbstream.generate("Hello", Hasty("test", base_url=f"http://127.0.0.1:{full}/v1"))
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, attempt.text) == ("error", "")
    assert "Is the server up and reachable?" in (attempt.reason or "")
    assert logged(attempt) == known(attempt)


def test_a_connection_that_is_refused_ends_and_is_logged(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    attempt = start(base_url=f"http://127.0.0.1:{port}/v1").wait(PATIENCE)
    assert (attempt.ended_by, attempt.text) == ("error", "")
    assert "Is the server running" in (attempt.reason or "")
    assert logged(attempt) == known(attempt)


def test_a_stop_between_two_tries_ends_it(start: Start, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_S", 60.0)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    generation = start(base_url=f"http://127.0.0.1:{port}/v1")
    watch.until(lambda attempt: "trying again" in (attempt.note or ""))
    generation.stop()
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, attempt.error) == ("person", None)
    assert logged(attempt) == known(attempt)
