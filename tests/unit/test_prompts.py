"""Prompts are checked before anything is sent, and the error says which message is wrong and why."""

from __future__ import annotations

import pytest

from nbstream.errors import BadPrompt
from nbstream.prompts import messages_of

ENDLESS: list[object] = []
ENDLESS.append(ENDLESS)
USER = {"role": "user", "content": "Hello"}


def test_text_is_one_message_of_the_user() -> None:
    assert messages_of("Hello") == (USER,)


def test_the_system_text_goes_first() -> None:
    assert messages_of([USER], "Be brief.") == ({"role": "system", "content": "Be brief."}, USER)


def test_messages_keep_what_only_the_provider_knows() -> None:
    call = {"role": "assistant", "content": None, "tool_calls": [{"id": "call_1"}]}
    answer = {"role": "tool", "content": "42", "tool_call_id": "call_1"}
    parts = {"role": "user", "content": [{"type": "text", "text": "Hello"}], "name": "Ada"}
    assert messages_of([call, answer, parts]) == (call, answer, parts)


def test_a_list_that_is_changed_afterwards_changes_no_plan() -> None:
    message = dict(USER)
    kept = messages_of([message])
    message["content"] = "Goodbye"
    assert kept == (USER,)


@pytest.mark.parametrize(
    ("prompt", "says"),
    [
        ("", "empty"),
        (" \n\t", "empty"),
        ([], "empty"),
        (None, "NoneType"),
        (42, "int"),
        (b"Hello", "bytes"),
        (bytearray(b"Hello"), "bytearray"),
        (USER, "dict"),
        (["Hello"], "Message 0 .* not str"),
        ([USER, {"role": "robot", "content": "x"}], "Message 1 .*'robot'.* system, "),
        ([{"content": "x"}], "role None"),
        ([{"role": "user"}], "content of message 0"),
        ([{"role": "user", "content": 5}], "not 5"),
        ([{"role": "user", "content": None, "tool_calls": []}], "content of message 0"),
        ([{"role": ["user"], "content": "x"}], "Message 0"),
        ("half an emoji: \ud83d", "surrogate"),
        ([{"role": "user", "content": "\udc00"}], "surrogate"),
        ([{"role": "user", "content": [{"type": "text", "text": b"x"}]}], "JSON, .* bytes"),
        ([USER | {"name": {1, 2}}], "JSON, .* set"),
        ([USER | {"name": ENDLESS}], "JSON"),
    ],
)
def test_what_is_no_prompt_is_refused_in_words(prompt: object, says: str) -> None:
    with pytest.raises(BadPrompt, match=says):
        messages_of(prompt)


@pytest.mark.parametrize("system", [b"Be brief.", 3, ["Be brief."]])
def test_system_is_text(system: object) -> None:
    with pytest.raises(BadPrompt, match="system must be text"):
        messages_of("Hello", system)
