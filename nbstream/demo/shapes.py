"""The JSON of OpenAI's completions, streamed and whole, for chat and for the legacy route."""

from __future__ import annotations

import json
from dataclasses import dataclass

from .ask import MODEL
from .ledger import Generation

DONE = b"data: [DONE]\n\n"


def event(body: object) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode() + b"\n\n"


def usage(generation: Generation, completion_tokens: int) -> dict[str, int]:
    """The `usage` object when so many tokens have been generated."""
    return {
        "prompt_tokens": generation.prompt_tokens,
        "completion_tokens": completion_tokens,
        "total_tokens": generation.prompt_tokens + completion_tokens,
    }


@dataclass(frozen=True, slots=True)
class Shapes:
    """The bodies of one answer; `chat` chooses the route's dialect."""

    chat: bool
    generation: Generation
    usage_on_every_chunk: bool = False

    def opening(self) -> list[dict[str, object]]:
        """What comes before the first text: a role in chat, nothing on the legacy route."""
        if not self.chat:
            return []
        return [self.chunk_of({"delta": {"role": "assistant", "content": ""}}, None, 0)]

    def text(self, text: str, tokens: int) -> dict[str, object]:
        """A chunk with text, when so many tokens have been generated."""
        return self.chunk_of({"delta": {"content": text}} if self.chat else {"text": text}, None, tokens)

    def finish(self) -> dict[str, object]:
        """The chunk that tells why the answer has ended."""
        tokens = self.generation.generated_tokens
        return self.chunk_of({"delta": {}} if self.chat else {"text": ""}, self.generation.finish_reason, tokens)

    def final_usage(self) -> dict[str, object]:
        """The last chunk, without a choice, when usage was asked for."""
        counts = usage(self.generation, self.generation.generated_tokens)
        return {**self.head(chunk=True), "choices": [], "usage": counts}

    def whole(self, text: str) -> dict[str, object]:
        """The answer of a request that does not stream."""
        content = {"message": {"role": "assistant", "content": text}} if self.chat else {"text": text}
        choice = {"index": 0, **content, "logprobs": None, "finish_reason": self.generation.finish_reason}
        counts = usage(self.generation, self.generation.generated_tokens)
        return {**self.head(chunk=False), "choices": [choice], "usage": counts}

    def chunk_of(self, content: dict[str, object], finish_reason: str | None, tokens: int) -> dict[str, object]:
        """A chunk of either format."""
        choice = {"index": 0, **content, "logprobs": None, "finish_reason": finish_reason}
        body = {**self.head(chunk=True), "choices": [choice]}
        if self.usage_on_every_chunk:
            body["usage"] = usage(self.generation, tokens)
        return body

    def head(self, chunk: bool) -> dict[str, object]:
        """What every object begins with."""
        kind = ("chat.completion.chunk" if chunk else "chat.completion") if self.chat else "text_completion"
        return {"id": self.generation.id, "object": kind, "created": self.generation.created, "model": MODEL}
