"""Whatever goes wrong ends the attempt as an error, keeps its text, and says what happened and what to do."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest
from faults.server import Server, Step, answer, body, chunk, event, headers, reset, send, silence, text

from nbstream import Attempt, backoff
from nbstream.framing import LINE_LIMIT

Run = Callable[..., Attempt]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "FIRST_S", 0.01)


SAID = {
    "openai": {"error": {"message": "model `x` does not exist", "type": "t", "param": None, "code": "model_not_found"}},
    "anthropic": {"type": "error", "error": {"type": "not_found_error", "message": "model `x` does not exist"}},
    "gemini": [{"error": {"code": 404, "message": "model `x` does not exist", "status": "NOT_FOUND"}}],
    "ollama": {"error": "model `x` does not exist"},
    "sglang": {"object": "error", "message": "model `x` does not exist", "type": "t", "code": 404},
    "detail": {"detail": "model `x` does not exist"},
}


@pytest.mark.parametrize("shape", SAID)
def test_what_the_server_said_is_told_in_every_shape(shape: str, server: Server, run: Run) -> None:
    server.script(body(json.dumps(SAID[shape]), "404 Not Found"))
    attempt = run()
    assert attempt.ended_by == "error"
    assert attempt.reason == (
        f"http://127.0.0.1:{server.port} answered 404: model `x` does not exist. Check the model's name and base_url."
    )


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("400 Bad Request", "Change the request"),
        ("401 Unauthorized", "Check the key"),
        ("402 Payment Required", "no credit"),
        ("403 Forbidden", "Check the key"),
        ("404 Not Found", "Check the model's name"),
        ("422 Unprocessable Entity", "Change the request"),
        ("429 Too Many Requests", "Wait a little"),
        ("500 Internal Server Error", "retry in a moment"),
        ("503 Service Unavailable", "retry in a moment"),
        ("529 Overloaded", "retry in a moment"),
    ],
)
def test_a_status_says_what_to_do(status: str, advice: str, server: Server, run: Run) -> None:
    server.script(body("<html><body>No</body></html>", status, "text/html"))
    attempt = run()
    assert attempt.ended_by == "error"
    assert advice in (attempt.reason or "")
    assert "<" not in (attempt.reason or "")


def middle(*steps: Step) -> list[Step]:
    return [headers(), text("kept"), *steps]


BROKEN: dict[str, tuple[list[Step], str]] = {
    "truncated": (middle(), "ended before the answer did"),
    "reset": (middle(reset()), "broke off"),
    "error event": (middle(send(event({"error": {"message": "out of memory"}}))), "out of memory"),
    "error as text": (middle(send(event({"error": "out of memory"}))), "out of memory"),
    "error in a chunk": (middle(send(chunk(" text", error={"code": 502, "message": "upstream"}))), "upstream"),
    "no JSON": (middle(send("data: {oops\n\n")), "no JSON"),
    "JSON, but a list": (middle(send("data: [1, 2]\n\n")), "no JSON"),
    "line without end": (middle(send(b"data: " + b"x" * (LINE_LIMIT + 10))), "without ending the line"),
    "wrong chunk length": (
        [headers(Transfer_Encoding="chunked"), send(b"%x\r\n" % len(chunk("kept")) + chunk("kept") + b"\r\nzz\r\n")],
        "broke off",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_fault_in_mid_stream_keeps_the_text(fault: str, server: Server, run: Run) -> None:
    steps, words = BROKEN[fault]
    server.script(*steps)
    attempt = run()
    assert (attempt.ended_by, attempt.text[:4]) == ("error", "kept")
    assert words in (attempt.reason or "")
    assert attempt.error == attempt.reason


def test_a_web_page_is_no_stream(server: Server, run: Run) -> None:
    server.script(body("<html>Welcome</html>", kind="text/html; charset=utf-8"))
    assert "web page instead of a stream" in (run().reason or "")


def test_a_promised_gzip_that_is_none_is_told(server: Server, run: Run) -> None:
    server.script(headers(Content_Encoding="gzip"), send(chunk("not compressed")))
    attempt = run()
    assert attempt.ended_by == "error"
    assert "broke off" in (attempt.reason or "")


def test_a_whole_answer_in_json_is_an_answer(server: Server, run: Run) -> None:
    message = {"role": "assistant", "content": "All at once."}
    usage = {"prompt_tokens": 3, "completion_tokens": 4}
    server.script(body(json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage})))
    attempt = run()
    assert (attempt.ended_by, attempt.text, attempt.output.tokens) == ("model", "All at once.", 4)


def test_an_error_in_json_with_status_200_is_an_error(server: Server, run: Run) -> None:
    server.script(body('{"error": {"message": "no such thing"}}'))
    attempt = run()
    assert attempt.ended_by == "error"
    assert "no such thing" in (attempt.reason or "")


def test_nothing_after_the_headers_is_an_error(server: Server, run: Run) -> None:
    server.script(headers())
    assert run().ended_by == "error"


def test_a_refused_connection_asks_whether_the_server_runs(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    attempt = run(base_url=f"http://127.0.0.1:{port}/v1")
    assert attempt.ended_by == "error"
    assert "Is the server running" in (attempt.reason or "")


def test_an_unknown_host_is_told(run: Run) -> None:
    attempt = run(base_url="http://no-such-host.invalid/v1")
    assert attempt.ended_by == "error"
    assert "Could not connect to http://no-such-host.invalid" in (attempt.reason or "")


@pytest.mark.parametrize("steps", [[silence()], middle(silence())], ids=["before headers", "in mid-stream"])
def test_a_silence_over_the_limit_says_how_to_allow_more(steps: list[Step], server: Server, run: Run) -> None:
    server.script(*steps)
    attempt = run(timeout=0.2)
    assert attempt.ended_by == "error"
    assert "generate(timeout=...)" in (attempt.reason or "")
    assert len(server.connections) == 1, "a silent server may have been thinking: it is not asked twice"


def test_a_redirect_is_not_followed_and_the_key_stays(server: Server, run: Run) -> None:
    server.script(headers("307 Temporary Redirect", Location="http://elsewhere.invalid/v1")).script(*answer("stolen"))
    attempt = run(api_key="sk-planted")
    assert (attempt.ended_by, len(server.connections)) == ("error", 1)
    assert "redirects to http://elsewhere.invalid" in (attempt.reason or "")


def test_a_key_that_the_server_repeats_is_not_shown(server: Server, run: Run) -> None:
    server.script(body('{"error": "Incorrect API key: sk-planted"}', "401 Unauthorized"))
    attempt = run(api_key="sk-planted")
    assert "Incorrect API key: ***" in (attempt.reason or "")


def test_a_finish_without_an_end_mark_is_an_end(server: Server, run: Run) -> None:
    end = event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    server.script(*middle(send(end)))
    assert (run().ended_by, server.connection().headers.get("x-conversation-id")) == ("model", None)
