"""What a stop saved, against its finished siblings or its limit of tokens; nothing where nothing can be said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
from faults.server import PATIENCE, Server, finish, headers, silence, text
from faults.watch import Watch

from nbstream import Attempt, Generation, prices
from nbstream.attempt import EndedBy
from nbstream.counts import UNKNOWN, Count
from nbstream.folding import end
from nbstream.savings import saved

MILLION = 1_000_000


@pytest.fixture(autouse=True)
def _own_prices() -> Iterator[None]:
    yield
    prices.clear()


def ended(by: EndedBy, received: int | None, prompt: str = "[]", billing: str = "stops", **options: object) -> Attempt:
    attempt = Attempt("att_1", "gen_1", 1, "test", "test", began=100.0, chunks=1, prompt=prompt)
    attempt.options, attempt.billing_after_stop = json.dumps(options), billing
    attempt.input = Count(10, "tokenizer")
    attempt.received = UNKNOWN if received is None else Count(received, "tokenizer")
    end(attempt, by, "", 101.0)
    return attempt


def tokens(attempt: Attempt, *siblings: Attempt) -> int | None:
    found = saved(attempt, siblings)
    return found.tokens if found else None


def test_the_rest_up_to_the_limit_is_saved() -> None:
    assert tokens(ended("person", 40, max_tokens=300)) == 260


def test_the_rest_up_to_the_median_of_the_finished_siblings_is_saved() -> None:
    finished = [ended("model", n) for n in (100, 900, 200)]
    assert tokens(ended("guard", 40), *finished) == 160


def test_the_siblings_know_better_than_the_limit() -> None:
    assert tokens(ended("person", 40, max_tokens=300), ended("model", 100)) == 60


def test_no_answer_becomes_longer_than_its_limit() -> None:
    assert tokens(ended("person", 40, max_tokens=50), ended("model", 100)) == 10


def test_the_sentence_says_by_what_measure() -> None:
    found = saved(ended("person", 40), [ended("model", 1100)])
    assert found is not None
    assert found.note == "An estimate: the finished attempt has 1,100 tokens."


@pytest.mark.parametrize(
    "name", ["max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict", "n_predict"]
)
def test_the_limit_has_many_names(name: str) -> None:
    assert tokens(ended("person", 40, **{name: 50})) == 10


@pytest.mark.parametrize("limit", [-1, 0, True, "50", None])
def test_a_limit_that_is_none_says_nothing(limit: object) -> None:
    assert tokens(ended("person", 0, max_tokens=limit)) is None


def test_without_a_limit_and_siblings_nothing_can_be_said() -> None:
    assert tokens(ended("person", 40)) is None


@pytest.mark.parametrize("by", ["model", "error", "kernel"])
def test_only_a_stop_saves(by: EndedBy) -> None:
    assert tokens(ended(by, 40, max_tokens=300)) is None


@pytest.mark.parametrize("sibling", [ended("person", 900), ended("error", 900), ended("model", None)])
def test_a_sibling_that_did_not_finish_says_nothing(sibling: Attempt) -> None:
    assert tokens(ended("person", 40), sibling) is None


def test_an_answer_to_another_question_says_nothing() -> None:
    assert tokens(ended("person", 40, prompt="one"), ended("model", 900, prompt="two")) is None


def test_a_stop_after_the_usual_length_saved_nothing() -> None:
    assert tokens(ended("person", 120), ended("model", 100)) is None


def test_a_service_that_runs_on_saves_nothing_by_a_stop() -> None:
    assert tokens(ended("person", 40, billing="runs on", max_tokens=300)) is None


def test_what_the_server_tells_afterwards_counts_for_any_service() -> None:
    attempt = ended("person", 40, billing="runs on", max_tokens=300)
    attempt.output = Count(100, "reconciled")
    assert tokens(attempt) == 200


def test_a_service_of_which_nothing_is_known_may_have_saved_nothing_and_the_sentence_says_so() -> None:
    found = saved(ended("person", 40, billing="unknown", max_tokens=300))
    assert found is not None
    assert "Only if the service stopped" in found.note


def test_with_a_price_the_saving_is_in_dollars_too() -> None:
    prices.override("test", input=5, output=10)
    found = saved(ended("person", 0, max_tokens=MILLION))
    assert found is not None
    assert found.usd == pytest.approx(10.0)


def test_without_a_price_it_is_in_tokens_alone() -> None:
    found = saved(ended("person", 40, max_tokens=300))
    assert found is not None
    assert found.usd is None


def test_the_widget_is_told_once_a_retry_has_finished(
    server: Server, start: Callable[..., Generation], watch: Watch
) -> None:
    server.script(headers(), text("word"), silence())
    server.script(headers(), text("a whole answer"), finish(usage={"prompt_tokens": 5, "completion_tokens": 90}))
    generation = start()
    watch.sees("word")
    generation.retry()
    generation.wait(PATIENCE)
    generation.last_run.settled.result(PATIENCE)
    saving, finished = (row["meter"]["saved_tokens"] for row in generation.rows)
    assert (saving, finished) == (89, None)
