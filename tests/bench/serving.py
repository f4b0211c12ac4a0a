"""Starts processes of a benchmark and talks with them in lines of JSON: the server, and one worker for each client."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .place import ROOT


@dataclass(frozen=True)
class Worker:
    """A process that answers each line on its stdin with a line on its stdout."""

    process: subprocess.Popen[str]

    def ask(self, **question: object) -> dict[str, Any]:
        assert self.process.stdin
        print(json.dumps(question), file=self.process.stdin, flush=True)
        return self.answer()

    def answer(self) -> dict[str, Any]:
        """The next line."""
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args!r} ended with {self.process.wait(10)}; see above why")
        told: dict[str, Any] = json.loads(line)
        return told


@contextmanager
def worker(
    module: str, *arguments: str, python: Path | str = sys.executable, env: dict[str, str] | None = None
) -> Iterator[Worker]:
    """A module of this package in a process of its own, under any interpreter; it ends with its stdin."""
    own = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])} | (env or {})
    command = [str(python), "-m", f"bench.{module}", *arguments]
    process = subprocess.Popen(command, env=own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    try:
        yield Worker(process)
    finally:
        process.stdin.close()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@dataclass(frozen=True)
class Serving:
    """The server, seen from its clients."""

    worker: Worker
    port: int
    scheme: str = "http"

    def url(self, mode: str, pace_us: int = 0, number: int = 0, version: str = "/v1") -> str:
        """The address that makes it do so."""
        return f"{self.scheme}://127.0.0.1:{self.port}/{mode}/{pace_us}/{number}{version}"

    def asked(self) -> None:
        """Wait until a client is where the mode leaves it."""
        assert "asked" in self.worker.answer()

    def sent(self) -> float | None:
        """When it sent the last piece of a `timed` text, on the monotonic clock; awaited."""
        at: float | None = self.worker.answer()["sent"]
        return at

    def end(self) -> list[tuple[int, float]]:
        """If the next that it says is what `left` tells: the number of the client, and when; else nothing. Awaited."""
        told = self.worker.answer()
        return [(told["number"], told["left"])] if "left" in told else []

    def left(self) -> float:
        """When it saw a client leave, in seconds on the monotonic clock; awaited."""
        return float(self.worker.answer()["left"])

    def end_all(self) -> None:
        """Break off what stays at some point: its client could not."""
        assert self.worker.process.stdin
        print("end", file=self.worker.process.stdin, flush=True)


@contextmanager
def serving(*certificate: str) -> Iterator[Serving]:
    """A server for as long as it is needed."""
    with worker("server", *certificate) as started:
        yield Serving(started, started.answer()["port"], "https" if certificate else "http")
