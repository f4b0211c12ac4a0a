"""Any bytes, cut anywhere: the same records come out, nothing but `StreamBroken` is raised, little is held back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from fuzzing import fuzzed
from hypothesis import given
from hypothesis import strategies as st

from nbstream.errors import StreamBroken
from nbstream.framing import Decoder, EventStream, JsonLines, Record

PIECES = st.sampled_from(
    [
        *(b"data: ", b"data:", b"event: x", b":", b"id: 1", b"[DONE]", b'{"a": 1}', b"null", b"x" * 90),
        *(b"\n", b"\r", b"\r\n", b"\n\n", b"{", b"}", b"[", b"]", b'"', b"\\", b" ", b"\0"),
        *(b"\xef\xbb\xbf", b"\xff", b"\xf0\x9f", "🦜".encode()),
    ]
)
STREAMS = st.lists(PIECES | st.binary(max_size=5), max_size=40).map(b"".join)
LIMIT = 200
DECODERS: list[Callable[[], Decoder]] = [lambda: EventStream(limit=LIMIT), lambda: JsonLines(limit=LIMIT)]


def read(frames: Decoder, pieces: list[bytes]) -> tuple[list[Record], bool]:
    """The records, and whether the decoder gave up."""
    found: list[Record] = []
    try:
        for piece in pieces:
            found += frames.feed(piece)
        found += frames.flush()
    except StreamBroken:
        return found, True
    return found, False


@pytest.mark.parametrize("make", DECODERS, ids=["events", "lines"])
@fuzzed(100)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 200), max_size=8))
def test_however_a_stream_is_cut_the_same_records_come_out(
    make: Callable[[], Decoder], stream: bytes, cuts: list[int]
) -> None:
    reads = range(0, len(stream), LIMIT // 2)  # no read brings as much as the limit: that is 16 MB
    places = sorted({*reads, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:end] for start, end in pairwise(places)]
    bytewise, gave_up = read(make(), [stream[at : at + 1] for at in range(len(stream))])
    found, also = read(make(), pieces)
    assert gave_up == also
    if not gave_up:
        assert found == bytewise
    for record in bytewise:
        assert len(record.data) <= 2 * LIMIT
