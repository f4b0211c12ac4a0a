"""The peers' bare loops, each alone in a process of its own environment: `python -m bench.clients NAME`.

For each line on stdin, `{"url": ..., "count": ...}`, one stream is read to its end, and the CPU time of the process
goes to stdout; where it is to count, how often it read its sockets, too. An SDK's client lives as long as its process.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections.abc import Callable, Coroutine
from contextlib import nullcontext
from typing import Any

from .reads import Reads, counting

Read = Callable[[str], int]

KEY = "sk-bench"
MODEL = "gpt-4.1-mini"
MESSAGES: list[Any] = [{"role": "user", "content": "Hello"}]
BODY = {"model": MODEL, "messages": MESSAGES, "stream": True}


def turns(read: Read, prepare: Callable[[dict[str, Any]], None] = lambda asked: None) -> None:
    """Answer until stdin ends. What is asked of a turn is known before it begins to be measured."""
    for line in sys.stdin:
        asked = json.loads(line)
        prepare(asked)
        gc.collect()
        with counting() if asked.get("count") else nullcontext(Reads()) as reads:
            cpu, began = time.process_time(), time.perf_counter()
            chunks = read(asked["url"])
            cpu, took = time.process_time() - cpu, time.perf_counter() - began
        told = {"cpu_s": cpu, "took_s": took, "chunks": chunks, "reads": reads.number}
        print(json.dumps(told), flush=True)


def in_a_loop(read: Callable[[str], Coroutine[Any, Any, int]]) -> Read:
    """One loop for all turns: making one is not what is measured."""
    runner = asyncio.Runner()
    return lambda url: runner.run(read(url))


def openai_async() -> Read:
    import openai

    client = openai.AsyncOpenAI(api_key=KEY, max_retries=0)

    async def read(url: str) -> int:
        chunks = 0
        client.base_url = url
        async for _ in await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True):
            chunks += 1
        return chunks

    return in_a_loop(read)


def anthropic_async() -> Read:
    import anthropic

    client = anthropic.AsyncAnthropic(api_key=KEY, max_retries=0)

    async def read(url: str) -> int:
        chunks = 0
        client.base_url = url.removesuffix("/v1")
        async for _ in await client.messages.create(
            model="claude-test", messages=MESSAGES, max_tokens=10**6, stream=True
        ):
            chunks += 1
        return chunks

    return in_a_loop(read)


def litellm_async() -> Read:
    import litellm

    async def read(url: str) -> int:
        chunks = 0
        model = f"openai/{MODEL}"
        stream = await litellm.acompletion(model=model, messages=MESSAGES, stream=True, base_url=url, api_key=KEY)
        async for _ in stream:
            chunks += 1
        return chunks

    return in_a_loop(read)


def httpx_async() -> Read:
    """Raw bytes, split at blank lines, json."""
    import httpx

    client = httpx.AsyncClient(timeout=60)

    async def read(url: str) -> int:
        chunks, rest = 0, b""
        async with client.stream("POST", f"{url}/chat/completions", json=BODY) as response:
            async for data in response.aiter_bytes():
                *events, rest = (rest + data).split(b"\n\n")
                for event in events:
                    if event[6:] != b"[DONE]":
                        json.loads(event[6:])
                        chunks += 1
        return chunks

    return in_a_loop(read)


def httpx_sse_async() -> Read:
    import httpx
    import httpx_sse

    client = httpx.AsyncClient(timeout=60)

    async def read(url: str) -> int:
        chunks = 0
        async with httpx_sse.aconnect_sse(client, "POST", f"{url}/chat/completions", json=BODY) as source:
            async for event in source.aiter_sse():
                if event.data != "[DONE]":
                    json.loads(event.data)
                    chunks += 1
        return chunks

    return in_a_loop(read)


CLIENTS: dict[str, Callable[[], Read]] = {
    "openai": openai_async,
    "anthropic": anthropic_async,
    "litellm": litellm_async,
    "httpx": httpx_async,
    "httpx-sse": httpx_sse_async,
}


if __name__ == "__main__":
    turns(CLIENTS[sys.argv[1]]())
