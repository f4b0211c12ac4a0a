"""Deltas as the log holds them: the text in one piece, and marks that tell where each delta ends and when it came.

For each delta two numbers of 7 bits a byte, low bits first, the high bit set where more follows (LEB128): the time
since the delta before it (since the attempt began, for the first) in units of 0.1 ms, and twice its length in
characters, plus one if it is reasoning. A token at 50 a second takes three bytes; one that came in the same packet
as its predecessor two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .attempt import Delta

UNITS_PER_S = 10_000


def encode(deltas: Sequence[Delta]) -> bytes:
    """The marks of these deltas; times are rounded, so that no error adds up."""
    out = bytearray()
    before = 0
    for delta in deltas:
        at = max(before, round(delta.at * UNITS_PER_S))
        put(out, at - before)
        put(out, len(delta.text) * 2 + (delta.channel == "reasoning"))
        before = at
    return bytes(out)


def decode(marks: bytes, text: str, reasoning: str) -> list[Delta]:
    """The deltas again, from their marks and the text of both channels."""
    deltas: list[Delta] = []
    numbers = read(marks)
    at = upto = reasoned = 0
    for since, length in zip(numbers, numbers, strict=True):
        at += since
        size = length >> 1
        if length & 1:
            deltas.append(Delta(at / UNITS_PER_S, "reasoning", reasoning[reasoned : reasoned + size]))
            reasoned += size
        else:
            deltas.append(Delta(at / UNITS_PER_S, "text", text[upto : upto + size]))
            upto += size
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
