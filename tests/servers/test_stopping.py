"""Stop at transformers' own server: what it still generates, by its own meter, and what nbstream knows of that."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from faults.server import PATIENCE
from real_server import CANCELLED, PYTHON, RealServer

import nbstream
from nbstream import Attempt, Generation

pytestmark = pytest.mark.servers

Ask = Callable[..., Generation]
Figure = Callable[[str], None]
ENDLESS = 20_000
"""Tokens: a minute's work for the tiny model."""
REPEATS = 5
LONG_PROMPT = "Say something about these numbers: " + " ".join(map(str, range(9_000)))
"""Seconds of reading for the tiny model."""
single = pytest.mark.parametrize("real", ["single"], indirect=True)


class Eye:
    """A guard that stops nothing, and lets a test await what an attempt has come to."""

    def __init__(self) -> None:
        self.attempt: Attempt | None = None
        self.change = threading.Condition()

    def __call__(self, attempt: Attempt, now: float) -> str | None:
        with self.change:
            self.attempt = attempt
            self.change.notify_all()
        return None

    def sees(self, what: Callable[[Attempt], object]) -> None:
        with self.change:
            assert self.change.wait_for(lambda: self.attempt and what(self.attempt), PATIENCE), self.attempt


def first_chunk(attempt: Attempt) -> object:
    """It names the answer and holds no text; this server sends it before it begins."""
    return attempt.response_id


def pieces(attempt: Attempt) -> int:
    """How many pieces of text have come; each is a token, or a few where one ends within a character."""
    return len(attempt.deltas)


def after(count: int) -> Callable[[Attempt, float], str | None]:
    """A guard that stops once that many pieces have come."""
    return lambda attempt, now: "Enough." if pieces(attempt) >= count else None


@pytest.fixture
def reading(ask: Ask, real: RealServer) -> Generation:
    """A generation whose prompt the server is reading."""
    eye = Eye()
    generation = ask(LONG_PROMPT, max_tokens=ENDLESS, guards=[eye])
    eye.sees(first_chunk)
    real.saw(generation.attempt, "taken")
    return generation


@pytest.fixture
def flowing(ask: Ask) -> Generation:
    """A generation that has shown text."""
    eye = Eye()
    generation = ask(max_tokens=ENDLESS, guards=[eye])
    eye.sees(pieces)
    return generation


def stopped(generation: Generation) -> Attempt:
    generation.stop()
    return generation.wait(PATIENCE)


def test_a_stop_in_the_prompt_ends_the_attempt_without_text(reading: Generation) -> None:
    attempt = stopped(reading)
    assert (attempt.status, attempt.ended_by, attempt.text, attempt.error) == ("done", "person", "", None)


def test_a_stop_in_the_prompt_leaves_at_most_one_token(reading: Generation, real: RealServer) -> None:
    how, tokens = real.outcome(stopped(reading))
    assert how == CANCELLED
    assert tokens <= 1  # `single` reads the prompt in one pass, which cannot be left, and makes a token at its end


def test_a_stop_in_mid_stream_is_the_persons(flowing: Generation) -> None:
    attempt = stopped(flowing)
    assert (attempt.status, attempt.ended_by, attempt.error) == ("done", "person", None)


def test_a_stop_in_mid_stream_keeps_the_text(flowing: Generation) -> None:
    shown = flowing.text
    assert stopped(flowing).text.startswith(shown)


def test_a_stop_in_mid_stream_ends_the_generation(flowing: Generation, real: RealServer) -> None:
    how, tokens = real.outcome(stopped(flowing))
    assert how == CANCELLED
    assert tokens < ENDLESS / 10


def test_what_a_stopped_answer_cost_is_unknown_and_not_zero(flowing: Generation) -> None:
    attempt = stopped(flowing)
    assert (attempt.output.tokens, attempt.overrun_tokens, attempt.received.source) == (None, None, "estimate")


def test_a_retry_after_a_stop_runs_to_its_end(flowing: Generation) -> None:
    stopped(flowing)
    flowing.retry(max_tokens=5)
    assert flowing.wait(PATIENCE).finish_reason == "length"


def test_a_retry_cancels_the_answer_before_it(flowing: Generation, real: RealServer) -> None:
    old = flowing.attempt
    flowing.retry(max_tokens=5)
    flowing.wait(PATIENCE)
    assert real.outcome(old)[0] == CANCELLED


@single
def test_an_answer_that_is_stopped_in_the_queue_costs_nothing(ask: Ask, flowing: Generation, real: RealServer) -> None:
    eye = Eye()
    queued = ask(guards=[eye])
    eye.sees(first_chunk)
    attempt = stopped(queued)
    stopped(flowing)
    assert real.outcome(attempt) == (CANCELLED, 0)


def test_the_experiment_is_exact_where_the_server_tells_and_unknown_where_it_does_not(real: RealServer) -> None:
    frame = nbstream.overrun("tiny", "Hello", [9, 100], base_url=real.base_url, max_tokens=1000)
    assert frame["billed_tokens"].fillna(-1).tolist() == [1000, -1, -1]
    assert frame["overrun_tokens"].fillna(-1).tolist() == [0, -1, -1]
    assert frame["note"].str.startswith("unknown").fillna(False).tolist() == [False, True, True]


@pytest.mark.parametrize("turn", range(1, REPEATS + 1))
@pytest.mark.parametrize("count", [9, 100])
def test_the_server_generates_little_after_a_stop(
    ask: Ask, real: RealServer, figure: Figure, count: int, turn: int, request: pytest.FixtureRequest
) -> None:
    generation = ask(max_tokens=ENDLESS, guards=[after(count)])
    how, tokens = real.outcome(generation.wait(PATIENCE))
    figure(f"{request.node.callspec.params['real']}, stop at {count}: {measured(generation, real)}")
    assert how == CANCELLED
    assert tokens < ENDLESS / 10


@pytest.mark.parametrize("phase", ["flowing", "reading"])
def test_the_next_request_is_answered(
    ask: Ask, real: RealServer, figure: Figure, phase: str, request: pytest.FixtureRequest
) -> None:
    generation = request.getfixturevalue(phase)
    stopped(generation)
    attempt = ask(max_tokens=5).wait(PATIENCE)
    real.outcome(generation.attempt)
    figure(
        f"{request.node.callspec.params['real']}, stop while {phase}: {measured(generation, real)}; "
        f"first text of the next request after {attempt.ttft_s or 0:.3f} s"
    )
    assert attempt.finish_reason == "length"


def test_the_server_ends_with_the_process_that_started_it(models: Path) -> None:
    """Seen from there, that is the end of its standard input."""
    orphan = RealServer(PYTHON, models, "tiny")
    assert orphan.process.stdin
    orphan.process.stdin.close()
    assert orphan.process.wait(PATIENCE) == 0
    orphan.stop()


def measured(generation: Generation, real: RealServer) -> str:
    """What a stop cost, in tokens and milliseconds since the decision."""
    attempt, decision = generation.attempt, generation.last_run.decision
    assert decision is not None
    tokens = real.of(attempt, "token")
    late = [mark for mark in tokens if mark.at > decision.at]
    cancelled = (real.saw(attempt, CANCELLED).at - decision.at) * 1000
    return (
        f"{pieces(attempt)} pieces received, {len(tokens)} tokens generated, {len(late)} after the decision; "
        f"closed in {attempt.stop_latency_ms:.1f} ms, cancelled in {cancelled:.0f} ms"
    )
