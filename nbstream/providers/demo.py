"""The embedded model as a provider: OpenAI chat completions, spoken to a server in this very process."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..errors import SetupError
from ..events import Usage
from ..wire import Ask, Request
from .address import Location
from .openai_chat import OpenAIChat
from .openrouter import read_generation
from .services import DEMO


class Demo(OpenAIChat):
    """The embedded model. Rate in tokens per second (0: as fast as it can), first-token delay in seconds."""

    def __init__(
        self, model: str = "demo", *, tokens_per_s: float = 40.0, first_token_s: float = 0.3, seed: int | None = None
    ) -> None:
        for name, value in (("tokens_per_s", tokens_per_s), ("first_token_s", first_token_s)):
            if not isinstance(value, int | float) or value < 0:
                raise SetupError(f"{name} must be a number, 0 or more, not {value!r}.")
        self.service = DEMO
        self.model = model
        self.name = DEMO.name
        self.base_url = DEMO.base_url
        self.location = Location(DEMO.base_url)
        self.key = None  # the transport to the embedded server has it
        self.billing_after_stop = DEMO.billing_after_stop
        self.pace = {"tokens_per_s": tokens_per_s, "first_token_s": first_token_s}
        self.seed = seed

    def body(self, ask: Ask) -> dict[str, Any]:
        """A chat request with the pace in the server's own extension."""
        seed = {} if self.seed is None else {"seed": self.seed}
        return seed | super().body(ask) | {"nbstream": self.pace}

    def request(self, ask: Ask) -> Request:
        """The request names itself, so that a stop before the first byte can be accounted for too."""
        named = {"X-Request-Id": ask.attempt_id}
        request = super().request(ask)
        return replace(request, headers={**request.headers, **named}, direct=True)

    def account(self, attempt_id: str, response_id: str | None) -> Request:
        """What the server really generated for this attempt."""
        return Request(f"{self.base_url}/generation?id={attempt_id}", None, direct=True, connect_s=5.0, read_s=5.0)

    def read_account(self, body: object) -> Usage | None:
        """The counts of an ended generation."""
        return read_generation(body)
