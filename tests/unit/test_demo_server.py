"""The embedded server, over real sockets: shape of the stream, honest counts, disconnects."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, MutableMapping
from typing import Any

import httpx
import pytest

from nbstream import demo
from nbstream.demo.answers import StreamedAnswer
from nbstream.demo.ask import read_chat
from nbstream.demo.engine import Detokenizer, Engine
from nbstream.demo.ledger import Generation, Ledger
from nbstream.demo.server import DemoServer
from nbstream.demo.shapes import Shapes
from nbstream.demo.vocabulary import encoding

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


def stream(client: httpx.Client, path: str = "/chat/completions", **fields: Any) -> list[Any]:
    response = client.post(path, json=body(stream=True, **fields))
    assert response.status_code == 200
    records = response.text.split("\n\n")
    assert records[-2:] == ["data: [DONE]", ""]
    return [json.loads(record.removeprefix("data: ")) for record in records[:-2]]


def text_of(chunks: list[Any]) -> str:
    return "".join(c["choices"][0]["delta"].get("content", "") for c in chunks if c["choices"])


def accounted(client: httpx.Client, name: str) -> dict[str, Any]:
    """Asks until the server says that the generation has ended, as a client of OpenRouter does."""
    while True:
        response = client.get("/generation", params={"id": name})
        if response.status_code == 200:
            data: dict[str, Any] = response.json()["data"]
            return data
        assert response.json()["error"]["code"] == "not_ready"


def test_a_chat_stream_has_the_shape_of_openai(client: httpx.Client) -> None:
    chunks = stream(client)
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert all(chunk["object"] == "chat.completion.chunk" for chunk in chunks)
    assert {chunk["id"] for chunk in chunks} == {chunks[0]["id"]}
    assert [c["choices"][0]["finish_reason"] for c in chunks] == [None] * (len(chunks) - 1) + ["length"]
    assert all("usage" not in chunk for chunk in chunks)


def test_usage_comes_last_and_is_the_encoding_of_the_text(client: httpx.Client) -> None:
    chunks = stream(client, stream_options={"include_usage": True})
    encode = encoding().encode_ordinary
    prompt = 3 + 3 + len(encode("user")) + len(encode(MESSAGES[0]["content"]))
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == {"prompt_tokens": prompt, "completion_tokens": 60, "total_tokens": prompt + 60}
    assert len(encode(text_of(chunks))) == 60


def test_running_usage_is_on_every_chunk_when_asked_for(client: httpx.Client) -> None:
    chunks = stream(client, stream_options={"include_usage": True, "continuous_usage_stats": True})
    counts = [chunk["usage"]["completion_tokens"] for chunk in chunks]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, 60)


def test_a_whole_answer_is_the_same_text_as_the_stream(client: httpx.Client) -> None:
    whole = client.post("/chat/completions", json=body()).json()
    assert whole["choices"][0]["message"]["content"] == text_of(stream(client))
    assert whole["usage"]["completion_tokens"] == 60


def test_the_legacy_route_goes_on_from_its_prompt(client: httpx.Client) -> None:
    chunks = stream(client, "/completions", prompt="The attention lay")
    text = "".join(chunk["choices"][0]["text"] for chunk in chunks)
    assert text.startswith("er")
    assert chunks[0]["object"] == "text_completion"


def test_a_trailing_assistant_message_is_continued(client: httpx.Client) -> None:
    messages = [
        *MESSAGES,
        {"role": "assistant", "content": "# The structure of a GPT model\n\nA GPT model is a neural net"},
    ]
    assert text_of(stream(client, messages=messages, continue_final_message=True)).startswith("work that")


def test_an_answer_that_ends_by_itself_says_stop(client: httpx.Client) -> None:
    chunks = stream(client, max_tokens=None)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


def test_a_stop_string_ends_the_answer_and_is_not_shown(client: httpx.Client) -> None:
    whole = text_of(stream(client))
    stop = whole[40:52]
    chunks = stream(client, stop=["never in it", stop])
    assert text_of(chunks) == whole[: whole.index(stop)]
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_stop_strings_and_characters_are_found_across_cuts(size: int) -> None:
    data = "水 and 🙂, then STOP and more".encode()
    reader = Detokenizer(["STOP", "STILL"])
    text = "".join(reader.feed(data[at : at + size]) for at in range(0, len(data), size))
    assert (text, reader.stopped) == ("水 and 🙂, then ", True)


def test_what_was_held_back_is_shown_at_the_end() -> None:
    reader = Detokenizer(["STOP"])
    assert reader.feed(b"a ST") + reader.flush() == "a ST"


def test_a_disconnect_ends_the_generation(client: httpx.Client, server: DemoServer) -> None:
    pace = {"tokens_per_s": 200, "first_token_s": 0}
    received, name = 0, ""
    with client.stream("POST", "/chat/completions", json=body(stream=True, max_tokens=4000, nbstream=pace)) as response:
        for line in response.iter_lines():
            if line.startswith("data: "):
                chunk = json.loads(line.removeprefix("data: "))
                name = chunk["id"]
                received += bool(chunk["choices"][0]["delta"]["content"])
            if received == 20:
                break
    data = accounted(client, name)
    assert data["cancelled"] is True
    assert data["finish_reason"] is None
    assert received <= data["native_tokens_completion"] <= received + 40
    assert not server.service.engines


def test_a_disconnect_ends_a_generation_that_always_has_something_to_send() -> None:
    async def left_after_three() -> Generation:
        generation = Ledger().open("chatcmpl", 0, streamed=True, alias=None)
        engine = Engine(read_chat(body(stream=True, max_tokens=2000, temperature=1.5)), generation)
        bodies: list[object] = []
        gone = asyncio.Event()

        async def receive() -> dict[str, object]:
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, object]) -> None:
            bodies.append(message)
            if len(bodies) == 4:  # the head, and three pieces
                gone.set()

        answer = StreamedAnswer(engine, Shapes(True, generation, False))
        await answer({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send)
        return generation

    generation = asyncio.run(left_after_three())
    assert generation.finish_reason is None
    assert generation.generated_tokens < 20


@pytest.mark.parametrize("streamed", [True, False])
def test_a_stop_before_the_first_token_is_accounted_under_the_clients_own_name(
    server: DemoServer, streamed: bool
) -> None:
    data = asyncio.run(stopped_while_waiting(server.address, f"attempt_{streamed}", streamed))
    assert (data["cancelled"], data["native_tokens_completion"], data["streamed"]) == (True, 0, streamed)


async def stopped_while_waiting(where: demo.Address, alias: str, streamed: bool) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {where.key}"}
    request = body(stream=streamed, nbstream={"tokens_per_s": 40, "first_token_s": 60})
    async with httpx.AsyncClient(base_url=where.base_url, headers=headers, trust_env=False, timeout=60) as http:

        async def state() -> httpx.Response:
            return await http.get("/generation", params={"id": alias})

        call = asyncio.create_task(http.post("/chat/completions", json=request, headers={"X-Request-Id": alias}))
        while (await state()).json()["error"]["code"] == "not_found":
            pass  # the request is on its way
        assert (await state()).json()["error"]["code"] == "not_ready"
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        while (response := await state()).status_code == 404:
            pass
        data: dict[str, Any] = response.json()["data"]
        return data


def test_a_finished_generation_is_accounted_in_full(client: httpx.Client) -> None:
    chunks = stream(client)
    data = accounted(client, chunks[0]["id"])
    assert (data["cancelled"], data["finish_reason"]) == (False, "length")
    assert (data["native_tokens_completion"], data["sent_tokens"]) == (60, 60)
    assert data["closed_s"] > 0


def test_the_ledger_forgets_the_oldest() -> None:
    ledger = Ledger(kept=2)
    ids = [ledger.open("x", 1, True, f"alias{number}").id for number in range(3)]
    assert ledger.find(ids[0]) is None
    assert ledger.find("alias0") is None
    assert ledger.find("alias2") is ledger.find(ids[2])


def test_the_model_list_names_demo(client: httpx.Client) -> None:
    assert [model["id"] for model in client.get("/models").json()["data"]] == ["demo"]


def test_two_thousand_tokens_come_in_one_event_each_without_a_pace(client: httpx.Client) -> None:
    chunks = stream(client, max_tokens=2000, temperature=0.1, stream_options={"include_usage": True})
    assert chunks[-1]["usage"]["completion_tokens"] == 2000
    assert 1900 < len(chunks) <= 2003
