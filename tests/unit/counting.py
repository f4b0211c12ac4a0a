"""A supervisor of the test's own that counts by real vocabularies, which it fetches from a scripted server."""

from __future__ import annotations

import asyncio
import threading

from faults.server import PATIENCE, Server, Step, body
from ranks import content

from nbstream.attempt import Attempt
from nbstream.guards.base import Armed, Check
from nbstream.plan import make_plan, tally_for
from nbstream.providers import OpenAIChat
from nbstream.run import Run
from nbstream.supervisor import Supervisor
from nbstream.transport import HttpTransport

NAME = "o200k_base"
MODEL = "gpt-4o"


class Listener:
    """Notes what it is told, so that a test can await it."""

    def __init__(self) -> None:
        self.news = threading.Event()
        self.ends = threading.Event()

    def started(self, attempt: Attempt) -> None: ...
    def progressed(self, attempt: Attempt, new: int) -> None: ...
    def noted(self, attempt: Attempt) -> None: ...

    def ended(self, attempt: Attempt) -> None:
        self.ends.set()

    def updated(self, attempt: Attempt) -> None:
        self.news.set()


class Bench:
    """A supervisor of the test's own, which fetches from a scripted server, and attempts at another."""

    def __init__(self, models: Server, files: Server) -> None:
        self.models = models
        self.files = files
        self.supervisor = Supervisor({"http": HttpTransport}, files.base_url)
        self.started: list[Run] = []

    def start(self, *checks: Check, model: str = MODEL) -> tuple[Run, Listener]:
        plan = make_plan("Hello", OpenAIChat(model, base_url=self.models.base_url), options={})
        attempt = plan.attempt("gen_1", 1, "first", None)
        listener = Listener()
        run = Run(
            attempt,
            plan.ask(attempt),
            plan.provider,
            tally_for(plan.provider),
            listener,
            [Armed(check) for check in checks],
        )
        self.started.append(run)
        self.supervisor.start(run)
        return run, listener

    def settled(self, run: Run) -> Attempt:
        """The attempt, once it has ended and all that is waited for is known."""
        assert self.supervisor.wait(run, PATIENCE, settled=True)
        return run.attempt

    def fetched(self) -> None:
        """Wait until no fetch is under way."""

        async def done() -> None:
            while task := self.supervisor.settling.recount.fetching:
                await asyncio.wait([task])

        asyncio.run_coroutine_threadsafe(done(), self.supervisor.loop).result(PATIENCE)

    def stop(self) -> None:
        """End whatever is under way, then the thread."""
        for run in self.started:
            self.supervisor.stop(run.attempt.attempt_id)
        for run in self.started:
            self.settled(run)
        self.supervisor.call(self.supervisor.settling.recount.pause)
        self.fetched()
        self.supervisor.close()
        self.supervisor.loop.run_until_complete(self.supervisor.loop.shutdown_default_executor())
        self.supervisor.loop.close()


def the_file(name: str = NAME) -> list[Step]:
    return body(content(name), kind="application/octet-stream")
