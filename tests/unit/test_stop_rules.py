"""The rules of Stop against a real socket server; the three routes of a click are tested elsewhere.

That a stop has worked is seen at the server: its client leaves while the script would go on for ever.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from pathlib import Path

import pytest
from faults.server import PATIENCE, Connection, Server, Step, answer, chunk, drip, flood, headers, silence, text, wait
from faults.watch import Watch

import nbstream
from nbstream import Attempt, Generation
from nbstream.errors import StreamBroken
from nbstream.framing import Record
from nbstream.providers import OpenAIChat
from nbstream.supervisor import supervisor
from nbstream.wire import Request

Start = Callable[..., Generation]

PHASES: dict[str, list[Step]] = {
    "before headers": [silence("before headers")],
    "before the first token": [headers(), silence("before the first token")],
    "flowing": [headers(), text("word "), drip(chunk("word "), 64, 0.005, "flowing", forever=True)],
    "silent in mid-stream": [headers(), text("word "), silence("silent in mid-stream")],
    "without pause": [headers(), text("word "), flood(chunk("word ") * 50, "without pause")],
}


class Counted(asyncio.Task[None]):
    """A task that notes who cancels it."""

    def __init__(self, *args: object, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.cancels: list[str] = []

    def cancel(self, msg: object = None) -> bool:
        self.cancels.append(sys._getframe(1).f_code.co_qualname)
        return super().cancel(msg)


@pytest.fixture
def counted() -> Iterator[None]:
    """The loop counts how often its tasks are cancelled."""
    loop = supervisor().loop
    loop.set_task_factory(lambda loop, coro, **more: Counted(coro, loop=loop, **more))  # type: ignore[arg-type]
    yield
    loop.set_task_factory(None)


@pytest.fixture(params=PHASES)
def running(
    request: pytest.FixtureRequest, server: Server, start: Start, watch: Watch
) -> tuple[Generation, Connection]:
    """A generation, and its connection, in each of the phases."""
    server.script(*PHASES[request.param])
    generation = start()
    connection = server.connection()
    assert connection.ready.wait(PATIENCE)
    if "token" not in request.param and "headers" not in request.param:
        watch.sees("word")
    return generation, connection


def test_a_stop_closes_the_connection_in_every_phase(running: tuple[Generation, Connection]) -> None:
    generation, connection = running
    generation.stop()
    assert connection.left().during in PHASES
    attempt = generation.wait(PATIENCE)
    assert (attempt.status, attempt.ended_by, attempt.error) == ("done", "person", None)
    assert attempt.stop_latency_ms is not None


@pytest.mark.usefixtures("counted")
def test_a_stop_is_one_cancel_however_many_threads_ask(server: Server, start: Start) -> None:
    over = threading.Event()
    server.script(wait(over))  # it answers the end of our side with nothing, so that the cancel comes first
    generation = start()
    connection = server.connection()
    assert connection.ready.wait(PATIENCE)
    task = generation.last_run.task
    assert isinstance(task, Counted)
    at_once = threading.Barrier(8)

    def press() -> None:
        at_once.wait()
        for _ in range(25):
            generation.stop()

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    generation.wait(PATIENCE)
    generation.stop()
    assert connection.left().during == "wait"
    over.set()
    # anyio cancels too while it connects, to give up the slower of two addresses; after ours nothing may follow
    assert (task.cancels.count("Supervisor.cancel"), task.cancels[-1]) == (1, "Supervisor.cancel")


def sockets_to(port: int, state: str) -> int:
    """How many sockets of this machine are in `state` towards a port of 127.0.0.1."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[2] == f"0100007F:{port:04X}" and row[3] == state for row in rows)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux shows sockets that are still connecting")
def test_a_stop_gives_up_a_connection_that_is_still_being_made(start: Start) -> None:
    connecting = "02"
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        before = sockets_to(port, connecting)
        generation = start(base_url=f"http://127.0.0.1:{port}")
        while sockets_to(port, connecting) == before:
            assert generation.status != "done", generation.attempt.reason
        generation.stop()
        assert generation.wait(PATIENCE).ended_by == "person"
        assert sockets_to(port, connecting) == before
        for filler in fillers:
            filler.close()


def test_a_stop_before_the_loop_has_begun_ends_the_attempt(server: Server, start: Start) -> None:
    server.script(silence())
    generation = start()
    generation.stop("at once")
    assert (generation.wait(PATIENCE).ended_by, generation.attempt.reason) == ("person", "at once")


class Rude(OpenAIChat):
    """A provider whose transport does something odd when it is cancelled."""

    def __init__(self, on_cancel: Callable[[], None]) -> None:
        super().__init__("rude", base_url="http://localhost")
        self.transport = self
        self.on_cancel = on_cancel
        self.after = 0

    async def records(self, request: Request) -> AsyncGenerator[list[Record], None]:
        record = Record(chunk("word ")[6:].decode())
        yield [record]
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.on_cancel()
        while True:
            self.after += 1
            yield [record]
            await asyncio.sleep(0)


