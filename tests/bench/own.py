"""nbstream's whole pipeline as a worker: read, decode, count, guards, log, send. `python -m bench.own [--profile]`.

The widget counts as shown. Its messages are made into JSON and counted, as a kernel would make them into JSON and send
them; the kernel's own sockets are the one part of the way that is missing.
"""

from __future__ import annotations

import cProfile
import io
import json
import pstats
import sys
from concurrent.futures import Future
from typing import Any

import comm
from comm.base_comm import BaseComm

import nbstream
from nbstream.attempt import Attempt
from nbstream.run import Run
from nbstream.supervisor import Supervisor, supervisor

from .clients import KEY, MODEL, turns
from .serving import serving

PATIENCE_S = 600.0
TOP = 15


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


def on_the_loop(profile: cProfile.Profile, on: bool) -> None:
    """Switch the profile of the thread that does the work."""
    done: Future[None] = Future()
    supervisor().call(lambda: done.set_result((profile.enable if on else profile.disable)()))
    done.result(PATIENCE_S)


def profiled(mode: str, pace_us: int, number: int) -> str:
    """Where the loop's thread spends its time: the first lines by own time."""
    profile = cProfile.Profile()
    with serving() as server:
        read(server.url("coalesced", 0, 100))
        on_the_loop(profile, True)
        read(server.url(mode, pace_us, number))
        on_the_loop(profile, False)
    told = io.StringIO()
    pstats.Stats(profile, stream=told).sort_stats("tottime").print_stats(TOP)
    return told.getvalue()


if __name__ == "__main__":
    counted()
    if "--profile" in sys.argv:
        print("one event per read\n" + profiled("paced", 1000, 4000))
        print("coalesced\n" + profiled("coalesced", 0, 20_000))
    else:
        turns(read, gathering)
