"""An attempt: one request and everything that came back, and what follows from that.

Times are seconds of the monotonic clock since the attempt began, so that a step of the wall clock cannot bend
them. `folding` writes what a stream tells, and the loop's thread alone what becomes known beside it (counts, notes);
any thread may read an attempt.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from .counts import TOLD, UNKNOWN, Count
from .events import (
    Channel,
    FinishReason,
    ToolDelta,
)
from .prices import NO_COST, Cost, CostSource, Offer, Tokens, cost
from .seam import Seam
from .visible import visible

Status = Literal["waiting", "streaming", "done"]
EndedBy = Literal["model", "person", "guard", "error", "kernel"]
Relation = Literal["first", "retry", "resume", "race"]


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of text as it arrived: `at` is seconds since the attempt began. A tool call is a line of its own:
    its name, a blank, its arguments."""

    at: float
    channel: Channel
    text: str


@dataclass(slots=True, weakref_slot=True, repr=False)
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
    kept: str = ""
    """The partial answer that it goes on from: the beginning of its text, and no part of what was received."""
    kept_tokens: Count = UNKNOWN  # part of `input`: what the kept text costs again
    resumed_by: str | None = None
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
    written_tokens: int | None = None
    told_usd: float | None = None
    ttft_s: float | None = None
    duration_s: float | None = None
    stop_latency_ms: float | None = None
    chunks: int = 0
    deltas: list[Delta] = field(default_factory=list)
    tools: dict[int, ToolDelta] = field(default_factory=dict)
    tool_index: int | None = None  # the call that grew last
    seam: Seam | None = None  # where new text may first repeat what was kept
    joined: dict[Channel, tuple[int, str]] = field(default_factory=dict)
    halves: dict[Channel, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The answer as far as it came, with what was kept of the one it goes on from."""
        return self.join("text")

    @property
    def new_text(self) -> str:
        """The part of the answer that this attempt brought."""
        return self.text[len(self.kept) :]

    @property
    def resumed(self) -> str | None:
        """The sentence for how it was resumed; `None` for an attempt that begins from nothing."""
        if self.resumed_by is None:
            return None
        dropped = len(self.seam.dropped) if self.seam else 0
        return f"Resumed by {self.resumed_by}" + (f"; {dropped} repeated characters were removed." if dropped else ".")

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
        upto, text = self.joined.get(channel, (0, self.kept if channel == "text" else ""))
        if upto < (end := len(self.deltas)):
            text += "".join(d.text for d in self.deltas[upto:end] if d.channel == channel)
            self.joined[channel] = (end, text)
        return text

    def tail(self, n: int) -> str:
        """The last `n` characters of the new text, without joining the whole of it."""
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
        first = self.deltas[0].at if self.seam is None or self.ttft_s is None else self.ttft_s
        span = self.deltas[-1].at - first  # from when something came, if only a repetition
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
        if self.reasoning_tokens and not self.new_text:  # how much of the thinking came before the cut, nobody tells
            return None
        hidden = max(0, (self.reasoning_tokens or 0) - (self.received_reasoning.tokens or 0))
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
        return f"<Attempt {self.number} of {visible(self.model)}: {self.status}{by}, {tokens} tokens received>"


def new_id(prefix: str) -> str:
    """An id that sorts by the time it was made: 56 bits of microseconds, 32 random ones."""
    return f"{prefix}_{time.time_ns() // 1000:014x}{secrets.token_hex(4)}"
