"""A request to the scripted server, and all that the transport reads of the answer."""

from __future__ import annotations

import asyncio

from faults.server import Server

from nbstream.framing import Record
from nbstream.transport import HttpTransport
from nbstream.wire import Request


def asking(server: Server, **more: object) -> Request:
    return Request(server.base_url + "/chat/completions", {"model": "test"}, **more)  # type: ignore[arg-type]


def read(request: Request) -> list[Record]:
    """All records of an answer."""

    async def all_of_it() -> list[Record]:
        return [record async for records in HttpTransport().records(request) for record in records]

    return asyncio.run(all_of_it())
