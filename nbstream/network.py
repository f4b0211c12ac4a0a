"""The network below httpx: asyncio's own transports, which cost half of what httpcore's way through anyio costs.

httpcore documents the interface (https://www.encode.io/httpcore/network-backends/). Measured for each paced chunk:
160 to 195 µs through anyio, 79 to 84 this way. What is read waits in a buffer that is bounded: beyond `FULL` bytes the
socket is not read. Closing sends what ends the connection at once, whatever the other side does.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import os
import socket
import ssl
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import httpcore

FULL = 256 * 1024
NEXT_ADDRESS_S = 0.25
"""A host with several addresses is tried at the next one after so long (RFC 8305)."""

Address = tuple[str, int]


class Network(httpcore.AsyncNetworkBackend):
    """Opens the connections of one request, and closes them all."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> Stream:
        """Connect. Raises httpcore's `ConnectTimeout` and `ConnectError`."""
        with mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
                stream = await self.first(alternating(found), (local_address, 0) if local_address else None)
        for option in socket_options or ():
            stream.socket.setsockopt(*option)
        return stream

    async def first(self, addresses: Sequence[Address], local: Address | None) -> Stream:
        """The first of these to answer; each next one is tried when one fails, or all are silent for a while.

        asyncio's own way to do so loses sockets when it is cancelled (3.11, `asyncio.staggered`).
        """
        trying: set[asyncio.Task[Stream]] = set()
        failures: list[str] = []
        left = list(addresses)
        try:
            while left or trying:
                if left:
                    trying.add(asyncio.create_task(self.open(left.pop(0), local)))
                wait = NEXT_ADDRESS_S if left else None
                done, trying = await asyncio.wait(trying, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                for attempt in done:
                    if (failure := attempt.exception()) is None:
                        return attempt.result()
                    failures.append(words(failure))
        finally:
            for attempt in trying:
                attempt.cancel()
            await asyncio.gather(*trying, return_exceptions=True)
        raise OSError("; ".join(dict.fromkeys(failures)) or "the host has no address")

    async def open(self, address: Address, local: Address | None) -> Stream:
        """Connect to one address."""
        loop = asyncio.get_running_loop()
        stream = Stream(loop)
        self.streams.append(stream)  # whatever happens to it, it is closed with the others
        await loop.create_connection(lambda: stream, *address, local_addr=local)
        return stream

    def close(self) -> None:
        """Close what is still open, at once."""
        for stream in self.streams:
            stream.abort()


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection: a buffer between asyncio, which pushes, and httpcore, which pulls."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.transport: Any = None
        self.buffer = bytearray()
        self.ended = False
        self.failure: Exception | None = None
        self.paused = True
        self.drained = True
        self.waiter: asyncio.Future[None] | None = None
        self.deadline = math.inf  # of what waits
        self.timer: asyncio.TimerHandle | None = None
        self.rings = math.inf

    @property
    def socket(self) -> Any:
        """asyncio's view of the socket."""
        return self.transport.get_extra_info("socket")

    # ---- what asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take over the transport. Nothing is read before somebody asks: what comes early may be meant for TLS."""
        self.take(transport)
        self.transport.pause_reading()

    def data_received(self, data: bytes) -> None:
        """Keep it; a reader that lags behind stops the socket."""
        self.buffer += data
        if len(self.buffer) > FULL and not self.paused:
            self.paused = True
            self.transport.pause_reading()
        self.wake()

    def eof_received(self) -> None:
        """The other side has said its last."""
        self.ended = True
        self.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """There is no connection any more."""
        self.ended = True
        self.failure = self.failure or exc
        self.quiet()
        self.wake()

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self.drained = False

    def resume_writing(self) -> None:
        """All is sent."""
        self.drained = True
        self.wake()

    # ---- what httpcore asks

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What has come, at least a byte; none once the other side has ended. Raises `ReadTimeout`, `ReadError`."""
        if self.paused and not self.buffer:
            self.paused = False
            self.transport.resume_reading()
        if not self.buffer and not self.ended:
            with mapped(httpcore.ReadTimeout, httpcore.ReadError):
                await self.wait(timeout)
        if not self.buffer:
            if self.failure is not None:
                raise httpcore.ReadError(words(self.failure)) from self.failure
            return b""
        data = bytes(self.buffer[:max_bytes])
        del self.buffer[:max_bytes]
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it. Raises `WriteTimeout`, `WriteError`."""
        if not buffer:
            return
        if self.transport.is_closing():
            raise httpcore.WriteError(words(self.failure) if self.failure else "the connection is closed")
        self.transport.write(buffer)
        deadline = None if timeout is None else self.loop.time() + timeout
        with mapped(httpcore.WriteTimeout, httpcore.WriteError):
            while not self.drained and not self.ended:
                await self.wait(None if deadline is None else deadline - self.loop.time())
        if self.failure is not None:
            raise httpcore.WriteError(words(self.failure)) from self.failure

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Stream:
        """Go on encrypted, also inside of what is encrypted already. Raises `ConnectTimeout`, `ConnectError`."""
        with mapped(httpcore.ConnectTimeout, httpcore.ConnectError):
            async with asyncio.timeout(timeout):
                self.take(await self.loop.start_tls(self.transport, self, ssl_context, server_hostname=server_hostname))
                self.paused = False  # TLS reads from now on, asked or not; the buffer's bound holds
        return self

    async def aclose(self) -> None:
        """Close it at once."""
        self.abort()

    def get_extra_info(self, info: str) -> Any:
        """What httpcore may want to know."""
        if info == "is_readable":
            return bool(self.buffer) or self.ended
        name = {"client_addr": "sockname", "server_addr": "peername"}.get(info, info)
        return self.transport.get_extra_info(name)

    # ---- how

    def abort(self) -> None:
        """End the connection now: asyncio alone would close the socket in the loop's next turn."""
        if self.transport is None:
            return
        # one that is closing already may still wait: for TLS to say goodbye, or for the other side to read
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.transport.abort()

    def take(self, transport: Any) -> None:
        """Use this transport from now on. It shall buffer nothing of what is written: `write` waits until all is sent.

        Not `high=0`: asyncio's TLS pauses at that size, too, and so for ever.
        """
        self.transport = transport
        transport.set_write_buffer_limits(high=1, low=0)

    async def wait(self, timeout: float | None) -> None:
        """Until something happens. Raises `TimeoutError`.

        The timer is set once for many reads, and again only if it rings too early: this runs for each chunk.
        """
        self.waiter = self.loop.create_future()
        self.deadline = math.inf if timeout is None else self.loop.time() + timeout
        if self.deadline < self.rings:
            self.ring_at(self.deadline)
        try:
            await self.waiter
        finally:
            self.waiter = None

    def ring_at(self, when: float) -> None:
        """Set the one timer."""
        self.quiet()
        self.rings = when
        self.timer = self.loop.call_at(when, self.ring)

    def ring(self) -> None:
        """Give up waiting, if it is time to."""
        self.quiet()
        if self.waiter is None or self.waiter.done():
            return
        if self.loop.time() >= self.deadline:
            self.waiter.set_exception(TimeoutError())
        elif self.deadline < math.inf:
            self.ring_at(self.deadline)

    def quiet(self) -> None:
        """Take the timer back: the loop would hold this stream for as long as it runs."""
        if self.timer is not None:
            self.timer.cancel()
        self.timer = None
        self.rings = math.inf

    def wake(self) -> None:
        """Something has happened."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)


@contextlib.contextmanager
def mapped(late: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """Turn what asyncio raises into httpcore's words."""
    try:
        yield
    except TimeoutError as error:
        raise late(str(error)) from error
    except OSError as error:
        raise failed(words(error)) from error


def alternating(found: Iterable[tuple[Any, ...]]) -> list[Address]:
    """The addresses that were found for a host, of IPv6 and IPv4 in turn (RFC 8305, section 4)."""
    families: dict[int, list[Address]] = {}
    for family, _, _, _, address in found:
        families.setdefault(family, []).append((str(address[0]), int(address[1])))
    rounds = itertools.zip_longest(*families.values())
    return [address for turn in rounds for address in turn if address is not None]


def words(error: BaseException) -> str:
    """What went wrong, without the address that asyncio repeats."""
    number = getattr(error, "errno", None)
    if isinstance(error, ssl.SSLError) or not number or number < 0:
        return str(getattr(error, "strerror", None) or error) or type(error).__name__
    return os.strerror(number)
