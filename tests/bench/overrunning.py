"""Tokens that the embedded model generates after a stop: a worker, `python -m bench.overrunning`, and its row.

For each line `{"n", "pace"}`: so many attempts, each stopped after a random while, by the server's own count.
"""

from __future__ import annotations

import json
import random
import sys
import threading

import nbstream
from nbstream.attempt import Attempt
from nbstream.providers import Demo
from nbstream.supervisor import supervisor

from .given import Given
from .rows import Figure, Peer, Row
from .serving import worker

PACES = (50, 200)  # tokens a second
LONGEST_TEXT = 150
PATIENCE_S = 60.0
MOST = 2
REPORTED = Peer("break or close at a hosted API", note="10 to 20 by users' reports")


def measure(given: Given) -> list[Row]:
    """A row for each pace."""
    with worker("overrunning", env=given.env) as fresh:
        return [row(pace, fresh.ask(n=given.stops // 4, pace=pace)["tokens"]) for pace in PACES]


def row(pace: int, tokens: list[int]) -> Row:
    """One pace."""
    what = f"the embedded model at {pace} tokens/s"
    note = f"n = {len(tokens)}, most {max(tokens)}; received here against generated there"
    figure, reached = Figure.of(tokens), max(tokens) <= MOST
    return Row("Tokens generated after Stop", what, "", figure, [REPORTED], f"≤ {MOST}", reached, note)


def wasted(luck: random.Random, pace: int) -> int:
    """One stop."""
    came, length = threading.Event(), luck.randrange(1, LONGEST_TEXT)

    def look(attempt: Attempt, now: float) -> str | None:
        if len(attempt.text) >= length:
            came.set()
        return None

    model = Demo(tokens_per_s=pace, seed=luck.randrange(10**6))
    generation = nbstream.generate("Introduce the GPT model structure in detail.", model, guards=[look])
    assert came.wait(PATIENCE_S)
    generation.stop()
    assert supervisor().wait(generation.last_run, PATIENCE_S, settled=True)
    attempt = generation.attempt
    assert attempt.output.source == "reconciled"
    return (attempt.output.tokens or 0) - (attempt.received.tokens or 0)


def main() -> None:
    luck = random.Random(1)
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"tokens": [wasted(luck, asked["pace"]) for _ in range(asked["n"])]}), flush=True)


if __name__ == "__main__":
    main()
