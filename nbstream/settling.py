"""What becomes known of an attempt after its end: the server's own count, its cost, and exact counts of our own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from . import prices
from .ending import LOWER_BOUND, is_shutdown
from .folding import fold
from .recount import Recount
from .run import Run, tell
from .vocabulary import HOME
from .wire import Accountant, Transport

ACCOUNT_WAITS = (0.02, 0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between the questions for what a stopped attempt generated: a row takes its time to appear."""


class Settling:
    """Settles attempts that have ended, on the loop's thread.

    What is slow waits until nothing streams: `busy` tells. `home` is where vocabularies are fetched.
    """

    def __init__(self, busy: Callable[[], bool], transport_for: Callable[[Run], Transport], home: str = HOME) -> None:
        self.busy = busy
        self.transport_for = transport_for
        self.recount = Recount(busy, home)
        self.unpriced: list[Run] = []  # ended before the table of prices was there

    def pause(self) -> None:
        """A stream begins, and has the thread and the network to itself."""
        self.recount.pause()

    async def settle(self, run: Run) -> None:
        """Ask a service that can be asked what it really generated, count what was estimated, and price it."""
        if run.attempt.ended_by == "kernel":
            run.settled.set_result(None)
            return
        try:
            if run.attempt.output.source != "final":
                await self.reconcile(run)
            await self.recount.settle(run)
            if prices.wanted(run.attempt.base_url):
                self.unpriced.append(run)
            if self.unpriced and not self.busy():
                await self.price()
        except RuntimeError as error:
            if not is_shutdown(error):
                raise
        finally:
            run.settled.set_result(None)

    async def reconcile(self, run: Run) -> None:
        """After a cut, ask what the server generated, with pauses that grow."""
        if not isinstance(run.provider, Accountant):
            return
        request = run.provider.account(run.attempt.attempt_id, run.attempt.response_id)
        if request is None:
            return
        for wait in ACCOUNT_WAITS:
            await asyncio.sleep(wait)
            body = await self.transport_for(run).fetch(request)
            if body is not None and (usage := run.provider.read_account(body)):
                fold(run.attempt, usage, time.monotonic())
                run.attempt.reason = (run.attempt.reason or "").removesuffix(LOWER_BOUND)
                tell(run.listener.updated, run.attempt)
                return

    async def price(self) -> None:
        """Load the table of prices, and show what the attempts cost that ended before it was there."""
        ended, self.unpriced = self.unpriced, []
        await asyncio.to_thread(prices.load)
        for run in ended:
            if run.attempt.cost_usd is not None:
                tell(run.listener.updated, run.attempt)
