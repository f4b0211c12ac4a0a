"""Tries that follow by themselves: when, how many, with what, and what ends them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from faults.server import PATIENCE, Server, Step, answer, headers, silence, text, wait
from faults.watch import Watch

import nbstream
from nbstream import Attempt, Generation, SetupError
from nbstream.guards import MaxCost, MaxTokens, Pattern
from nbstream.supervisor import supervisor

Start = Callable[..., Generation]
LOOP: list[Step] = [headers(), text("loop"), silence()]
GUARDS = [Pattern("loop")]


def told(generation: Generation) -> list[tuple[Any, ...]]:
    """Each attempt: its number, relation, its parent's number, who ended it."""
    numbers = {attempt.attempt_id: attempt.number for attempt in generation.attempts}
    return [(a.number, a.relation, numbers.get(a.parent_id or ""), a.ended_by) for a in generation.attempts]


BAD: dict[str, dict[str, Any]] = {
    "retries before nothing": {"retries": -1},
    "half a retry": {"retries": 1.5},
    "true retries": {"retries": True},
    "retries without end": {"retries": 10**6},
    "changes in words": {"retries": 1, "changes": "temperature=1"},
    "changes and no retries": {"changes": {"temperature": 1}},
    "a budget in numbers": {"budget": 0.05},
    "a budget of something else": {"budget": Pattern("x")},
}


@pytest.mark.parametrize("name", BAD)
def test_rules_that_cannot_work_are_refused_before_anything_is_sent(name: str, server: Server, start: Start) -> None:
    with pytest.raises(SetupError):
        start(**BAD[name])
    assert not server.connections


# ---- over a real server


def test_without_retries_a_guards_stop_is_the_end(server: Server, start: Start) -> None:
    server.script(*LOOP)
    generation = start(guards=GUARDS)
    generation.wait(PATIENCE)
    assert told(generation) == [(1, "first", None, "guard")]


def test_each_try_is_an_attempt_of_its_own(server: Server, start: Start) -> None:
    server.script(*LOOP).script(*LOOP).script(*answer("good"))
    generation = start(guards=GUARDS, retries=5)
    last = generation.wait(PATIENCE)
    assert told(generation) == [
        (1, "first", None, "guard"),
        (2, "retry", 1, "guard"),
        (3, "retry", 2, "model"),
    ]
    assert (last.number, last.text) == (3, "good")
    assert list(nbstream.history(generation_id=generation.generation_id)["relation"]) == ["first", "retry", "retry"]


def test_tries_are_bounded(server: Server, start: Start) -> None:
    server.script(*LOOP)
    generation = start(guards=GUARDS, retries=2)
    assert generation.wait(PATIENCE).number == 3
    assert [entry[3] for entry in told(generation)] == ["guard"] * 3


def test_a_persons_retry_has_tries_of_its_own(server: Server, start: Start) -> None:
    server.script(*LOOP)
    generation = start(guards=GUARDS, retries=1)
    generation.wait(PATIENCE)
    generation.retry()
    generation.wait(PATIENCE)
    assert [entry[1:3] for entry in told(generation)] == [("first", None), ("retry", 1), ("retry", 2), ("retry", 3)]


def test_a_function_of_the_attempt_gives_the_changes(server: Server, start: Start) -> None:
    server.script(*LOOP).script(*LOOP).script(*answer("good"))
    changes = lambda attempt: {"temperature": attempt.number / 10}  # noqa: E731
    generation = start(guards=GUARDS, retries=2, changes=changes, temperature=0, seed=1)
    generation.wait(PATIENCE)
    options = list(nbstream.history(generation_id=generation.generation_id)["options"])
    assert options == [f'{{"temperature": {t}, "seed": 1}}' for t in (0, 0.1, 0.2)]
    assert [server.connection(number).json["temperature"] for number in range(3)] == [0, 0.1, 0.2]


