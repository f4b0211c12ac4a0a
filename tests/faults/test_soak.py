"""Thousands of short attempts in one process: what has ended is not held on to.

`NBSTREAM_FULL=1`: 10,000 attempts, the first 2,000 of them before anything is counted.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from faults.demo_process import addressed, demo_process
from faults.logs import installed, stored

import nbstream
from nbstream.attempt import Attempt
from nbstream.log_writer import LogWriter
from nbstream.providers import Demo
from nbstream.supervisor import supervisor

FULL = bool(os.environ.get("NBSTREAM_FULL"))
BEFORE, ATTEMPTS = (2000, 10_000) if FULL else (100, 300)
AT_ONCE = 8
PATIENCE = 60.0

OBJECTS = 5
"""For each attempt. One generation that is held on to is hundreds."""

KILOBYTES = 4
"""For each attempt, where there are enough of them to tell: one that is held on to is more."""


@dataclass(frozen=True)
class Held:
    """What a process holds."""

    objects: int
    threads: int
    files: int
    rss: int


def held(writer: LogWriter) -> Held:
    """What this process holds once all that has ended is settled and logged."""
    asyncio.run_coroutine_threadsafe(settled(), supervisor().loop).result(PATIENCE)
    assert writer.flush(PATIENCE)
    for _ in range(3):
        gc.collect()
    process = psutil.Process()
    return Held(len(gc.get_objects()), threading.active_count(), process.num_fds(), process.memory_info().rss)


async def settled() -> None:
    while waiting := supervisor().background:
        await asyncio.wait(set(waiting))


def enough(attempt: Attempt, now: float) -> str | None:
    return "That is enough." if attempt.text else None


def attempts(number: int, luck: random.Random, seen: list[weakref.ref[object]]) -> int:
    """Make so many attempts or a few more: some end by themselves, some are stopped, some are retried."""
    made = 0
    provider = Demo(tokens_per_s=0, first_token_s=0)
    while made < number:
        some = []
        for _ in range(AT_ONCE):
            guards = [enough] if luck.random() < 0.2 else []
            some.append(nbstream.generate("Hello", provider, guards=guards, max_tokens=luck.randrange(1, 6)))
        for generation in some:
            if FULL and luck.random() < 0.05:  # most come before the request; the server is asked for them for 16 s
                generation.stop()
            generation.wait(PATIENCE)
            if luck.random() < 0.2:
                generation.retry()
                generation.wait(PATIENCE)
        assert {generation.status for generation in some} == {"done"}
        made += sum(len(generation.attempts) for generation in some)
        seen += map(weakref.ref, some)
    return made


@pytest.mark.timeout(1200 if FULL else 120)
def test_what_has_ended_is_not_held_on_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    luck = random.Random()
    seen: list[weakref.ref[object]] = []
    database = str(tmp_path / "log.sqlite")
    with demo_process() as server, addressed(server), installed(database, monkeypatch) as writer:
        made = attempts(BEFORE, luck, seen)
        before = held(writer)
        more = attempts(ATTEMPTS - BEFORE, luck, seen)
        after = held(writer)
        assert (supervisor().runs, writer.entries, writer.saved, writer.memory) == ({}, {}, {}, {})
    assert not [one for one in seen if one() is not None]
    assert not supervisor().settling.unpriced
    assert after.objects - before.objects < OBJECTS * more
    assert after.threads <= before.threads + 1
    assert after.files <= before.files + 2
    if FULL:
        assert (after.rss - before.rss) / 1024 < KILOBYTES * more
    frame = stored(database)
    assert len(frame) == frame["attempt_id"].nunique() == made + more
    assert set(frame["status"]) == {"done"}
    with capsys.disabled():
        print(f"\n  after {made} attempts {before}\n  after {made + more} {after}", end=" ")
