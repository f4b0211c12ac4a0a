"""One connection below httpx: bounded, in time, and closed at once."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator

import httpcore
import pytest
from connecting import Peer, connected
from faults.server import PATIENCE

from nbstream import gathering
from nbstream.connection import FULL, Stream


@pytest.fixture
def listener() -> Iterator[Peer]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(PATIENCE)
        yield listening


def test_what_was_sent_comes_out_in_order(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        peer.sendall(b"one")
        assert await stream.read(2) == b"on"
        peer.sendall(b"two")
        assert await stream.read(1) == b"e"
        assert await stream.read(100, timeout=PATIENCE) == b"two"

    connected(listener, act)


def test_what_comes_within_a_moment_is_read_as_one(listener: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "GATHER_S", 3600.0)
    monkeypatch.setattr(gathering, "LONGEST_S", 3600.0)

    async def act(stream: Stream, peer: Peer) -> None:
        stream.gather = True
        for single in (b"first", b"second"):
            peer.sendall(single)
            assert await stream.read(100, timeout=PATIENCE) == single
        reading = asyncio.ensure_future(stream.read(100, timeout=PATIENCE))
        for piece in (b"one", b"two", b"three"):
            peer.sendall(piece)
            await asyncio.sleep(0)
        assert not reading.done()
        reading.cancel()
        await asyncio.wait([reading])
        stream.gathering.at_once()
        assert await stream.read(100, timeout=PATIENCE) == b"onetwothree"

    connected(listener, act)


HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
THREE, ONE = b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n", b"3\r\nabc\r\n"


@pytest.mark.parametrize(
    ("head", "chunked", "body"),
    [
        (HEAD, True, ONE),
        (HEAD, False, THREE),
        (HEAD.replace(b" OK\r", b" OK"), True, THREE),  # h11 takes such ends of lines, too, and may see another end
        (b"no" + HEAD, True, THREE),
    ],
)
def test_chunks_that_came_together_after_a_plain_head_are_one(
    listener: Peer, head: bytes, chunked: bool, body: bytes
) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        peer.sendall(head + THREE)
        assert await stream.read(1000, timeout=PATIENCE) == head
        stream.answered(chunked)
        assert await stream.read(1000, timeout=PATIENCE) == body

    connected(listener, act)


def test_those_of_a_head_that_came_in_parts_are_left_alone(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        peer.sendall(HEAD + THREE)
        assert await stream.read(len(HEAD) - 9, timeout=PATIENCE) == HEAD[:-9]
        assert await stream.read(1000, timeout=PATIENCE) == HEAD[-9:]
        stream.answered(chunked=True)
        assert await stream.read(1000, timeout=PATIENCE) == THREE

    connected(listener, act)


def test_pieces_that_come_singly_are_not_waited_for(listener: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "GATHER_S", 0.0)
    monkeypatch.setattr(gathering, "EACH_S", 0.0)

    async def act(stream: Stream, peer: Peer) -> None:
        stream.gather = True
        for single in (b"first", b"second", b"third"):
            peer.sendall(single)
            assert await stream.read(100, timeout=PATIENCE) == single
            assert not stream.paused

    connected(listener, act)


def test_what_comes_while_a_long_request_is_being_written_is_not_lost(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        stream.pause()
        writing = asyncio.ensure_future(stream.write(b"x" * 50_000_000, timeout=PATIENCE))
        await asyncio.to_thread(peer.recv, 1000)
        peer.sendall(b"too long")
        while not stream.buffer:
            await asyncio.sleep(0)
        peer.close()
        with pytest.raises(httpcore.WriteError):
            await writing
        assert await stream.read(100, timeout=PATIENCE) == b"too long"

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


def test_what_comes_before_the_handshake_is_left_to_tls(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        for _ in range(100):
            await asyncio.sleep(0)
        with pytest.raises(httpcore.ConnectError, match="SSL"):
            await stream.start_tls(ssl.create_default_context(), "127.0.0.1", timeout=PATIENCE)

    connected(listener, act)


def test_who_is_given_up_is_told_at_once_and_sent_nothing_more(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        teller = threading.Thread(target=stream.give_up)
        teller.start()
        assert peer.recv(1) == b""  # blocks this very loop
        teller.join()
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"request", timeout=PATIENCE)

    connected(listener, act)


def test_what_had_come_from_who_is_given_up_can_be_read(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        peer.sendall(b"words")
        stream.give_up()
        assert await stream.read(100, timeout=PATIENCE) == b"words"

    connected(listener, act)


def test_a_connection_that_is_lost_can_be_given_up(listener: Peer) -> None:
    async def act(stream: Stream, peer: Peer) -> None:
        stream.abort()
        while not stream.lost:
            await asyncio.sleep(0)
        stream.give_up()

    connected(listener, act)


def swallow(peer: Peer, size: int) -> int:
    """Read so many bytes."""
    came = 0
    while came < size and (data := peer.recv(65536)):
        came += len(data)
    return came
