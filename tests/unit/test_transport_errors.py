"""Requests that cannot be made, and answers that are no stream, in words."""

from __future__ import annotations

import json
import socket
import threading

import pytest
from faults.server import Server, Step, answer, drip, headers, silence
from reading import asking, read

from nbstream import transport
from nbstream.errors import AuthError, BadRequest, ConnectFailed, ProviderError
from nbstream.transport import said_by
from nbstream.wire import Request, Secret


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/v1", "http://", "http://[::1/v1", "http://127.0.0.1:99999/v1"])
def test_an_address_that_is_none_is_told(url: str) -> None:
    with pytest.raises(ProviderError):
        read(Request(url, {}))


@pytest.mark.parametrize("key", ["Bearer sk-planted\nX-Evil: 1", "Bearer sk-plänted", "Bearer sk-planted\x00"])
def test_a_key_that_cannot_be_a_header_is_told_without_the_key(key: str, server: Server) -> None:
    server.script(*answer("Hello"))
    with pytest.raises(BadRequest, match="Check the key") as told:
        read(asking(server, headers={"Authorization": Secret(key)}))
    assert "sk-pl" not in str(told.value)
    assert server.connections == []


def test_a_server_that_does_not_speak_tls_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def plain() -> None:
            accepted, _ = listener.accept()
            accepted.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            accepted.recv(65536)
            accepted.close()

        thread = threading.Thread(target=plain)
        thread.start()
        with pytest.raises(ConnectFailed, match=r"SSL.* base_url begins with http://"):
            read(Request(f"https://127.0.0.1:{listener.getsockname()[1]}/v1", {}))
        thread.join()


@pytest.mark.parametrize("rest", [silence(), drip(b"no ", 1, 0.005, forever=True)], ids=["never", "for ever"])
def test_a_status_counts_even_if_its_words_do_not_end(
    rest: Step, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "ERROR_S", 0.05)
    server.script(headers("401 Unauthorized", Content_Length="100000"), rest)
    with pytest.raises(AuthError, match="Check the key"):
        read(asking(server))


SHAPES: dict[str, object] = {
    "vllm": {"error": {"message": "Too long", "type": "BadRequestError", "param": None, "code": 400}},
    "llama.cpp": {"error": {"code": 400, "message": "Too long", "type": "exceed_context_size_error", "n_ctx": 4096}},
    "openrouter": {"error": {"code": 400, "message": "Too long", "metadata": {"raw": "{}"}}, "user_id": "u"},
    "tgi": {"error": "Too long", "error_type": "validation"},
    "mistral": {"object": "error", "message": "Too long", "type": "t", "code": None},
    "text": "Too long",
    "message in detail": {"detail": {"message": "Too long"}},
    "spring": {"status": 400, "error": "Bad Request", "message": "Too long"},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_sentence_is_found_in_every_shape_of_error(shape: str) -> None:
    assert said_by(json.dumps(SHAPES[shape])) == "Too long."


@pytest.mark.parametrize("raw", ["Slow down", '{"error": {"message": "Slow down"}}'], ids=["text", "JSON"])
def test_a_router_repeats_what_its_upstream_said(raw: str) -> None:
    error = {"code": 429, "message": "Provider returned error", "metadata": {"raw": raw, "provider_name": "Acme"}}
    assert said_by(json.dumps({"error": error})) == "Provider returned error (Acme: Slow down)."


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", "[[[[[]]]]]", '{"error": {"error": {"error": {}}}}', "[" * 10_000]
)
def test_an_error_body_that_says_nothing_breaks_nothing(text: str) -> None:
    assert isinstance(said_by(text), str)
