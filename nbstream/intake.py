"""What arrives together goes through the pipeline as one: decoded, folded, counted and told once."""

from __future__ import annotations

from .events import ReasoningDelta, TextDelta, ToolDelta
from .folding import fold, push
from .framing import HEADER, Record
from .run import Run, count, tell

FRAME_S = 1 / 30
"""Between two counts, where no guard looks at them."""


def take(run: Run, records: list[Record], now: float) -> None:
    """Grow the attempt by these records; neighbouring pieces of its answer become one delta."""
    attempt, decode = run.attempt, run.provider.decode
    before = len(attempt.deltas)
    pieces: list[str] = []
    for record in records:
        attempt.chunks += record.event != HEADER
        for event in decode(record):
            if isinstance(event, TextDelta) and not event.refusal:
                pieces.append(event.text)
                continue
            if pieces and isinstance(event, ReasoningDelta | ToolDelta | TextDelta):
                push(attempt, "text", "".join(pieces), now)
                pieces.clear()
            fold(attempt, event, now)
        if attempt.closed or attempt.error:  # what follows is not read when it comes apart, so not here either
            break
    if pieces:
        push(attempt, "text", "".join(pieces), now)
    if run.guards or now >= run.count_at:  # a screen shows no more than a frame's worth
        count(run)
        run.count_at = now + FRAME_S
    tell(run.listener.progressed, attempt, before)
