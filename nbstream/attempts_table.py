"""`gen.attempts`: a list that shows itself as a small table, with a picture of each attempt's pace."""

from __future__ import annotations

import time
from itertools import pairwise

from .attempt import Attempt
from .display import NO_FORMULAS, UNKNOWN, cells_of, plain_table, table
from .rows import row_of

SLOTS = 48
"""Places of a picture in which the text that came is gathered."""
WIDTH, HEIGHT = 3 * SLOTS, 18
STALL_S = 1.0
"""The shortest silence that is marked."""
BLOCKS = " ▁▂▃▄▅▆▇█"


class Attempts(list[Attempt]):
    """A list of attempts, oldest first. In a cell it is a table; what is made from it is a plain list."""

    def __repr__(self) -> str:
        if not self:
            return "[]"
        paces = ["".join(BLOCKS[round(8 * n)] for n in slots(attempt, 16)) for attempt in self]
        return plain_table(
            [
                {"attempt": line["attempt"], "pace": pace.rstrip()} | line
                for line, pace in zip(self.lines(), paces, strict=True)
            ]
        )

    def _repr_html_(self) -> str:
        if not self:
            return "<p>no attempts</p>"
        paces = [sparkline(attempt) for attempt in self]
        return f'<div class="{NO_FORMULAS}">{table(self.lines(), {"pace": paces})}</div>'

    def lines(self) -> list[dict[str, str]]:
        """The cells of the table but for the pictures, plain text."""
        now = time.monotonic()
        lines = []
        for attempt in self:
            cells = cells_of(row_of(attempt, now))
            reason = cells.pop("reason")  # the longest goes last
            lines.append(cells | {"tokens/s": rate(attempt), "reason": reason})
        return lines


def rate(attempt: Attempt) -> str:
    """Received tokens a second."""
    return UNKNOWN if attempt.tokens_per_s is None else f"{attempt.tokens_per_s:.1f}"


def span_of(attempt: Attempt) -> float:
    """Seconds from the request to the end, or to now while it lives; never less than what came took."""
    last = attempt.deltas[-1].at if attempt.deltas else 0.0
    return max(attempt.elapsed(time.monotonic()), last)


def slots(attempt: Attempt, count: int = SLOTS) -> list[float]:
    """How much text came in each of `count` equal parts of an attempt's time, against the fullest: 0 to 1."""
    deltas, span, filled = list(attempt.deltas), span_of(attempt), [0] * count
    for delta in deltas:
        filled[min(count - 1, int(count * delta.at / span)) if span else 0] += len(delta.text)
    most = max(filled)
    return [n / most if most else 0.0 for n in filled]


def silences(attempt: Attempt) -> list[tuple[float, float]]:
    """From when to when nothing came for `STALL_S` or longer, the wait for the first text included."""
    times = [0.0, *(delta.at for delta in attempt.deltas), span_of(attempt)]
    return [(start, end) for start, end in pairwise(times) if end - start >= STALL_S]


def sparkline(attempt: Attempt) -> str:
    """The pace over time as a drawing: a bar for each part that brought text, a line where nothing came.

    Its title says in words what it shows. The colour is that of the text around it.
    """
    span = span_of(attempt)
    stalls = silences(attempt)
    bars = "".join(
        f"M{3 * place} {HEIGHT - 2}v-{max(1.0, size * (HEIGHT - 3)):.1f}h2v{max(1.0, size * (HEIGHT - 3)):.1f}z"
        for place, size in enumerate(slots(attempt))
        if size
    )
    gaps = "".join(f"M{WIDTH * start / span:.1f} {HEIGHT - 1}H{WIDTH * end / span:.1f}" for start, end in stalls)
    longest = max((end - start for start, end in stalls), default=0.0)
    words = f"{span:.1f} s from left to right" + (f"; the longest silence was {longest:.1f} s" if longest else "")
    return (
        # JupyterLab shrinks pictures in tables
        f'<svg width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" style="max-width:none" role="img">'
        f"<title>{words}</title>"
        f'<path d="{bars}" fill="currentColor" opacity="0.65"/>'
        f'<path d="{gaps}" stroke="#d9730d" stroke-width="2" fill="none"/></svg>'
    )
