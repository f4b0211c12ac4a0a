"""Carries requests for `demo:` to the embedded server, which starts when the first one comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace

from ..framing import Record
from ..transport import HttpTransport
from ..wire import Request, Secret


class DemoTransport:
    """The real transport, after filling in where the server is and its key of this process."""

    def __init__(self) -> None:
        self.http = HttpTransport()

    async def records(self, request: Request) -> AsyncGenerator[list[Record], None]:
        """As `HttpTransport.records`."""
        async with contextlib.aclosing(self.http.records(await located(request))) as stream:
            async for records in stream:
                yield records

    async def fetch(self, request: Request) -> object | None:
        """As `HttpTransport.fetch`."""
        return await self.http.fetch(await located(request))


async def located(request: Request) -> Request:
    """The request with the server's address; starting it loads the model, so that happens on another thread."""
    from . import address, running

    server = running()
    if server is None:
        server = await asyncio.get_running_loop().run_in_executor(None, address)
    return replace(
        request,
        url=request.url.replace("demo:", server.base_url, 1),
        headers={**request.headers, "Authorization": Secret(f"Bearer {server.key}")},
    )
