"""What the browser is told of a generation's attempts: numbered messages, paced text, whole snapshots.

All of it happens on the loop's thread. A page that opens later asks for what it has missed.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from . import messages
from .attempt import Attempt
from .guards.base import Armed
from .messages import Have, ModuleName
from .pacer import Pacer
from .rows import meter_of, row_of

STATIC = Path(__file__).parent / "static"
PACED = ("delta", "meter")


class Follower(Protocol):
    """Hears last that an attempt has ended."""

    def ended(self, attempt: Attempt) -> None: ...  # noqa: D102


class Stage(Protocol):
    """The widget, as far as it is needed to tell of its attempts."""

    @property
    def shown(self) -> bool: ...  # noqa: D102
    @property
    def attempts(self) -> list[Attempt]: ...  # noqa: D102
    def resumption(self, attempt: Attempt) -> messages.Resume | None: ...  # noqa: D102
    def send(self, content: dict[str, Any]) -> None: ...  # noqa: D102
    def spend(self) -> None: ...  # noqa: D102
    def publish(self) -> None: ...  # noqa: D102
    def guards_of(self, attempt: Attempt) -> Sequence[Armed]: ...  # noqa: D102
    @property
    def chain(self) -> Follower: ...  # noqa: D102


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
            lambda channel, text, with_meter: self.post(
                attempt,
                {"type": "delta", "channel": channel, "text": text} | (self.numbers(attempt) if with_meter else {}),
            ),
            lambda: self.post(attempt, {"type": "meter"} | self.numbers(attempt)),
        )
        self.post(attempt, {"type": "start", "row": self.row(attempt)})
        if attempt.kept:
            self.post(attempt, {"type": "delta", "channel": "text", "text": attempt.kept})
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
        self.stage.chain.ended(attempt)

    def updated(self, attempt: Attempt) -> None:
        """Something became known after the end, or a guard was switched off before it."""
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

    def send_module(self, name: ModuleName) -> None:
        """Send a module that a page has not loaded yet."""
        script = (STATIC / f"{name}.js").read_text(encoding="utf-8")
        module: messages.Module = {"type": "module", "name": name, "script": script}
        self.stage.spend()
        self.stage.send(dict(module))

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
        now = time.monotonic()
        guards: list[messages.GuardRow] = [
            {
                "name": guard.name,
                "limit": guard.limit,
                "about": guard.about,
                "state": guard.state,
                "near": guard.near(attempt, now),
            }
            for guard in self.stage.guards_of(attempt)
        ]
        return row_of(attempt, now, self.stage.attempts, self.stage.resumption(attempt), guards)

    def numbers(self, attempt: Attempt) -> dict[str, Any]:
        """The meter, and how near the guards are to their limits."""
        now = time.monotonic()
        near = [guard.near(attempt, now) for guard in self.stage.guards_of(attempt)]
        found = {"meter": meter_of(attempt, now)}
        return found | {"near": near} if near else found

    def post(self, attempt: Attempt, message: dict[str, Any], step: int = 1) -> None:
        """Send a message about an attempt, numbered."""
        seq = self.seqs[attempt.attempt_id] = self.seqs.get(attempt.attempt_id, 0) + step
        if message["type"] not in PACED:
            self.stage.spend()
        self.stage.send({"attempt": attempt.attempt_id, "seq": seq} | message)
