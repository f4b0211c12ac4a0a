"""Feeds attempts to guards without a network, and counts what a guard does."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from nbstream.attempt import Attempt
from nbstream.counts import Count
from nbstream.events import Event, TextDelta
from nbstream.folding import fold
from nbstream.guards.base import Check

BEGAN = 100.0


def an_attempt(provider: str = "test", model: str = "model", **more: Any) -> Attempt:
    return Attempt("att_1", "gen_1", 1, provider, model, began=BEGAN, **more)


def come(attempt: Attempt, *events: Event | str, at: float = 1.0) -> Attempt:
    """Something has come, `at` seconds after the request."""
    for event in events:
        fold(attempt, TextDelta(event) if isinstance(event, str) else event, BEGAN + at)
    attempt.chunks += len(events)
    return attempt


def received(attempt: Attempt, tokens: int) -> Attempt:
    attempt.received = Count(tokens, "tokenizer")
    return attempt


def tripped(check: Check, pieces: Iterable[str]) -> tuple[str, str] | None:
    """The text until a guard objects, and its sentence."""
    attempt = an_attempt()
    for piece in pieces:
        if reason := check(come(attempt, piece), BEGAN + 1):
            return attempt.text, reason
    return None


def steps(act: Callable[[], object]) -> int:
    """How many steps of the interpreter something takes; what runs in C is one."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


def calls(act: Callable[[], object]) -> Counter[str]:
    """Which functions are called, and how often."""
    found: Counter[str] = Counter()

    def profile(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            found[frame.f_code.co_name] += 1

    sys.setprofile(profile)
    try:
        act()
    finally:
        sys.setprofile(None)
    return found
