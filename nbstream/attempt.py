"""An attempt, one request and everything that came back, and the one fold that grows it from events.

Times are seconds of the monotonic clock since the attempt began, so that a step of the wall clock cannot bend
them. Only the loop's thread calls the functions here; any thread may read an attempt.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal, assert_never

from .counts import TOLD, UNKNOWN, Count
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
from .prices import NO_COST, Cost, CostSource, Offer, Tokens, cost

Status = Literal["waiting", "streaming", "done"]
EndedBy = Literal["model", "person", "guard", "error", "kernel"]
Relation = Literal["first", "retry", "resume", "race"]


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of text as it arrived: `at` is seconds since the attempt began."""

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
    input: Count = UNKNOWN
    received: Count = UNKNOWN
    output: Count = UNKNOWN
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None
    written_tokens: int | None = None
    told_usd: float | None = None
    ttft_s: float | None = None
    duration_s: float | None = None
    stop_latency_ms: float | None = None
    chunks: int = 0
    deltas: list[Delta] = field(default_factory=list)
    tools: dict[int, ToolDelta] = field(default_factory=dict)
    joined: dict[Channel, tuple[int, str]] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer as far as it came."""
        return self.join("text")

    @property
    def reasoning(self) -> str:
        """The visible reasoning as far as it came."""
        return self.join("reasoning")

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
        if self.status != "done" or self.output.source not in TOLD:
            return None
        if self.ended_by == "model":
            return 0
        if self.received.source in ("estimate", "unknown"):
            return None
        hidden = 0 if self.reasoning else self.reasoning_tokens or 0
        return max(0, (self.output.tokens or 0) - hidden - (self.received.tokens or 0))

    @property
    def generated_tokens(self) -> int | None:
        """The tokens that the server generated as far as is known: by its own word, else at least what was received."""
        if self.output.source in TOLD:
            return self.output.tokens
        return max((n for n in (self.output.tokens, self.received.tokens) if n is not None), default=None)

    @property
    def cost(self) -> Cost:
        """What it costs, so far or at least: the provider's word, else the price of what went in and came out."""
        if self.told_usd is not None:
            return Cost(self.told_usd, "provider", exact=True)
        if not self.chunks and self.ended_by in (None, "error"):
            return NO_COST  # nothing has come, and the server may never take the request
        told = self.input.source in (*TOLD, "running") and self.output.source in TOLD
        priced = self.priced(self.generated_tokens or 0)
        return replace(priced, exact=told and priced.usd is not None)

    def priced(self, output: int) -> Cost:
        """What it would cost with so many tokens of output, by the best price that is known."""
        if self.input.tokens is None:
            return NO_COST
        tier = str(json.loads(self.options).get("service_tier") or "")
        offer = Offer(self.provider, self.model, self.base_url, self.started_at, tier)
        cached, written, reasoning = (n or 0 for n in (self.cached_tokens, self.written_tokens, self.reasoning_tokens))
        return cost(offer, Tokens(self.input.tokens, output, cached, written, reasoning))

    @property
    def cost_usd(self) -> float | None:
        """US dollars; `None` is not known, never zero."""
        return self.cost.usd

    @property
    def cost_source(self) -> CostSource | None:
        """Whose word the cost is."""
        return self.cost.source

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
        case ToolDelta(index, arguments, id, name):
            index = len(attempt.tools) if index is None else index
            known = attempt.tools.get(index, ToolDelta(index))
            attempt.tools[index] = ToolDelta(index, known.arguments + arguments, id or known.id, name or known.name)
            begin_streaming(attempt, now)
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


def push(attempt: Attempt, channel: Channel, text: str, now: float) -> None:
    """Add a piece of text; the first one ends the waiting."""
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
    attempt.written_tokens = first(usage.written_tokens, attempt.written_tokens)
    if usage.cost_usd is not None:
        attempt.told_usd = usage.cost_usd
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
