"""OpenAI legacy completions: a prompt without roles that the model goes on from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import BadPrompt
from ..events import Event, TextDelta
from ..wire import Ask
from .openai_chat import SHARED, OpenAIChat


class OpenAICompletions(OpenAIChat):
    """`POST {base_url}/completions`. The prompt is one text; a list of messages is refused."""

    path = "/completions"
    options = SHARED | frozenset("best_of echo suffix".split())

    def body(self, ask: Ask) -> dict[str, Any]:
        """The one user message as the prompt."""
        return {"model": ask.model, "prompt": prompt_of(ask), "stream": True} | self.usage_options(ask)

    def content(self, choice: dict[str, Any]) -> Iterable[Event]:
        """The piece of text; streamed and whole answers share one shape."""
        if isinstance(piece := choice.get("text"), str) and piece:
            yield TextDelta(piece)


def prompt_of(ask: Ask) -> str:
    """The text of a prompt that has no roles. Raises `BadPrompt`."""
    contents = [message["content"] for message in ask.messages]
    if len(contents) != 1 or not isinstance(contents[0], str):
        raise BadPrompt("Legacy completions take one text as the prompt, without system text or messages.")
    return contents[0]
