"""Comparing two attempts: what was asked differently, and the answer to the browser, beside the loop's thread."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from faults.server import PATIENCE, Server, answer

from nbstream import Generation, comparing
from nbstream.attempt import Attempt, Delta
from nbstream.comparing import LONGEST_VALUE, compared, differences
from nbstream.supervisor import supervisor

Start = Callable[..., Generation]


def an_attempt(prompt: object = "Hello", system: str | None = None, **fields: Any) -> Attempt:
    messages = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}]
    messages = [{"role": "system", "content": system}, *messages] if system else messages
    options = json.dumps(fields.pop("options", {}))
    known = {"provider": "openai", "model": "gpt-4.1-mini", "base_url": "https://api.openai.com/v1"}
    return Attempt("att_1", "gen_1", 1, **known | fields, prompt=json.dumps(messages), options=options)


def different(one: Attempt, other: Attempt) -> list[list[str]]:
    return list(differences(one, other))


def test_options_that_differ_are_told_with_both_values() -> None:
    one = an_attempt(options={"temperature": 0.7, "seed": 1, "stop": ["a"]})
    other = an_attempt(options={"temperature": 1.0, "seed": 1, "max_tokens": 9, "stop": ["a", "b"]})
    assert different(one, other) == [
        ["temperature", "0.7", "1.0"],
        ["stop", '["a"]', '["a", "b"]'],
        ["max_tokens", "not given", "9"],
    ]


def test_model_server_system_and_prompt_are_told_too() -> None:
    one = an_attempt("Why?", "Be brief.")
    other = an_attempt(
        "Why not?", provider="groq", model="llama", base_url="https://me:secret@api.groq.com/v1?k=secret"
    )
    assert different(one, other) == [
        ["model", "openai:gpt-4.1-mini", "groq:llama"],
        ["server", "api.openai.com", "api.groq.com"],
        ["system", "Be brief.", "not given"],
        ["prompt", "Why?", "Why not?"],
    ]


def test_the_same_is_not_told_and_what_is_long_is_clipped() -> None:
    assert different(an_attempt(), an_attempt()) == []
    ((_, _, long),) = different(an_attempt("a"), an_attempt("b" * 1000))
    assert len(long) == LONGEST_VALUE


def test_a_conversation_says_who_says_what() -> None:
    talk = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}]
    ((_, _, told),) = different(an_attempt("Hi"), an_attempt(talk))
    assert told == "user: Hi\nassistant: Yes?"


@pytest.mark.parametrize("end", ["\n", " "])
def test_of_long_texts_the_beginning_is_told_and_that_it_is_one(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST_PIECES", 60)
    monkeypatch.setattr(comparing, "MOST_LINES", 30)
    one, other = an_attempt(), an_attempt()
    for attempt, word in ((one, "a"), (other, "b")):
        text = "".join(f"Same {number}.{end}This is {word}.{end}" for number in range(100))
        attempt.deltas.append(Delta(0.0, "text", text))
    message = compared(one, other)
    assert sum(map(len, message["lines"])) <= 60 + 30
    assert "this is how they begin" in message["note"]


# ---- the widget


class Told:
    """What the generation sends about comparisons."""

    def __init__(self, generation: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: list[dict[str, Any]] = []
        self.came = threading.Condition()
        monkeypatch.setattr(generation, "send", self.send)

    def send(self, content: dict[str, Any], *_: object) -> None:
        if content["type"] == "compare":
            with self.came:
                self.messages.append(content)
                self.came.notify_all()

    def wait(self, many: int = 1) -> list[dict[str, Any]]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.messages) >= many, PATIENCE)
        return self.messages


@pytest.fixture
def pair(server: Server, start: Start) -> Generation:
    """Two attempts that have ended."""
    server.script(*answer("The quick fox")).script(*answer("The slow fox"))
    generation = start(temperature=0.7)
    generation.wait(PATIENCE)
    generation.retry(temperature=1.0)
    generation.wait(PATIENCE)
    return generation


def ask(generation: Generation, one: str, other: str, nonce: str = "n") -> None:
    message = {"type": "compare", "generation": generation.generation_id, "attempt": one, "other": other}
    generation.receive(message | {"nonce": nonce})


def test_the_browser_is_told_the_words_and_the_options_that_differ(
    pair: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told(pair, monkeypatch)
    one, other = (attempt.attempt_id for attempt in pair.attempts)
    ask(pair, one, other)
    (message,) = told.wait()
    assert (message["attempt"], message["other"]) == (one, other)
    assert message["differences"] == [["temperature", "0.7", "1.0"]]
    assert message["lines"] == [[["=", "The "], ["-", "quick "], ["+", "slow "], ["=", "fox"]]]


def test_the_loop_goes_on_while_texts_are_compared(pair: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    on: list[threading.Thread] = []
    compared = comparing.compared
    go_on, begun = threading.Event(), threading.Event()

    def slow(one: Attempt, other: Attempt) -> Any:
        on.append(threading.current_thread())
        begun.set()
        assert go_on.wait(PATIENCE)
        return compared(one, other)

    monkeypatch.setattr(comparing, "compared", slow)
    told = Told(pair, monkeypatch)
    one, other = (attempt.attempt_id for attempt in pair.attempts)
    ask(pair, one, other, "1")
    assert begun.wait(PATIENCE)
    for nonce in "2345":  # of what is asked meanwhile the last one counts
        ask(pair, one, other, nonce)
        asked = threading.Event()
        supervisor().call(asked.set)
        assert asked.wait(PATIENCE), "the loop waits for the comparison"
    ask(pair, other, one, "6")
    go_on.set()
    assert [message["attempt"] for message in told.wait(2)] == [one, other]
    assert supervisor().thread not in on


def test_an_attempt_of_another_generation_is_not_compared(pair: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    told = Told(pair, monkeypatch)
    one, other = (attempt.attempt_id for attempt in pair.attempts)
    ask(pair, one, "att_elsewhere", "1")
    ask(pair, "att_elsewhere", one, "2")
    ask(pair, one, other, "3")
    assert [message["other"] for message in told.wait()] == [other]
