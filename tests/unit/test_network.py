"""The network below httpx: every connection is ours, and a host is tried at all its addresses."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator

import httpcore
import pytest
import trustme
from connecting import Peer
from faults.relay import Relay
from faults.server import PATIENCE, Server, answer
from reading import asking, read

from nbstream import connection, gathering, network
from nbstream.network import Network


@pytest.fixture
def listener() -> Iterator[Peer]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE)
        yield listening


def test_httpx_uses_it_for_every_connection(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Network] = []
    plain = Network.__init__

    def noted(ours: Network, gather: bool = False) -> None:
        plain(ours, gather)
        made.append(ours)

    monkeypatch.setattr(Network, "__init__", noted)
    server.script(*answer("Hello"))
    read(asking(server))
    assert [len(ours.streams) for ours in made] == [1]


def test_what_is_due_when_the_reader_waits_is_done_in_the_turn_of_its_read_and_once(listener: Peer) -> None:
    done: list[str] = []

    async def act(ours: Network, peer: socket.socket) -> None:
        stream = ours.streams[0]
        peer.sendall(b"one")
        assert await stream.read(100, timeout=PATIENCE) == b"one"
        ours.then(lambda: done.append("due"))
        assert not done
        for _ in range(2):
            reading = stream.read(100, timeout=PATIENCE)
            reading.send(None)  # as far as its wait, without a turn of the loop
            assert done == ["due"]
            reading.close()

    async def main() -> None:
        ours = Network()
        await ours.connect_tcp("127.0.0.1", listener.getsockname()[1], timeout=PATIENCE)
        peer, _ = listener.accept()
        with peer:
            await act(ours, peer)
        ours.close()

    asyncio.run(main())


def test_the_first_piece_of_an_answer_does_not_wait(listener: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "GATHER_S", 3600.0)
    monkeypatch.setattr(gathering, "LONGEST_S", 3600.0)

    async def main() -> None:
        ours = Network(gather=True)
        stream = await ours.connect_tcp("127.0.0.1", listener.getsockname()[1], timeout=PATIENCE)
        peer, _ = listener.accept()
        with peer:
            peer.sendall(b"head")
            await stream.read(100, timeout=PATIENCE)
            ours.answered(chunked=False)
            peer.sendall(b"body")
            assert await stream.read(100, timeout=PATIENCE) == b"body"
        ours.close()

    asyncio.run(main())


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


def test_a_host_given_by_its_number_is_asked_of_nobody(listener: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async def asked(*_: object, **__: object) -> None:
            raise AssertionError("there is nothing to ask")

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", asked)
        ours = Network()
        await ours.connect_tcp("127.0.0.1", listener.getsockname()[1], timeout=PATIENCE)
        assert ours.close()

    asyncio.run(main())


def test_of_two_addresses_that_answer_together_one_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "NEXT_ADDRESS_S", 0.0)

    async def main() -> tuple[connection.Stream, list[connection.Stream]]:
        ours, both = Network(), asyncio.Barrier(2)
        closed: list[connection.Stream] = []
        monkeypatch.setattr(connection.Stream, "abort", lambda stream: closed.append(stream) or True)

        async def open_one(*_: object) -> connection.Stream:
            stream = connection.Stream(asyncio.get_running_loop())
            await both.wait()
            return stream

        monkeypatch.setattr(ours, "open", open_one)
        return await ours.first([("127.0.0.1", 1), ("127.0.0.2", 1)], None), closed

    kept, closed = asyncio.run(main())
    assert len(closed) == 1
    assert kept not in closed


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


def test_a_network_that_is_given_up_connects_no_more(listener: Peer) -> None:
    ours = Network()
    assert ours.give_up()
    with pytest.raises(httpcore.ConnectError, match="nobody wants it"):
        asyncio.run(ours.connect_tcp("127.0.0.1", listener.getsockname()[1], timeout=PATIENCE))


def test_what_connects_while_it_is_given_up_is_sent_nothing(listener: Peer) -> None:
    async def main() -> None:
        ours = Network()
        connecting = asyncio.create_task(ours.connect_tcp("127.0.0.1", listener.getsockname()[1], timeout=PATIENCE))
        while not ours.streams:
            await asyncio.sleep(0)
        ours.give_up()
        with pytest.raises(httpcore.WriteError):
            await (await connecting).write(b"request", timeout=PATIENCE)
        ours.close()

    asyncio.run(main())


def greet(listener: Peer) -> None:
    """Send back what comes first."""
    peer, _ = listener.accept()
    with peer:
        peer.sendall(peer.recv(100))
