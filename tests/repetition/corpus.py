"""The labelled corpus of the `Repetition` guard: texts to be cut, and texts that only look like it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "fixtures" / "repetition"


@dataclass(frozen=True)
class Text:
    """One text. A loop tells in `third_at` how many characters there are when the third repetition ends."""

    id: str
    kind: str
    label: str
    text: str
    third_at: int | None = None
    fresh: bool = False
    """Written after the held-out third had been looked at once; looked at once itself, at the end."""

    @property
    def held_out(self) -> bool:
        """It was never looked at while the guard was tuned; its name decided that before there was a guard."""
        return hashlib.sha256(self.id.encode()).digest()[0] % 3 == 0


def corpus() -> list[Text]:
    """All of it."""
    return [
        Text(**json.loads(line), fresh=path.name.startswith("fresh"))
        for path in sorted(FOLDER.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
