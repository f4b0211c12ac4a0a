"""What counting a chunk costs as the answer grows, beside encoding the whole answer anew."""

from __future__ import annotations

import time
from itertools import islice

import tiktoken

from nbstream.tokens import Counter
from nbstream.vocabulary import TABLE, encoding_of

from .given import RANKS, Given
from .rows import Figure, Peer, Row
from .stream import pieces

MOST_US = 10.0
WINDOW = 1000
VOCABULARY = "o200k_base"


def measure(given: Given) -> list[Row]:
    """A row for each length."""
    encoding = encoding_of(TABLE[VOCABULARY], (RANKS / f"{VOCABULARY}.tiktoken").read_bytes())
    encoding.encode_ordinary("warm")
    return [row(encoding, length, given.rounds) for length in given.lengths]


def row(encoding: tiktoken.Encoding, length: int, rounds: int) -> Row:
    """The chunks that bring an answer to this length; the count is read after each."""
    own, other = [], []
    for _ in range(rounds):
        stream = pieces()
        counter = Counter(encoding)
        first = list(islice(stream, length - WINDOW // 2))
        for piece in first:
            counter.feed(piece)
        assert counter.count
        began = time.process_time()
        for piece in islice(stream, WINDOW):
            counter.feed(piece)
            counter.count  # noqa: B018
        own.append((time.process_time() - began) / WINDOW * 1e6)
        text = "".join(first)
        began = time.process_time()
        encoding.encode_ordinary(text)
        other.append((time.process_time() - began) * 1e6)
    figure = Figure.of(own)
    longest = length >= 100_000
    return Row(
        "Counting",
        f"a chunk at {length:,} tokens, {VOCABULARY}",
        "µs",
        figure,
        [Peer.beside("full re-encode", own, other)],
        f"≤ {MOST_US:g} µs" if longest else "",
        figure.median <= MOST_US if longest else None,
    )
