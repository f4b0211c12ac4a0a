"""What streams and attempts hold and cost: a worker, `python -m bench.growing`.

For each line: `{"do": "streams", "n"}` opens so many that stay open; `{"do": "attempts", "n"}` makes so many short
ones; `{"do": "load", "streams", "seconds"}` drives the embedded model's server with random stops and retries.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import time
from typing import Any

import psutil
from faults.demo_process import addressed, demo_process
from faults.load import drive, wrong

import nbstream

from .clients import KEY, MODEL
from .own import CountedComm, counted, read
from .serving import serving

TOKENS = 5
WARM = 200
PATIENCE_S = 60.0


def resident() -> int:
    """Bytes of memory of this process."""
    for _ in range(2):
        gc.collect()
    return int(psutil.Process().memory_info().rss)


def streams(n: int) -> dict[str, Any]:
    """Memory for each stream that is open and shown."""
    with serving() as server:
        read(server.url("coalesced", 0, TOKENS))
        before = resident()
        opened = [nbstream.generate("Hello", MODEL, base_url=server.url("silent"), api_key=KEY) for _ in range(n)]
        for one in opened:
            one.model_id  # noqa: B018
            server.asked()
        kilobytes = (resident() - before) / 1024 / n
        nbstream.stop_all()
        for one in opened:
            one.wait(PATIENCE_S)
            one.close()
        return {"kilobytes": kilobytes}


def attempts(n: int) -> dict[str, Any]:
    """Memory and CPU for each attempt that is over, one after the other, each shown and closed."""
    with serving() as server:
        url = server.url("coalesced", 0, TOKENS)
        for _ in range(WARM):
            read(url)
        before, cpu, began = resident(), time.process_time(), time.perf_counter()
        for _ in range(n):
            read(url)
        cpu, took = time.process_time() - cpu, time.perf_counter() - began
        return {"kilobytes": (resident() - before) / 1024 / n, "cpu_ms": cpu / n * 1e3, "took_ms": took / n * 1e3}


def load(number: int, seconds: float) -> dict[str, Any]:
    """Many streams at once at 50 tokens a second, with random stops and retries."""
    with demo_process() as server, addressed(server):
        drive(1, 1.0, random.Random(2))
        told = CountedComm.messages
        done = drive(number, seconds, random.Random(1))
        told = CountedComm.messages - told
        ledger = server.ledger()
        done.settle(ledger)
        known = {one.attempt_id for one in done.attempts}
        return {
            "cores": done.cpu_s / done.took_s,
            "tokens_per_s": sum(one.received.tokens or 0 for one in done.attempts) / done.took_s,
            "stops_ms": done.at_the_client_ms(),
            "ended_ms": done.at_the_server_ms(ledger),
            "messages_per_s": told / done.took_s,
            "wrong": len(wrong(done, {name: entry for name, entry in server.ledger().items() if name in known})),
        }


def main() -> None:
    counted()
    for line in sys.stdin:
        asked = json.loads(line)
        match asked["do"]:
            case "streams":
                answer = streams(asked["n"])
            case "attempts":
                answer = attempts(asked["n"])
            case _:
                answer = load(asked["streams"], asked["seconds"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
