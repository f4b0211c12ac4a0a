"""What cannot be resumed is refused with its reason, before anything is stopped or sent."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from faults.server import PATIENCE, Server, answer, chunk, finish, headers, send, silence, text
from faults.watch import Watch

import nbstream
from nbstream import Generation, Replay, SetupError
from nbstream.supervisor import supervisor

Start = Callable[..., Generation]


def refused(generation: Generation, why: str, text: object = None) -> None:
    before = len(generation.attempts), generation.status
    with pytest.raises(SetupError, match=why):
        generation.resume(text)  # type: ignore[arg-type]
    assert (len(generation.attempts), generation.status) == before


def test_nothing_to_go_on_from_is_refused_and_stops_nothing(server: Server, start: Start) -> None:
    server.script(silence())
    generation = start()
    refused(generation, "Nothing has been received.*Retry")
    refused(generation, "no text to go on from.*Retry", "  \n")
    refused(generation, "not int", 3)


def test_reasoning_alone_is_refused(server: Server, start: Start, watch: Watch) -> None:
    thinking = {"id": "c", "choices": [{"index": 0, "delta": {"reasoning_content": "Hm."}}]}
    server.script(headers(), send(f"data: {json.dumps(thinking)}\n\n"), silence())
    generation = start()
    watch.until(lambda attempt: attempt.reasoning == "Hm.")
    refused(generation, "only reasoning.*Retry")


def test_half_a_tool_call_is_refused(server: Server, start: Start, watch: Watch) -> None:
    call = {"index": 0, "id": "c", "function": {"name": "look", "arguments": '{"a'}}
    calling = {"id": "c", "choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
    server.script(headers(), send(chunk("Let me see.")), send(f"data: {json.dumps(calling)}\n\n"), silence())
    generation = start()
    watch.until(lambda attempt: bool(attempt.tools))
    refused(generation, "calling a tool.*Retry")


def test_an_answer_that_the_model_ended_is_gone_on_from_only_when_edited(server: Server, start: Start) -> None:
    server.script(*answer("All of it."))
    generation = start()
    generation.wait(PATIENCE)
    refused(generation, "ended this answer itself.*Edit")
    refused(generation, "ended this answer itself.*Edit", "All of it.")
    generation.resume("All of")
    assert generation.wait(PATIENCE).text == "All ofAll of it."


def test_an_answer_that_a_limit_ended_is_gone_on_from(server: Server, start: Start) -> None:
    server.script(headers(), text("All of"), finish("length"))
    server.script(*answer(" it."))
    generation = start()
    generation.wait(PATIENCE)
    generation.resume()
    assert generation.wait(PATIENCE).text == "All of it."


def test_a_recording_cannot_go_on() -> None:
    generation = nbstream.generate("Hi", Replay.text("One two three", events_per_s=0))
    generation.wait(PATIENCE)
    refused(generation, "recording cannot go on.*Retry", "One")


def test_a_text_beyond_all_models_is_refused(server: Server, start: Start) -> None:
    server.script(*answer("One"))
    generation = start()
    generation.wait(PATIENCE)
    refused(generation, "more than 8,000,000 characters", "x" * 8_000_001)


def test_what_the_browser_may_not_resume_is_told_to_it_and_stops_nothing(
    server: Server, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.script(silence())
    generation = start()
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(generation, "send", told.append)
    name = generation.attempt.attempt_id
    generation.receive(
        {"type": "resume", "generation": generation.generation_id, "nonce": "n", "attempt": name, "text": None}
    )
    done = threading.Event()
    supervisor().call(done.set)
    assert done.wait(PATIENCE)
    errors = [message["message"] for message in told if message["type"] == "error"]
    assert len(errors) == 1
    assert "Nothing has been received" in errors[0]
    assert (len(generation.attempts), generation.status) == (1, "waiting")
