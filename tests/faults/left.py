"""Fixture: after a test no task, thread, socket or file is left that was not there before."""

from __future__ import annotations

import asyncio
import os
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

import nbstream
from nbstream.log_writer import log_writer
from nbstream.supervisor import supervisor

from .server import PATIENCE, Server, answer

TASKS_S = 10.0
TURNS = 50
"""Turns of the loop in which a socket that was closed gives up its descriptor; two or three are enough."""


@dataclass(frozen=True)
class Census:
    """What there is: tasks of the supervisor's loop, threads by name, open files by what they are."""

    tasks: frozenset[asyncio.Task[object]]
    threads: frozenset[threading.Thread]
    files: Counter[str]

    def since(self, before: Census) -> list[str]:
        """What is there now and was not there before, in words."""
        return [
            *(f"task {task}" for task in self.tasks - before.tasks),
            *(f"thread {thread.name}" for thread in self.threads - before.threads),
            *(f"file {name}" for name in (self.files - before.files).elements()),
        ]


@pytest.fixture(scope="session")
def _warm() -> None:
    """What stays for as long as the process does has been opened: the loop, the log, pandas, the price table."""
    server = Server().script(*answer("Hello"))
    generation = nbstream.generate("Hello", "test", base_url=server.base_url)
    generation.wait(PATIENCE)
    supervisor().wait(generation.last_run, PATIENCE, settled=True)
    nbstream.history(text=True)
    server.stop()


@pytest.fixture
def nothing_left(_warm: None) -> Iterator[None]:
    """Ask for it first, so that it looks last."""
    before = census()
    yield
    for thread in threading.enumerate():
        if thread.name == "scripted server":
            thread.join(PATIENCE)
    log_writer().flush(PATIENCE)
    assert census(before).since(before) == []


def census(before: Census | None = None) -> Census:
    """What there is now; compared with `before`, once what is ending has had the chance to."""
    return asyncio.run_coroutine_threadsafe(count(before), supervisor().loop).result(PATIENCE)


async def count(before: Census | None) -> Census:
    known = before.tasks if before else frozenset()
    if before and (ending := tasks() - known):
        await asyncio.wait(ending, timeout=TASKS_S)
    for _ in range(TURNS):
        await asyncio.sleep(0)
    pool = ("asyncio_", "AnyIO")  # the loop keeps some threads for what blocks; they are bounded
    threads = frozenset(thread for thread in threading.enumerate() if not thread.name.startswith(pool))
    return Census(tasks(), threads, files())


def tasks() -> frozenset[asyncio.Task[object]]:
    return frozenset(asyncio.all_tasks()) - {asyncio.current_task()}  # type: ignore[arg-type]


def files() -> Counter[str]:
    """Open descriptors by what they are, where the system shows them."""
    folder = "/proc/self/fd"
    names: Counter[str] = Counter()
    for number in os.listdir(folder) if os.path.isdir(folder) else ():
        try:
            names[os.readlink(f"{folder}/{number}")] += 1
        except OSError:  # the descriptor that the list itself was read by
            continue
    return names
