"""From the decision to stop until the server sees the connection end: a worker, `python -m bench.stopping`.

For each line `{"client", "phase", "busy", "n"}`: n stops in milliseconds, each a moment after the stream has come to
that phase, while the main thread waits, sleeps or runs Python. The server is another process.
"""

from __future__ import annotations

import json
import random
import sys
import threading
import time
from collections.abc import Callable

import httpx

import nbstream
from nbstream.attempt import Attempt

from .clients import BODY, KEY, MODEL
from .own import counted
from .serving import Serving, serving

PATIENCE_S = 30.0
HANG_S = 2.0
"""After this long without an end the server's socket is shut instead, so that the next one can be tried."""

PACE_US = 1000
LONGEST_MOMENT_S = 0.02
SEEN = ("silent", "flowing")  # phases in which a token comes


def own(server: Serving, phase: str, luck: random.Random) -> float | None:
    """One stop of nbstream's."""
    came = threading.Event()

    def look(attempt: Attempt, now: float) -> str | None:
        if attempt.text:
            came.set()
        return None

    generation = nbstream.generate("Hello", MODEL, base_url=server.url(phase, PACE_US), api_key=KEY, guards=[look])
    generation.model_id  # noqa: B018  # as if it were on a page
    server.asked()
    assert phase not in SEEN or came.wait(PATIENCE_S)
    time.sleep(luck.random() * LONGEST_MOMENT_S)
    decided = time.monotonic()
    generation.stop()
    left = server.left()
    assert generation.wait(PATIENCE_S).ended_by == "person"
    generation.close()
    return (left - decided) * 1000


def closing(server: Serving, phase: str, luck: random.Random) -> float | None:
    """What a thread does that closes another thread's httpx response; `None` if nothing came of it."""
    came = threading.Event()
    held: list[httpx.Response] = []

    def reads() -> None:
        try:
            with httpx.stream("POST", f"{server.url(phase, PACE_US)}/chat/completions", json=BODY) as response:
                held.append(response)
                for _ in response.iter_bytes():
                    came.set()
        except (httpx.HTTPError, OSError):
            pass  # it was closed

    reader = threading.Thread(target=reads, daemon=True)
    reader.start()
    server.asked()
    assert came.wait(PATIENCE_S)
    time.sleep(luck.random() * LONGEST_MOMENT_S)
    decided = time.monotonic()
    response = held[0]
    closer = threading.Thread(target=response.close, daemon=True)
    closer.start()
    reader.join(HANG_S)
    hung = reader.is_alive()
    if hung:
        server.end_all()
    left = server.left()
    reader.join(PATIENCE_S)
    return None if hung else (left - decided) * 1000


def spin(done: threading.Event) -> None:
    while not done.is_set():
        sum(number * number for number in range(1000))


def sleep(done: threading.Event) -> None:
    while not done.is_set():
        time.sleep(0.2)


BUSY: dict[str, Callable[[threading.Event], object]] = {"idle": threading.Event.wait, "sleep": sleep, "loop": spin}
CLIENTS = {"nbstream": own, "httpx, response.close()": closing}


def stops(server: Serving, asked: dict[str, object], luck: random.Random) -> list[float | None]:
    """The readings of one line, taken on a thread of their own: what the main thread does is part of the question."""
    found: list[float | None] = []
    done = threading.Event()

    def act() -> None:
        try:
            for _ in range(int(str(asked["n"]))):
                found.append(CLIENTS[str(asked["client"])](server, str(asked["phase"]), luck))
        finally:
            done.set()

    threading.Thread(target=act, daemon=True).start()
    BUSY[str(asked["busy"])](done)
    return found


def main() -> None:
    counted()
    luck = random.Random(1)
    with serving() as server:
        for line in sys.stdin:
            print(json.dumps({"ms": stops(server, json.loads(line), luck)}), flush=True)


if __name__ == "__main__":
    main()
