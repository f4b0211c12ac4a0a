"""How little a chunk could cost, with more and more left out: a worker, `python -m bench.floors NAME`.

`bare` is an asyncio protocol that splits and parses; `transport` is nbstream's own way through httpx, and no more.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

from nbstream.transport import HttpTransport
from nbstream.wire import Request

from .clients import BODY, Read, in_a_loop, turns


class Bare(asyncio.Protocol):
    """A request, and what comes back split at blank lines and parsed; nothing is checked, nothing handed on."""

    def __init__(self, request: bytes, over: asyncio.Future[None]) -> None:
        self.request, self.over = request, over
        self.rest = b""
        self.chunks = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        *events, self.rest = (self.rest + data).split(b"\n\n")
        for event in events:  # before "data: " stands what HTTP puts between
            text = event.partition(b"data: ")[2]
            if text != b"[DONE]":
                json.loads(text)
                self.chunks += 1

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.over.set_result(None)


def bare() -> Read:
    body = json.dumps(BODY).encode()

    async def read(url: str) -> int:
        place = urlsplit(url)
        head = f"POST {place.path}/chat/completions HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {len(body)}\r\n"
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()
        reading = Bare(head.encode() + b"\r\n" + body, over)
        assert place.hostname
        assert place.port
        await loop.create_connection(lambda: reading, place.hostname, place.port)
        await over
        return reading.chunks

    return in_a_loop(read)


def transport() -> Read:
    """What comes is read alone: the floor of the row whose gathering is switched off."""

    async def read(url: str) -> int:
        chunks = 0
        async for records in HttpTransport().records(Request(f"{url}/chat/completions", BODY, gather=False)):
            for record in records:
                if record.data != "[DONE]":
                    json.loads(record.data)
                    chunks += 1
        return chunks

    return in_a_loop(read)


FLOORS: dict[str, Callable[[], Read]] = {"bare": bare, "transport": transport}


if __name__ == "__main__":
    turns(FLOORS[sys.argv[1]]())
