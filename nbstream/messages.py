"""Every message between kernel and browser, as `js/src/messages.ts` has them too.

State is a trait, an event is a message. Each message to the browser names its attempt and bears a number, `seq`,
counted from 1 for each attempt, so that a lost one is noticed and healed by `sync`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NotRequired, TypedDict

from .attempt import Attempt, EndedBy, Relation, Status
from .counts import TOLD
from .events import Channel, FinishReason, Source
from .prices import CostSource
from .savings import saved


class Meter(TypedDict):
    """The numbers of an attempt so far; `None` is not known.

    `cost_note`: why the cost is not exact, if it is not. `saved_…`: an estimate of what a stop saved.
    """

    status: Status
    elapsed_s: float
    ttft_s: float | None
    tokens_per_s: float | None
    input_tokens: int | None
    input_source: Source
    received_tokens: int | None
    received_source: Source
    output_tokens: int | None
    output_source: Source
    overrun_tokens: int | None
    reasoning_tokens: int | None
    received_reasoning_tokens: int | None
    received_reasoning_source: Source
    cost_usd: float | None
    cost_source: CostSource | None
    cost_note: str | None
    saved_tokens: int | None
    saved_usd: float | None
    saved_note: str | None
    note: str | None


class Row(TypedDict):
    """One attempt without its text: a chip of the strip."""

    attempt: str
    number: int
    parent: str | None
    relation: Relation
    provider: str
    model: str
    status: Status
    ended_by: EndedBy | None
    reason: str | None
    finish_reason: FinishReason | None
    started_at: str
    meter: Meter


class Start(TypedDict):
    """The request is being sent."""

    type: Literal["start"]
    row: Row


class Delta(TypedDict):
    """Text that arrived since the last one, at most 30 times a second."""

    type: Literal["delta"]
    channel: Channel
    text: str


class MeterMessage(TypedDict):
    """The numbers, with the deltas and each second while nothing comes."""

    type: Literal["meter"]
    meter: Meter


class Error(TypedDict):
    """What went wrong, once, before `end`."""

    type: Literal["error"]
    message: str
    retryable: bool


class End(TypedDict):
    """The attempt is over; `length` is that of its text in UTF-16 units, as JavaScript counts."""

    type: Literal["end"]
    row: Row
    length: int


class Update(TypedDict):
    """Something became known after the end."""

    type: Literal["update"]
    row: Row


class Snapshot(TypedDict):
    """The whole state of an attempt: the text from `offset` on, in UTF-16 units, and all that stands beside it."""

    type: Literal["snapshot"]
    row: Row
    offset: int
    text: str
    reasoning: str
    tool: str


class Extras(TypedDict):
    """What colours code and draws formulas, a JavaScript module; of no attempt, so without id and number."""

    type: Literal["extras"]
    script: str


ToBrowser = Start | Delta | MeterMessage | Error | End | Update | Snapshot | Extras


OF_NO_ATTEMPT = ("sync", "extras")


class Have(TypedDict):
    """How far the browser has got with an attempt."""

    attempt: str
    seq: int
    length: int


class FromBrowser(TypedDict):
    """What the browser asks. `nonce` tells the copies of one message apart from a second click."""

    type: Literal["sync", "extras", "select", "stop", "retry", "resume"]
    generation: str
    nonce: str
    attempt: NotRequired[str]
    have: NotRequired[list[Have]]
    text: NotRequired[str | None]


def meter_of(attempt: Attempt, now: float, siblings: Iterable[Attempt] = ()) -> Meter:
    """The numbers of an attempt; its siblings tell what its stop saved."""
    cost, saving = attempt.cost, saved(attempt, siblings)
    return {
        "status": attempt.status,
        "elapsed_s": round(attempt.elapsed(now), 3),
        "ttft_s": rounded(attempt.ttft_s),
        "tokens_per_s": rounded(attempt.tokens_per_s),
        "input_tokens": attempt.input.tokens,
        "input_source": attempt.input.source,
        "received_tokens": attempt.received.tokens,
        "received_source": attempt.received.source,
        "output_tokens": attempt.output.tokens,
        "output_source": attempt.output.source,
        "overrun_tokens": attempt.overrun_tokens,
        "reasoning_tokens": attempt.reasoning_tokens,
        "received_reasoning_tokens": attempt.received_reasoning.tokens,
        "received_reasoning_source": attempt.received_reasoning.source,
        "cost_usd": cost.usd,
        "cost_source": cost.source,
        "cost_note": None if cost.usd is None or cost.exact else doubt(attempt),
        "saved_tokens": saving.tokens if saving else None,
        "saved_usd": saving.usd if saving else None,
        "saved_note": saving.note if saving else None,
        "note": attempt.note,
    }


def doubt(attempt: Attempt) -> str:
    """Why a cost that stands on counts of our own is not exact."""
    if attempt.status != "done":
        return "So far."
    if attempt.output.source in TOLD:
        return "The prompt was counted here, not by the service."
    if attempt.ended_by == "model":
        return "The tokens were counted here, not by the service."
    if not attempt.generated_tokens:
        return "The prompt alone, which most services charge: this one has not told what it generated."
    more = {"stops": ", and is known to stop with the connection", "runs on": ", and is known to run on and charge it"}
    after = more.get(attempt.billing_after_stop, "")
    return f"At least: only what came is counted. The service has not told what it generated{after}."


def row_of(attempt: Attempt, now: float, siblings: Iterable[Attempt] = ()) -> Row:
    """An attempt without its text."""
    return {
        "attempt": attempt.attempt_id,
        "number": attempt.number,
        "parent": attempt.parent_id,
        "relation": attempt.relation,
        "provider": attempt.provider,
        "model": attempt.model,
        "status": attempt.status,
        "ended_by": attempt.ended_by,
        "reason": attempt.reason,
        "finish_reason": attempt.finish_reason,
        "started_at": attempt.started_at.isoformat(timespec="milliseconds"),
        "meter": meter_of(attempt, now, siblings),
    }


def rounded(seconds: float | None) -> float | None:
    """Milliseconds are enough for a screen."""
    return None if seconds is None else round(seconds, 3)


def utf16_length(text: str) -> int:
    """The length JavaScript gives: characters beyond the first plane count twice."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)


