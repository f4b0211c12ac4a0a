"""Generation: one prompt and its attempts, as a widget in a notebook and as a handle anywhere.

The loop's thread alone writes traits and sends messages. Traits are state and small: the text streams as messages
and is a trait only once it has ended, for notebooks that are saved with their widgets.
"""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import traitlets

from . import frames, messages, stop_routes
from .attempt import Attempt, Relation, Status, new_id
from .display import static_bundle
from .guards.base import Check
from .inbox import Inbox
from .messages import FromBrowser
from .page import Page
from .plan import Plan, tally_for
from .run import Decision, Run
from .screen import Screen
from .supervisor import supervisor

if TYPE_CHECKING:
    import pandas as pd

INTERRUPT_S = 5.0
SETTLE_S = 0.5
WAKE_S = 0.1


class Generation(Page):
    """One prompt and its attempts. Made by `nbstream.generate`; shows itself as the last line of a cell."""

    generation_id = traitlets.Unicode().tag(sync=True)
    header = traitlets.Dict().tag(sync=True)  # {"model": str, "hint": str | None}
    rows: traitlets.List[messages.Row] = traitlets.List().tag(
        sync=True
    )  # messages.Row for each attempt; set when one starts, ends or is updated
    saved_text = traitlets.Unicode().tag(sync=True)  # the last ended attempt's
    view = traitlets.Dict({"markdown": True}).tag(sync=True)

    def __init__(self, plan: Plan, hint: str | None = None, checks: Callable[[], list[Check]] = list) -> None:
        self.plans: dict[str, Plan] = {}
        self.runs: dict[str, Run] = {}  # in the order of their numbers
        self.numbers = itertools.count(1)
        self.screen = Screen(self)
        self.inbox = Inbox(self.runs, self.act)
        self.checks = checks
        self.lock = threading.Lock()
        super().__init__(generation_id=new_id("gen"), header={"model": plan.label, "hint": hint})
        self.on_msg(self.on_message)
        stop_routes.listen(self.generation_id, self)
        self.begin(plan, "first")

    # ---- what a user calls, from any thread

    def stop(self, reason: str | None = None) -> None:
        """End the live attempt now. Returns at once; any number of calls do what one does."""
        supervisor().stop(self.attempt.attempt_id, "person", reason)

    def retry(self, prompt: object = None, **changes: object) -> Attempt:
        """Start a new attempt: the same request but for the changes. The live one is stopped first.

        `changes` are options (`temperature=0.2`; `None` takes one away), `system`, `model`, `base_url`, `api_key`.
        Raises `SetupError` before anything is stopped or sent.
        """
        last = self.attempt
        return self.begin(self.plans[last.attempt_id].changed(prompt, changes), "retry", last)

    def wait(self, timeout: float | None = None) -> Attempt:
        """Wait until the live attempt ends, at most `timeout` seconds, and return it.

        After a stop, a service that tells afterwards what it generated gets half a second to do so. A kernel
        interrupt while waiting stops the attempt, logs it, and is raised then.
        """
        run = self.last_run
        try:
            if supervisor().wait(run, timeout):
                supervisor().wait(run, SETTLE_S, settled=True)
        except KeyboardInterrupt:
            self.interrupted(run)
            supervisor().wait(run, INTERRUPT_S)
            raise
        return run.attempt

    def __await__(self) -> Generator[Any, None, Attempt]:
        return self.ended_attempt().__await__()

    async def ended_attempt(self) -> Attempt:
        """As `wait`, for `await gen`."""
        run = self.last_run
        try:
            ended = asyncio.wrap_future(run.ended)
            while not ended.done():
                # ipykernel cancels an interrupted cell without waking its loop, which then sleeps on
                await asyncio.wait([ended], timeout=WAKE_S)
        except (asyncio.CancelledError, KeyboardInterrupt):
            self.interrupted(run)
            supervisor().wait(run, INTERRUPT_S)
            raise
        return run.attempt

    def interrupted(self, run: Run) -> None:
        """The kernel was interrupted while somebody waited."""
        supervisor().stop(run.attempt.attempt_id, "person", "Stopped by a kernel interrupt.")

    def close(self) -> None:
        """Stop the live attempt, then take the widget off the page."""
        if self.runs and self.status != "done":
            self.stop("The widget was closed.")
        super().close()

    @property
    def last_run(self) -> Run:
        """The newest attempt's run."""
        return next(reversed(self.runs.values()))

    @property
    def attempt(self) -> Attempt:
        """The live attempt, or the last one."""
        return self.last_run.attempt

    @property
    def attempts(self) -> list[Attempt]:
        """All attempts, oldest first."""
        return [run.attempt for run in list(self.runs.values())]

    @property
    def text(self) -> str:
        """The live or last attempt's answer as far as it came."""
        return self.attempt.text

    @property
    def status(self) -> Status:
        """`waiting`, `streaming` or `done`."""
        return self.attempt.status

    @property
    def history(self) -> pd.DataFrame:
        """One row for each attempt, cancelled ones included; columns as in `nbstream.frames.COLUMNS`."""
        return frames.frame_of(self.attempts)

    def __repr__(self) -> str:
        return f"<Generation {self.generation_id}: {self.attempt!r}>" if self.runs else "<Generation>"

    # ---- starting attempts

    def begin(self, plan: Plan, relation: Relation, parent: Attempt | None = None) -> Attempt:
        """Start an attempt; the live one, if any, is stopped and given the time to close."""
        with self.lock:
            attempt = plan.attempt(self.generation_id, next(self.numbers), relation, parent)
            before = self.last_run if self.runs else None
            run = Run(
                attempt,
                plan.ask(attempt),
                plan.provider,
                tally_for(plan.provider),
                listener=self.screen,
                checks=self.checks(),
            )
            self.plans[attempt.attempt_id] = plan
            self.runs[attempt.attempt_id] = run
        if before is not None:
            supervisor().stop(before.attempt.attempt_id, "person", "Stopped by a retry.")
        supervisor().start(run, after=before)
        return attempt

    # ---- traits and outputs, on the loop's thread

    def publish(self) -> None:
        """Set the traits, and the static output beside the widget."""
        self.spend()
        with self.hold_sync():
            self.rows = [self.screen.row(attempt) for attempt in self.attempts]
            if self.attempt.status == "done":
                self.saved_text = self.attempt.kept_text
        if self.attempt.status == "done":
            self.show_static()

    def opened(self) -> None:  # noqa: D102
        supervisor().call(self.send_state, ("rows", "saved_text"))

    # ---- what the browser says

    def on_message(self, _widget: object, content: object, _buffers: object) -> None:
        """The slowest of the three routes (see `stop_routes`)."""
        self.receive(content)

    def receive(self, content: object) -> None:
        """Take a message on any thread and hand it to the loop's."""
        if self.inbox.put(content):
            supervisor().call(self.inbox.empty)

    def act(self, message: FromBrowser, at: float) -> None:
        """Do what the browser asks."""
        if message["type"] == "sync":
            self.screen.synchronise(message.get("have", []))
        elif message["type"] == "extras":
            self.screen.send_extras()
        elif (run := self.runs.get(message.get("attempt", ""))) is None:
            return
        elif message["type"] == "stop":
            supervisor().decide(run.attempt.attempt_id, Decision("person", None, at))
        elif message["type"] == "retry":
            self.begin(self.plans[run.attempt.attempt_id], "retry", run.attempt)
        elif message["type"] == "select":
            self.screen.snapshot(run.attempt, 0)

    def static(self) -> dict[str, str]:
        """The output that is seen without a kernel."""
        return static_bundle(self.generation_id, self.rows, self.attempt.kept_text)
