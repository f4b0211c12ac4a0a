"""What streams and attempts hold and cost: a worker, `python -m bench.growing`.

For each line: `{"do": "streams", "n"}` opens so many that stay open; `{"do": "attempts", "n"}` makes so many short
ones; `{"do": "load", "streams", "seconds"}` keeps many streams alive with random stops and retries.
"""

from __future__ import annotations

import contextlib
import gc
import json
import random
import sys
import threading
import time
from typing import Any

import psutil

import nbstream
from nbstream.attempt import Attempt

from .clients import KEY, MODEL
from .own import CountedComm, counted, read
from .serving import Serving, serving

TOKENS = 5
WARM = 50
TOKENS_PER_S = 50
STOPS_PER_S = 0.1
"""Of each stream, each followed by a retry."""

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
    """So many streams at 50 tokens a second, some of them stopped and retried; the CPU of it once all are open."""
    luck = random.Random(1)
    with serving() as server:
        urls = [server.url("flowing", 1_000_000 // TOKENS_PER_S, place) for place in range(number)]
        read(server.url("coalesced", 0, TOKENS))
        opened = [nbstream.generate("Hello", MODEL, base_url=url, api_key=KEY) for url in urls]
        for one in opened:
            one.model_id  # noqa: B018  # as if it were on a page
        for one in opened:
            assert came(one)
        time.sleep(1.0)
        stopped: list[Attempt] = []
        decided: list[list[float]] = [[] for _ in opened]
        ends = Ends(server)
        before, messages = tokens(opened), CountedComm.messages
        cpu, began = time.process_time(), time.monotonic()
        while (now := time.monotonic() - began) < seconds:
            time.sleep(min(luck.expovariate(STOPS_PER_S * number), seconds - now))
            place, chosen = luck.choice([(place, one) for place, one in enumerate(opened) if one.attempt.chunks])
            stopped.append(chosen.attempt)
            decided[place].append(time.monotonic())
            chosen.stop()
            chosen.retry()
        cpu, took = time.process_time() - cpu, time.monotonic() - began
        received, messages = tokens(opened) - before, CountedComm.messages - messages
        nbstream.stop_all()
        for one in opened:
            one.wait(PATIENCE_S)
        left = ends.of([len(begun) for begun in decided])
        late = [
            (end - at) * 1000
            for place, begun in enumerate(decided)
            for at, end in zip(begun, left[place], strict=False)  # those that only end with all are left over
        ]
        own = [one.stop_latency_ms for one in stopped if one.stop_latency_ms is not None]
        return {
            "cores": cpu / took,
            "tokens_per_s": received / took,
            "stops_ms": late,
            "own_stops_ms": own,
            "messages_per_s": messages / took,
            "unaccounted": len(stopped) - len(own),
        }


class Ends:
    """When the server saw its clients leave, heard meanwhile: it waits for whoever hears it."""

    def __init__(self, server: Serving) -> None:
        self.told: list[tuple[int, float]] = []
        self.server = server
        threading.Thread(target=self.hear, daemon=True).start()

    def hear(self) -> None:
        with contextlib.suppress(RuntimeError, ValueError):  # it has ended
            while True:
                self.told += self.server.end()

    def of(self, numbers: list[int]) -> list[list[float]]:
        """For each client its ends in their order, at least so many; awaited."""
        until = time.monotonic() + PATIENCE_S
        while True:
            told = list(self.told)
            found = [[at for who, at in told if who == place] for place in range(len(numbers))]
            if all(len(ends) >= number for ends, number in zip(found, numbers, strict=True)):
                return found
            assert time.monotonic() < until, f"{len(told)} connections have ended, of {sum(numbers)} that were stopped"
            time.sleep(0.1)


def came(generation: nbstream.Generation) -> bool:
    """Wait for its first token."""
    until = time.monotonic() + PATIENCE_S
    while not generation.text and time.monotonic() < until:
        time.sleep(0.01)
    return bool(generation.text)


def tokens(generations: list[nbstream.Generation]) -> int:
    """What all of them have received, in chunks of a token."""
    return sum(one.chunks for generation in generations for one in generation.attempts)


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
