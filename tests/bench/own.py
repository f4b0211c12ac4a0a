"""nbstream's whole pipeline as a worker: read, decode, count, guards, log, send. `python -m bench.own`.

The widget counts as shown. Its messages are made into JSON and counted, as a kernel would make them into JSON and send
them; the kernel's own sockets are the one part of the way that is missing.
"""

from __future__ import annotations

import json
from typing import Any

import comm
from comm.base_comm import BaseComm

import nbstream
from nbstream.attempt import Attempt
from nbstream.run import Run
from nbstream.supervisor import Supervisor

from .clients import KEY, MODEL, turns

PATIENCE_S = 600.0


class CountedComm(BaseComm):
    """Makes each message into JSON, as a kernel does, and counts them."""

    messages = 0
    size = 0

    def publish_msg(self, msg_type: str, data: Any = None, metadata: Any = None, buffers: Any = None, **_: Any) -> None:
        CountedComm.messages += 1
        CountedComm.size += len(json.dumps({"type": msg_type, "data": data, "metadata": metadata}, default=str))


def counted() -> None:
    """From now on what is shown is counted."""
    comm.create_comm = CountedComm


def gathering(asked: dict[str, Any]) -> None:
    """As shipped, or each piece as it comes: an experiment switches gathering off in this same place."""
    on = asked.get("gather", True)

    def begin(self: Supervisor, run: Run, after: Run | None = None) -> None:
        run.gather = on
        start(self, run, after)

    Supervisor.start = begin  # type: ignore[method-assign]


start = Supervisor.start


def looks(attempt: Attempt, now: float) -> str | None:
    """A guard that never trips."""
    return "too long" if attempt.chunks > 10**9 else None


def read(url: str) -> int:
    """One answer, from generate() to its row in the log."""
    generation = nbstream.generate("Hello", MODEL, base_url=url, api_key=KEY, guards=[looks])
    generation.model_id  # noqa: B018  # as if it were on a page
    attempt = generation.wait(PATIENCE_S)
    assert attempt.ended_by == "model", attempt.reason
    generation.close()
    return attempt.chunks


if __name__ == "__main__":
    counted()
    turns(read, gathering)
