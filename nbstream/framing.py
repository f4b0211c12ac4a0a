"""Bytes in, records out: server-sent events and JSON lines, without any input or output of its own.

Lines end at LF, CR or CRLF and nowhere else: a splitter that also honours U+2028 or U+0085, as `str.splitlines`
and httpx's `iter_lines` do, cuts JSON payloads in two. UTF-8 is decoded per complete line, so a character
may be split anywhere between two chunks. Rules: https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Protocol

from .errors import StreamBroken

Framing = Literal["sse", "jsonl"]

LINE_LIMIT = 8 * 1024 * 1024
"""Longest line or event, in bytes. A server that never ends a line must not fill the memory."""


HEADER = "\nheader"
"""The event of a record that is no part of the stream but a header of the response: no server can send that name."""


@dataclass(frozen=True, slots=True)
class Record:
    """One framed unit: the data of a server-sent event, one JSON line, or a `whole` body that was no stream."""

    data: str
    event: str = ""
    whole: bool = False


class Decoder(Protocol):
    """Turns chunks into records; `flush` gives what a server left without a last line end."""

    def feed(self, chunk: bytes) -> list[Record]: ...  # noqa: D102
    def flush(self) -> list[Record]: ...  # noqa: D102


class LineSplitter:
    """Cuts chunks into lines. A CR that ends a chunk counts at once; an LF right after it is then dropped."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self.limit = limit
        self.pending = bytearray()  # not a list of pieces: a server may send millions of them, of a byte each
        self.after_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that `chunk` completes, without their ends."""
        if not chunk:
            return []
        ends_in_cr = chunk.endswith(b"\r")
        if self.after_cr:
            chunk = chunk.removeprefix(b"\n")
        self.after_cr = ends_in_cr
        if b"\r" in chunk:
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = chunk.split(b"\n")
        if self.pending and len(lines) > 1:
            self.pending += lines[0]
            if len(self.pending) > self.limit:  # or it would depend on the packets which line is too long
                raise too_long(self.limit)
            lines[0] = bytes(self.pending)
            self.pending.clear()
        if rest := lines.pop():
            self.pending += rest
            if len(self.pending) > self.limit:
                raise too_long(self.limit)
        return lines

    def flush(self) -> list[bytes]:
        """The last line, if it had no end."""
        line = bytes(self.pending)
        self.pending.clear()
        return [line] if line else []


class LooseJson:
    """A JSON object or list that stands in a stream without `data:`, over as many lines as its brackets say.

    Gemini reports errors so in mid-stream, and servers that know nothing of events whatever they report.
    """

    TEXT = re.compile(rb'"(?:\\.|[^"\\])*+(?:"|$)')

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.text = bytearray()  # not a list of lines: a server may send millions of empty ones
        self.depth = 0

    def take(self, line: bytes) -> str | None:
        """The whole text, if this line completes it."""
        self.text += line + b"\n"
        if len(self.text) > self.limit:
            raise too_long(self.limit)
        outside = self.TEXT.sub(b"", line) if b'"' in line else line
        self.depth += sum(map(outside.count, (b"{", b"["))) - sum(map(outside.count, (b"}", b"]")))
        return self.end() if self.depth <= 0 else None

    def end(self) -> str | None:
        """What there is, complete or not."""
        text = self.text[:-1].decode("utf-8", "replace")
        self.text.clear()
        self.depth = 0
        return text or None


class EventStream:
    """Server-sent events, and JSON that a server puts among them as it is."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self.lines = LineSplitter(limit)
        self.data: list[str] = []
        self.size = 0
        self.event = ""
        self.first = True
        self.loose = LooseJson(limit)

    def feed(self, chunk: bytes) -> list[Record]:
        """The events that `chunk` completes."""
        return self.take(self.lines.feed(chunk))

    def flush(self) -> list[Record]:
        """An event that the server did not close with an empty line, if it has data."""
        records = self.take([*self.lines.flush(), b""])
        return records if (rest := self.loose.end()) is None else [*records, Record(rest)]

    def take(self, lines: list[bytes]) -> list[Record]:
        """The events in `lines`."""
        records: list[Record] = []
        for line in lines:
            if not (line or self.data or self.loose.text):  # first: a server may send millions of them
                self.event = ""
                continue
            if self.first:
                line = line.removeprefix(b"\xef\xbb\xbf")
                self.first = False
            if self.loose.text and line.startswith(b"data:") and (text := self.loose.end()):
                records.append(Record(text))  # it never closed its brackets; the stream goes on
            if self.loose.text or line.startswith((b"{", b"[")):
                if (text := self.loose.take(line)) is not None:
                    records.append(Record(text))
            elif not line:
                if self.data:
                    data = self.data[0] if len(self.data) == 1 else "\n".join(self.data)
                    records.append(Record(data, self.event))
                    self.data = []
                    self.size = 0
                self.event = ""
            elif line.startswith(b"data:"):
                self.size += len(line)
                if self.size > self.lines.limit:
                    raise too_long(self.lines.limit)
                self.data.append(line[6 if line[5:6] == b" " else 5 :].decode("utf-8", "replace"))
            elif line.startswith(b"event:"):
                self.event = line[6:].decode("utf-8", "replace").removeprefix(" ")
            # Everything else is a comment, `id:`, `retry:` or unknown, none of which any provider uses.
        return records


class JsonLines:
    """One JSON value per line; empty lines mean nothing."""

    def __init__(self, limit: int = LINE_LIMIT) -> None:
        self.lines = LineSplitter(limit)

    def feed(self, chunk: bytes) -> list[Record]:
        """The lines that `chunk` completes."""
        return [Record(line.decode("utf-8", "replace")) for line in self.lines.feed(chunk) if line.strip()]

    def flush(self) -> list[Record]:
        """The last line, if it had no end."""
        return [Record(line.decode("utf-8", "replace")) for line in self.lines.flush() if line.strip()]


def decoder(framing: Framing) -> Decoder:
    """A fresh decoder for one response."""
    return EventStream() if framing == "sse" else JsonLines()


def too_long(limit: int) -> StreamBroken:
    """The error for a line or event over the limit."""
    return StreamBroken(
        f"The server sent more than {limit // (1024 * 1024)} MB without ending the line, so the stream was closed. "
        "Check that the address is a model server's."
    )
