"""What the browser is told of a generation's attempts: numbered messages, paced text, whole snapshots.

All of it happens on the loop's thread. A page that opens later asks for what it has missed.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, Protocol

from . import messages
from .attempt import Attempt
from .messages import Have
from .pacer import Pacer

EXTRAS = Path(__file__).parent / "static" / "extras.js"
PACED = ("delta", "meter")


class Stage(Protocol):
    """The widget, as far as it is needed to tell of its attempts."""

    @property
    def shown(self) -> bool: ...  # noqa: D102
    @property
    def attempts(self) -> list[Attempt]: ...  # noqa: D102
    def send(self, content: dict[str, Any]) -> None: ...  # noqa: D102
    def spend(self) -> None: ...  # noqa: D102
    def publish(self) -> None: ...  # noqa: D102


class Screen:
    """Listens to the attempts of one generation and tells its pages."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.seqs: dict[str, int] = {}
        self.pacers: dict[str, Pacer] = {}

    # ---- what the supervisor tells

    def started(self, attempt: Attempt) -> None:
        """The request is being sent."""
        self.pacers[attempt.attempt_id] = Pacer(
            asyncio.get_running_loop(),
            lambda channel, text: self.post(attempt, {"type": "delta", "channel": channel, "text": text}),
            lambda: self.post(attempt, {"type": "meter", "meter": messages.meter_of(attempt, time.monotonic())}),
        )
        self.post(attempt, {"type": "start", "row": self.row(attempt)})
        self.stage.publish()

    def progressed(self, attempt: Attempt, before: int) -> None:
        """Text has come; the pacer decides when it goes out."""
        if not self.stage.shown:
            return
        pacer = self.pacers[attempt.attempt_id]
        for delta in attempt.deltas[before:]:
            pacer.add(delta.channel, delta.text)

    def noted(self, attempt: Attempt) -> None:
        """The numbers have changed, if only the time."""
        if self.stage.shown:
            self.pacers[attempt.attempt_id].note()

    def ended(self, attempt: Attempt) -> None:
        """It is over; what was gathered goes out first, so that the screen shows what the log holds."""
        if pacer := self.pacers.pop(attempt.attempt_id, None):
            pacer.close()
        if attempt.error:
            self.post(attempt, {"type": "error", "message": attempt.error, "retryable": attempt.retryable})
        length = messages.utf16_length(attempt.text)
        self.post(attempt, {"type": "end", "row": self.row(attempt), "length": length})
        self.stage.publish()

    def updated(self, attempt: Attempt) -> None:
        """Something became known after the end."""
        self.post(attempt, {"type": "update", "row": self.row(attempt)})
        self.stage.publish()

    # ---- what a page asks for

    def synchronise(self, have: list[Have]) -> None:
        """Bring a page up to date: the newest attempt, and each one it lists."""
        known = {item["attempt"]: item["length"] for item in have}
        attempts = self.stage.attempts
        for attempt in attempts:
            if attempt.attempt_id in known or attempt is attempts[-1]:
                self.snapshot(attempt, known.get(attempt.attempt_id, 0))

    def send_extras(self) -> None:
        """Send the module that a page loads when it first shows code or a formula."""
        extras: messages.Extras = {"type": "extras", "script": EXTRAS.read_text(encoding="utf-8")}
        self.stage.spend()
        self.stage.send(dict(extras))

    def snapshot(self, attempt: Attempt, offset: int) -> None:
        """Send all of an attempt from `offset` on, which the page holds already."""
        if pacer := self.pacers.get(attempt.attempt_id):
            pacer.flush()
        offset, text = messages.rest_of(attempt.text, offset)
        snapshot: messages.Snapshot = {
            "type": "snapshot",
            "row": self.row(attempt),
            "offset": offset,
            "text": text,
            "reasoning": attempt.reasoning,
            "tool": attempt.join("tool"),
        }
        self.post(attempt, dict(snapshot), step=0)

    # ---- how it is told

    def row(self, attempt: Attempt) -> messages.Row:
        """An attempt as the browser is told it."""
        return messages.row_of(attempt, time.monotonic(), self.stage.attempts)

    def post(self, attempt: Attempt, message: dict[str, Any], step: int = 1) -> None:
        """Send a message about an attempt, numbered."""
        seq = self.seqs[attempt.attempt_id] = self.seqs.get(attempt.attempt_id, 0) + step
        if message["type"] not in PACED:
            self.stage.spend()
        self.stage.send({"attempt": attempt.attempt_id, "seq": seq} | message)
