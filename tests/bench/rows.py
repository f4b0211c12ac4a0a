"""What a benchmark says: a row with a figure, its spread, its peers, its target and whether that was reached."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Figure:
    """Many readings of one thing; `low` and `high` are the 10th and the 90th percentile."""

    median: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, readings: Sequence[float]) -> Figure:
        """The figure of these readings, at least one."""
        return cls(statistics.median(readings), quantile(readings, 0.1), quantile(readings, 0.9), len(readings))


@dataclass(frozen=True)
class Peer:
    """Another way to do the same: its own figure, and ours divided by it, pair by pair; or why there is neither."""

    name: str
    figure: Figure | None = None
    ratio: Figure | None = None
    note: str = ""

    @classmethod
    def beside(cls, name: str, own: Sequence[float], other: Sequence[float], note: str = "") -> Peer:
        """Two lists of readings, taken in turn."""
        ratios = [a / b for a, b in zip(own, other, strict=True) if b]
        return cls(name, Figure.of(other), Figure.of(ratios) if ratios else None, note)


@dataclass(frozen=True)
class Row:
    """One line of the table. `reached` is `None` where there is no target, or nothing to judge it by."""

    group: str
    what: str
    unit: str
    figure: Figure | None
    peers: list[Peer] = field(default_factory=list)
    target: str = ""
    reached: bool | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, told: dict[str, Any]) -> Row:
        """The row that `to_json` told."""
        peers = [Peer(p["name"], figure_of(p["figure"]), figure_of(p["ratio"]), p["note"]) for p in told["peers"]]
        return cls(**told | {"figure": figure_of(told["figure"]), "peers": peers})


def figure_of(told: dict[str, Any] | None) -> Figure | None:
    return Figure(**told) if told else None


def quantile(readings: Sequence[float], share: float) -> float:
    """The smallest reading that so large a share of them does not exceed; all of few readings, so no invented ones."""
    ordered = sorted(readings)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]