def test_changes_may_be_a_dict_and_another_prompt(server: Server, start: Start) -> None:
    server.script(*LOOP).script(*answer("good"))
    generation = start(guards=GUARDS, retries=1, changes={"temperature": 0.7, "prompt": "Briefly."})
    generation.wait(PATIENCE)
    asked = server.connection(1).json
    assert (asked["temperature"], asked["messages"]) == (0.7, [{"role": "user", "content": "Briefly."}])


def test_changes_of_none_end_the_tries(server: Server, start: Start) -> None:
    server.script(*LOOP)
    generation = start(guards=GUARDS, retries=5, changes=lambda attempt: None if attempt.number == 2 else {})
    assert generation.wait(PATIENCE).number == 2


def test_a_try_says_while_it_waits_which_one_it_is(server: Server, start: Start) -> None:
    server.script(*LOOP).script(silence())
    generation = start(guards=GUARDS, retries=3, changes={"temperature": 0.7})
    server.connection(1)
    assert generation.attempt.note == "try 2 of 4: temperature 0.7"


def test_an_answer_that_the_model_ends_is_not_followed(server: Server, start: Start) -> None:
    server.script(*answer("good"))
    generation = start(guards=GUARDS, retries=2)
    generation.wait(PATIENCE)
    assert len(generation.attempts) == 1


# ---- what ends them


def test_a_persons_stop_in_a_try_ends_the_tries(server: Server, start: Start) -> None:
    server.script(*LOOP).script(headers(), text("fine"), silence("the second"))
    generation = start(guards=GUARDS, retries=5)
    assert server.connection(1).ready.wait(PATIENCE)
    generation.stop()
    assert generation.wait(PATIENCE).ended_by == "person"
    assert [entry[3] for entry in told(generation)] == ["guard", "person"]


def test_a_stop_that_comes_after_the_guards_decision_still_ends_the_tries(server: Server, start: Start) -> None:
    server.script(*LOOP)

    def both(attempt: Attempt, now: float) -> str | None:
        if not attempt.text:
            return None
        # asked for when the guard has decided, and before the end
        supervisor().call(supervisor().stop, attempt.attempt_id)
        return "Enough."

    generation = start(guards=[both], retries=5)
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, len(generation.attempts)) == ("guard", 1)


def test_stop_all_ends_the_tries(server: Server, start: Start) -> None:
    server.script(*LOOP).script(silence())
    generation = start(guards=GUARDS, retries=5)
    assert server.connection(1).ready.wait(PATIENCE)
    nbstream.stop_all()
    assert generation.wait(PATIENCE).number == 2


