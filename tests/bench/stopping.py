"""From the decision to stop until the server sees the connection end: a worker, `python -m bench.stopping [PEM]`.

For each line `{"client", "phase", "busy", "n"}`: n stops in milliseconds, each a moment after the stream has come to
that phase, while the main thread waits, sleeps or runs Python. The server is another process; with a certificate it
speaks TLS. `connecting` is until `wait()` returns: no server takes that connection.
"""

from __future__ import annotations

import json
import random
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

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
CONNECTING_S = 0.05
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


def connecting(server: Serving, phase: str, luck: random.Random) -> float | None:
    """One stop of nbstream's while it waits for a connection."""
    with full() as port:
        generation = nbstream.generate("Hello", MODEL, base_url=f"http://127.0.0.1:{port}/v1", api_key=KEY)
        generation.model_id  # noqa: B018
        time.sleep(CONNECTING_S + luck.random() * LONGEST_MOMENT_S)
        decided = time.monotonic()
        generation.stop()
        attempt = generation.wait(PATIENCE_S)
        took = time.monotonic() - decided
        assert (attempt.ended_by, attempt.chunks) == ("person", 0)
        generation.close()
        return took * 1000


@contextmanager
def full() -> Iterator[int]:
    """A port that takes no more connections: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as stack:
        port = listener.getsockname()[1]
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", port))
        yield port


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
CLIENTS = {"nbstream": own, "nbstream, connecting": connecting, "httpx, response.close()": closing}


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
    with serving(*sys.argv[1:]) as server:
        for line in sys.stdin:
            print(json.dumps({"ms": stops(server, json.loads(line), luck)}), flush=True)


if __name__ == "__main__":
    main()
