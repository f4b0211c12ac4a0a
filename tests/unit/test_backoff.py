"""A request that failed before its first byte is sent again, as the SDKs do it; one that was answered never is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from faults.server import PATIENCE, Server, Step, answer, body, headers, reset, text

from nbstream import Attempt, Generation, backoff
from nbstream.errors import RateLimited, ServerError

Run = Callable[..., Attempt]
BUSY = body('{"error": {"message": "busy"}}', "503 Service Unavailable")


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits so short that they need no waiting for."""
    monkeypatch.setattr(backoff, "FIRST_S", 0.01)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("first", [BUSY, [reset()]], ids=["503", "reset"])
def test_a_failure_before_the_first_byte_is_tried_again(first: list[Step], server: Server, run: Run) -> None:
    server.script(first).script(first).script(*answer("third time"))
    assert (run().text, len(server.connections)) == ("third time", 3)


@pytest.mark.usefixtures("quick")
def test_after_two_more_tries_the_error_is_told(server: Server, run: Run) -> None:
    server.script(BUSY)
    attempt = run()
    assert (attempt.ended_by, len(server.connections)) == ("error", 3)
    assert "busy" in (attempt.reason or "")


@pytest.mark.usefixtures("quick")
def test_nothing_is_tried_again_once_text_was_shown(server: Server, run: Run) -> None:
    server.script(headers(), text("paid for"), reset())
    attempt = run()
    assert (attempt.ended_by, attempt.text, len(server.connections)) == ("error", "paid for", 1)


def test_the_server_has_the_last_word_on_trying_again(server: Server, run: Run) -> None:
    server.script(body("{}", "503 Service Unavailable", x_should_retry="false"))
    assert (run().ended_by, len(server.connections)) == ("error", 1)


def test_a_quota_that_is_used_up_is_not_tried_again(server: Server, run: Run) -> None:
    server.script(body('{"error": {"message": "no credit", "code": "insufficient_quota"}}', "429 Too Many Requests"))
    assert (run().ended_by, len(server.connections)) == ("error", 1)


def test_a_stop_works_while_a_retry_is_waited_for_and_the_wait_is_told(
    server: Server, start: Callable[..., Generation]
) -> None:
    server.script(body('{"error": "busy"}', "429 Too Many Requests", retry_after="60"))
    notes: list[str] = []

    def note(attempt: Attempt, now: float) -> str | None:
        if attempt.note:
            notes.append(attempt.note)
            generation.stop()
        return None

    generation = start(guards=[note])
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, len(server.connections)) == ("person", 1)
    assert notes[0].startswith("trying again in 60.0 s: ")
    assert "busy" in notes[0]


def test_the_wait_doubles_and_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff.random, "random", lambda: 0.0)
    assert [backoff.wait_before(ServerError(""), tries) for tries in (1, 2, 3)] == [0.5, 1.0, None]


def test_a_wait_of_more_than_two_minutes_is_not_waited_for() -> None:
    error = RateLimited("")
    error.retry_after_s = 121.0
    assert backoff.wait_before(error, 1) is None


NOW = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "7.5"}, 7.5),
        ({"retry-after": "Sat, 21 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Sat, 21 Nov 2026 11:00:00 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_the_server_may_say_how_long_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert backoff.retry_after_s(headers, NOW) == seconds


REFUSALS = [
    ("422 Unprocessable Entity", {"detail": [{"type": "extra_forbidden", "loc": ["body", "stream_options"]}]}),
    ("400 Bad Request", {"error": {"message": "Unrecognized request argument supplied: stream_options"}}),
    ("400 Bad Request", {"message": "property 'stream_options' is unsupported"}),
    ("400 Bad Request", {"error": "unknown field stream_options"}),
]


@pytest.mark.parametrize(("status", "refusal"), REFUSALS, ids=lambda value: value if isinstance(value, str) else "")
def test_a_server_that_refuses_to_be_asked_for_counts_is_asked_without(
    status: str, refusal: dict[str, object], server: Server, run: Run
) -> None:
    server.script(*body(json.dumps(refusal), status)).script(*answer("Hello"))
    assert run().text == "Hello"
    first, second = (server.connection(number).json for number in (0, 1))
    assert ("stream_options" in first, "stream_options" in second) == (True, False)
    assert {name: value for name, value in first.items() if name != "stream_options"} == second


def test_it_is_asked_without_counts_only_once(server: Server, run: Run) -> None:
    server.script(*body(json.dumps(REFUSALS[0][1]), REFUSALS[0][0]))
    attempt = run()
    assert (attempt.ended_by, len(server.connections)) == ("error", 2)


def test_any_other_refusal_is_told_at_once(server: Server, run: Run) -> None:
    server.script(*body('{"error": {"message": "The prompt is longer than 4096 tokens."}}', "400 Bad Request"))
    attempt = run()
    assert (attempt.ended_by, len(server.connections)) == ("error", 1)


def test_what_the_user_asks_for_is_never_taken_out(server: Server, run: Run) -> None:
    server.script(*body(json.dumps(REFUSALS[0][1]), REFUSALS[0][0]))
    run(stream_options={"include_usage": True})
    assert len(server.connections) == 1
