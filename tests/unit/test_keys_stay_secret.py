"""A planted key turns up nowhere: not in the history, the traits, a repr, a message, an error, a log or a traceback."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable, Iterator

import pytest
from faults.server import PATIENCE, Server, Step, answer, body, event, headers, send, text

import nbstream
from nbstream import Generation, SetupError, backoff
from nbstream.providers import OpenAIChat, OpenAICompletions, resolve
from nbstream.transport import HttpTransport
from nbstream.wire import Ask, Request, Secret

KEY = "sk-planted-5f3a"
HALF = KEY[:9]
Start = Callable[..., Generation]


class Sent(Generation):
    """A generation that keeps what it would send to a browser."""

    def send(self, content: object, buffers: object = None) -> None:
        vars(self).setdefault("messages_sent", []).append(content)


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbstream.generating.Generation", Sent)


@pytest.fixture(autouse=True)
def _logged(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that is logged by default holds the key, and nothing of ours at any level."""
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, "nbstream")
    monkeypatch.setattr(backoff, "FIRST_S", 0.01)
    yield
    assert KEY not in caplog.text


def all_of(generation: Generation) -> str:
    """Whatever of a generation a person, a notebook or a log may come to see."""
    attempt = generation.attempt
    return "\n".join(
        [
            generation.history.to_json(date_format="iso"),
            generation.history.to_string(),
            repr(generation),
            repr(attempt),
            repr(generation.attempts),
            json.dumps(generation.get_state(["rows", "header", "saved_text", "generation_id"])),
            json.dumps(vars(generation).get("messages_sent", []), default=repr),
            json.dumps(generation.static()),
            repr({name: getattr(attempt, name) for name in type(attempt).__slots__}),  # type: ignore[attr-defined]
            repr(generation.last_run),
            repr(generation.plans),
            str(generation.last_run.failure),
        ]
    )


REPEATS = f"you sent Bearer {KEY}, that is {KEY}"
ENDS: dict[str, list[Step]] = {
    "a good answer": answer("Hello"),
    "401 that repeats the key": body(json.dumps({"error": {"message": REPEATS}}), "401 Unauthorized"),
    "400 in plain text": body(REPEATS, "400 Bad Request", "text/plain"),
    "500 with a list": body(json.dumps([{"error": {"message": REPEATS}}]), "501 Not Implemented"),
    "a redirect with the key in it": [headers("302 Found", Location=f"http://elsewhere.invalid/?key={KEY}")],
    "an error event": [headers(), text("word"), send(event({"error": {"message": REPEATS}}))],
    "an error in JSON": body(json.dumps({"error": REPEATS})),
    "an error event with the key where it is cut": [
        headers(),
        send(event({"error": {"message": "x" * 490 + REPEATS}})),
    ],
    "no JSON with the key where it is cut": [headers(), send(f"data: {'x' * 110}{KEY}\n\n")],
    "400 with the key where it is cut": body("x" * 290 + KEY, "400 Bad Request", "text/plain"),
    "no JSON": [headers(), send(f"data: {REPEATS}\n\n")],
    "a web page": body(f"<html>{REPEATS}</html>", kind="text/html"),
    "no chunk length": [headers(Transfer_Encoding="chunked"), send(f"{REPEATS}\r\n")],
    "no HTTP": [send(f"{REPEATS}\r\n\r\n")],
}


@pytest.mark.parametrize("end", ENDS)
def test_a_key_stays_secret_however_the_attempt_ends(end: str, server: Server, start: Start) -> None:
    server.script(*ENDS[end])
    generation = start(api_key=KEY)
    generation.wait(PATIENCE)
    assert server.connection().headers["authorization"] == f"Bearer {KEY}", "the key was really sent"
    assert HALF not in all_of(generation)


def test_a_key_in_base_url_stays_secret(server: Server, start: Start) -> None:
    server.script(*answer("Hello"))
    generation = start(base_url=f"http://user:{KEY}@127.0.0.1:{server.port}/v1")
    generation.wait(PATIENCE)
    assert server.connection().headers["authorization"].startswith("Basic ")
    assert KEY not in all_of(generation)
    assert generation.attempt.base_url == server.base_url


@pytest.mark.parametrize("end", ENDS)
def test_a_password_in_base_url_stays_secret_though_the_server_repeats_it(
    end: str, server: Server, start: Start
) -> None:
    server.script(*ENDS[end])
    generation = start(base_url=f"http://user:{KEY}@127.0.0.1:{server.port}/v1")
    generation.wait(PATIENCE)
    assert HALF not in all_of(generation)


