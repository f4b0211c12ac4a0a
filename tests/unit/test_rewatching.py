"""When guards look at a recorded attempt, and how the server's count of the whole is shared out."""

from __future__ import annotations

from itertools import pairwise

import pytest

from nbstream.attempt import Delta
from nbstream.rewatching import Share, moments


def deltas(*texts: str) -> list[Delta]:
    return [Delta(float(at), "text", text) for at, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("whole", "texts", "counts"),
    [
        (3, ["long word ", "a", "b"], [1, 2, 3]),  # as many deltas as tokens: one each
        (50, ["a" * 60, "b" * 30, "c" * 10], [30, 45, 50]),
        (2, ["a", "b", "c", "d"], [0, 1, 1, 2]),
        (0, ["a"], [0]),
    ],
)
def test_the_servers_count_is_shared_out_and_adds_up(whole: int, texts: list[str], counts: list[int]) -> None:
    tally = Share(whole, deltas(*texts))
    found = []
    for text in texts:
        tally.feed("text", text)
        found.append(tally.count)
    assert found == counts


def test_guards_look_at_what_came_together_and_each_second_to_the_end() -> None:
    deltas = [Delta(at, "text", "a") for at in (0.5, 0.5, 1.0, 2.5)]
    assert list(moments(deltas, 4.2)) == [(0.5, 2), (1.0, 3), (1.0, 3), (2.0, 3), (2.5, 4), (3.0, 4), (4.0, 4)]


def test_without_an_end_the_last_delta_is_the_end() -> None:
    assert list(moments([Delta(1.5, "text", "a")], None)) == [(1.0, 0), (1.5, 1)]


def test_an_end_that_never_comes_is_not_waited_for() -> None:
    times = [at for at, _ in moments([], float("inf"))]
    assert times[-1] == 86_400.0
    assert all(one < other for one, other in pairwise(times))
