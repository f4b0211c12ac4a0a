"""Deltas as the log holds them: the text in one piece, and marks that tell where each delta ends and when it came.

For each delta two numbers of 7 bits a byte, low bits first, the high bit set where more follows (LEB128): the time
since the delta before it (since the attempt began, for the first) in units of 0.1 ms, and four times its length in
characters, plus the number of its channel. A token at 50 a second takes three bytes; one that came in the same packet
as its predecessor two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from .attempt import Delta
from .events import Channel

UNITS_PER_S = 10_000
CHANNELS: tuple[Channel, ...] = get_args(Channel)


def encode(deltas: Sequence[Delta]) -> bytes:
    """The marks of these deltas; times are rounded, so that no error adds up."""
    out = bytearray()
    before = 0
    for delta in deltas:
        at = max(before, round(delta.at * UNITS_PER_S))
        put(out, at - before)
        put(out, len(delta.text) << 2 | CHANNELS.index(delta.channel))
        before = at
    return bytes(out)


def decode(marks: bytes, texts: Sequence[str]) -> list[Delta]:
    """The deltas again, from their marks and the text of each of `CHANNELS`."""
    deltas: list[Delta] = []
    numbers = read(marks)
    at = 0
    upto = [0] * len(CHANNELS)
    for since, length in zip(numbers, numbers, strict=True):
        at += since
        place, start = length & 3, upto[length & 3]
        upto[place] += length >> 2
        deltas.append(Delta(at / UNITS_PER_S, CHANNELS[place], texts[place][start : upto[place]]))
    return deltas


def put(out: bytearray, number: int) -> None:
    """Append a number."""
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def read(marks: bytes) -> Iterator[int]:
    """The numbers, one after the other."""
    number = shift = 0
    for byte in marks:
        number |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield number
            number = shift = 0
