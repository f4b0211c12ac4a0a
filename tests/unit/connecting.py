"""A stream and its other end, for the tests of the network."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

from faults.server import PATIENCE

from nbstream.connection import Stream
from nbstream.network import Network

Peer = socket.socket


def connected(listener: Peer, act: Callable[[Stream, Peer], Awaitable[None]]) -> None:
    """Run this with a stream and its other end."""

    async def main() -> None:
        ours = Network()
        stream = await ours.connect_tcp("127.0.0.1", listener.getsockname()[1], timeout=PATIENCE)
        peer, _ = listener.accept()
        peer.settimeout(PATIENCE)
        with peer:
            try:
                await act(stream, peer)
            finally:
                ours.close()

    asyncio.run(main())
