"""The supervisor: one loop for all attempts, which outlives whatever goes wrong in one of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pytest
from faults.server import PATIENCE, Server, answer, body, chunk, finish, headers, silence, text, wait
from faults.watch import Watch

import nbstream
from nbstream import Attempt, Generation
from nbstream import settling as module
from nbstream.events import Event, Usage
from nbstream.framing import Record
from nbstream.guards.base import Armed
from nbstream.plan import make_plan, tally_for
from nbstream.providers import OpenAIChat, OpenRouter
from nbstream.run import Run
from nbstream.supervisor import Supervisor, supervisor
from nbstream.transport import HttpTransport
from nbstream.wire import Request

Start = Callable[..., Generation]


@dataclass
class Listener:
    """Notes what it is told; `fails` names what it raises at."""

    fails: str = ""
    told: list[str] = field(default_factory=list)

    def note(self, what: str) -> None:
        self.told.append(what)
        if what == self.fails:
            raise RuntimeError("the screen is broken")

    def started(self, attempt: Attempt) -> None:
        self.note("started")

    def progressed(self, attempt: Attempt, new: int) -> None:
        self.note("progressed")

    def noted(self, attempt: Attempt) -> None:
        self.note("noted")

    def ended(self, attempt: Attempt) -> None:
        self.note("ended")

    def updated(self, attempt: Attempt) -> None:
        self.note("updated")


@pytest.fixture
def own() -> Iterator[Supervisor]:
    """A supervisor of this test's own."""
    mine = Supervisor({"http": HttpTransport})
    yield mine
    mine.close()
    mine.loop.run_until_complete(ended(mine.background))
    mine.loop.close()


async def ended(tasks: Iterable[asyncio.Task[None]]) -> None:
    """What still settles when a supervisor is closed is given up."""
    for task in (waiting := list(tasks)):
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


def a_run(provider: OpenAIChat, listener: Listener, watch: Watch | None = None) -> Run:
    plan = make_plan("Hello", provider, options={})
    attempt = plan.attempt("gen_1", 1, "first", None)
    return Run(attempt, plan.ask(attempt), provider, tally_for(provider), listener, [Armed(watch)] if watch else [])


def test_a_listener_is_told_in_order(server: Server, own: Supervisor) -> None:
    server.script(*answer("Hello"))
    listener = Listener()
    run = a_run(OpenAIChat("x", base_url=server.base_url), listener)
    own.start(run)
    assert own.wait(run, PATIENCE)
    assert listener.told[0] == "started"
    assert listener.told[-1] == "ended"
    assert set(listener.told[1:-1]) == {"progressed"}


@pytest.mark.parametrize("fails", ["started", "progressed", "ended"])
def test_a_broken_screen_does_not_end_a_stream_that_is_paid_for(
    fails: str, server: Server, own: Supervisor, caplog: pytest.LogCaptureFixture
) -> None:
    server.script(*answer("Hello"))
    run = a_run(OpenAIChat("x", base_url=server.base_url), Listener(fails))
    own.start(run)
    assert own.wait(run, PATIENCE)
    assert (run.attempt.ended_by, run.attempt.text) == ("model", "Hello")
    assert "could not show" in caplog.text


def test_closing_the_supervisor_closes_every_connection(server: Server, own: Supervisor) -> None:
    server.script(headers(), text("word"), silence())
    watch = Watch()
    runs = [a_run(OpenAIChat("x", base_url=server.base_url), Listener(), watch) for _ in range(3)]
    for run in runs:
        own.start(run)
    watch.sees("word")
    for number in range(3):
        assert server.connection(number).ready.wait(PATIENCE)
    own.close()
    assert [server.connection(number).left().during for number in range(3)] == ["silence"] * 3
    assert {(run.attempt.ended_by, run.attempt.reason) for run in runs} == {("kernel", "The kernel was closed.")}


class Broken(OpenAIChat):
    def decode(self, record: Record) -> Iterable[Event]:
        raise ZeroDivisionError("a bug")


