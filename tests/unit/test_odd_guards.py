"""Guards that answer nonsense, or are none: the stream goes on, or is never begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from faults.server import PATIENCE, Server, answer

from nbstream import Attempt, Generation, SetupError

Start = Callable[..., Generation]


class Odd:
    """Neither true nor false, as an array of numpy is."""

    def __bool__(self) -> bool:
        raise ValueError("ambiguous \u202e")


def leave(attempt: Attempt, now: float) -> str:
    raise SystemExit("enough")


async def awaited(attempt: Attempt, now: float) -> str | None:
    return None


@pytest.mark.parametrize("guard", [lambda attempt, now: Odd(), leave, lambda a, n: awaited(a, n)])
@pytest.mark.filterwarnings("ignore:coroutine")
def test_a_guard_that_answers_nonsense_is_switched_off_and_the_stream_goes_on(
    guard: Any, server: Server, start: Start
) -> None:
    server.script(*answer("good"))
    generation = start(guards=[guard])
    assert generation.wait(PATIENCE).ended_by == "model"
    shown = generation.last_run.guards[-1]
    assert shown.state == "failed"
    assert "\u202e" not in shown.about


def test_an_async_guard_is_refused(start: Start) -> None:
    with pytest.raises(SetupError, match="a function of"):
        start(guards=[awaited])
