"""Every message between kernel and browser, as `js/src/messages.ts` has them too.

State is a trait, an event is a message. Each message to the browser names its attempt and bears a number, `seq`,
counted from 1 for each attempt, so that a lost one is noticed and healed by `sync`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, NotRequired, TypedDict, get_args

from .attempt import EndedBy, Relation, Status
from .events import Channel, FinishReason, Source
from .prices import CostSource

LONGEST_TEXT = 8_000_000
"""Characters of a text to go on from; no model reads more."""

MOST_GUARDS = 100
"""Of one attempt: as many as the browser may name."""

GuardState = Literal["on", "off", "failed", "tripped"]

ModuleName = Literal["extras", "tools"]
NAMES = get_args(ModuleName)
"""`extras` colours code and draws formulas; `tools` edits, compares and shows guards."""


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
    kept_tokens: int | None
    kept_source: Source


class Resume(TypedDict):
    """Going on from an attempt: how, and at what cost; why it cannot be, as it is or from an edited text."""

    note: str
    refusal: str | None
    edited: str | None


class GuardRow(TypedDict):
    """A guard as it watches an attempt; `near` is the used part of its limit, from 0 to 1, if it can tell."""

    name: str
    limit: str
    about: str
    state: GuardState
    near: float | None


class Row(TypedDict):
    """One attempt without its text: a chip of the strip. `kept`: the UTF-16 length of what it was resumed from."""

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
    kept: int
    resumed: str | None
    resume: Resume | None
    meter: Meter
    guards: list[GuardRow]


class Start(TypedDict):
    """The request is being sent."""

    type: Literal["start"]
    row: Row


class Delta(TypedDict):
    """Text that arrived since the last one, at most 30 times a second; four times a second with the numbers."""

    type: Literal["delta"]
    channel: Channel
    text: str
    meter: NotRequired[Meter]
    near: NotRequired[list[float | None]]  # of each guard, if there are any


class MeterMessage(TypedDict):
    """The numbers alone, each second while nothing comes."""

    type: Literal["meter"]
    meter: Meter
    near: NotRequired[list[float | None]]


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
    """Something became known after the end, or a guard was switched off before it."""

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


class Compare(TypedDict):
    """An attempt beside another: what was asked differently, and the words of their answers as far as they came.

    `note`: a sentence on `differences`, of which each is a name and what it was for either. `lines`: one for each line
    that both have, of pieces `["=", text]` of both, `["-", text]` of this attempt, `["+", text]` of the other.
    """

    type: Literal["compare"]
    other: str
    note: str
    differences: list[list[str]]
    lines: list[list[list[str]]]


class Module(TypedDict):
    """A script beside the widget's own that a page loads when it first needs it; of no attempt, so without a number."""

    type: Literal["module"]
    name: ModuleName
    script: str


ToBrowser = Start | Delta | MeterMessage | Error | End | Update | Snapshot | Compare | Module


class Have(TypedDict):
    """How far the browser has got with an attempt."""

    attempt: str
    seq: int
    length: int


class FromBrowser(TypedDict):
    """What the browser asks. `nonce` tells the copies of one message apart from a second click."""

    type: Literal["sync", "module", "select", "stop", "retry", "resume", "compare", "guard_off"]
    generation: str
    nonce: str
    attempt: NotRequired[str]
    have: NotRequired[list[Have]]
    text: NotRequired[str | None]
    other: NotRequired[str]
    name: NotRequired[ModuleName]
    guard: NotRequired[int]  # its place in the row


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
    """A message from the browser, or `None` for anything that is not one: what comes in is data, never trusted.

    It has the fields of its kind and no others: what else there is would be of any shape.
    """
    if not isinstance(content, dict):
        return None
    kind = content.get("type")
    if not isinstance(kind, str) or kind not in FIELDS:
        return None
    checks = {**OF_ALL, **FIELDS[kind]}
    if not all(check(content.get(name)) for name, check in checks.items()):
        return None
    read: dict[str, object] = {name: content.get(name) for name in ("type", *checks)}
    return read  # type: ignore[return-value]  # checked above


def is_id(value: object) -> bool:
    """Whether this may name something."""
    return isinstance(value, str) and 0 < len(value) <= 100


def is_have(value: object) -> bool:
    """Whether this says of each attempt how far the browser has got with it."""
    return isinstance(value, list) and all(
        isinstance(item, dict)
        and isinstance(item.get("attempt"), str)
        and all(isinstance(item.get(key), int) for key in ("seq", "length"))
        for item in value
    )


def is_text(value: object) -> bool:
    """Whether this is a text to go on from, or none."""
    return value is None or (isinstance(value, str) and len(value) <= LONGEST_TEXT)


def is_place(value: object) -> bool:
    """Whether this may be a guard's place in its row."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_GUARDS


Checks = Mapping[str, Callable[[object], bool]]
OF_ALL: Checks = {"generation": is_id, "nonce": is_id}
FIELDS: Mapping[str, Checks] = {
    "sync": {"have": is_have},
    "module": {"name": lambda value: isinstance(value, str) and value in NAMES},
    "select": {"attempt": is_id},
    "stop": {"attempt": is_id},
    "retry": {"attempt": is_id},
    "resume": {"attempt": is_id, "text": is_text},
    "compare": {"attempt": is_id, "other": is_id},
    "guard_off": {"attempt": is_id, "guard": is_place},
}
"""What the browser may ask, and what each kind must have."""
