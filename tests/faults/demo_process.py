"""The embedded server in a process of its own, so that it and its clients do not share an interpreter lock.

Lines on stdin ask, lines of JSON on stdout answer: first the address and the key; then, for each `ledger`, how every
generation was named by its client, how many tokens it made, when it ended, and the text that it sent. It ends with
its stdin.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import nbstream.demo
from nbstream.demo import app
from nbstream.demo.ask import Ask
from nbstream.demo.engine import Engine, Piece
from nbstream.demo.ledger import Generation, Ledger
from nbstream.demo.server import Address, DemoServer

ROOT = Path(__file__).parents[2]
KEPT = 100_000


@dataclass(frozen=True)
class Entry:
    """One generation by the server's own word; `ended_at` is on the monotonic clock, which all processes share."""

    generated: int
    ended_at: float | None
    sent: str


@dataclass(frozen=True)
class DemoProcess:
    """The server, seen from its client."""

    process: subprocess.Popen[str]
    address: Address

    def ledger(self) -> dict[str, Entry]:
        """Every generation by the attempt's id."""
        return {name: Entry(*entry) for name, entry in self.ask("ledger").items()}

    def ask(self, what: str) -> dict[str, list[object]]:
        assert self.process.stdin
        assert self.process.stdout
        print(what, file=self.process.stdin, flush=True)
        answer: dict[str, list[object]] = json.loads(self.process.stdout.readline())
        return answer


@contextmanager
def demo_process() -> Iterator[DemoProcess]:
    """A server that `model="demo"` in this process does not yet ask; see `addressed`."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "tests")))}
    command = [sys.executable, "-m", "faults.demo_process"]
    process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    try:
        yield DemoProcess(process, Address(*json.loads(process.stdout.readline())))
    finally:
        process.stdin.close()
        process.wait(60)
        process.stdout.close()


@contextmanager
def addressed(server: DemoProcess) -> Iterator[None]:
    """`model="demo"` asks this server instead of one in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nbstream.demo, "running", lambda: server.address)
        yield


class Noted(asyncio.Queue[Piece | None]):
    """A queue that remembers the text that went through it."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []

    def put_nowait(self, item: Piece | None) -> None:
        if item is not None:
            self.text.append(item.text)
        super().put_nowait(item)


class NotedEngine(Engine):
    """An engine that says what it sent."""

    all: dict[str, Noted] = {}  # noqa: RUF012

    def __init__(self, ask: Ask, generation: Generation) -> None:
        super().__init__(ask, generation)
        self.pieces = self.all[generation.id] = Noted()


def ledger(kept: Ledger) -> dict[str, list[object]]:
    told: dict[str, list[object]] = {}
    for alias, name in list(kept.aliases.items()):
        made = kept.generations[name]
        ended = None if made.closed_s is None else made.began + made.closed_s
        told[alias] = [made.generated_tokens, ended, "".join(NotedEngine.all[name].text)]
    return told


def main() -> None:
    app.Engine = NotedEngine  # type: ignore[misc]
    server = DemoServer()
    server.service.ledger = Ledger(KEPT)
    print(json.dumps([server.address.base_url, server.address.key]), flush=True)
    for _ in sys.stdin:
        print(json.dumps(ledger(server.service.ledger)), flush=True)
    server.stop()


if __name__ == "__main__":
    main()
