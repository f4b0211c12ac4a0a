"""How well `Repetition` tells loops from good texts, and what a delta costs. `python tests/bench/repetition.py`."""

from __future__ import annotations

import random
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from repetition.corpus import Text, corpus
from repetition.judging import WITHIN, judged
from repetition.words import prose, sentence

from nbstream import Attempt
from nbstream.attempt import Delta
from nbstream.guards import Repetition

DELTA = 4


def confusion(name: str, texts: list[Text]) -> None:
    """One block of the table."""
    results = judged(Repetition(), texts)
    good = [r for r in results if r.text.label == "good"]
    loops = [r for r in results if r.text.label == "loop"]
    cut, caught = [r for r in good if r.at is not None], [r for r in loops if r.in_time]
    late = [r for r in loops if r.at is not None and not r.in_time]
    print(f"\n{name}: {len(good)} good texts, {len(loops)} loops")
    print(f"{'':12}{'cut':>10}{'cut late':>10}{'let go':>10}")
    print(f"{'good':12}{len(cut):10}{'':10}{len(good) - len(cut):10}{len(cut) / len(good):10.1%} of good texts cut")
    missed = len(loops) - len(caught) - len(late)
    print(f"{'loop':12}{len(caught):10}{len(late):10}{missed:10}{len(caught) / len(loops):10.1%} of loops cut in time")
    after = statistics.median(r.after for r in caught)
    print(f"in time: within {WITHIN} characters after the third repetition; the median is {after:.0f}")
    for result in [*cut, *(r for r in loops if not r.in_time)]:
        print(f"  {result.text.label}: {result.text.id}: {result.reason or 'not cut'}")


def cost(name: str, text: str, guard: Repetition) -> None:
    """Microseconds for a delta, the best of five runs."""
    deltas = [Delta(0.0, "text", text[at : at + DELTA]) for at in range(0, len(text), DELTA)]
    best = float("inf")
    for _ in range(5):
        attempt, check = Attempt("att_1", "gen_1", 1, "demo", "demo"), guard.arm()
        began = time.process_time()
        for delta in deltas:
            attempt.deltas.append(delta)
            if reason := check(attempt, 0.0):
                raise SystemExit(f"{name} is a loop: {reason}")
        best = min(best, time.process_time() - began)
    print(f"{name:36}{len(text):10}{best / len(deltas) * 1e6:10.2f} µs")


def main() -> None:
    texts = corpus()
    confusion("all", texts)
    confusion("two thirds for tuning", [text for text in texts if not text.held_out and not text.fresh])
    confusion("held-out third, looked at once before", [text for text in texts if text.held_out and not text.fresh])
    confusion("fresh", [text for text in texts if text.fresh])
    print(f"\n{f'a delta of {DELTA} characters':36}{'of':>10}")
    luck = random.Random("bench")
    for size in (1_000, 10_000, 100_000):
        text = prose(luck, min(size, 40_000))
        text += "".join(sentence(luck) + " " for _ in range((size - len(text)) // 40 + 1))
        cost("prose", text[:size], Repetition())
    cost("prose, only exact loops", text, Repetition(similar=False))
    cost("numbers", ", ".join(str(luck.randrange(10**6)) for _ in range(12_000)), Repetition())
    cost("the worst for the search", ("b" + "a" * 31 + "c" + "a" * 40) * 4 + hard(luck, 20_000), Repetition())


def hard(luck: random.Random, size: int) -> str:
    """Long runs of one character, again and again cut short by another."""
    return "".join(
        "a" * luck.randrange(40, 300) + luck.choice("bcdefgh") * luck.randrange(1, 30) for _ in range(size // 180)
    )


if __name__ == "__main__":
    main()
