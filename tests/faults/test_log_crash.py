"""A process that streams into the log is killed at random moments, again and again (`NBSTREAM_KILLS` times).

What is missing afterwards is judged by what the process itself said before it died, in the order in which it said it:
text that it had received before a write began is in the log once the next write is done. That needs no clock. By the
clock, text older than half a second when it died is there as well; a run in which the last writes and a machine that
stood still took a good part of that says nothing about it.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest
from faults.server import PATIENCE
from faults.streams import BEAT_S, WORDS

from nbstream.filters import Filters
from nbstream.frames import from_columns
from nbstream.log_place import place_of
from nbstream.logged import opened
from nbstream.store import GONE

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("NBSTREAM_KILLS", "10"))
LOST_S = 0.5
STEADY_S = 0.2
"""So much may the last two writes and a stall take together: with the wait before a write it is less than is lost."""
TEXT = "".join(WORDS)


@dataclass
class Told:
    """What a process said before it died."""

    logged: dict[str, int] = field(default_factory=dict)  # received before a write began, and the next is done
    ended: dict[str, int] = field(default_factory=dict)
    received: list[tuple[float, str, int]] = field(default_factory=list)
    last: float = 0.0
    writes: list[float] = field(default_factory=list)  # how many seconds each took, the one that goes on included
    beats: list[float] = field(default_factory=list)

    def read(self, lines: list[str]) -> Told:
        now: dict[str, int] = {}
        before: dict[str, int] = {}  # as it was when the write that goes on began
        certain: dict[str, int] = {}  # as it was when the one before that began
        began = 0.0
        for line in lines:
            kind, *words = line.split()
            if kind == "t":
                now[words[0]] = int(words[1])
                self.last = float(words[2])
                self.received.append((self.last, words[0], int(words[1])))
            elif kind == "s":
                certain, before, began = before, dict(now), float(words[0])
            elif kind == "d":
                self.logged = certain
                self.writes.append(float(words[0]) - began)
                began = 0.0
            elif kind == "b":
                self.beats.append(float(words[0]))
            elif kind == "e":
                self.ended[words[0]] = int(words[1])
        if began:
            self.writes.append(self.last - began)
        return self

    def held_up_s(self) -> float:
        """How long the last two writes took, and by how much the process slept too long in its last second."""
        beats = [*self.beats, self.last]
        stalls = [after - before - BEAT_S for before, after in pairwise(beats) if after > self.last - 1.0]
        return sum(self.writes[-2:]) + max(0.0, *stalls, 0.0)

    def missing_s(self, texts: dict[str, str]) -> float:
        """How long before the last word the oldest text that is not in the log was received."""
        missing = [at for at, name, length in self.received if len(texts.get(name, "")) < length]
        return self.last - min(missing, default=self.last)


class Victim:
    """A process that streams into a log."""

    def __init__(self, database: str, seed: int, *words: str) -> None:
        env = os.environ | {"NBSTREAM_LOG": database, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))}
        command = [sys.executable, str(ROOT / "tests" / "faults" / "streams.py"), str(seed), *words]
        self.process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.output = b""
        self.streams = threading.Event()
        self.logs = threading.Event()
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stdout is not None
        while piece := os.read(self.process.stdout.fileno(), 65536):
            self.output += piece
            if b"t " in self.output:
                self.streams.set()
            if b"\nd " in self.output:
                self.logs.set()

    def told(self) -> Told:
        """What it said, once it is gone."""
        self.reader.join(PATIENCE)
        assert self.process.stdout is not None
        self.process.stdout.close()
        lines = self.output.decode().split("\n")
        return Told().read(lines[:-1])  # the last line may have been cut

    def kill(self) -> Told:
        self.process.kill()
        self.process.communicate()
        return self.told()

    def leave(self) -> Told:
        """Let a neighbour go."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        assert self.process.wait(PATIENCE) == 0
        return self.told()


@pytest.fixture
def neighbour(database: str) -> Iterator[Victim]:
    """A process that lives through it all, with an attempt open all the time."""
    running = Victim(database, 0, "slow")
    assert running.logs.wait(PATIENCE)
    yield running
    if running.process.poll() is None:
        running.kill()


@pytest.mark.timeout(120 + 20 * KILLS)
def test_a_killed_process_leaves_a_sound_log_and_loses_at_most_half_a_second(
    database: str, neighbour: Victim, capsys: pytest.CaptureFixture[str]
) -> None:
    luck = random.Random()
    times: list[float] = []
    slow = ended = 0
    kills = KILLS if "://" not in database else max(2, KILLS // 5)
    for kill in range(kills):
        victim = Victim(database, luck.randrange(10**9))
        if kill % 5:  # in mid-stream; else at any moment, that of opening the log included
            assert victim.streams.wait(PATIENCE)
        threading.Event().wait(luck.uniform(0.0, 2.5))
        told = victim.kill()
        if "://" not in database:
            check_integrity(database)
        frame = next_start(database)
        texts = dict(zip(frame["attempt_id"], frame["text"], strict=True))
        rows = frame.set_index("attempt_id")
        for name, length in told.ended.items():
            assert (rows.loc[name, "ended_by"], len(texts[name])) == ("model", length), "an ended attempt was lost"
        for name, length in told.logged.items():
            assert len(texts[name]) >= length, "text that had been written was lost"
        missing = told.missing_s(texts)
        steady = told.held_up_s() < STEADY_S
        assert missing <= LOST_S or not steady, f"{missing:.3f} s of text are missing"
        check_rows(frame, neighbour)
        if steady:
            times.append(missing)
        slow += not steady
        ended += len(told.ended)
    stayed = neighbour.leave()
    ((name, length),) = stayed.ended.items()
    frame = next_start(database).set_index("attempt_id")
    assert (frame.loc[name, "ended_by"], len(frame.loc[name, "text"])) == ("person", length)
    with capsys.disabled():
        print(f"\n  {kills} kills after {ended} ends; missing: at most {max(times, default=0.0):.3f} s", end="")
        print(f" ({slow} runs not counted: held up for more than {STEADY_S:.2f} s)", end=" ")


def check_integrity(database: str) -> None:
    """The file as the kill left it, before anything of ours opens it."""
    with sqlite3.connect(database) as connection:
        found = connection.execute("PRAGMA integrity_check").fetchall()
    connection.close()
    assert found == [("ok",)]


def next_start(database: str) -> pd.DataFrame:
    """What the next process finds, which closes what was left open as soon as it reads the log."""
    place = place_of(database)
    assert place is not None
    with opened(place) as store:
        frame = from_columns(store.columns(Filters(), texts=True))
        deltas = store.recorded(frame["attempt_id"].tolist())
    for name, text in zip(frame["attempt_id"], frame["text"], strict=True):
        assert "".join(delta.text for delta in deltas.get(name, [])).startswith(text)  # the neighbour goes on
    return frame


def check_rows(frame: pd.DataFrame, neighbour: Victim) -> None:
    """Whatever is open is the neighbour's; every text is the beginning of what was sent."""
    for row in frame.itertuples():
        assert TEXT.startswith(row.text)
        if pd.isna(row.ended_by):
            assert f" {row.attempt_id} " in neighbour.output.decode(), f"{row.attempt_id} was left open"
        elif row.ended_by == "kernel":
            assert row.reason == GONE
        else:
            assert row.ended_by == "model"
    assert frame["ended_by"].isna().sum() == 1, "the neighbour's attempt was closed"
