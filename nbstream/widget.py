"""Generation: one prompt and its attempts, as a widget in a notebook and as a handle anywhere.

The loop's thread alone writes traits and sends messages. Traits are state and small: the text is one only once it has
ended, for notebooks that are saved with their widgets.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from . import frames, messages, stop_routes
from .attempt import Attempt, Relation, Status, new_id
from .attempts_table import Attempts
from .chain import Chain
from .comparing import Comparer
from .display import static_bundle
from .guards.base import Armed
from .inbox import Inbox
from .messages import FromBrowser
from .page import Page
from .plan import Plan, resume_of, tally_for
from .retrying import Rules
from .run import Decision, Run, give_up
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
    rows: traitlets.List[messages.Row] = traitlets.List().tag(sync=True)  # set when one starts, ends or is updated
    saved_text = traitlets.Unicode().tag(sync=True)  # the last ended attempt's

    def __init__(self, plan: Plan, hint: str | None = None, rules: Rules | None = None) -> None:
        self.plans: dict[str, Plan] = {}
        self.runs: dict[str, Run] = {}  # in the order of their numbers
        self.rules = rules or Rules()
        self.screen = Screen(self)
        self.comparer = Comparer(lambda attempt, found: self.screen.post(attempt, dict(found), step=0))
        self.chain = Chain(self.rules, self)
        self.inbox = Inbox(self.runs, self.act)
        self.lock = threading.Lock()
        super().__init__(generation_id=new_id("gen"), header={"model": plan.label, "hint": hint})
        self.on_msg(self.on_message)
        stop_routes.listen(self.generation_id, self)
        self.begin(plan, "first")

    # ---- what a user calls, from any thread

    def stop(self, reason: str | None = None) -> None:
        """End the live attempt now. Returns at once; any number of calls do what one does."""
        run, decision = self.last_run, Decision("person", reason, time.monotonic())
        give_up(run, decision)
        supervisor().call(self.halt, run, decision)

    def retry(self, prompt: object = None, **changes: object) -> Attempt:
        """Start a new attempt: the same request but for the changes. The live one is stopped first.

        `changes` are options (`temperature=0.2`; `None` takes one away), `system`, `model`, `base_url`, `api_key`.
        Guards, `retries` and `budget` stay those of the generation; the attempt starts with all guards on. Raises
        `SetupError` before anything is stopped or sent: a change that cannot work, a guard that could not watch, or a
        budget that is used up.
        """
        last = self.attempt
        return self.begin(self.plans[last.attempt_id].changed(prompt, changes), "retry", last)

    def resume(self, text: str | None = None) -> Attempt:
        """Start a new attempt that goes on from the partial answer, or from `text`, its edited form.

        How depends on the service: prefill, a raw completion, or a request to go on with repetitions removed; the
        attempt's `resumed` says which. The kept text is billed again, as part of the prompt. The live attempt is
        stopped first. The new attempt's `text` begins with the kept text, which is `kept` alone. Raises `SetupError`
        before anything is stopped or sent where there is nothing to go on from: no text yet, a tool call, reasoning
        alone, or an answer that the model itself has ended and that was not edited.
        """
        return self.resume_from(self.attempt, text)

    def wait(self, timeout: float | None = None) -> Attempt:
        """Wait until the live attempt ends, at most `timeout` seconds, and return it.

        With `retries=` it waits for the last try that follows by itself, and returns that one. A service that tells
        what it generated gets half a second for it after a stop. A kernel interrupt stops the attempt, and is raised.
        """
        until = None if timeout is None else time.monotonic() + timeout
        run: Run | None = self.last_run
        while run is not None:
            last = run
            try:
                if not supervisor().wait(last, None if until is None else max(0.0, until - time.monotonic())):
                    break
                run = self.chain.after(last)
                if run is None:
                    supervisor().wait(last, SETTLE_S, settled=True)
            except KeyboardInterrupt:
                self.interrupted(last)
                raise
        return last.attempt

    def __await__(self) -> Generator[Any, None, Attempt]:
        return self.ended_attempt().__await__()

    async def ended_attempt(self) -> Attempt:
        """As `wait`, for `await gen`."""
        run: Run | None = self.last_run
        while run is not None:
            last = run
            try:
                ended = asyncio.wrap_future(last.ended)
                while not ended.done():
                    # ipykernel cancels an interrupted cell without waking its loop, which then sleeps on
                    await asyncio.wait([ended], timeout=WAKE_S)
                if self.chain.after(last) is None:
                    await asyncio.wait([asyncio.wrap_future(last.settled)], timeout=SETTLE_S)
            except (asyncio.CancelledError, KeyboardInterrupt):
                self.interrupted(last)
                raise
            run = self.chain.after(last)
        return last.attempt

    def interrupted(self, run: Run) -> None:
        """The kernel was interrupted while somebody waited: end what runs now, a try that has just begun included."""
        following: Run | None = run
        while following is not None:  # one may begin until the last has ended
            run = following
            supervisor().stop(run.attempt.attempt_id, "person", "Stopped by a kernel interrupt.")
            supervisor().wait(run, INTERRUPT_S)
            following = self.chain.after(run)

    def close(self) -> None:
        """Stop the live attempt, then take the widget off the page."""
        if self.runs and not self.last_run.ended.done():  # by then the next try has begun, if one follows by itself
            self.stop("The widget was closed.")
        layout = self._trait_values.get("layout")  # ipywidgets makes one for each that is shown, and closes none
        super().close()
        if layout is not None:
            layout.close()

    @property
    def last_run(self) -> Run:
        """The newest attempt's run."""
        return next(reversed(self.runs.values()))

    @property
    def attempt(self) -> Attempt:
        """The live attempt, or the last one."""
        return self.last_run.attempt

    @property
    def attempts(self) -> Attempts:
        """All attempts, oldest first: a list, which in a cell shows itself as a table."""
        return Attempts(run.attempt for run in list(self.runs.values()))

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

    def __dir__(self) -> list[str]:
        """What Tab offers: the handle, and none of what makes it work."""
        return "attempt attempts close generation_id history resume retry status stop text wait".split()

    def __repr__(self) -> str:
        return f"<Generation {self.generation_id}: {self.attempt!r}>" if self.runs else "<Generation>"

    # ---- starting attempts

    def begin(self, plan: Plan, relation: Relation, parent: Attempt | None = None, note: str | None = None) -> Attempt:
        """Start an attempt; the live one, if any, is stopped and given the time to close.

        With a `note` it follows its parent by itself, unless a person has started another. Raises `SetupError`.
        """
        with self.lock:
            before = self.last_run if self.runs else None
            if note and before is not None and before.attempt is not parent:
                return before.attempt
            attempt = plan.attempt(self.generation_id, len(self.runs) + 1, relation, parent)
            guards = self.rules.armed(attempt, lambda: self.attempts)
            attempt.note = note
            run = Run(
                attempt,
                plan.ask(attempt),
                plan.provider,
                tally_for(plan.provider),
                listener=self.screen,
                guards=guards,
            )
            self.plans[attempt.attempt_id] = plan
            self.runs[attempt.attempt_id] = run
        if before is not None:
            supervisor().stop(before.attempt.attempt_id, "person", f"Stopped by a {relation}.")
        supervisor().start(run, after=before)
        return attempt

    def resume_from(self, attempt: Attempt, text: object) -> Attempt:
        """Go on from any of the attempts. Raises `SetupError`."""
        return self.begin(self.plans[attempt.attempt_id].resumed(attempt, text), "resume", attempt)

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

    def resumption(self, attempt: Attempt) -> messages.Resume | None:
        """What going on from an attempt means; nothing, while it lives."""
        return resume_of(self.plans[attempt.attempt_id], attempt) if attempt.status == "done" else None

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
            self.watched = True
            self.screen.synchronise(message.get("have", []))
        elif message["type"] == "module":
            self.screen.send_module(message["name"])
        elif (run := self.runs.get(message.get("attempt", ""))) is None:
            return
        elif message["type"] == "stop":
            self.halt(run, Decision("person", None, at))
        elif message["type"] == "retry":
            self.again(run.attempt, lambda: self.begin(self.plans[run.attempt.attempt_id], "retry", run.attempt))
        elif message["type"] == "resume":
            self.again(run.attempt, lambda: self.resume_from(run.attempt, message.get("text")))
        elif message["type"] == "guard_off":
            self.switch_off(run, message.get("guard", 0))
        elif message["type"] == "select":
            self.screen.snapshot(run.attempt, 0)
        elif message["type"] == "compare":
            self.comparer.ask(run.attempt, self.runs[message["other"]].attempt)

    def halt(self, run: Run, decision: Decision) -> None:
        """End an attempt, or the try that has followed it by itself before this was asked for."""
        while (following := self.chain.after(run)) is not None:
            run = following
        supervisor().decide(run.attempt.attempt_id, decision)

    def again(self, attempt: Attempt, begin: Callable[[], Attempt]) -> None:
        """Begin another attempt for a click; nobody waits for it, so a refusal is told where the click was."""
        try:
            begin()
        except Exception as error:
            self.chain.declined(attempt, error)

    def guards_of(self, attempt: Attempt) -> Sequence[Armed]:
        """What watches over an attempt."""
        return self.runs[attempt.attempt_id].guards

    def switch_off(self, run: Run, place: int) -> None:
        """Let a guard judge this attempt no more; a retry has it again."""
        if place < len(run.guards) and run.guards[place].state == "on" and run.attempt.status != "done":
            run.guards[place].state = "off"
            self.screen.updated(run.attempt)

    def static(self) -> dict[str, str]:
        """The output that is seen without a kernel."""
        return static_bundle(self.generation_id, self.rows, self.attempt.kept_text)
