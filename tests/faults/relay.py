"""What stands between a client and a server: a TLS front and an HTTP proxy, on one loop in a thread of its own."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections.abc import AsyncIterator
from urllib.parse import urlsplit


class Relay:
    """Listens on 127.0.0.1 and carries bytes both ways until one side leaves; `stop` ends it.

    With `port` everything goes there, through TLS if there are `certificates`; else it is a proxy, which goes where it
    is asked to, or answers `refusal`. `heads` are the requests that the proxy was sent.
    """

    def __init__(
        self, port: int | None = None, certificates: ssl.SSLContext | None = None, refusal: bytes = b""
    ) -> None:
        self.target = port
        self.refusal = refusal
        self.heads: list[str] = []
        self.port = 0
        self.loop = asyncio.new_event_loop()
        self.over = asyncio.Event()
        listening = threading.Event()
        self.thread = threading.Thread(target=self.turn, args=(certificates, listening), daemon=True)
        self.thread.start()
        listening.wait()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.over.set)
        self.thread.join()

    def turn(self, certificates: ssl.SSLContext | None, listening: threading.Event) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self.listen(certificates, listening))

    async def listen(self, certificates: ssl.SSLContext | None, listening: threading.Event) -> None:
        carry = self.proxy if self.target is None else self.front
        server = await asyncio.start_server(carry, "127.0.0.1", 0, ssl=certificates)
        self.port = server.sockets[0].getsockname()[1]
        listening.set()
        await self.over.wait()
        server.close()
        carrying = asyncio.all_tasks() - {asyncio.current_task()}
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)

    async def front(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert self.target is not None
        async with closing(writer):
            await join(reader, writer, b"", self.target)

    async def proxy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with closing(writer):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.heads.append(head)
            method, address, rest = head.split(" ", 2)
            if self.refusal:
                writer.write(self.refusal)
                await writer.drain()
            elif method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await join(reader, writer, b"", int(address.rpartition(":")[2]))
            else:
                url = urlsplit(address)
                assert url.port is not None
                await join(reader, writer, f"{method} {url.path} {rest}".encode("latin-1"), url.port)


async def join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, first: bytes, port: int) -> None:
    """Carry bytes between the client and a server until one of them leaves."""
    from_server, to_server = await asyncio.open_connection("127.0.0.1", port)
    async with closing(to_server):
        to_server.write(first)
        ways = [asyncio.create_task(carry(reader, to_server)), asyncio.create_task(carry(from_server, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)


async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@contextlib.asynccontextmanager
async def closing(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    try:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            yield
    finally:
        writer.close()
        with contextlib.suppress(OSError, asyncio.CancelledError):
            await writer.wait_closed()
