"""OpenRouter: OpenAI chat completions, and a question afterwards about what an attempt really generated."""

from __future__ import annotations

from ..events import Usage
from ..wire import Request
from .openai_chat import OpenAIChat
from .reading import as_dict, charged, whole_number


class OpenRouter(OpenAIChat):
    """Chat completions at https://openrouter.ai, whose `GET /generation?id=` tells the billed counts and the cost."""

    route = "openrouter"
    home = "openrouter"
    id_header = "x-generation-id"

    def account(self, attempt_id: str, response_id: str | None) -> Request | None:
        """The question; the answer is 404 until the row is there, some seconds after the end."""
        if not response_id:
            return None
        url = self.address_of("/generation", id=response_id)
        return Request(url, None, self.all_headers(), connect_s=5.0, read_s=10.0)

    def read_account(self, body: object) -> Usage | None:
        """The native counts, which are the billed ones."""
        return read_generation(body)


def read_generation(body: object) -> Usage | None:
    """The counts of an ended generation, or `None` while there are none."""
    data = as_dict(as_dict(body).get("data"))
    output = whole_number(data.get("native_tokens_completion"))
    if output is None:
        return None
    return Usage(
        whole_number(data.get("native_tokens_prompt")),
        output,
        whole_number(data.get("native_tokens_cached")),
        whole_number(data.get("native_tokens_reasoning")),
        charged(data),
        source="reconciled",
    )
