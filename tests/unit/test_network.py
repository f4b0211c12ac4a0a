"""The network below httpx: bounded, in time, and closed at once."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator

import httpcore
import pytest
import trustme
from faults.relay import Relay
from faults.server import PATIENCE, Server, answer
from reading import asking, read

from nbstream import network
from nbstream.network import FULL, Network, Stream

Peer = socket.socket


@pytest.fixture
def listener() -> Iterator[Peer]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE)
        yield listening


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


def test_httpx_uses_it_for_every_connection(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Network] = []

    def noted(ours: Network) -> None:
        ours.streams = []
        made.append(ours)

    monkeypatch.setattr(Network, "__init__", noted)
    server.script(*answer("Hello"))
    read(asking(server))
    assert [len(ours.streams) for ours in made] == [1]


def test_what_was_sent_comes_out_in_order(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        peer.sendall(b"one")
        assert await stream.read(2) == b"on"
        peer.sendall(b"two")
        assert await stream.read(1) == b"e"
        assert await stream.read(100, timeout=PATIENCE) == b"two"

    connected(listener, act)


def test_an_end_is_read_as_no_bytes_after_what_came_before(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        peer.sendall(b"last")
        peer.shutdown(socket.SHUT_WR)
        assert [await stream.read(100), await stream.read(100), await stream.read(100)] == [b"last", b"", b""]

    connected(listener, act)


def test_silence_is_a_timeout_and_the_stream_goes_on(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        for limit in (0.02, 0.01):  # a shorter one rings earlier than the timer that is set
            with pytest.raises(httpcore.ReadTimeout):
                await stream.read(100, timeout=limit)
        peer.sendall(b"late")
        assert await stream.read(100, timeout=PATIENCE) == b"late"

    connected(listener, act)


def test_a_timer_that_rings_too_early_is_set_anew(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        peer.sendall(b"x")
        await stream.read(1, timeout=0.01)
        asyncio.get_running_loop().call_later(0.05, peer.sendall, b"y")  # long after the first limit
        assert await stream.read(1, timeout=PATIENCE) == b"y"

    connected(listener, act)


def test_what_nobody_reads_is_left_in_the_socket(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        peer.sendall(b"x")
        await stream.read(1)
        peer.setblocking(False)
        sent = held = 0
        while not stream.paused or held < len(stream.buffer):
            held = len(stream.buffer)
            try:
                sent += peer.send(b"x" * 65536)
            except BlockingIOError:
                pass
            await asyncio.sleep(0)
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(stream.buffer) <= 2 * FULL
        peer.setblocking(True)
        came = 0
        while came < sent:  # and all of it comes once somebody reads
            came += len(await stream.read(65536, timeout=PATIENCE))
        assert came == sent

    connected(listener, act)


def test_a_write_waits_until_the_other_side_takes_it(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        writing = asyncio.ensure_future(stream.write(b"x" * 8_000_000, timeout=PATIENCE))
        await asyncio.sleep(0)
        assert not stream.drained
        reading = asyncio.to_thread(swallow, peer, 8_000_000)
        assert (await asyncio.gather(writing, reading))[1] == 8_000_000

    connected(listener, act)


def test_a_write_that_nobody_takes_is_a_timeout(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(b"x" * 8_000_000, timeout=0.01)

    connected(listener, act)


def test_a_write_after_a_reset_fails_in_words(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        peer.close()
        with pytest.raises(httpcore.ReadError, match=r"reset by peer$"):
            await stream.read(1, timeout=PATIENCE)
        with pytest.raises(httpcore.WriteError, match=r"reset by peer$"):
            await stream.write(b"x")

    connected(listener, act)


def test_closing_is_seen_by_the_other_side_before_the_loop_turns_again(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        stream.abort()
        assert peer.recv(1) == b""  # blocks this very loop

    connected(listener, act)


def test_a_closed_stream_leaves_no_timer_behind(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        reading = asyncio.ensure_future(stream.read(1, timeout=600.0))
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
        timer = stream.timer
        stream.abort()
        while stream.timer is not None:
            await asyncio.sleep(0)
        assert timer is not None
        assert timer.cancelled()

    connected(listener, act)


def test_a_refused_connection_is_told_in_words() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(httpcore.ConnectError, match=r"^Connection refused$"):
            asyncio.run(Network().connect_tcp("127.0.0.1", unused.getsockname()[1], timeout=PATIENCE))


def test_several_addresses_that_refuse_are_one_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        async def main() -> None:
            async def both(*_: object, **__: object) -> list[object]:
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{n}", port)) for n in (1, 2)]

            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
            await Network().connect_tcp("two.test", port, timeout=PATIENCE)

        with pytest.raises(httpcore.ConnectError, match=r"^Connection refused$"):
            asyncio.run(main())


def test_an_address_that_is_silent_gives_way_to_the_next(listener: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "NEXT_ADDRESS_S", 0.01)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        silent, alive = full.getsockname(), listener.getsockname()
        with socket.create_connection(silent):  # takes the one place there is: the next one waits for ever

            async def main() -> None:
                async def both(*_: object, **__: object) -> list[object]:
                    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in (silent, alive)]

                monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
                ours = Network()
                stream = await ours.connect_tcp("two.test", 1, timeout=PATIENCE)
                assert stream.get_extra_info("server_addr") == alive
                ours.close()

            asyncio.run(main())


def test_what_comes_before_the_handshake_is_left_to_tls(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        for _ in range(100):
            await asyncio.sleep(0)
        with pytest.raises(httpcore.ConnectError, match="SSL"):
            await stream.start_tls(ssl.create_default_context(), "127.0.0.1", timeout=PATIENCE)

    connected(listener, act)


def test_tls_runs_inside_of_tls(listener: Peer) -> None:
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    greeted = threading.Thread(target=greet, args=(listener,))
    greeted.start()
    inner = Relay(listener.getsockname()[1], theirs)
    outer = Relay(inner.port, theirs)

    async def main() -> None:
        opened = Network()
        stream = await opened.connect_tcp("127.0.0.1", outer.port, timeout=PATIENCE)
        for _ in range(2):
            await stream.start_tls(ours, "127.0.0.1", timeout=PATIENCE)
        await stream.write(b"twice", timeout=PATIENCE)
        assert await stream.read(100, timeout=PATIENCE) == b"twice"
        opened.close()

    asyncio.run(main())
    outer.stop()
    inner.stop()
    greeted.join(PATIENCE)


def greet(listener: Peer) -> None:
    """Send back what comes first."""
    peer, _ = listener.accept()
    with peer:
        peer.sendall(peer.recv(100))


def swallow(peer: Peer, size: int) -> int:
    """Read so many bytes."""
    came = 0
    while came < size and (data := peer.recv(65536)):
        came += len(data)
    return came
