"""What the server remembers of each generation: the counts that `GET /v1/generation` answers with."""

from __future__ import annotations

import time
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field

KEPT = 10_000


@dataclass(slots=True)
class Generation:
    """One request: tokens are those really generated, also after the client left; times are monotonic seconds."""

    id: str
    prompt_tokens: int
    streamed: bool
    created: int = field(default_factory=lambda: int(time.time()))
    began: float = field(default_factory=time.monotonic)
    generated_tokens: int = 0
    sent_tokens: int = 0
    finish_reason: str | None = None
    closed_s: float | None = None

    def close(self) -> None:
        """Generation has really ended, by itself or because the client left."""
        if self.closed_s is None:
            self.closed_s = time.monotonic() - self.began

    def as_json(self) -> dict[str, object]:
        """In the shape of OpenRouter's answer to the same question, with two fields more."""
        return {
            "id": self.id,
            "model": "demo",
            "created": self.created,
            "cancelled": self.finish_reason is None,
            "streamed": self.streamed,
            "finish_reason": self.finish_reason,
            "native_tokens_prompt": self.prompt_tokens,
            "native_tokens_completion": self.generated_tokens,
            "closed_s": self.closed_s,
            "sent_tokens": self.sent_tokens,
        }


class Ledger:
    """The last 10,000 generations, by their id and by the name the client gave them."""

    def __init__(self, kept: int = KEPT) -> None:
        self.most = kept
        self.generations: OrderedDict[str, Generation] = OrderedDict()
        self.aliases: OrderedDict[str, str] = OrderedDict()

    def open(self, prefix: str, prompt_tokens: int, streamed: bool, alias: str | None) -> Generation:
        """A new entry. An alias that was used before now means the new one."""
        generation = Generation(f"{prefix}-{uuid.uuid4().hex[:24]}", prompt_tokens, streamed)
        self.generations[generation.id] = generation
        if alias is not None:
            self.aliases.pop(alias, None)
            self.aliases[alias] = generation.id
        for table in (self.generations, self.aliases):
            if len(table) > self.most:
                table.popitem(last=False)
        return generation

    def find(self, name: str) -> Generation | None:
        """The generation with this id or alias, or None."""
        return self.generations.get(name) or self.generations.get(self.aliases.get(name, ""))
