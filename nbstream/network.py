"""The network below httpx: asyncio's own transports, which cost half of what httpcore's way through anyio costs.

httpcore documents the interface (https://www.encode.io/httpcore/network-backends/). Measured for each paced chunk:
160 to 195 µs through anyio, 79 to 84 this way.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import itertools
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import httpcore

from .connection import Stream
from .mapped import CONNECTING, words

NEXT_ADDRESS_S = 0.25
"""A host with several addresses is tried at the next one after so long (RFC 8305)."""

Address = tuple[str, int]


class Network(httpcore.AsyncNetworkBackend):
    """Opens the connections of one request, and closes them all. `gather`: leave a moment between two reads."""

    def __init__(self, gather: bool = False) -> None:
        self.gather = gather
        self.given_up = False
        self.streams: list[Stream] = []
        self.due: Callable[[], None] | None = None

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> Stream:
        """Connect. Raises httpcore's `ConnectTimeout` and `ConnectError`."""
        with CONNECTING:
            async with asyncio.timeout(timeout):
                stream = await self.first(await addresses_of(host, port), (local_address, 0) if local_address else None)
        for option in socket_options or ():
            stream.socket.setsockopt(*option)
        return stream

    async def first(self, addresses: Sequence[Address], local: Address | None) -> Stream:
        """The first of these to answer; each next one is tried when one fails, or all are silent for a while.

        asyncio's own way to do so loses sockets when it is cancelled (3.11, `asyncio.staggered`).
        """
        if len(addresses) == 1:
            return await self.open(addresses[0], local)
        trying: set[asyncio.Task[Stream]] = set()
        failures: list[str] = []
        left = list(addresses)
        try:
            while left or trying:
                if left:
                    trying.add(asyncio.create_task(self.open(left.pop(0), local)))
                wait = NEXT_ADDRESS_S if left else None
                done, trying = await asyncio.wait(trying, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
                failures += [words(failure) for one in done if (failure := one.exception())]
                if connected := [one.result() for one in done if not one.exception()]:
                    for superfluous in connected[1:]:
                        superfluous.abort()
                    return connected[0]
        finally:
            for attempt in trying:
                attempt.cancel()
            await asyncio.gather(*trying, return_exceptions=True)
        raise OSError("; ".join(dict.fromkeys(failures)) or "the host has no address")

    async def open(self, address: Address, local: Address | None) -> Stream:
        """Connect to one address."""
        loop = asyncio.get_running_loop()
        stream = Stream(loop, self.gather, self.waits)
        self.streams.append(stream)  # whatever happens to it, it is closed with the others
        if self.given_up:
            raise ConnectionAbortedError("nobody wants it any more")
        await loop.create_connection(lambda: stream, *address, local_addr=local)
        return stream

    def answered(self, chunked: bool) -> None:
        """The answer begins."""
        for stream in self.streams:
            stream.answered(chunked)

    def then(self, act: Callable[[], None]) -> None:
        """Do this when the reader has to wait. In the loop's next turn it would be, too; a turn costs 10 to 30 µs."""
        self.due = act

    def waits(self) -> None:
        """A stream has nothing more to hand on."""
        if self.due is not None:
            due, self.due = self.due, None
            due()

    def give_up(self) -> bool:
        """From any thread: tell the other sides that nothing more is wanted, and let nothing more be sent."""
        self.given_up = True
        for stream in list(self.streams):
            stream.give_up()
        return True

    def close(self, keep: bool = False) -> bool:
        """Close what is still open, at once; tells whether anything was. With `keep`, what has come can be read."""
        return sum(stream.abort(keep) for stream in self.streams) > 0


async def addresses_of(host: str, port: int) -> list[Address]:
    """Where a host is. One that is given by its number needs no thread that asks."""
    with contextlib.suppress(ValueError):
        ipaddress.ip_address(host)
        return [(host, port)]
    return alternating(await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM))


def alternating(found: Iterable[tuple[Any, ...]]) -> list[Address]:
    """The addresses that were found for a host, of IPv6 and IPv4 in turn (RFC 8305, section 4)."""
    families: dict[int, list[Address]] = {}
    for family, _, _, _, address in found:
        families.setdefault(family, []).append((str(address[0]), int(address[1])))
    rounds = itertools.zip_longest(*families.values())
    return [address for turn in rounds for address in turn if address is not None]