def test_a_bug_ends_its_own_attempt_alone_and_is_told(
    server: Server, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    server.script(headers(), text("word"), silence())
    other = start()
    assert server.connection().ready.wait(PATIENCE)  # so that the second connection is the broken one's
    attempt = nbstream.generate("Hello", Broken("x", base_url=server.base_url)).wait(PATIENCE)
    assert (attempt.ended_by, attempt.reason) == (
        "error",
        "ZeroDivisionError inside nbstream: a bug. Please report it.",
    )
    server.connection(1).left()
    assert other.status != "done"
    assert "failed inside nbstream" in caplog.text


def test_live_attempts_are_listed_oldest_first_until_they_end(server: Server, start: Start) -> None:
    server.script(silence())
    generations = [start() for _ in range(3)]
    assert nbstream.live() == [generation.attempt for generation in generations]
    generations[1].stop()
    generations[1].wait(PATIENCE)
    assert nbstream.live() == [generations[0].attempt, generations[2].attempt]


class Slow(OpenAIChat):
    """A provider whose transport takes its time to close."""

    def __init__(self) -> None:
        super().__init__("slow", base_url="http://localhost")
        self.transport = self
        self.order: list[str] = []

    async def records(self, request: Request) -> AsyncGenerator[list[Record], None]:
        self.order.append("opened")
        try:
            yield [Record(chunk("word")[6:].decode())]
            await asyncio.Event().wait()
        finally:
            for _ in range(100):
                await asyncio.sleep(0)
            self.order.append("closed")


def test_a_retry_is_sent_after_the_connection_before_it_was_closed(watch: Watch) -> None:
    provider = Slow()
    generation = nbstream.generate("Hello", provider, guards=[watch])
    watch.sees("word")
    held = threading.Event()
    supervisor().call(held.wait, PATIENCE)  # the second attempt is stopped while it waits for the first
    generation.retry()
    generation.stop()
    generation.retry()
    held.set()
    while provider.order.count("opened") < 2:
        assert generation.status != "done"
    generation.stop()
    generation.wait(PATIENCE)
    assert provider.order == ["opened", "closed", "opened", "closed"]
    assert [attempt.ended_by for attempt in generation.attempts] == ["person"] * 3


def test_a_hundred_attempts_share_one_daemon_thread(server: Server, start: Start) -> None:
    server.script(*answer("Hello"))
    generations = [start() for _ in range(100)]
    assert {generation.wait(PATIENCE).text for generation in generations} == {"Hello"}
    assert [thread.daemon for thread in threading.enumerate() if thread.name == "nbstream"] == [True]


# ---- what a service is asked afterwards


class Accounted(OpenAIChat):
    """A service that can be asked for the count; it answers at the second time."""

    def account(self, attempt_id: str, response_id: str | None) -> Request | None:
        return Request(f"{self.base_url}/generation?id={response_id}", None)

    def read_account(self, body: object) -> Usage | None:
        count = body.get("count") if isinstance(body, dict) else None
        return Usage(3, count, source="reconciled") if count else None


def test_a_stopped_attempt_is_asked_for_until_the_count_is_there(
    server: Server, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ACCOUNT_WAITS", (0.0,) * 5)
    server.script(headers(), text("word"), silence())
    server.script(body("{}")).script(body("", "404 Not Found")).script(body('{"count": 9}'))
    generation = nbstream.generate("Hello", Accounted("x", base_url=server.base_url), guards=[watch])
    watch.sees("word")
    generation.stop()
    attempt = generation.wait(PATIENCE)
    assert supervisor().wait(generation.last_run, PATIENCE, settled=True)
    assert (attempt.output.tokens, attempt.output.source) == (9, "reconciled")
    assert server.connection(3).line.startswith("GET /v1/generation?id=c1 ")


def test_a_count_that_never_comes_stays_unknown(server: Server, watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ACCOUNT_WAITS", (0.0, 0.0))
    server.script(headers(), text("word"), silence()).script(body("{}", "500 Internal Server Error"))
    generation = nbstream.generate("Hello", Accounted("x", base_url=server.base_url), guards=[watch])
    watch.sees("word")
    generation.stop()
    generation.wait(PATIENCE)
    assert supervisor().wait(generation.last_run, PATIENCE, settled=True)
    row = generation.history.iloc[0]
    assert row[["output_tokens", "overrun_tokens"]].isna().all()
    assert (row["output_source"], len(server.connections)) == ("unknown", 3)


def test_a_guard_that_fails_is_switched_off_and_the_stream_goes_on(server: Server, start: Start) -> None:
    calls: list[str] = []

    def faulty(attempt: Attempt, now: float) -> str | None:
        calls.append(attempt.text)
        called.set()
        raise KeyError("oops")

    called = threading.Event()
    server.script(headers(), text("one"), wait(called), text(" two"), finish())
    attempt = start(guards=[faulty]).wait(PATIENCE)
    assert (attempt.ended_by, attempt.text, len(calls)) == ("model", "one two", 1)


def test_a_stop_before_the_first_chunk_is_reconciled_by_the_id_in_the_headers(
    server: Server, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ACCOUNT_WAITS", (0.0,))
    server.script(headers(**{"X-Generation-Id": "gen-7"}), silence())
    server.script(body('{"data": {"native_tokens_prompt": 9, "native_tokens_completion": 30, "total_cost": 0.5}}'))
    provider = OpenRouter("x", base_url=server.base_url, api_key="sk-planted-0123456789")
    generation = nbstream.generate("Hello", provider, guards=[watch])
    watch.until(lambda attempt: attempt.response_id == "gen-7")
    generation.stop()
    attempt = generation.wait(PATIENCE)
    assert supervisor().wait(generation.last_run, PATIENCE, settled=True)
    assert server.connection(1).line.startswith("GET /v1/generation?id=gen-7 ")
    assert (attempt.output.tokens, attempt.output.source, attempt.cost_usd) == (30, "reconciled", 0.5)
    assert (attempt.chunks, attempt.text) == (0, "")
