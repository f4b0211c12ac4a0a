"""Chunks that came together are joined, and the body is the same, judged by h11 itself, however odd it is."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, pairwise

import h11
import pytest
from fuzzing import fuzzed
from hypothesis import example, given
from hypothesis import strategies as st

from nbstream.chunked import Chunks

HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
LAST = b"0\r\n\r\n"
ODD = [
    b"",
    b"0",
    b"\r\n",
    b"\n",
    b"\r",
    b"x",
    b"0x",
    b";a=b",
    b" ",
    b"+",
    b"1_0",
    b"fffffffff\r\n",
    b"000\r\n",
    b"0\r\na: b\r\n\r\n",
]


def chunk(data: bytes, header: str = "%x") -> bytes:
    return (header % len(data)).encode() + b"\r\n" + data + b"\r\n"


def understood(pieces: Iterable[bytes]) -> tuple[list[bytes], str]:
    """What h11 takes from a body that comes in these pieces, and how it ends there."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method="GET", target="/", headers=[("host", "x")]))
    client.send(h11.EndOfMessage())
    client.receive_data(HEAD)
    found: list[bytes] = []
    for piece in [*pieces, b""]:
        client.receive_data(piece)
        while True:
            try:
                event = client.next_event()
            except h11.RemoteProtocolError:
                return found, "broken"
            if isinstance(event, h11.Data):
                found.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage):
                return found, "whole"
            elif event is h11.NEED_DATA:
                break
    return found, "open"


def cut(body: bytes, places: Iterable[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in pairwise(edges) if start < end]


def same(pieces: list[bytes]) -> None:
    chunks = Chunks()
    joined = [chunks.feed(piece) for piece in pieces]
    assert all(len(mine) <= len(piece) and mine for mine, piece in zip(joined, pieces, strict=True))
    (raw, ending), (mine, mine_ending) = understood(pieces), understood(joined)
    assert (b"".join(mine), mine_ending) == (b"".join(raw), ending)
    assert len(mine) <= len(raw)


@fuzzed(200)
@given(
    st.lists(st.binary(min_size=1, max_size=40), max_size=12),
    st.lists(st.integers(0, 10**6), max_size=8),
    st.sampled_from(["%x", "%X", "%04x"]),
)
@example([b"a"] * 20, [], "%x")
@example([b"\r\n1\r\n"] * 4, [3, 5, 9], "%x")
def test_a_body_is_the_same_however_it_is_cut(parts: list[bytes], places: list[int], header: str) -> None:
    same(cut(b"".join(chunk(part, header) for part in parts) + LAST, places))


@fuzzed(300)
@given(
    st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 4), st.sampled_from(ODD)), min_size=1, max_size=3),
    st.lists(st.integers(0, 10**6), max_size=5),
)
@example([b"abc"] * 3, [(12, 1, b"")], [])
def test_so_is_one_that_is_broken(parts: list[bytes], breaks: list[tuple[int, int, bytes]], places: list[int]) -> None:
    body = b"".join(map(chunk, parts)) + LAST
    for place, lost, odd in breaks:
        place %= len(body) + 1
        body = body[:place] + odd + body[place + lost :]
    same(cut(body, places))


@pytest.mark.parametrize("rest", [b"", b"5", b"5\r", b"5\r\n", b"5\r\nab", b"5\r\nabcde", b"5\r\nabcde\r", LAST])
def test_chunks_that_came_whole_are_one(rest: bytes) -> None:
    chunks = Chunks()
    assert chunks.feed(chunk(b"one") + chunk(b" two") + chunk(b" three") + rest) == chunk(b"one two three") + rest


@pytest.mark.parametrize("places", list(combinations(range(1, 8), 2)))
def test_those_after_one_that_came_in_parts_are_too(places: tuple[int, int]) -> None:
    chunks = Chunks()
    *parts, rest = cut(chunk(b"word"), places)
    assert [chunks.feed(part) for part in parts] == parts
    assert chunks.feed(rest + chunk(b"a") + chunk(b"b")) == rest + chunk(b"ab")


def test_a_body_that_comes_in_no_chunks_is_handed_on() -> None:
    data = chunk(b"a") + chunk(b"b")
    assert Chunks(plain=False).feed(data) == data
