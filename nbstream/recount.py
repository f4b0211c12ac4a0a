"""Puts exact counts in the place of estimates while nothing streams, and fetches a missing vocabulary for that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from weakref import WeakSet

from . import vocabulary
from .counts import Count
from .ending import is_shutdown
from .errors import NbstreamError
from .fetching import fetch
from .prompt_size import prompt_count, size_of
from .run import Run, counted, log, tell
from .tokens import Tally

if TYPE_CHECKING:
    import tiktoken

AGAIN_S = 600.0
"""Seconds before a vocabulary that could not be fetched is asked for again."""


class Recount:
    """The attempts that have ended with estimates. `home` is where vocabularies are fetched. Of the loop's thread."""

    def __init__(self, busy: Callable[[], bool], home: str = vocabulary.HOME) -> None:
        self.busy = busy
        self.home = home
        self.runs: WeakSet[Run] = WeakSet()  # nobody waits for the count of an attempt that nobody holds
        self.failed: dict[str, float] = {}
        self.fetching: asyncio.Task[None] | None = None

    async def settle(self, run: Run) -> None:
        """Count an attempt that has ended, now or when the others have; a fetch is begun and not waited for."""
        if run.tally.vocabulary and "estimate" in (run.attempt.input.source, run.attempt.received.source):
            self.runs.add(run)
        await self.count()

    async def count(self) -> None:
        """Count all that is still estimated, as far as the vocabularies are there."""
        for name in {run.tally.vocabulary for run in self.runs}:
            if name is None or self.busy():
                return
            encoding = await asyncio.to_thread(vocabulary.load, name)
            if encoding is None:
                self.want(name)
                continue
            for run in [run for run in self.runs if run.tally.vocabulary == name]:
                if self.busy():
                    return
                self.runs.discard(run)
                show(run, *await asyncio.to_thread(exact, run, encoding))

    def want(self, name: str) -> None:
        """Fetch a vocabulary in the background, one at a time, unless that is forbidden or failed a while ago."""
        waits = time.monotonic() - self.failed.get(name, float("-inf")) < AGAIN_S
        if self.fetching is None and not (waits or vocabulary.offline() or self.busy()):
            self.fetching = asyncio.get_running_loop().create_task(self.bring(name))

    async def bring(self, name: str) -> None:
        """Fetch a vocabulary, and count by it."""
        try:
            path = await fetch(name, self.home)
            log.debug("fetched the vocabulary %s: %s", name, path)
        except (NbstreamError, OSError) as error:
            self.failed[name] = time.monotonic()
            log.debug("the vocabulary %s could not be fetched, counts stay estimates: %s", name, error)
        finally:
            self.fetching = None
        try:
            await self.count()
        except RuntimeError as error:
            if not is_shutdown(error):
                raise

    def pause(self) -> None:
        """A stream begins: it has the thread and the network to itself, so a fetch is given up until it has ended."""
        if self.fetching is not None and not self.fetching.cancelling():
            self.fetching.cancel()


def exact(run: Run, encoding: tiktoken.Encoding) -> tuple[Count, Tally]:
    """Prompt and received tokens of an ended attempt, counted anew."""
    tally = Tally(encoding)
    if run.attempt.seam and run.attempt.seam.dropped:
        tally.feed("text", run.attempt.seam.dropped)
    for delta in run.attempt.deltas:
        tally.feed(delta.channel, delta.text)
    return prompt_count(run.ask, run.provider, encoding), tally


def show(run: Run, prompt: Count, tally: Tally) -> None:
    """Put better counts into an attempt, and tell who watches it."""
    attempt = run.attempt
    before = attempt.input, attempt.received
    attempt.input = attempt.input.better(prompt.tokens, prompt.source)
    if attempt.kept and tally.encoding:
        attempt.kept_tokens = size_of(attempt.kept, tally.encoding)
    counted(attempt, tally)
    if before != (attempt.input, attempt.received):
        tell(run.listener.updated, attempt)
