"""What arrives together goes through the pipeline as one, and an answer that is over is not waited for."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Iterable

import pytest
from faults.server import PATIENCE, Server, answer, event, finish, headers, send, silence, text, wait
from faults.watch import Watch

import nbstream
from nbstream import Attempt, Generation
from nbstream.events import Event
from nbstream.framing import Record
from nbstream.network import Network
from nbstream.providers import OpenAIChat
from nbstream.run import Decision
from nbstream.supervisor import supervisor
from nbstream.wire import Request

Start = Callable[..., Generation]


def test_pieces_that_arrive_together_are_one_delta_and_judged_once(server: Server, start: Start) -> None:
    server.script(*answer(*["word "] * 100))
    seen: list[str] = []
    attempt = start(guards=[lambda attempt, now: seen.append(attempt.text)]).wait(PATIENCE)
    assert (attempt.text, len(attempt.deltas), attempt.chunks) == ("word " * 100, len(set(seen)), 102)
    assert len(seen) < 10


def test_what_comes_through_a_socket_is_taken_when_its_reader_waits(
    server: Server, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    due: list[str] = []
    plain = Network.then

    def noted(ours: Network, act: Callable[[], None]) -> None:
        due.append(getattr(act, "__name__", ""))
        plain(ours, act)

    monkeypatch.setattr(Network, "then", noted)
    more = threading.Event()
    server.script(headers(), text("one "), wait(more), text("two"), finish(), silence())
    begun = start(guards=[lambda attempt, now: more.set() if attempt.text else None])
    assert begun.wait(PATIENCE).text == "one two"
    assert set(due) == {"idle"}


def test_reasoning_between_two_pieces_keeps_its_place(server: Server, start: Start) -> None:
    thought = event({"choices": [{"delta": {"reasoning_content": "hm"}}]})
    server.script(headers(), text("one "), send(thought), text("two"), finish())
    attempt = start().wait(PATIENCE)
    assert [(delta.channel, delta.text) for delta in attempt.deltas] == [
        ("text", "one "),
        ("reasoning", "hm"),
        ("text", "two"),
    ]


def test_a_server_that_stays_on_the_line_after_its_last_word_is_not_waited_for(server: Server, start: Start) -> None:
    server.script(headers(), text("all"), finish(), send(b"data: [DONE]\n\n"), silence())
    attempt = start().wait(PATIENCE)
    assert (attempt.ended_by, attempt.finish_reason, attempt.text) == ("model", "stop", "all")
    server.connection().left()  # the script ends in silence, so it was the client that left


def test_an_error_that_a_server_sends_and_then_nothing_is_not_waited_for(server: Server, start: Start) -> None:
    server.script(headers(), text("some"), send(event({"error": {"message": "overloaded"}})), silence())
    attempt = start().wait(PATIENCE)
    assert (attempt.ended_by, attempt.text) == ("error", "some")
    assert "overloaded" in (attempt.error or "")


def test_a_stop_that_comes_after_the_last_word_changes_nothing(server: Server, start: Start) -> None:
    server.script(headers(), text("all"), finish(), send(b"data: [DONE]\n\n"), silence())

    def late(attempt: Attempt, now: float) -> str | None:
        if attempt.closed:
            nbstream.stop(attempt.attempt_id)
        return None

    assert start(guards=[late]).wait(PATIENCE).ended_by == "model"


class Failing:
    """Carries an error, and a Stop that comes before the error could be taken."""

    async def records(self, request: Request) -> AsyncGenerator[list[Record], None]:
        yield [Record('{"choices": [{"delta": {"content": "some"}}]}')]
        yield [Record('{"error": {"message": "overloaded"}}')]
        for attempt in nbstream.live():
            supervisor().decide(attempt.attempt_id, Decision("person", None, time.monotonic()))
        await asyncio.sleep(PATIENCE)


def test_an_error_that_is_read_with_the_stop_is_not_told_beside_it() -> None:
    provider = OpenAIChat("test", base_url="http://127.0.0.1:1/v1")
    provider.transport = Failing()  # type: ignore[attr-defined]
    attempt = nbstream.generate("Hello", provider).wait(PATIENCE)
    assert (attempt.ended_by, attempt.text, attempt.error) == ("person", "some", None)


class Faulty(OpenAIChat):
    """A decoder with a fault of its own."""

    def decode(self, record: Record) -> Iterable[Event]:
        if "second" in record.data:
            raise ZeroDivisionError("no such luck")
        return super().decode(record)


def test_a_fault_of_ours_is_told_though_the_server_waits(server: Server, watch: Watch) -> None:
    more = threading.Event()
    server.script(headers(), text("first "), wait(more), text("second"), silence())
    generation = nbstream.generate("Hello", Faulty("test", base_url=server.base_url), guards=[watch])
    watch.sees("first")
    more.set()
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, attempt.text) == ("error", "first ")
    assert "ZeroDivisionError inside nbstream: no such luck" in (attempt.error or "")
