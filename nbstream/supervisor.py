"""One background loop that runs every attempt, and the only place where an attempt is stopped.

Any thread may ask, any number of times: it tells the server (`give_up`) and the loop, so a click that the kernel's
control thread handles neither blocks nor races. On the loop's thread the first decision counts, and `task.cancel()` is
called exactly once: a second cancel would hit the clean-up of the first and leave the socket open (httpcore#1115).
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextlib
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any

from .attempt import Attempt, EndedBy
from .backoff import wait_before
from .demo.transport import DemoTransport
from .ending import conclude
from .errors import NbstreamError, ProviderError, StreamBroken
from .folding import release
from .forking import in_child
from .guards.base import BEAT_S
from .intake import Intake
from .log_writer import LogWriter, log_writer
from .run import Both, Decision, Run, count, give_up, judge, plainer, tell
from .settling import Settling
from .transport import HttpTransport
from .vocabulary import HOME
from .wire import Transport


class Supervisor:
    """Runs attempts on one daemon thread with one event loop; `home` is where vocabularies are fetched."""

    def __init__(
        self, transports: Mapping[str, Callable[[], Transport]], home: str = HOME, log: LogWriter | None = None
    ) -> None:
        self.transports = transports
        self.log = log or LogWriter(lambda: None)
        self.runs: dict[str, Run] = {}
        self.settling = Settling(lambda: bool(self.runs), self.transport_for, home)
        self.loop = asyncio.new_event_loop()
        self.background: set[asyncio.Task[None]] = set()
        self.thread = threading.Thread(target=self.turn, name="nbstream", daemon=True)
        self.thread.start()

    def turn(self) -> None:
        """The thread's work: the loop, until the process ends."""
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    # ---- from any thread

    def call(self, act: Callable[..., object], *args: object) -> None:
        """Do something on the loop's thread, soon."""
        self.loop.call_soon_threadsafe(act, *args)

    def start(self, run: Run, after: Run | None = None) -> None:
        """Begin an attempt; with `after`, once that one has ended, so that a server with one place has it free."""
        run.listener = Both(self.log, run.listener)
        self.runs[run.attempt.attempt_id] = run
        self.call(self.begin, run, after)

    def stop(self, attempt_id: str, by: EndedBy = "person", reason: str | None = None) -> None:
        """Decide that an attempt ends now. Returns at once; unknown and ended attempts are left alone."""
        decision = Decision(by, reason, time.monotonic())
        if (run := self.runs.get(attempt_id)) is not None:
            give_up(run, decision)
        self.call(self.decide, attempt_id, decision)

    def live(self) -> list[Attempt]:
        """The attempts that have not ended, oldest first."""
        return [run.attempt for run in list(self.runs.values())]

    def wait(self, run: Run, timeout: float | None, settled: bool = False) -> bool:
        """Block until an attempt has ended, or its count is settled; false if `timeout` seconds were not enough."""
        if threading.current_thread() is self.thread:
            raise NbstreamError("wait() would block the thread that does the work; await the generation instead.")
        over = not concurrent.futures.wait([run.settled if settled else run.ended], timeout).not_done
        if over:
            self.log.flush()
        return over

    def close(self) -> None:
        """The process ends: close every connection, and give that a moment."""
        runs = list(self.runs.values())
        for run in runs:
            self.stop(run.attempt.attempt_id, "kernel", "The kernel was closed.")
        concurrent.futures.wait([run.ended for run in runs], timeout=1.0)
        self.log.close()
        self.call(self.keep, self.leave())
        self.thread.join(0.5)

    # ---- on the loop's thread

    def begin(self, run: Run, after: Run | None) -> None:
        """Make the attempt's task. Its end is noticed outside of it: a task cancelled early runs no line of its own."""
        self.settling.pause()
        run.task = self.loop.create_task(self.run(run, after))
        run.task.add_done_callback(lambda task: self.finish(run, task))
        if run.decision is not None:  # it was faster than the beginning
            run.task.cancel()

    def decide(self, attempt_id: str, decision: Decision) -> None:
        """The first decision about a live attempt counts; one whose stream has said its last is only being closed."""
        run = self.runs.get(attempt_id)
        if run is not None and decision.by == "person":
            run.unwanted = True
        if run is None or run.ends:
            return
        run.decision = run.ahead or decision
        if run.task is None:  # `begin` will cancel it
            return
        # first the socket: the cancel takes some more turns of the loop, and those are long where hundreds stream
        keep = run.decision.by != "guard"  # which cuts at what it has seen
        if run.line.hang_up(keep):
            run.closed_at = run.closed_at or time.monotonic()
        if keep:
            self.loop.call_soon(self.cancel, run.task)  # the reader has its turn first, with what had come
        else:
            self.cancel(run.task)

    def cancel(self, task: asyncio.Task[None]) -> None:
        """The one cancel of a decision."""
        task.cancel()

    async def run(self, run: Run, after: Run | None) -> None:
        """One attempt, from its request to the end of its stream."""
        attempt = run.attempt
        mine = [other for other in list(self.runs.values()) if other.attempt.generation_id == attempt.generation_id]
        earlier = {other.task for other in mine if other.task and other.attempt.number < attempt.number}
        if after is not None and earlier:  # not `after` alone: it may have been stopped while it waited itself
            await asyncio.wait(earlier, timeout=2.0)
        attempt.began = time.monotonic()
        tell(run.listener.started, attempt)
        beat = self.loop.create_task(self.beat(run))
        tries = 0
        try:
            while (wait := await self.tried(run, tries := tries + 1)) is not None:
                attempt.note = f"trying again in {wait:.1f} s: {run.failure}"
                tell(run.listener.noted, attempt)
                await asyncio.sleep(wait)
                attempt.note = None
        finally:
            beat.cancel()

    async def tried(self, run: Run, tries: int) -> float | None:
        """Send the request and read to the end; the seconds to wait before another try, if there should be one."""
        run.failure = None
        try:
            await self.stream(run)
        except ProviderError as error:
            attempt = run.attempt
            if run.decision or run.ahead or (attempt.finish_reason and not attempt.error):
                return None  # nobody wants more, or nothing of the answer is missing
            run.failure = error
            attempt.retryable = error.retryable
            if (ask := plainer(run, error)) is not None:
                run.ask = ask
                return 0.0
            # never once something was shown: it would be paid for twice
            return None if attempt.chunks else wait_before(error, tries)
        return None

    async def stream(self, run: Run) -> None:
        """Read one response to its end. Raises `ProviderError`."""
        attempt = run.attempt
        transport = self.transport_for(run)
        request = run.provider.request(run.ask)
        request = request if run.gather else replace(request, gather=False)
        run.scrub, run.line = request.scrub, request.line
        if run.ahead is not None:  # looked at after `line` is set: who gives up meanwhile finds one of the two
            raise StreamBroken("It was stopped before the request was sent.")
        intake = Intake(run, self.loop, self.guard, self.over)
        try:
            async with contextlib.aclosing(transport.records(request)) as stream:
                async for records in stream:
                    if run.decision is not None:  # a transport that swallows the cancel shall not go on either
                        if run.task is not None and not run.task.cancelling():
                            intake.add(records)  # what had come before it
                        return
                    intake.add(records)
                    if attempt.closed or attempt.error:
                        break
        finally:
            intake.flush()
        if not (attempt.closed or attempt.finish_reason or attempt.error):
            raise StreamBroken(
                "The stream ended before the answer did. What came is kept; retry, or look at the server's log."
            )

    def transport_for(self, run: Run) -> Transport:
        """A provider may bring its own transport; else the address decides."""
        own: Transport | None = getattr(run.provider, "transport", None)
        if own is not None:
            return own
        scheme = run.provider.base_url.partition(":")[0]
        return self.transports.get(scheme, self.transports["http"])()

    def over(self, run: Run, fault: Exception | None) -> None:
        """The answer has ended while its reader waits for more: some servers keep the connection open."""
        if run.task is not None and not run.task.done() and run.decision is None:
            run.fault = fault
            run.cut = True
            run.task.cancel()

    def guard(self, run: Run, now: float) -> None:
        """Let the guards look; the first one that objects ends the attempt."""
        for guard in run.guards:
            if guard.state == "on" and (reason := judge(run, guard, now)):
                decision = Decision("guard", reason, time.monotonic())
                self.decide(run.attempt.attempt_id, decision)
                if run.decision is decision:
                    guard.state = "tripped"
                return

    async def beat(self, run: Run) -> None:
        """Once a second, so that a silent stream still shows its time."""
        while True:
            await asyncio.sleep(BEAT_S)
            count(run)
            tell(run.listener.noted, run.attempt)
            self.guard(run, time.monotonic())

    def finish(self, run: Run, task: asyncio.Task[None]) -> None:
        """Say how it ended. A decision outranks whatever its clean-up raised."""
        attempt = run.attempt
        failure = run.fault or (None if task.cancelled() else task.exception())
        now = time.monotonic()
        before = len(attempt.deltas)
        release(attempt, now)
        count(run)
        if len(attempt.deltas) > before:
            tell(run.listener.progressed, attempt, before)
        conclude(run, task.cancelled(), failure, now)
        self.runs.pop(attempt.attempt_id, None)
        tell(run.listener.ended, attempt)
        run.ended.set_result(None)
        self.keep(self.settling.settle(run))

    async def leave(self) -> None:
        """End the loop, and first what still asks, fetches or counts for attempts that are over."""
        self.settling.pause()
        for task in self.background - {asyncio.current_task()}:
            task.cancel()
        if left := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(left, timeout=0.3)
        self.loop.stop()

    def keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something to its end; the loop itself holds tasks only weakly."""
        task = self.loop.create_task(work)
        self.background.add(task)
        task.add_done_callback(self.background.discard)


supervisor_lock = threading.Lock()
the_supervisor: Supervisor | None = None


def supervisor() -> Supervisor:
    """The one supervisor of this process, started when first asked for."""
    global the_supervisor
    with supervisor_lock:
        if the_supervisor is None:
            the_supervisor = Supervisor({"http": HttpTransport, "demo": DemoTransport}, log=log_writer())
            atexit.register(the_supervisor.close)
        return the_supervisor


@in_child
def forget() -> Supervisor | None:
    """A child of `os.fork` has no such thread, and starts one when it asks; gives what it leaves to its parent."""
    global the_supervisor, supervisor_lock
    parents, the_supervisor, supervisor_lock = the_supervisor, None, threading.Lock()
    return parents


def live() -> list[Attempt]:
    """The attempts that run in this kernel, oldest first."""
    return supervisor().live()


def stop(attempt_id: str, reason: str | None = None) -> None:
    """Stop one attempt of this kernel by its id. Returns at once; an ended or unknown one is left alone."""
    supervisor().stop(attempt_id, "person", reason)


def stop_all(reason: str | None = None) -> int:
    """Stop everything that runs in this kernel; tells how many that were. Returns at once."""
    attempts = live()
    for attempt in attempts:
        stop(attempt.attempt_id, reason)
    return len(attempts)
