"""A process to be killed: streams into the log for ever, and says on stdout what it has received, logged and ended.

t <attempt_id> <characters> <monotonic time>    received so far
s <monotonic time>, d <monotonic time>          the log's thread begins to write, has written
e <attempt_id> <characters>                     ended, and the log said that it has it
b <monotonic time>                              every 50 ms, unless the machine stands still
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time

import nbstream
from nbstream.attempt import Attempt
from nbstream.log_saver import Entry
from nbstream.log_writer import LogWriter, log_writer

STREAMS = 4
BEAT_S = 0.05
WORDS = [f"word{number} " for number in range(2000)]


def say(*words: object) -> None:
    """A line in one piece, whichever thread says it."""
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def received(attempt: Attempt, now: float) -> None:
    say("t", attempt.attempt_id, len(attempt.text), now)


def told_writes() -> None:
    """Let the log's thread say when it writes."""
    save = LogWriter.save

    def told(self: LogWriter, entries: list[Entry]) -> list[Entry]:
        say("s", time.monotonic())
        left = save(self, entries)
        if not left:
            say("d", time.monotonic())
        return left

    LogWriter.save = told  # type: ignore[method-assign]


def beat() -> None:
    while True:
        say("b", time.monotonic())
        time.sleep(BEAT_S)


def stream(luck: random.Random) -> None:
    while True:
        text = "".join(WORDS[: luck.randrange(3, 200)])
        replay = nbstream.Replay.text(text, events_per_s=luck.choice([50, 200, 1000]))
        attempt = nbstream.generate("Hello", replay, guards=[received]).wait()
        if log_writer().flush(60):
            say("e", attempt.attempt_id, len(attempt.text))


def main() -> None:
    told_writes()
    threading.Thread(target=beat, daemon=True).start()
    luck = random.Random(sys.argv[1])
    if sys.argv[2:] == ["slow"]:  # a neighbour: one stream for as long as stdin is open
        generation = nbstream.generate("Hello", nbstream.Replay.text("".join(WORDS), events_per_s=3), guards=[received])
        sys.stdin.read()
        generation.stop("The neighbour was asked to go.")
        generation.wait()
        say("e", generation.attempt.attempt_id, len(generation.text))
        return
    if luck.random() < 0.5:  # one long stream: no other attempt's start or end brings it into the log
        nbstream.generate("Hello", nbstream.Replay.text("".join(WORDS), events_per_s=100), guards=[received]).wait()
    for _ in range(STREAMS):
        threading.Thread(target=stream, args=(random.Random(luck.random()),), daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
