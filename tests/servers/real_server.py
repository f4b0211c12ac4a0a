"""A server that nobody here wrote, as a child process, and the marks of its meter (see `metered.py`)."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from faults.server import PATIENCE

from nbstream.attempt import Attempt

HERE = Path(__file__).parent
ENVIRONMENT = Path(os.environ.get("NBSTREAM_SERVERS") or HERE.parents[1] / ".venv" / "servers")
PYTHON = ENVIRONMENT / "bin" / "python"
WAYS = {
    "single": (),
    "batched": ("--continuous-batching", "--cb-num-blocks", "256", "--cb-max-batch-tokens", "256"),
}
"""One answer at a time, which is the server's default; many in one batch, a prompt in pieces of 256 tokens."""

START_S = 240.0
LISTENING = re.compile(r"Uvicorn running on (http://127\.0\.0\.1:\d+)")
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONUNBUFFERED": "1",
}
FINISHED, CANCELLED = "finished", "cancelled"


@dataclass(frozen=True)
class Mark:
    """What the server did for a request: `taken`, `token`, `finished` or `cancelled`, at a monotonic second."""

    request: str
    what: str
    at: float


class RealServer:
    """`transformers serve` on a port of its own choice, until `stop` or the end of this process."""

    def __init__(self, python: Path, models: Path, *options: str) -> None:
        self.marks: defaultdict[str, list[Mark]] = defaultdict(list)
        self.log: list[str] = []
        self.address = ""
        self.ended = False
        self.change = threading.Condition()
        command = [str(python), str(HERE / "metered.py"), *options, "--host", "127.0.0.1", "--port", "0"]
        self.process = subprocess.Popen(
            command,
            cwd=models,
            env=os.environ | OFFLINE | {"HF_HOME": str(models / "home")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        assert self.process.stderr
        for stream, take in ((self.process.stdout, self.take_mark), (self.process.stderr, self.take_line)):
            threading.Thread(target=self.read, args=(stream, take), daemon=True).start()

    def read(self, stream: IO[str], take: Callable[[str], None]) -> None:
        """Take each line of a stream to its end."""
        for line in stream:
            with self.change:
                take(line)
                self.change.notify_all()
        with self.change:
            self.ended = True
            self.change.notify_all()

    def take_mark(self, line: str) -> None:
        mark = Mark(**json.loads(line))
        self.marks[mark.request].append(mark)

    def take_line(self, line: str) -> None:
        self.log.append(line)
        if found := LISTENING.search(line):
            self.address = found[1]

    def wait(self, until: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Wait for something that a line of the server's brings about."""
        with self.change:
            self.change.wait_for(lambda: until() or self.ended, seconds)
            assert until(), f"{what} did not happen; the server's last lines:\n{''.join(self.log[-40:])}"

    @property
    def base_url(self) -> str:
        """Where it listens, awaited."""
        self.wait(lambda: self.address, "listening", START_S)
        return self.address + "/v1"

    def of(self, attempt: Attempt, *kinds: str) -> list[Mark]:
        """The marks of an attempt, those of some kinds or all; Responses put a word before the request's id."""
        request = (attempt.response_id or "").removeprefix("resp_")
        return [mark for mark in self.marks[request] if not kinds or mark.what in kinds]

    def saw(self, attempt: Attempt, *kinds: str) -> Mark:
        """The first mark of these kinds, awaited."""
        self.wait(lambda: self.of(attempt, *kinds), f"{' or '.join(kinds)} of {attempt.response_id}")
        return self.of(attempt, *kinds)[0]

    def outcome(self, attempt: Attempt) -> tuple[str, int]:
        """How the server ended the answer, awaited, and how many tokens it had generated until then."""
        last = self.saw(attempt, FINISHED, CANCELLED)
        return last.what, len(self.of(attempt, "token"))

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            close(stream)


def close(stream: IO[str] | None) -> None:
    if stream is not None:
        stream.close()


def versions(python: Path, names: Iterable[str]) -> str:
    """The versions of some packages beside that Python."""
    code = "import importlib.metadata as m, sys; print(', '.join(f'{n} {m.version(n)}' for n in sys.argv[1:]))"
    run = subprocess.run([str(python), "-c", code, *names], capture_output=True, text=True, check=True)
    return run.stdout.strip()