REFUSED: dict[str, tuple[Callable[[Attempt], Any], str]] = {
    "an unknown option": (lambda attempt: {"temprature": 1}, "temperature"),
    "no dict": (lambda attempt: ["temperature"], "a dict of options"),
    "an error of its own": (lambda attempt: {}["gone"], "KeyError"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_try_that_is_refused_is_said_on_the_screen_and_in_the_log(name: str, server: Server, start: Start) -> None:
    server.script(*LOOP)
    changes, said = REFUSED[name]
    generation = start(guards=GUARDS, retries=2, changes=changes)
    attempt = generation.wait(PATIENCE)
    assert attempt.number == 1
    assert (attempt.reason or "").startswith("The text has 'loop', as Pattern(loop) says. No further try: ")
    assert said in (attempt.reason or "")
    assert nbstream.history(generation_id=generation.generation_id).iloc[0]["reason"] == attempt.reason


# ---- waiting


def test_await_gives_the_last_try(server: Server, start: Start) -> None:
    server.script(*LOOP).script(*answer("good"))

    async def cell() -> str:
        return (await start(guards=GUARDS, retries=2)).text

    assert asyncio.run(cell()) == "good"


def test_a_timeout_holds_for_all_tries_together(server: Server, start: Start) -> None:
    server.script(*LOOP).script(silence())
    generation = start(guards=GUARDS, retries=2)
    server.connection(1)
    assert generation.wait(0.01).status != "done"


def test_an_interrupt_while_a_try_is_awaited_stops_that_one(server: Server, start: Start) -> None:
    server.script(*LOOP).script(silence())
    generation = start(guards=GUARDS, retries=5)

    async def cell() -> None:
        waiting = asyncio.ensure_future(generation.ended_attempt())
        await asyncio.get_running_loop().run_in_executor(None, server.connection, 1)
        waiting.cancel()
        await waiting

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cell())
    assert [entry[3] for entry in told(generation)] == ["guard", "person"]


def test_an_interrupt_before_a_waiter_has_heard_of_the_new_try_stops_that_one(server: Server, start: Start) -> None:
    server.script(*LOOP).script(silence())
    generation = start(guards=GUARDS, retries=5)
    server.connection(1)
    generation.interrupted(next(iter(generation.runs.values())))
    assert [entry[3] for entry in told(generation)] == ["guard", "person"]


# ---- budget


def test_a_budget_stops_the_live_attempt_and_no_try_follows(server: Server, start: Start) -> None:
    server.script(headers(), text("loop " * 6), silence()).script(headers(), text("fine " * 30), silence())
    generation = start(guards=GUARDS, retries=5, budget=MaxTokens(20))
    last = generation.wait(PATIENCE)
    assert (last.number, last.ended_by) == (2, "guard")
    assert last.reason == "The budget of 20 tokens for all attempts is used up."


def test_a_try_that_the_budget_has_no_room_for_does_not_start_and_says_so(server: Server, start: Start) -> None:
    server.script(headers(), text("loop " * 30), silence())
    generation = start(guards=GUARDS, retries=5, budget=MaxTokens(20))
    last = generation.wait(PATIENCE)
    assert (last.number, len(server.connections)) == (1, 1)
    assert "No further try: The budget of 20 tokens for all attempts is used up: " in (last.reason or "")


def test_a_budget_holds_for_a_persons_retry_too(server: Server, start: Start) -> None:
    server.script(headers(), text("fine " * 30), silence())
    generation = start(budget=[MaxTokens(20)])
    generation.wait(PATIENCE)
    with pytest.raises(SetupError, match="is used up"):
        generation.retry()
    assert len(server.connections) == 1


def test_a_budget_in_dollars_without_a_price_is_refused(server: Server, start: Start) -> None:
    with pytest.raises(SetupError, match=r"price of .* is not known"):
        start(retries=2, budget=MaxCost(1))
    assert not server.connections


def test_a_person_who_retries_first_is_not_overtaken(server: Server, start: Start, watch: Watch) -> None:
    server.script(*LOOP).script(*answer("mine")).script(*answer("never"))
    asked = threading.Event()

    def changes(attempt: Attempt) -> dict[str, object]:
        threading.Thread(target=lambda: (generation.retry(), asked.set())).start()
        assert asked.wait(PATIENCE)  # the person was faster than the function
        return {}

    generation = start(guards=GUARDS, retries=2, changes=changes)
    generation.wait(PATIENCE)
    assert asked.wait(PATIENCE)
    generation.wait(PATIENCE)
    assert [attempt.text for attempt in generation.attempts] == ["loop", "mine"]
    assert not generation.chain.tries


def test_an_interrupt_that_meets_the_end_of_an_attempt_leaves_no_try_behind(
    server: Server, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guard ends it between the interrupt and its stop, so that another try has begun when that comes."""
    gate = threading.Event()
    server.script(headers(), wait(gate), text("loop"), silence()).script(headers(), silence())
    generation = start(guards=GUARDS, retries=1)
    first, stop = generation.last_run, supervisor().stop

    def late(*args: Any) -> None:
        if threading.current_thread() is not supervisor().thread:
            gate.set()
            first.ended.result(PATIENCE)
        stop(*args)

    monkeypatch.setattr(supervisor(), "stop", late)
    generation.interrupted(first)
    assert told(generation)[1:] == [(2, "retry", 1, "person")]
