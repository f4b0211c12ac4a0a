"""The recorded streams in `tests/fixtures/<service>/`, and what decoding one of them comes to.

A folder is named by the service as `resolve` knows it, with a dot for the slash before a wire format
(`openai.responses`). Beside each recording stands its `.expected.json`: what is not named there must be absent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from nbstream.attempt import Attempt
from nbstream.counts import Count
from nbstream.events import Failed, Finished
from nbstream.folding import fold
from nbstream.framing import Record, decoder
from nbstream.providers import Format, resolve
from nbstream.wire import Ask

FIXTURES = Path(__file__).parents[1] / "fixtures"

NOTHING: dict[str, Any] = {
    "text": "",
    "reasoning": "",
    "tools": [],
    "finish_reason": None,
    "raw": None,
    "refused": False,
    "response_id": None,
    "closed": False,
    "input": None,
    "output": None,
    "cached": None,
    "reasoning_tokens": None,
    "cost": None,
    "error": None,
    "retryable": None,
    "truncated": False,
}
"""What a stream comes to that says nothing."""


@dataclass(frozen=True)
class Vector:
    """A recorded body, and what it means."""

    path: Path

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}"

    @property
    def body(self) -> bytes:
        return self.path.read_bytes()

    @property
    def whole(self) -> bool:
        """Whether it is the body of a server that does not stream."""
        return self.path.suffix == ".json"

    @property
    def expected(self) -> dict[str, Any]:
        told = json.loads(self.path.with_suffix("").with_suffix(".expected.json").read_text("utf-8"))
        assert set(told) <= set(NOTHING), f"{self.name} expects what no outcome has: {set(told) - set(NOTHING)}"
        return NOTHING | told

    @property
    def format(self) -> Format:
        return format_of(self.path.parent.name)


def find() -> list[Vector]:
    """All vectors, by name."""
    expected = sorted(FIXTURES.glob("*/*.expected.json"))
    return [Vector(recording_of(path)) for path in expected]


def recording_of(expected: Path) -> Path:
    stem = expected.name.removesuffix(".expected.json")
    paths = (expected.with_name(stem + suffix) for suffix in (".sse", ".jsonl", ".json"))
    return next(path for path in paths if path.exists())


@cache
def format_of(folder: str) -> Format:
    if folder == "openai-compatible":
        provider = resolve("m", base_url="http://localhost:1/v1")
    else:
        base_url = "https://me.openai.azure.com" if folder == "azure" else None
        provider = resolve(f"{folder.replace('.', '/')}:m", base_url=base_url, api_key="k")
    assert isinstance(provider, Format)
    return provider


def framing_of(kind: Format) -> Any:
    ask = Ask("a", "m", [{"role": "user", "content": "Hi"}])
    return kind.request(ask).framing


def records(kind: Format, chunks: Iterable[bytes]) -> Iterator[Record]:
    frames = decoder(framing_of(kind))
    for chunk in chunks:
        yield from frames.feed(chunk)
    yield from frames.flush()


def outcome(vector: Vector, chunks: Iterable[bytes] | None = None) -> dict[str, Any]:
    """What a vector comes to when it arrives in these chunks."""
    body = vector.body
    found = [Record(body.decode("utf-8"), whole=True)] if vector.whole else records(vector.format, chunks or [body])
    return folded(vector.format, found)


def folded(kind: Format, found: Iterable[Record]) -> dict[str, Any]:
    """The records of a stream in an attempt, up to its end mark or error, as the supervisor reads them."""
    attempt = Attempt("a", "g", 1, kind.name, kind.model, began=0.0)
    raw = retryable = None
    for record in found:
        for event in kind.decode(record):
            fold(attempt, event, 1.0)
            if isinstance(event, Finished):
                raw = event.raw
            elif isinstance(event, Failed):
                retryable = event.retryable
        if attempt.closed or attempt.error:
            break
    return {
        "text": attempt.text,
        "reasoning": attempt.reasoning,
        "tools": [[call.index, call.id, call.name, call.arguments] for _, call in sorted(attempt.tools.items())],
        "finish_reason": attempt.finish_reason,
        "raw": raw,
        "refused": attempt.refused,
        "response_id": attempt.response_id,
        "closed": attempt.closed and not attempt.error,
        "input": told(attempt.input),
        "output": told(attempt.output),
        "cached": attempt.cached_tokens,
        "reasoning_tokens": attempt.reasoning_tokens,
        "cost": attempt.cost_usd,
        "error": attempt.error,
        "retryable": retryable,
        "truncated": not (attempt.closed or attempt.finish_reason or attempt.error),
    }


def told(count: Count) -> list[object] | None:
    return None if count.tokens is None else [count.tokens, count.source]


def agrees(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    """The outcome with its error cut to the part that is expected, so that both can be compared as they are."""
    error, part = found["error"], expected["error"]
    return {**found, "error": part} if error and part and part in error else found
