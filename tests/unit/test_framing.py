"""Bytes to records: the same records however the bytes are cut."""

from __future__ import annotations

import tracemalloc

import pytest
from alone import alone

from nbstream.errors import StreamBroken
from nbstream.framing import EventStream, JsonLines, LineSplitter, Record

STREAMS = {
    "lf": (b"data: one\n\ndata: two\n\n", ["one", "two"]),
    "crlf": (b"data: one\r\n\r\ndata: two\r\n\r\n", ["one", "two"]),
    "cr": (b"data: one\r\rdata: two\r\r", ["one", "two"]),
    "mixed": (b"data: one\r\n\ndata: two\n\rdata: three\r\r\n", ["one", "two", "three"]),
    "no last blank line": (b"data: one\n\ndata: two", ["one", "two"]),
    "comments": (b": ping\n:\n\ndata: one\n: OPENROUTER PROCESSING\n\n", ["one"]),
    "several data lines": (b"data: one\ndata: two\n\n", ["one\ntwo"]),
    "no blank after the colon": (b"data:one\n\n", ["one"]),
    "two blanks after the colon": (b"data:  one\n\n", [" one"]),
    "byte order mark": (b"\xef\xbb\xbfdata: one\n\n", ["one"]),
    "other fields": (b"id: 7\nretry: 5\nunknown\ndata: one\n\n", ["one"]),
    "separators inside": (
        "data: a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\n\n".encode(),
        ["a\u2028b\u2029c\x85d\x0be\x0cf\x1cg"],
    ),
    "emoji and CJK": ("data: 🦜 鸚鵡\n\n".encode(), ["🦜 鸚鵡"]),
    "invalid UTF-8": (b"data: a\xffb\n\n", ["a\ufffdb"]),
    "empty data": (b"data:\n\n", [""]),
    "blank lines only": (b"\n\n\n", []),
    "nothing": (b"", []),
}


def records(stream: bytes, size: int) -> list[str]:
    frames = EventStream()
    found = [record for at in range(0, len(stream), size) for record in frames.feed(stream[at : at + size])]
    return [record.data for record in [*found, *frames.flush()]]


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_gives_its_records_whole(name: str) -> None:
    stream, expected = STREAMS[name]
    assert records(stream, len(stream) or 1) == expected


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_gives_the_same_records_byte_by_byte(name: str) -> None:
    stream, expected = STREAMS[name]
    assert records(stream, 1) == expected


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_gives_the_same_records_cut_in_two_anywhere(name: str) -> None:
    stream, expected = STREAMS[name]
    for cut in range(len(stream) + 1):
        frames = EventStream()
        found = [*frames.feed(stream[:cut]), *frames.feed(stream[cut:]), *frames.flush()]
        assert [record.data for record in found] == expected, f"cut at {cut}"


def test_the_name_of_an_event_goes_with_it_and_not_with_the_next() -> None:
    found = EventStream().feed(b"event: ping\ndata: 1\n\ndata: 2\n\n")
    assert found == [Record("1", "ping"), Record("2", "")]


def test_a_line_without_end_is_given_up_at_the_limit() -> None:
    frames = EventStream(limit=1000)
    for _ in range(1000):
        assert frames.feed(b"x") == []
    with pytest.raises(StreamBroken, match="without ending the line"):
        frames.feed(b"x")


def test_data_lines_without_end_of_event_are_given_up_at_the_limit() -> None:
    frames = EventStream(limit=1000)
    for _ in range(62):
        assert frames.feed(b"data: 0123456789\n") == []
    with pytest.raises(StreamBroken):
        frames.feed(b"data: 0123456789\n")


def test_empty_lines_in_json_that_never_closes_are_given_up_at_the_limit() -> None:
    frames = EventStream(limit=1000)
    with pytest.raises(StreamBroken, match="without ending the line"):
        frames.feed(b"{\n" + b"\n" * 2000)


def test_a_finished_line_leaves_nothing_behind() -> None:
    lines = LineSplitter()
    for _ in range(100):
        assert lines.feed(b"x" * 100 + b"\n") == [b"x" * 100]
    assert len(lines.pending) == 0


def taken_by_many_pieces() -> int:
    frames = EventStream(limit=400_000)
    tracemalloc.start()
    for number in range(200_000):
        frames.feed(b"%02d" % (number % 100))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def test_a_line_in_many_pieces_takes_little_more_memory_than_its_bytes() -> None:
    assert alone(taken_by_many_pieces) < 1_200_000


@pytest.mark.parametrize("cut", range(1, 5))
def test_a_character_may_be_cut_anywhere(cut: int) -> None:
    frames = EventStream()
    parrot = "🦜".encode()
    found = [*frames.feed(b"data: " + parrot[:cut]), *frames.feed(parrot[cut:] + b"\n\n")]
    assert found == [Record("🦜")]


def test_json_lines_are_records_and_the_last_needs_no_end() -> None:
    frames = JsonLines()
    assert frames.feed(b'{"a":1}\r\n\n{"b"') == [Record('{"a":1}')]
    assert frames.feed(b":2}") == []
    assert frames.flush() == [Record('{"b":2}')]


@pytest.mark.parametrize("size", [1, 7, 600])
def test_the_limit_of_a_line_is_the_same_however_it_is_cut(size: int) -> None:
    frames = EventStream(limit=1000)
    stream = b"data: " + b"x" * 1000 + b"\n\n"
    *reads, last = [stream[at : at + size] for at in range(0, 1001, size)]  # the last one goes over the limit
    for read in reads:
        assert frames.feed(read) == []
    with pytest.raises(StreamBroken):
        frames.feed(last)
