"""What a network and a server may do wrong, as scripts, and how an attempt is to end that meets it."""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nbstream.attempt import EndedBy

from .server import Step, body, chunk, drip, event, finish, flood, headers, reset, send, silence, text

GARBAGE = random.Random(4).randbytes(4000)
ONE_LINE = GARBAGE.translate(None, b"\r\n")
DONE = b"data: [DONE]\n\n"
STOP = event({"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
USAGE = event({"id": "c1", "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}})

BROKE = "broke off"
EARLY = "ended before the answer did"
NO_JSON = "no JSON"
SILENT = "generate(timeout=...)"
TOO_LONG = "without ending the line"


@dataclass(frozen=True)
class Fault:
    """A script, who ends the attempt (`None`: nobody but Stop), words of the reason, and the text that is kept.

    `tries`: how often it is asked for, since nothing was shown before it failed. `timeout`: the longest silence.
    """

    steps: Sequence[Step]
    by: EndedBy | None = "error"
    words: str = ""
    text: str = ""
    tries: int = 1
    timeout: float = 60.0

    @property
    def size(self) -> int:
        """The bytes that the script sends at least."""
        return sum(getattr(step, "size", 0) for step in self.steps)


def early(words: str, *steps: Step, tries: int = 3) -> Fault:
    """Before anything could be shown; what may pass is tried three times."""
    return Fault(steps, "error", words, tries=tries)


def late(words: str, *steps: Step) -> Fault:
    """In mid-stream."""
    return Fault([headers(), text("kept"), *steps], "error", words, "kept")


def odd(kept: str, *steps: Step) -> Fault:
    """An answer all the same."""
    return Fault(steps, "model", "The model finished.", kept)


def never(kept: str, *steps: Step) -> Fault:
    """A server that neither finishes nor fails."""
    return Fault(steps, None, "", kept)


def head(*lines: str) -> Step:
    return send("\r\n".join(["HTTP/1.1 200 OK", *lines, "", ""]), "headers")


def chunked(*pieces: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def containing(content: bytes) -> bytes:
    """A chunk with these very bytes as its text."""
    return chunk("").replace(b'""', b'"' + content + b'"')


CHUNKED = head("Content-Type: text/event-stream", "Transfer-Encoding: chunked")
KEPT = send(chunked(chunk("kept")))

# ---- the connection is lost

PHASES: dict[str, Fault] = {  # how it ends if the server closes
    "before the headers": early(BROKE),
    "in the headers": early(BROKE, send(b"HTTP/1.1 200 OK\r\nContent-Type: text/ev")),
    "before the first token": early(EARLY, headers()),
    "in an event": late(NO_JSON, send(chunk(" lost")[:30])),
    "in mid-stream": late(EARLY),
    "in a chunk": Fault([CHUNKED, KEPT, send(b"ff\r\ndata")], "error", BROKE, "kept"),
    "after the finish": odd("kept", headers(), text("kept"), send(STOP)),
}
LOST: dict[str, Fault] = {}
for phase, closed in PHASES.items():
    LOST[f"closed {phase}"] = closed
    cut = closed if closed.by == "model" else replace(closed, words=BROKE)
    LOST[f"reset {phase}"] = replace(cut, steps=[*closed.steps, reset()])
    mute = closed if closed.by == "model" else replace(closed, words=SILENT, tries=1)
    # so long that a busy machine does not take what it has not yet brought for silence
    LOST[f"silent {phase}"] = replace(mute, steps=[*closed.steps, silence()], timeout=2.0)

# ---- not what was promised

PROMISED: dict[str, Fault] = {
    "garbage for HTTP": early(BROKE, send(GARBAGE)),
    "another protocol": early(BROKE, send("SSH-2.0-OpenSSH_9.2\r\n")),
    "garbage for events": early(EARLY, headers(), send(GARBAGE)),
    "garbage between events": late(EARLY, send(b"\n" + GARBAGE + b"\n\n")),
    "garbage in an event": late(NO_JSON, send(b"data: " + ONE_LINE + b"\n\n")),
    "a web page": early("web page instead of a stream", *body("<html>Welcome</html>", kind="text/html"), tries=1),
    "events called JSON": early("promised JSON", *body(chunk("lost")), tries=1),
    "a picture": early(EARLY, *body(GARBAGE, kind="image/png")),
    "no content": early(EARLY, send("HTTP/1.1 204 No Content\r\n\r\n")),
    "another protocol agreed on": early(BROKE, send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")),
    "a redirect": early(
        "redirects to", headers("307 Temporary Redirect", Location="http://elsewhere.invalid"), tries=1
    ),
    "gzip that is none": early(BROKE, headers(Content_Encoding="gzip"), text("lost")),
    "gzip that breaks": early(BROKE, headers(Content_Encoding="gzip"), send(gzip.compress(b"x")[:12] + GARBAGE)),
    "no chunk length": Fault([CHUNKED, KEPT, send(b"zz\r\n")], "error", BROKE, "kept"),
    "a chunk length too short": Fault([CHUNKED, KEPT, send(b"2\r\n" + chunk("lost"))], "error", BROKE, "kept"),
    "a chunk length too long": Fault([CHUNKED, KEPT, send(b"fff\r\n" + chunk("more"))], "error", BROKE, "keptmore"),
    "a chunk length below zero": Fault([CHUNKED, KEPT, send(b"-1\r\n" + chunk("lost"))], "error", BROKE, "kept"),
    "no content length": early(BROKE, head("Content-Length: many"), text("lost")),
    "two content lengths": early(BROKE, head("Content-Length: 10", "Content-Length: 20"), text("lost")),
    "content that is too short": Fault([head("Content-Length: 9999"), text("kept")], "error", BROKE, "kept"),
    "content that is too long": Fault(
        [head(f"Content-Length: {len(chunk('kept'))}"), text("kept", "lost"), finish()], "error", EARLY, "kept"
    ),
}

# ---- too much

MUCH: dict[str, Fault] = {
    "a huge header": early("Receive buffer too long", head("X: " + "x" * 1_000_000)),
    "headers for ever": early("Receive buffer too long", send("HTTP/1.1 200 OK\r\n"), flood(b"X: y\r\n" * 100)),
    "a line for ever": late(TOO_LONG, send("data: "), flood(b"x" * 65536)),
    "an event for ever": late(TOO_LONG, flood(b"data: x\n" * 8192)),
    "loose JSON for ever": late(TOO_LONG, flood((b"[" * 99 + b"\n") * 600)),
    "nested deep": late(NO_JSON, send(b"data: " + b"[" * 200_000 + b"\n\n")),
    "interim answers for ever": never("", flood(b"HTTP/1.1 102 Processing\r\n\r\n")),
    "comments for ever": never("kept", headers(), text("kept"), drip(b": wait\n\n", 8, 0.005, forever=True)),
    "a flood of comments": never("kept", headers(), text("kept"), flood(b": wait\n\n" * 1000)),
    "a flood of nothing": never("kept", headers(), text("kept"), flood(b"\n" * 65536)),
    "a flood of empty events": never("kept", headers(), text("kept"), flood(chunk("") * 100)),
    "JSON that trickles": never("", headers(kind="application/json"), drip(b" ", 1, 0.005, forever=True)),
}

# ---- odd, but an answer

ODD: dict[str, Fault] = {
    "events called a picture": odd("kept", headers(kind="image/png"), text("kept"), finish()),
    "a byte a packet": odd("kept", headers(), drip(chunk("kept") + STOP + DONE)),
    "a slow drip": odd("kept", headers(), drip(chunk("kept") + STOP + DONE, 16, 0.01)),
    "characters cut in two": odd("Größe 🎉", headers(), drip(containing("Größe 🎉".encode())), finish()),
    "characters that are none": odd("ke\ufffd\ufffdpt", headers(), send(containing(b"ke\xff\xc3pt")), finish()),
    "halves of characters": odd("🎉", headers(), text("\ud83c", "\udf89"), finish()),
    "the finish first": odd("kept", headers(), send(STOP), text("kept"), send(DONE)),
    "the usage first": odd("kept", headers(), send(USAGE), text("kept"), finish()),
    "everything twice": odd("keptkept", headers(), text("kept", "kept"), send(STOP * 2 + USAGE * 2 + DONE * 2)),
    "text after the end": odd("kept", headers(), text("kept"), send(STOP + DONE), text("late")),
    "a whole answer that promised more": odd("kept", head("Content-Length: 9999"), text("kept"), finish(), silence()),
    "chunks and a length": odd(
        "kept", head("Content-Length: 3", "Transfer-Encoding: chunked"), send(chunked(chunk("kept"), STOP, DONE))
    ),
}

FAULTS = LOST | PROMISED | MUCH | ODD
ENDING = {name: fault for name, fault in FAULTS.items() if fault.by is not None}