def rest_of(text: str, offset: int) -> tuple[int, str]:
    """A JavaScript offset and the text from there on; 0 and the whole where it is no place between characters."""
    if not 0 <= offset <= utf16_length(text):
        return 0, text
    if text.isascii():
        return offset, text[offset:]
    try:
        return offset, text.encode("utf-16-le", "surrogatepass")[2 * offset :].decode("utf-16-le")
    except UnicodeDecodeError:
        return 0, text


def read(content: object) -> FromBrowser | None:
    """A message from the browser, or `None` for anything that is not one: what comes in is data, never trusted."""
    if not isinstance(content, dict):
        return None
    kind, texts = content.get("type"), (content.get("generation"), content.get("nonce"))
    if kind not in ("sync", "extras", "select", "stop", "retry", "resume"):
        return None
    if not all(isinstance(text, str) and len(text) <= 100 for text in texts):
        return None
    if kind == "sync":
        have = content.get("have")
        if not isinstance(have, list) or not all(is_have(item) for item in have):
            return None
    elif kind != "extras" and not isinstance(content.get("attempt"), str):
        return None
    if not isinstance(content.get("text"), str | None):
        return None
    return content  # type: ignore[return-value]  # checked above


def is_have(item: object) -> bool:
    """Whether this says how far the browser has got."""
    return (
        isinstance(item, dict)
        and isinstance(item.get("attempt"), str)
        and all(isinstance(item.get(key), int) for key in ("seq", "length"))
    )
