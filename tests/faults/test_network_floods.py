"""A server that sends as fast as it can fills no memory: beyond the text, which is kept with its times, all is bounded.

Measured in a process of its own, by the most memory that it ever had. `NBSTREAM_FULL=1` floods for 30 seconds each.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from faults.server import PATIENCE, Server, Step, answer, chunk, event, flood, headers, send, text

MB = 1024 * 1024
SECONDS = 30.0 if os.environ.get("NBSTREAM_FULL") else 1.0
ROOM = 48 * MB
"""For buffers, and what Python's own memory wastes."""

UNPACKED = 2 * 64 * MB
"""What comes of one read, unpacked: gzip makes at most a thousand bytes of one."""

PER_PIECE, PER_CHARACTER = 500, 12
"""Bytes that a piece of text may take with its time, and its text: here, joined, and on its way to log and screen."""

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells so of one process")


def flooded(
    server: Server, *steps: Step, first: Sequence[Step] = (headers(), text("kept")), seconds: float = PATIENCE
) -> dict[str, Any]:
    """What a process tells that has met this, until it ended by itself or for so long."""
    server.script(*answer("Hello")).script(*first, *steps)
    ran = subprocess.run(
        [sys.executable, "-m", "faults.flooded", server.base_url, str(seconds)],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        check=True,
    )
    told: dict[str, Any] = json.loads(ran.stdout)
    assert told.pop("starts") == "kept"
    return told


LINES: dict[str, list[Step]] = {
    "in an event": [send(b"data: "), *[send(b"x" * MB)] * 100],
    "in a comment": [send(b": "), *[send(b"x" * MB)] * 100],
    "in JSON": [send(b'{"error": "'), *[send(b"x" * MB)] * 100],
}


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_a_hundred_megabytes_fills_no_memory(line: str, server: Server) -> None:
    told = flooded(server, *LINES[line])
    assert "without ending the line" in told["reason"]
    assert (told["ended_by"], told["grown"] < ROOM) == ("error", True), told


def test_a_bomb_of_gzip_fills_no_memory(server: Server) -> None:
    packer = zlib.compressobj(wbits=31)
    first = packer.compress(chunk("kept")) + packer.flush(zlib.Z_SYNC_FLUSH)
    bomb = b"".join(packer.compress(b"x" * MB) for _ in range(1000))  # one of a megabyte
    told = flooded(server, send(bomb), first=(headers(Content_Encoding="gzip"), send(first)))
    assert "without ending the line" in told["reason"]
    assert (told["ended_by"], told["grown"] < ROOM + UNPACKED) == ("error", True), told


FLOODS: dict[str, Step] = {
    "text": flood(chunk("word ") * 50),
    "long text": flood(chunk("word " * 2000)),
    "comments": flood(b": wait\n\n" * 1000),
    "empty lines": flood(b"\n" * 65536),
    "empty events": flood(chunk("") * 100),
    "usage": flood(event({"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}) * 100),
}


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_takes_no_more_memory_than_its_text(name: str, server: Server) -> None:
    told = flooded(server, FLOODS[name], seconds=SECONDS)
    assert told["ended_by"] == "person"
    assert told["grown"] < ROOM + PER_PIECE * told["pieces"] + PER_CHARACTER * told["text"], told
    assert ("text" in name) == (told["pieces"] > 1)
