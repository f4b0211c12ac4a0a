"""An attempt, one request and everything that came back, and the one fold that grows it from events.

Times are seconds of the monotonic clock since the attempt began, so that a step of the wall clock cannot bend
them. Only the loop's thread calls the functions here; any thread may read an attempt.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, assert_never, get_args

from .events import (
    Channel,
    Closing,
    Event,
    Failed,
    Finished,
    FinishReason,
    ReasoningDelta,
    Source,
    Started,
    TextDelta,
    ToolDelta,
    Usage,
)
from .surrogates import joined

Status = Literal["waiting", "streaming", "done"]
EndedBy = Literal["model", "person", "guard", "error", "kernel"]
Relation = Literal["first", "retry", "resume", "race"]

# Best first. `reconciled` stands before `running`, unlike in design.md 2: what came with the chunks ends at the
# cut, what is asked for afterwards is the whole, and only the whole tells the overrun.
RANK: dict[Source, int] = {source: -place for place, source in enumerate(get_args(Source))}


@dataclass(frozen=True, slots=True)
class Count:
    """A number of tokens and where it comes from; `None` is not known, never zero."""

    tokens: int | None = None
    source: Source = "unknown"

    def better(self, tokens: int | None, source: Source) -> Count:
        """This count, or the other where that is known and its source is no worse."""
        if tokens is None or RANK[source] < RANK[self.source]:
            return self
        return Count(tokens, source)


UNKNOWN = Count()


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of text as it arrived: `at` is seconds since the attempt began. A tool call is a line of its own:
    its name, a blank, its arguments."""

    at: float
    channel: Channel
    text: str


