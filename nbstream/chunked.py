"""HTTP chunks that came together are made one, before anybody takes them apart: the same body in fewer pieces.

Model servers send each token as a chunk of its own (RFC 9112, section 7.1). On its way through h11, httpcore and httpx
a chunk costs some 25 µs however small it is; to join it to the one before costs one. What is not of the plainest form
is handed on as it is, from there to the end, so that h11 judges it.
"""

from __future__ import annotations

import re

HEADER = re.compile(rb"[0-9a-fA-F]{1,8}\r\n")
BEGUN = re.compile(rb"[0-9a-fA-F]{1,8}\r?")
END, BLANK = b"\r\n", b"\r\n\r\n"


class Chunks:
    """Joins the chunks of one body, which is fed from its first byte on."""

    def __init__(self, plain: bool = True) -> None:
        self.plain = plain  # all that came is of that form
        self.left = 0  # bytes that lack of a chunk which was handed on in part, with its end
        self.header = b""  # a header that was handed on in part

    @classmethod
    def after(cls, head: bytes, chunked: bool) -> Chunks:
        """For the body after a head. One with other ends of lines may end elsewhere for h11: it is left alone."""
        whole = head.startswith(b"HTTP/1.") and head.find(BLANK) == len(head) - len(BLANK)
        return cls(chunked and whole and head.count(b"\n") == head.count(END))

    def feed(self, data: bytes) -> bytes:
        """The same part of the body, in as few chunks as it can be."""
        if not self.plain:
            return data
        if self.header:
            came, self.header = self.header, b""
            if (found := self.chunk(came + data, 0)) is None:
                return data
            self.left = found[1] - len(came)
        start = place = min(self.left, len(data))
        self.left -= start
        parts: list[bytes] = []
        while place < len(data) and (found := self.chunk(data, place)) is not None:
            begin, end = found
            if end > len(data):
                self.left = end - len(data)
                break
            if data[end - 2 : end] != END:
                self.plain = False
                break
            parts.append(data[begin : end - 2])
            place = end
        if len(parts) < 2:
            return data
        body = b"".join(parts)
        return b"".join((data[:start], b"%x\r\n" % len(body), body, END, data[place:]))

    def chunk(self, data: bytes, place: int) -> tuple[int, int] | None:
        """Where the bytes of the chunk begin whose header stands there, and where the next one's header does.

        `None` for a header that has not come whole, for the last chunk, and for what is none.
        """
        if (header := HEADER.match(data, place)) is not None and (size := int(header[0], 16)):
            return header.end(), header.end() + size + 2
        if header is None and BEGUN.fullmatch(data, place) is not None:
            self.header = data[place:]
        else:
            self.plain = False
        return None
