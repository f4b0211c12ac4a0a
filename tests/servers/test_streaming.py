"""What transformers' own server sends, read by nbstream: text, finish reasons, counts and errors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from faults.server import PATIENCE
from real_server import FINISHED, RealServer

from nbstream import Generation

pytestmark = pytest.mark.servers

Ask = Callable[..., Generation]
FORMATS = {"chat": "tiny", "completions": "openai/completions:tiny", "responses": "openai/responses:tiny"}
single = pytest.mark.parametrize("real", ["single"], indirect=True)


@pytest.mark.parametrize("model", FORMATS.values(), ids=FORMATS)
def test_text_arrives_in_pieces(ask: Ask, model: str) -> None:
    attempt = ask(model=model, api_key="unused", max_tokens=40).wait(PATIENCE)
    assert attempt.text
    assert len(attempt.deltas) > 10


@pytest.mark.parametrize("model", FORMATS.values(), ids=FORMATS)
def test_the_counts_are_those_of_the_meter(ask: Ask, real: RealServer, model: str) -> None:
    attempt = ask(model=model, api_key="unused", max_tokens=40).wait(PATIENCE)
    assert real.outcome(attempt) == (FINISHED, 40)
    assert (attempt.output.tokens, attempt.output.source) == (40, "final")


def test_the_prompt_is_counted_by_the_server(ask: Ask) -> None:
    short, long = (ask("word " * n, max_tokens=2).wait(PATIENCE).input for n in (1, 100))
    assert (short.source, long.source) == ("final", "final")
    assert (long.tokens or 0) > (short.tokens or 0) > 0


def test_an_answer_that_ended_by_itself_has_no_overrun(ask: Ask) -> None:
    assert ask(max_tokens=5).wait(PATIENCE).overrun_tokens == 0


@pytest.mark.parametrize("model", [FORMATS["chat"], FORMATS["completions"]], ids=["chat", "completions"])
def test_the_limit_of_tokens_is_the_finish_reason(ask: Ask, model: str) -> None:
    attempt = ask(model=model, api_key="unused", max_tokens=5).wait(PATIENCE)
    assert (attempt.ended_by, attempt.finish_reason) == ("model", "length")


def test_the_server_calls_a_response_complete_that_its_limit_cut_short(ask: Ask) -> None:
    """Its word, which nothing in the stream contradicts. This fails once it says `incomplete`, as OpenAI does."""
    attempt = ask(model=FORMATS["responses"], api_key="unused", max_tokens=5).wait(PATIENCE)
    assert (attempt.output.tokens, attempt.finish_reason) == (5, "stop")


@single
def test_a_stop_word_is_the_finish_reason(ask: Ask) -> None:
    attempt = ask(max_tokens=2000, stop=["e"]).wait(PATIENCE)
    assert attempt.finish_reason == "stop"
    assert "e" in attempt.text


@pytest.mark.parametrize("path", ["", "/", "/v1/", "/v1/chat/completions"])
def test_the_address_may_be_written_in_any_way(ask: Ask, real: RealServer, path: str) -> None:
    attempt = ask(base_url=real.address + path, max_tokens=2).wait(PATIENCE)
    assert attempt.ended_by == "model", attempt.error


def test_a_wrong_model_is_refused_in_the_servers_words(ask: Ask) -> None:
    attempt = ask(model="timy").wait(PATIENCE)
    assert (attempt.ended_by, attempt.retryable) == ("error", False)
    assert "answered 400: Server is pinned to 'tiny'; requested 'timy'." in (attempt.error or "")


def test_a_field_that_the_server_does_not_know_is_named(ask: Ask) -> None:
    attempt = ask(extra_body={"minimum_p": 0.1}).wait(PATIENCE)
    assert "answered 422: Unexpected fields in the request: {'minimum_p'}." in (attempt.error or "")


@single
@pytest.mark.parametrize("model", FORMATS.values(), ids=FORMATS)
def test_a_generation_that_fails_says_why(ask: Ask, model: str) -> None:
    attempt = ask(model=model, api_key="unused", temperature=-1).wait(PATIENCE)
    assert attempt.ended_by == "error"
    assert "has to be a strictly positive float" in (attempt.error or "")
