"""Guards over real generations: which watch, who may refuse, how they are shown and switched off."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from faults.server import PATIENCE, Server, answer, headers, silence, text, wait
from faults.watch import Watch

import nbstream
from nbstream import Attempt, Generation, SetupError, guards, prices
from nbstream.guards import MaxCost, MaxSeconds, MaxTokens, Pattern, Stall
from nbstream.providers import Demo
from nbstream.stop_routes import deliver
from nbstream.supervisor import supervisor

Start = Callable[..., Generation]


@pytest.fixture(autouse=True)
def _no_default() -> Iterator[None]:
    yield
    guards.default = []
    prices.clear()


def settled() -> None:
    """Wait until the loop has dealt with everything it was handed."""
    done = threading.Event()
    supervisor().call(done.set)
    assert done.wait(PATIENCE)


def switch_off(generation: Generation, place: object) -> None:
    """As a click does."""
    ids = {"generation": generation.generation_id, "attempt": generation.attempt.attempt_id}
    deliver({"type": "guard_off", "nonce": uuid.uuid4().hex, "guard": place} | ids)


# ---- each ends a real stream


def test_max_tokens_ends_the_embedded_model() -> None:
    attempt = nbstream.generate(
        "Tell me of GPT.", Demo(tokens_per_s=0, first_token_s=0), guards=[MaxTokens(50)], max_tokens=5000
    ).wait(PATIENCE)
    assert (attempt.ended_by, attempt.reason) == ("guard", "The limit of 50 tokens is reached.")
    assert (attempt.received.tokens or 0) >= 50


def test_a_pattern_ends_a_stream_at_the_server(server: Server, start: Start) -> None:
    server.script(headers(), text("As a", "n AI"), silence())
    attempt = start(guards=[Pattern("As an AI")]).wait(PATIENCE)
    assert (attempt.ended_by, attempt.reason) == ("guard", "The text has 'As an AI', as Pattern(As an AI) says.")
    server.connection().left()


@pytest.mark.parametrize("guard", [Stall(0.1), MaxSeconds(0.1), Stall(None, first_token=0.1)], ids=repr)
def test_a_silent_stream_is_ended(guard: Any, server: Server, start: Start) -> None:
    server.script(headers(), *([text("word")] if guard != Stall(None, first_token=0.1) else []), silence())
    assert start(guards=[guard]).wait(PATIENCE).ended_by == "guard"


def test_max_cost_ends_a_stream(server: Server, start: Start) -> None:
    prices.override("test", input=0, output=1e6)
    server.script(headers(), text("word " * 20), silence())
    attempt = start(guards=[MaxCost(5)]).wait(PATIENCE)
    assert (attempt.ended_by, attempt.reason) == ("guard", "The limit of $5.00 is reached.")


def test_the_first_guard_that_objects_wins(server: Server, start: Start) -> None:
    server.script(headers(), text("word"), silence())
    generation = start(guards=[MaxTokens(1), Pattern("word")])
    assert generation.wait(PATIENCE).reason == "The limit of 1 token is reached."
    assert [armed.state for armed in generation.last_run.guards] == ["on", "tripped", "on"]


def test_a_guard_that_says_no_more_than_yes_is_given_a_sentence(server: Server, start: Start) -> None:
    server.script(headers(), text("word"), silence())
    generation = start(guards=[lambda attempt, now: attempt.text == "word"])
    assert generation.wait(PATIENCE).reason == "Stopped by a guard."


# ---- which guards watch


def names(generation: Generation) -> list[str]:
    return [armed.name for armed in generation.last_run.guards]


def test_the_default_guards_watch_every_generation(server: Server, start: Start) -> None:
    server.script(headers(), text("word"), silence())
    guards.default.append(MaxTokens(1))
    assert names(start(guards=[Stall()])) == ["MaxTokens", "Watch", "Stall"]


def test_none_leaves_the_default_guards_out(server: Server) -> None:
    server.script(*answer("word"))
    guards.default.append(MaxTokens(1))
    generation = nbstream.generate("Hello", "test", base_url=server.base_url, guards=None)
    assert (names(generation), generation.wait(PATIENCE).ended_by) == ([], "model")


@pytest.mark.parametrize("default", [[3], "MaxTokens", [MaxTokens]])
def test_a_bad_default_is_refused_when_it_is_used(default: Any, server: Server, start: Start) -> None:
    guards.default = default
    with pytest.raises(SetupError, match=r"nbstream\.guards\.default"):
        start()
    assert not server.connections


@pytest.mark.parametrize("bad", [[3], "MaxTokens", [MaxTokens], [None]])
def test_what_is_no_guard_is_refused(bad: Any) -> None:
    with pytest.raises(SetupError, match=r"A guard is a function|is a class"):
        nbstream.generate("Hello", "demo", guards=bad)


def test_more_guards_than_the_browser_can_name_are_refused() -> None:
    with pytest.raises(SetupError, match="at most 100"):
        nbstream.generate("Hello", "demo", guards=[MaxTokens(n) for n in range(1, 102)])


# ---- ready


def test_a_guard_that_is_not_ready_sends_nothing(server: Server, start: Start) -> None:
    with pytest.raises(SetupError, match=r"price of openai-compatible:test is not known"):
        start(guards=[MaxCost(1)])
    assert not server.connections


def test_a_retry_that_a_guard_refuses_stops_nothing(server: Server, start: Start) -> None:
    prices.override("test", input=1, output=1)
    server.script(silence())
    generation = start(guards=[MaxCost(1)])
    prices.clear()
    with pytest.raises(SetupError, match="not known"):
        generation.retry()
    assert (len(generation.attempts), generation.status) == (1, "waiting")


def test_a_refused_click_on_retry_is_shown_and_logged(server: Server, start: Start) -> None:
    prices.override("test", input=1, output=1)
    server.script(*answer("one"))
    generation = start(guards=[MaxCost(1)])
    generation.wait(PATIENCE)
    prices.clear()
    sent: list[dict[str, Any]] = []
    generation.send = sent.append  # type: ignore[method-assign, assignment]
    ids = {"generation": generation.generation_id, "attempt": generation.attempt.attempt_id}
    deliver({"type": "retry", "nonce": "n1"} | ids)
    settled()
    assert [message["type"] for message in sent] == ["error", "update"]
    assert "No further try: MaxCost cannot hold" in sent[0]["message"]
    assert "No further try" in nbstream.history(generation_id=generation.generation_id).iloc[0]["reason"]


@pytest.mark.parametrize("name", ["guards", "retries", "changes", "budget"])
def test_what_holds_for_all_attempts_is_not_changed_by_a_retry(name: str, server: Server, start: Start) -> None:
    server.script(silence())
    generation = start()
    with pytest.raises(SetupError, match=f"{name} holds for all attempts of a generation: give it to generate"):
        generation.retry(**{name: 1})
    assert (len(generation.attempts), generation.status) == (1, "waiting")


@pytest.mark.parametrize(("slip", "meant"), [("guard", "guards"), ("retry", "retries"), ("budgets", "budget")])
def test_a_slip_in_a_word_of_generate_is_told(slip: str, meant: str) -> None:
    with pytest.raises(SetupError, match=f"Did you mean '{meant}'"):
        nbstream.generate("Hello", "demo", **{slip: 1})


# ---- failing


def test_a_guard_that_fails_is_reported_once_and_shown(
    server: Server, start: Start, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    go = threading.Event()
    server.script(headers(), text("one"), wait(go), *answer("two", "three")[1:])

    def faulty(attempt: Attempt, now: float) -> str | None:
        raise ValueError("no such thing")

    generation = start(guards=[faulty])
    watch.sees("one")
    switch_off(generation, 1)
    settled()
    go.set()
    assert generation.wait(PATIENCE).ended_by == "model"
    row = generation.screen.row(generation.attempt)["guards"][1]
    assert (row["name"], row["state"]) == ("faulty", "failed")
    assert row["about"] == "It failed and is switched off: ValueError: no such thing"
    assert len(caplog.records) == 1


# ---- switched off by a click


def test_a_guard_that_is_switched_off_judges_no_more(server: Server, start: Start, watch: Watch) -> None:
    go = threading.Event()
    server.script(headers(), text("one"), wait(go), *answer("two", "three")[1:])
    generation = start(guards=[Pattern("three"), Pattern("four")])
    watch.sees("one")
    switch_off(generation, 1)
    settled()
    go.set()
    assert generation.wait(PATIENCE).ended_by == "model"
    assert [armed.state for armed in generation.last_run.guards] == ["on", "off", "on"]


def test_a_retry_has_a_switched_off_guard_again(server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), text("one"), silence())
    generation = start(guards=[Pattern("two")])
    watch.sees("one")
    switch_off(generation, 1)
    settled()
    generation.retry()
    assert [armed.state for armed in generation.last_run.guards] == ["on", "on"]


def test_two_quick_clicks_switch_two_guards_off(server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), text("one"), silence())
    generation = start(guards=[Pattern("two"), Pattern("three")])
    watch.sees("one")
    held = threading.Event()
    supervisor().call(held.wait, PATIENCE)  # both wait in the inbox together
    switch_off(generation, 1)
    switch_off(generation, 2)
    held.set()
    settled()
    assert [armed.state for armed in generation.last_run.guards] == ["on", "off", "off"]


@pytest.mark.parametrize("place", [2, 99, 100, -1, True, None, "1", [1]])
def test_a_click_that_names_no_guard_does_nothing(place: object, server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), text("one"), silence())
    generation = start(guards=[Pattern("two")])
    watch.sees("one")
    switch_off(generation, place)
    settled()
    assert [armed.state for armed in generation.last_run.guards] == ["on", "on"]


def test_the_browser_is_told_of_a_switch_at_once(server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), text("one"), silence())
    generation = start(guards=[Pattern("two")])
    watch.sees("one")
    sent: list[dict[str, Any]] = []
    generation.send = sent.append  # type: ignore[method-assign, assignment]
    switch_off(generation, 1)
    settled()
    rows = [message["row"]["guards"] for message in sent if message["type"] == "update"]
    assert [[guard["state"] for guard in row] for row in rows] == [["on", "off"]]


def test_a_meter_tells_how_near_the_guards_are(server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), text("one"), silence())
    generation = start(guards=[MaxTokens(50), Pattern("two")])
    watch.sees("one")
    near = generation.screen.numbers(generation.attempt)["near"]
    assert (near[0], 0 < near[1] < 0.1, near[2]) == (None, True, None)


def test_a_meter_without_guards_says_nothing_of_them(server: Server) -> None:
    server.script(silence())
    generation = nbstream.generate("Hello", "test", base_url=server.base_url)
    assert "near" not in generation.screen.numbers(generation.attempt)
    generation.stop()
