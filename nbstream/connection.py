"""One connection: a buffer between asyncio, which pushes, and httpcore, which pulls.

The buffer is bounded: beyond `FULL` bytes the socket is not read. Closing sends what ends the connection at once,
whatever the other side does; giving it up says so to the other side from any thread, however busy the loop is.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import socket
import ssl
import threading
import weakref
from collections.abc import Callable
from typing import Any, ClassVar

import httpcore

from .chunked import BLANK, Chunks
from .gathering import Gathering
from .mapped import CONNECTING, READING, WRITING, words
from .receive_buffer import unread

FULL = 256 * 1024


class Stream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection: a buffer between asyncio, which pushes, and httpcore, which pulls."""

    live: ClassVar[weakref.WeakSet[Stream]] = weakref.WeakSet()

    def __init__(
        self, loop: asyncio.AbstractEventLoop, gather: bool = False, waits: Callable[[], None] = lambda: None
    ) -> None:
        self.loop = loop
        self.gather = gather
        self.waits = waits  # told before each wait
        self.gathering = Gathering()
        self.holding = False
        self.transport: Any = None
        self.lost = self.given_up = False
        self.came, self.last = 0, math.inf  # bytes; and how many of them had come when it was given up
        self.descriptor = threading.Lock()  # while it is held, the socket's number becomes no other one's
        self.buffer = bytearray()
        self.head = b""  # what was read last, until the answer begins
        self.chunks: Chunks | None = None  # from then on
        self.ended = False
        self.failure: Exception | None = None
        self.paused = False
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
        self.pause()

    def data_received(self, data: bytes) -> None:
        """Keep it; a reader that lags behind stops the socket."""
        self.keep(data)
        if len(self.buffer) > FULL:
            self.pause()
        if self.paused or not self.holding:
            self.wake()

    def keep(self, data: bytes) -> None:
        """For the reader, but for what has come too late."""
        self.came += len(data)
        self.buffer += data if self.came <= self.last else data[: int(self.last) - self.came]

    def eof_received(self) -> None:
        """The other side has said its last."""
        self.ended = True
        self.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """There is no connection any more."""
        with self.descriptor:
            self.lost = True
        self.ended = True
        self.failure = self.failure or exc
        Stream.live.discard(self)
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
        if self.gather:
            await self.moment()
        if not self.buffer:
            self.resume()
        if not self.buffer and not self.ended:
            with READING:
                await self.wait(timeout)
        if not self.buffer:
            if self.failure is not None:
                raise httpcore.ReadError(words(self.failure)) from self.failure
            return b""
        if self.chunks is None and (end := self.buffer.find(BLANK, 0, max_bytes)) >= 0:
            max_bytes = end + len(BLANK)  # the body is handed on by itself, see `answered`
        data = bytes(self.buffer[:max_bytes])
        del self.buffer[:max_bytes]
        if self.gather:
            self.gathering.plan(self.loop.time(), len(Stream.live))
        if self.chunks is None:
            self.head = data
            return data
        return self.chunks.feed(data)

    def answered(self, chunked: bool) -> None:
        """The answer begins, and its first piece shall not wait. If its body comes in chunks, they are joined."""
        self.gathering.at_once()
        self.chunks = Chunks.after(self.head, chunked)
        self.head = b""

    async def moment(self) -> None:
        """Leave the socket alone until the next read is due, unless more has come already.

        Not one of TLS: what lies there undeciphered could not be kept at a stop. It is read, and nobody is woken.
        """
        wait = self.gathering.next_read - self.loop.time()
        if wait > 0 and not self.buffer and not self.ended:
            if self.plain:
                self.pause()
            self.holding = True
            try:
                await self.wait(wait)
            except TimeoutError:
                pass
            finally:
                self.holding = False

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it. Raises `WriteTimeout`, `WriteError`."""
        if not buffer:
            return
        if self.given_up or self.transport.is_closing():
            raise httpcore.WriteError(words(self.failure) if self.failure else "the connection is closed")
        self.transport.write(buffer)
        deadline = None if timeout is None else self.loop.time() + timeout
        with WRITING:
            while not self.drained and not self.ended:
                if len(self.buffer) <= FULL:
                    self.resume()  # a server may refuse before it has read all, and its words shall not be lost
                await self.wait(None if deadline is None else deadline - self.loop.time())
        if self.failure is not None:
            raise httpcore.WriteError(words(self.failure)) from self.failure

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Stream:
        """Go on encrypted, also inside of what is encrypted already. Raises `ConnectTimeout`, `ConnectError`."""
        with CONNECTING:
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

    def give_up(self) -> None:
        """From any thread: nothing more is sent but the end of our side (FIN). What has come can still be read, but for
        what lies undeciphered, and nothing that comes from now on.
        """
        self.given_up = True
        # no socket yet, or any more: TLS tells of the loss only after its socket is closed, in midst of this, too
        with self.descriptor, contextlib.suppress(OSError, AttributeError, ValueError):
            if not self.lost:
                self.socket.shutdown(socket.SHUT_WR)
                self.last = min(self.last, self.came + (unread(self.socket) if self.plain else 0))

    def abort(self, keep: bool = False) -> bool:
        """End the connection now; tells whether it was open. asyncio alone would close it in the loop's next turn.

        With `keep`, the reader is handed what has come before, and finds the end after it.
        """
        was_open = False
        if self.transport is not None:
            if keep:
                self.take_rest()
            # one that is closing already may still wait: for TLS to say goodbye, or for the other side to read
            with contextlib.suppress(OSError, AttributeError):  # it has no socket any more
                self.socket.shutdown(socket.SHUT_RDWR)
                was_open = True
            self.transport.abort()
        return was_open

    def take_rest(self) -> None:
        """Take what lies in the socket: it has been sent, paid for, and has come as far as this machine."""
        if self.plain:
            with contextlib.suppress(OSError, AttributeError):
                self.keep(os.read(self.socket.fileno(), FULL))
        self.ended = True
        self.wake()

    @property
    def plain(self) -> bool:
        """Not encrypted."""
        return self.transport.get_extra_info("ssl_object") is None

    def take(self, transport: Any) -> None:
        """Use this transport from now on. It shall buffer nothing of what is written: `write` waits until all is sent.

        Not `high=0`: asyncio's TLS pauses at that size, too, and so for ever.
        """
        self.transport = transport
        Stream.live.add(self)
        transport.set_write_buffer_limits(high=1, low=0)

    async def wait(self, timeout: float | None) -> None:
        """Until something happens. Raises `TimeoutError`.

        The timer is set once for many reads, and again only if it rings too early: this runs for each chunk.
        """
        self.waits()
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

    def pause(self) -> None:
        """Leave what comes in the socket, until somebody reads."""
        if not self.paused:
            self.paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """Read what comes again."""
        if self.paused:
            self.paused = False
            self.transport.resume_reading()

    def wake(self) -> None:
        """Something has happened."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