def throw(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


@pytest.mark.parametrize(
    "on_cancel",
    [
        throw(OSError("the socket is gone")),
        throw(RuntimeError("generator ignored GeneratorExit")),
        throw(StreamBroken("The connection broke off.")),
        throw(TimeoutError()),
        throw(asyncio.CancelledError()),
        throw(ExceptionGroup("several", [OSError("one")])),
        lambda: None,
    ],
    ids=["OSError", "RuntimeError", "ProviderError", "TimeoutError", "CancelledError", "ExceptionGroup", "swallowed"],
)
def test_whatever_the_clean_up_does_the_attempt_ends_as_stopped(on_cancel: Callable[[], None], watch: Watch) -> None:
    generation = nbstream.generate("Hello", Rude(on_cancel), guards=[watch])
    watch.sees("word")
    generation.stop("Enough.")
    attempt = generation.wait(PATIENCE)
    assert (attempt.status, attempt.ended_by, attempt.reason) == ("done", "person", "Enough.")
    assert (attempt.text, attempt.error) == ("word ", None)


def test_a_stop_for_an_ended_attempt_never_hits_the_next(server: Server, start: Start, watch: Watch) -> None:
    go = threading.Event()
    server.script(*answer("one")).script(headers(), text("two"), wait(go), *answer(" three")[1:])
    generation = start()
    first = generation.wait(PATIENCE)
    generation.retry()
    watch.sees("two")
    for _ in range(100):
        nbstream.stop(first.attempt_id)
    supervisor().stop("att_unknown")
    go.set()
    second = generation.wait(PATIENCE)
    assert (second.ended_by, second.text) == ("model", "two three")
    assert (first.ended_by, first.reason) == ("model", "The model finished.")


def test_the_first_decision_counts(server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), text("word"), silence())
    generation = start()
    watch.sees("word")
    held = threading.Event()
    supervisor().call(held.wait, PATIENCE)  # both stops are queued before either is looked at
    generation.stop("first")
    supervisor().stop(generation.attempt.attempt_id, "guard", "second")
    held.set()
    assert (generation.wait(PATIENCE).ended_by, generation.attempt.reason) == ("person", "first")


def test_what_a_guard_cuts_is_not_followed_by_what_was_read_already(server: Server, start: Start) -> None:
    server.script(headers(), flood(chunk("x") * 2000))

    def three(attempt: Attempt, now: float) -> str | None:
        lengths.append(len(attempt.text))
        return "That is enough." if attempt.text else None

    lengths: list[int] = []
    attempt = start(guards=[three]).wait(PATIENCE)
    assert (attempt.ended_by, attempt.reason) == ("guard", "That is enough.")
    assert len(attempt.text) == next(length for length in lengths if length)
    assert server.connection().left().during == "flood"


WAYS: dict[str, Callable[[Generation], object]] = {
    "stop": lambda generation: generation.stop(),
    "nbstream.stop": lambda generation: nbstream.stop(generation.attempt.attempt_id),
    "stop_all": lambda generation: nbstream.stop_all(),
    "close": lambda generation: generation.close(),
    "retry": lambda generation: generation.retry(),
    "message": lambda generation: generation.receive(
        {"type": "stop", "generation": "g", "nonce": "n", "attempt": generation.attempt.attempt_id}
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_all_ways_to_stop_are_the_same(way: str, server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), text("word"), silence()).script(*answer("again"))
    generation = start()
    watch.sees("word")
    assert server.connection().ready.wait(PATIENCE)
    run = generation.last_run
    WAYS[way](generation)
    assert server.connection().left().during == "silence"
    assert supervisor().wait(run, PATIENCE)
    assert (run.attempt.ended_by, run.attempt.text) == ("person", "word")


def test_a_guard_stops_a_silent_stream_too(server: Server, start: Start) -> None:
    server.script(headers(), text("word"), silence())
    looks: list[str] = []

    def second_look(attempt: Attempt, now: float) -> str | None:
        looks.append(attempt.text)
        return "Silent for too long." if looks.count("word") == 2 else None

    attempt = start(guards=[second_look]).wait(PATIENCE)
    assert (attempt.ended_by, attempt.reason, attempt.text) == ("guard", "Silent for too long.", "word")
    server.connection().left()


def test_what_a_provider_does_after_a_stop_stands_in_the_attempt(server: Server, start: Start) -> None:
    server.script(silence())
    told = []
    for model in ("test", "llamacpp:x"):
        generation = start(model=model)
        generation.stop()
        told.append(generation.wait(PATIENCE).billing_after_stop)
    assert told == ["unknown", "stops"]
