"""OpenAI legacy completions: a prompt without roles that the model goes on from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..events import Event
from ..wire import Ask
from .base import same
from .conversation import prompt_of
from .openai_chat import SHARED, OpenAIChat, pieces


class OpenAICompletions(OpenAIChat):
    """`POST {base_url}/completions`. The prompt is one text; a list of messages is refused."""

    route = "completions"
    path = "/completions"
    options = SHARED | same("best_of echo suffix")
    has_roles = False

    def body(self, ask: Ask) -> dict[str, Any]:
        """The one user message as the prompt."""
        return self.filled({"model": ask.model, "prompt": prompt_of(ask.messages), "stream": True}, ask)

    def content(self, choice: dict[str, Any]) -> Iterable[Event]:
        """The piece of text; streamed and whole answers share one shape."""
        yield from pieces(choice.get("text"))
