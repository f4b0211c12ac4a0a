"""Rules that end an attempt that goes wrong while nobody looks.

    nbstream.generate(prompt, guards=[nbstream.guards.MaxTokens(500), nbstream.guards.Stall(20)])
    nbstream.guards.default.append(nbstream.guards.MaxCost(0.10))   # for every generation of this kernel

A guard is one of these, a function `check(attempt, now) -> reason or None`, or an object whose `arm()` gives such a
function for each attempt; `nbstream.guards.base` says what else it may offer.
"""

from __future__ import annotations

from typing import Any

from .base import Armed, Check, Guard
from .json_prefix import JsonPrefix
from .limits import MaxSeconds, MaxTokens
from .max_cost import MaxCost
from .pattern import Pattern
from .repetition import Repetition
from .stall import Stall

__all__ = [
    "Armed",
    "Check",
    "Guard",
    "JsonPrefix",
    "MaxCost",
    "MaxSeconds",
    "MaxTokens",
    "Pattern",
    "Repetition",
    "Stall",
    "default",
]

default: list[Any] = []
"""Guards for all generations of this kernel, before those of the call; `generate(guards=None)` leaves them out."""