def test_a_key_in_a_header_of_the_users_own_stays_secret(server: Server, start: Start) -> None:
    server.script(body(json.dumps({"error": f"bad {KEY}"}), "403 Forbidden"))
    generation = start(extra_headers={"X-Api-Key": KEY})
    generation.wait(PATIENCE)
    assert server.connection().headers["x-api-key"] == KEY
    assert KEY not in all_of(generation)


@pytest.mark.parametrize("name", ["api_key", "apiKey", "Authorization", "client_secret", "password", "auth_token"])
def test_a_key_in_the_body_stays_secret(name: str, server: Server, start: Start) -> None:
    server.script(*answer("Hello"))
    generation = start(extra_body={"model_list": [{name: KEY}], name: KEY, "prompt_cache_key": "mine"}, max_tokens=9)
    generation.wait(PATIENCE)
    assert server.connection().json[name] == KEY
    assert KEY not in all_of(generation)
    options = json.loads(generation.attempt.options)
    assert (options["max_tokens"], options["extra_body"]["prompt_cache_key"]) == (9, "mine")


def test_a_key_in_the_query_of_an_address_stays_secret(
    server: Server, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "httpx")  # httpx itself logs each address, for those who ask for INFO
    server.script(*answer("Hello"))
    generation = start(base_url=f"{server.base_url}?subscription-key={KEY}")
    generation.wait(PATIENCE)
    assert KEY in server.connection().line
    assert KEY not in all_of(generation)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_gets_no_key(status: int, server: Server, start: Start) -> None:
    other = Server().script(*answer("stolen"))
    server.script([headers(f"{status} Moved", Location=other.base_url + "/chat/completions")])
    attempt = start(api_key=KEY).wait(PATIENCE)
    assert (attempt.ended_by, attempt.text, other.connections) == ("error", "", [])
    other.stop()


def test_a_key_of_the_environment_goes_to_no_other_address(
    server: Server, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.script(*answer("Hello"))
    start(model="openai:gpt-4.1-mini").wait(PATIENCE)
    assert "authorization" not in server.connection().headers


CALLS: dict[str, Callable[[], object]] = {
    "an unknown option": lambda: nbstream.generate("Hello", "openai:x", api_key=KEY, temprature=1),
    "an unknown provider": lambda: nbstream.generate("Hello", "opnai:x", api_key=KEY),
    "a key with a line end": lambda: nbstream.generate("Hello", "openai:x", api_key=f"{KEY}\nX-Evil: 1"),
    "an empty prompt": lambda: nbstream.generate("", "openai:x", api_key=KEY),
    "no address": lambda: nbstream.generate("Hello", "x", base_url=f"ftp://u:{KEY}@host", api_key=KEY),
    "no port": lambda: nbstream.generate("Hello", "x", base_url=f"http://u:{KEY}@host:port", api_key=KEY),
}


@pytest.mark.parametrize("call", CALLS)
def test_an_error_before_anything_is_sent_does_not_say_the_key(call: str) -> None:
    with pytest.raises(SetupError) as told:
        CALLS[call]()
    assert KEY not in str(told.value)
    assert told.value.__cause__ is None


def request_with_key() -> Request:
    provider = OpenAIChat("x", base_url="http://localhost", api_key=KEY)
    return provider.request(Ask("att_1", "x", ({"role": "user", "content": "Hello"},)))


def test_a_traceback_with_its_locals_does_not_show_the_key(server: Server) -> None:
    server.script(body(json.dumps({"error": REPEATS}), "401 Unauthorized"))
    provider = OpenAIChat("x", base_url=server.base_url, api_key=KEY)

    async def ask() -> None:
        request = provider.request(Ask("att_1", "x", ({"role": "user", "content": "Hello"},)))
        async for _ in HttpTransport().records(request):
            pass

    try:
        asyncio.run(ask())
    except nbstream.ProviderError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    # what the server itself said is a local as well, and not ours
    own = [line for line in shown.splitlines() if "you sent" not in line]
    assert "request = Request(" in shown
    assert KEY not in "\n".join(own)


@pytest.mark.parametrize(
    "thing",
    [
        lambda: Secret(KEY),
        request_with_key,
        lambda: resolve("openai:x", api_key=KEY),
        lambda: OpenAICompletions("x", base_url="http://localhost", api_key=KEY),
        lambda: vars(OpenAIChat("x", base_url="http://localhost", api_key=KEY)),
    ],
    ids=["secret", "request", "resolved", "completions", "vars"],
)
def test_the_repr_of_what_holds_a_key_does_not_show_it(thing: Callable[[], object]) -> None:
    assert KEY not in f"{thing()!r} {thing()!s}"


def test_a_secret_is_not_pickled_but_a_copy_works() -> None:
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(Secret(KEY))
    assert KEY not in repr(copy.copy(request_with_key()))
