"""The one fold that grows an attempt from the events of its stream.

Only the loop's thread calls the functions here; any thread may read an attempt.
"""

from __future__ import annotations

from typing import assert_never

from .attempt import Attempt, Delta, EndedBy
from .counts import Count
from .events import (
    Channel,
    Closing,
    Event,
    Failed,
    Finished,
    ReasoningDelta,
    Source,
    Started,
    TextDelta,
    ToolDelta,
    Usage,
)
from .surrogates import joined
from .visible import visible

LONGEST_ID = 256
LONGEST_WORD = 128
"""Characters. What a server sends where ids, names and one word are meant may be of any length."""


def fold(attempt: Attempt, event: Event, now: float) -> None:
    """Grow an attempt by one event of its stream."""
    match event:
        case TextDelta(text, refusal):
            push(attempt, "text", text, now)
            attempt.refused = attempt.refused or refusal
        case ReasoningDelta(text):
            push(attempt, "reasoning", text, now)
        case ToolDelta():
            push(attempt, "tool", fold_tool(attempt, event), now)
        case Started(id):
            attempt.response_id = id if len(id) <= LONGEST_ID else None
        case Usage():
            fold_usage(attempt, event)
        case Finished(reason, raw):
            attempt.finish_raw = raw[:LONGEST_WORD]
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
    # shown each time that calls take turns: a long name would come back many times over
    return f"{line}{(call.name or 'tool')[:LONGEST_WORD]} {piece.arguments}"


def push(attempt: Attempt, channel: Channel, text: str, now: float) -> None:
    """Add a piece of text; the first one ends the waiting."""
    text, half = joined(attempt.halves.get(channel, ""), text)
    if text or half:
        attempt.halves[channel] = half
    if text:
        begin_streaming(attempt, now)
        if channel == "text" and attempt.seam:
            text = attempt.seam.feed(text)
        append(attempt, channel, text, now)


def append(attempt: Attempt, channel: Channel, text: str, now: float) -> None:
    """Add text that is to be shown."""
    if text:
        attempt.deltas.append(Delta(now - attempt.began, channel, text))


def release(attempt: Attempt, now: float) -> None:
    """Nothing more comes: show what was held back because it might have become a repetition."""
    if attempt.seam:
        append(attempt, "text", attempt.seam.flush(), now)


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
        hidden = 0 if "reasoning" in attempt.halves else usage.reasoning_tokens or 0
        attempt.received = attempt.received.better(max(0, usage.output_tokens - hidden), source)


def end(attempt: Attempt, by: EndedBy, reason: str, now: float) -> None:
    """Close an attempt, once; what it holds stays."""
    if by == "model" and attempt.output.source == "final" and attempt.input.source == "running":
        attempt.input = Count(attempt.input.tokens, "final")  # nothing more will be said of it
    attempt.status = "done"
    attempt.ended_by = by
    attempt.reason = visible(reason)
    attempt.error = visible(attempt.error) if attempt.error else attempt.error
    attempt.duration_s = now - attempt.began
    attempt.note = None


def first(new: int | None, old: int | None) -> int | None:
    """The new value where it is known."""
    return old if new is None else new
