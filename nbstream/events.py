"""The vocabulary of a stream: what a provider's records are decoded into.

Events are frozen values and know nothing of HTTP, widgets or attempts. `None` always means "not told",
which is a different fact from zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Source = Literal["final", "reconciled", "running", "tokenizer", "estimate", "unknown"]
"""Where a token count comes from, best first."""

FinishReason = Literal["stop", "length", "tool_calls", "content_filter", "other"]
Channel = Literal["text", "reasoning", "tool"]


@dataclass(frozen=True, slots=True)
class Started:
    """The server has named the response; the id is what it can be asked about later by."""

    id: str


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer; a `refusal` says why there is none."""

    text: str
    refusal: bool = False


@dataclass(frozen=True, slots=True)
class ReasoningDelta:
    """A piece of the model's visible reasoning, which is not part of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolDelta:
    """A piece of a tool call: id and name come once per `index`, arguments in pieces to be joined.

    Without an index it is a whole call, and another one than those before.
    """

    index: int | None
    arguments: str = ""
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Token counts by the server's own word; cached and reasoning tokens are parts of input and output.

    So are those written to a cache, which some services charge more for.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost_usd: float | None = None
    source: Literal["final", "running", "reconciled"] = "final"
    written_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The model's side ended the answer; `raw` is the provider's own word for why."""

    reason: FinishReason
    raw: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The server reported an error inside the stream; what was received before it is kept."""

    message: str
    retryable: bool = False


@dataclass(frozen=True, slots=True)
class Closing:
    """The stream's own end mark (`[DONE]`, `message_stop`): nothing of interest follows."""


Event = Started | TextDelta | ReasoningDelta | ToolDelta | Usage | Finished | Failed | Closing
