"""What the embedded server refuses, and how it lives: one per process, with a key of its own."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from nbstream import demo
from nbstream.demo.server import DemoServer

FAST = {"tokens_per_s": 0, "first_token_s": 0}
MESSAGES = [{"role": "user", "content": "Introduce the GPT model structure."}]


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    running = DemoServer()
    yield running
    running.stop()


@pytest.fixture
def client(server: DemoServer) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {server.address.key}"}
    with httpx.Client(base_url=server.address.base_url, headers=headers, timeout=30, trust_env=False) as http:
        yield http


def body(**fields: Any) -> dict[str, Any]:
    return {"model": "demo", "messages": MESSAGES, "seed": 1, "max_tokens": 60, "nbstream": FAST, **fields}


def refused(response: httpx.Response, status: int) -> dict[str, Any]:
    assert response.status_code == status
    error: dict[str, Any] = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    return error


def test_an_unknown_generation_is_not_found(client: httpx.Client) -> None:
    assert refused(client.get("/generation", params={"id": "nobody"}), 404)["code"] == "not_found"


@pytest.mark.parametrize(
    ("headers", "status", "word"),
    [
        pytest.param({"Authorization": ""}, 401, "missing", id="no key"),
        pytest.param({"Authorization": "Bearer wrong"}, 401, "key", id="wrong key"),
        pytest.param({"Authorization": "Basic abc"}, 401, "Bearer", id="wrong scheme"),
        pytest.param({"Host": "evil.example"}, 421, "127.0.0.1", id="rebound name"),
        pytest.param({"Origin": "https://evil.example"}, 403, "web pages", id="web page"),
    ],
)
@pytest.mark.parametrize("path", ["/models", "/generation?id=x", "/chat/completions", "/nothing"])
def test_strangers_are_refused_on_every_route(
    client: httpx.Client, path: str, headers: dict[str, str], status: int, word: str
) -> None:
    response = client.get(path, headers=headers)
    assert word in refused(response, status)["message"]
    assert not [name for name in response.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"n": 2}, "`n`"),
        ({"model": "gpt-4"}, "gpt-4"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "pirate", "content": "x"}]}, "role"),
        ({"messages": [{"role": "user", "content": 7}]}, "content"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": 9}, "temperature"),
        ({"temperature": 10**400}, "temperature"),
        ({"top_p": True}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"stop": [""]}, "stop"),
        ({"stop": 3}, "stop"),
        ({"seed": "a"}, "seed"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": 1}, "stream_options"),
        ({"nbstream": {"tokens_per_s": -1}}, "tokens_per_s"),
    ],
)
def test_a_wrong_field_is_named(client: httpx.Client, fields: dict[str, Any], word: str) -> None:
    assert word in refused(client.post("/chat/completions", json=body(**fields)), 400)["message"]


@pytest.mark.parametrize(
    "data", [b"", b"{", b"\xff", b"[1]", b"[" * 100_000], ids=["empty", "cut", "bytes", "list", "deep"]
)
def test_bad_json_is_a_bad_request(client: httpx.Client, data: bytes) -> None:
    refused(client.post("/chat/completions", content=data), 400)


def test_a_prompt_too_long_is_refused_with_openais_code(client: httpx.Client) -> None:
    messages = [{"role": "user", "content": "word " * 9000}]
    error = refused(client.post("/chat/completions", json=body(messages=messages)), 400)
    assert error["code"] == "context_length_exceeded"


def test_a_million_blanks_do_not_reach_the_tokenizer(client: httpx.Client) -> None:
    messages = [{"role": "user", "content": " " * 1_500_000 + "x"}]
    error = refused(client.post("/chat/completions", json=body(messages=messages)), 400)
    assert error["code"] == "context_length_exceeded"


def test_a_body_over_four_megabytes_is_refused(client: httpx.Client) -> None:
    refused(client.post("/chat/completions", content=b" " * (4 * 1024 * 1024 + 1)), 413)


def test_an_odd_request_id_is_refused(client: httpx.Client) -> None:
    refused(client.post("/chat/completions", json=body(), headers={"X-Request-Id": "a b"}), 400)


def test_unknown_routes_answer_in_openais_shape(client: httpx.Client) -> None:
    refused(client.get("/nothing"), 404)
    refused(client.get("/chat/completions"), 405)


def test_the_key_is_not_in_the_repr() -> None:
    where = demo.address()
    assert where.key not in repr(where)
    demo.stop()


def test_many_threads_get_one_server_and_stop_ends_it() -> None:
    found: set[demo.Address] = set()
    threads = [threading.Thread(target=lambda: found.add(demo.address())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
    demo.stop()
    demo.stop()
    assert demo.address() not in found
    demo.stop()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_starts_its_own_server() -> None:
    mine = demo.address()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        theirs = demo.address()
        os.write(writer, theirs.base_url.encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, 100).decode()
    os.close(reader)
    os.close(writer)
    assert theirs != mine.base_url
    assert theirs.startswith("http://127.0.0.1:")
    demo.stop()
