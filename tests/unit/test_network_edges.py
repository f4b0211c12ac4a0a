"""The network below httpx at its edges: TLS that floods before anybody reads, closing what is closing already."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading

import trustme
from faults.server import PATIENCE

from nbstream.connection import FULL
from nbstream.network import Network


def test_what_nobody_reads_is_left_in_the_socket_under_tls_too() -> None:
    """Also when it comes before the first read: TLS reads from the handshake on."""
    listener = socket.create_server(("127.0.0.1", 0))
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)

    def flood() -> None:
        peer, _ = listener.accept()
        with peer, contextlib.suppress(OSError):
            peer.settimeout(1.0)
            with theirs.wrap_socket(peer, server_side=True) as secret:
                for _ in range(400):
                    secret.sendall(b"x" * 65536)

    flooding = threading.Thread(target=flood)
    flooding.start()

    async def main() -> None:
        opened = Network()
        stream = await opened.connect_tcp("127.0.0.1", listener.getsockname()[1], timeout=PATIENCE)
        await stream.start_tls(ours, "127.0.0.1", timeout=PATIENCE)
        await asyncio.to_thread(flooding.join, PATIENCE)  # it gives up once nothing is taken from it any more
        assert len(stream.buffer) <= 4 * FULL
        opened.close()

    asyncio.run(main())
    listener.close()


def test_what_is_closing_already_is_closed_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        async def main() -> None:
            opened = Network()
            stream = await opened.connect_tcp("127.0.0.1", listener.getsockname()[1], timeout=PATIENCE)
            stream.transport.write(b"x" * 50_000_000)  # the other side does not read
            stream.transport.close()
            opened.close()
            for _ in range(5):
                await asyncio.sleep(0)
            assert stream.socket.fileno() == -1

        asyncio.run(main())