@dataclass(slots=True, repr=False)
class Attempt:
    """One request and everything that came back; `history` has a row for each."""

    attempt_id: str
    generation_id: str
    number: int
    provider: str
    model: str
    base_url: str = ""
    options: str = "{}"
    prompt: str = "[]"
    parent_id: str | None = None
    relation: Relation = "first"
    billing_after_stop: str = "unknown"
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    began: float = field(default_factory=time.monotonic)
    status: Status = "waiting"
    ended_by: EndedBy | None = None
    reason: str | None = None
    finish_reason: FinishReason | None = None
    finish_raw: str | None = None
    retryable: bool = True
    error: str | None = None
    note: str | None = None
    response_id: str | None = None
    closed: bool = False
    refused: bool = False
    hides_reasoning: bool = False
    """The model thinks where nobody sees it: what was received is less than what was generated."""
    input: Count = UNKNOWN
    received: Count = UNKNOWN
    output: Count = UNKNOWN
    received_reasoning: Count = UNKNOWN  # part of `received`
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None
    cost_source: str | None = None
    ttft_s: float | None = None
    duration_s: float | None = None
    stop_latency_ms: float | None = None
    chunks: int = 0
    deltas: list[Delta] = field(default_factory=list)
    tools: dict[int, ToolDelta] = field(default_factory=dict)
    tool_index: int | None = None  # the call that grew last
    joined: dict[Channel, tuple[int, str]] = field(default_factory=dict)
    halves: dict[Channel, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer as far as it came."""
        return self.join("text")

    @property
    def reasoning(self) -> str:
        """The visible reasoning as far as it came."""
        return self.join("reasoning")

    @property
    def kept_text(self) -> str:
        """What a notebook keeps of it without a kernel: the answer, and the tool calls in lines of their own."""
        return "\n\n".join(filter(None, (self.text, self.join("tool"))))

    @property
    def tool_calls(self) -> str | None:
        """The tool calls as far as they came, as JSON: a list of `{"id", "name", "arguments"}`; arguments are text."""
        if not self.tools:
            return None
        calls = [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in self.tools.values()]
        return json.dumps(calls, ensure_ascii=False)

    def join(self, channel: Channel) -> str:
        """All deltas of a channel; only those that are new since the last call are joined on."""
        upto, text = self.joined.get(channel, (0, ""))
        if upto < (end := len(self.deltas)):
            text += "".join(d.text for d in self.deltas[upto:end] if d.channel == channel)
            self.joined[channel] = (end, text)
        return text

    def tail(self, n: int) -> str:
        """The last `n` characters of the answer, without joining the whole of it."""
        parts: list[str] = []
        for delta in reversed(self.deltas):
            if n <= 0:
                break
            if delta.channel == "text":
                parts.append(delta.text[-n:])
                n -= len(delta.text)
        return "".join(reversed(parts))

    def elapsed(self, now: float) -> float:
        """Seconds from the request to the end, or to `now` while it lives."""
        return self.duration_s if self.duration_s is not None else now - self.began

    @property
    def tokens_per_s(self) -> float | None:
        """Received tokens after the first, over the time from the first delta to the last."""
        if self.received.tokens is None or len(self.deltas) < 2:
            return None
        span = self.deltas[-1].at - self.deltas[0].at
        return (self.received.tokens - 1) / span if span > 0 and self.received.tokens > 1 else None

    @property
    def overrun_tokens(self) -> int | None:
        """Tokens generated but never received; `None` unless the server itself told how many it generated.

        A running count ends at the cut, and an estimate of what was received would make the difference a guess.
        """
        if self.status != "done" or self.output.source not in ("final", "reconciled"):
            return None
        if self.ended_by == "model":
            return 0
        if self.received.source in ("estimate", "unknown"):
            return None
        if self.reasoning_tokens and not self.text:  # how much of the thinking came before the cut, nobody tells
            return None
        hidden = max(0, (self.reasoning_tokens or 0) - (self.received_reasoning.tokens or 0))
        return max(0, (self.output.tokens or 0) - hidden - (self.received.tokens or 0))

    def __repr__(self) -> str:
        by = f" by {self.ended_by}" if self.ended_by else ""
        tokens = "?" if self.received.tokens is None else self.received.tokens
        return f"<Attempt {self.number} of {self.model}: {self.status}{by}, {tokens} tokens received>"


def new_id(prefix: str) -> str:
    """An id that sorts by the time it was made: 48 bits of milliseconds, 40 random ones."""
    return f"{prefix}_{time.time_ns() // 1_000_000:012x}{secrets.token_hex(5)}"


def fold(attempt: Attempt, event: Event, now: float) -> None:
    """Grow an attempt by one event; nothing else writes what a stream tells."""
    match event:
        case TextDelta(text, refusal):
            push(attempt, "text", text, now)
            attempt.refused = attempt.refused or refusal
        case ReasoningDelta(text):
            push(attempt, "reasoning", text, now)
        case ToolDelta():
            push(attempt, "tool", fold_tool(attempt, event), now)
        case Started(id):
            attempt.response_id = id
        case Usage():
            fold_usage(attempt, event)
        case Finished(reason, raw):
            attempt.finish_raw = raw
            # A model that refuses in words says "stop" as well.
            attempt.finish_reason = "content_filter" if attempt.refused and reason == "stop" else reason
        case Failed(message, retryable):
            attempt.error = message
            attempt.retryable = retryable
        case Closing():
            attempt.closed = True
        case _:
            assert_never(event)


def fold_tool(attempt: Attempt, piece: ToolDelta) -> str:
    """Grow a tool call, and say how it reads on the screen: pieces of two calls that take turns begin a line each."""
    index = len(attempt.tools) if piece.index is None else piece.index
    before, attempt.tool_index = attempt.tool_index, index
    known = attempt.tools.get(index, ToolDelta(index))
    call = ToolDelta(index, known.arguments + piece.arguments, piece.id or known.id, piece.name or known.name)
    attempt.tools[index] = call
    if index == before:
        return piece.arguments
    line = "" if before is None else "\n"
    return f"{line}{call.name or 'tool'} {piece.arguments}"


def push(attempt: Attempt, channel: Channel, text: str, now: float) -> None:
    """Add a piece of text; the first one ends the waiting."""
    text, attempt.halves[channel] = joined(attempt.halves.get(channel, ""), text)
    if text:
        begin_streaming(attempt, now)
        attempt.deltas.append(Delta(now - attempt.began, channel, text))


def begin_streaming(attempt: Attempt, now: float) -> None:
    """The first sign of an answer."""
    if attempt.status == "waiting":
        attempt.status = "streaming"
        attempt.ttft_s = now - attempt.began
        attempt.note = None


def fold_usage(attempt: Attempt, usage: Usage) -> None:
    """Take the server's counts; all-zero ones are a placeholder that some servers send along, not a count."""
    if not (usage.input_tokens or usage.output_tokens):
        return
    # A server's last word comes with the finish or after it; what comes before is how far it has got.
    early = usage.source == "final" and attempt.finish_reason is None
    source: Source = "running" if early else usage.source
    attempt.input = attempt.input.better(usage.input_tokens, source)
    attempt.output = attempt.output.better(usage.output_tokens, source)
    attempt.cached_tokens = first(usage.cached_tokens, attempt.cached_tokens)
    attempt.reasoning_tokens = first(usage.reasoning_tokens, attempt.reasoning_tokens)
    if usage.cost_usd is not None:
        attempt.cost_usd, attempt.cost_source = usage.cost_usd, "provider"
    if usage.source != "reconciled" and usage.output_tokens is not None:
        # The chunk that tells the count so far came with the text it counts.
        hidden = 0 if attempt.reasoning else usage.reasoning_tokens or 0
        attempt.received = attempt.received.better(max(0, usage.output_tokens - hidden), source)


def end(attempt: Attempt, by: EndedBy, reason: str, now: float) -> None:
    """Close an attempt, once; what it holds stays."""
    if by == "model" and attempt.output.source == "final" and attempt.input.source == "running":
        attempt.input = Count(attempt.input.tokens, "final")  # nothing more will be said of it
    attempt.status = "done"
    attempt.ended_by = by
    attempt.reason = reason
    attempt.duration_s = now - attempt.began
    attempt.note = None


def first(new: int | None, old: int | None) -> int | None:
    """The new value where it is known."""
    return old if new is None else new
