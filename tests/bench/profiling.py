"""Where the loop's thread spends a chunk's time: `python -m bench.profiling [lines]`, in full runs too.

A profile costs about as much as what it measures, most where functions are small: its shares count, not its sum.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from nbstream.supervisor import supervisor

from .own import PATIENCE_S, counted, gathering, read
from .place import ROOT
from .serving import serving

LINES = 20
WAYS = {
    "one event per read, gathering switched off": ("paced", 1000, 4_000, False),
    "reads coalesced": ("coalesced", 0, 20_000, True),
}


def on_the_loop(profile: cProfile.Profile, on: bool) -> None:
    """Switch the profile of the thread that does the work."""
    done: Future[None] = Future()
    supervisor().call(lambda: done.set_result((profile.enable if on else profile.disable)()))
    done.result(PATIENCE_S)


def profiled(mode: str, pace_us: int, number: int, gather: bool) -> dict[Any, Any]:
    """For each function: its calls, and the seconds of its own."""
    profile = cProfile.Profile()
    gathering({"gather": gather})
    with serving() as server:
        read(server.url("coalesced", 0, 100))
        on_the_loop(profile, True)
        read(server.url(mode, pace_us, number))
        on_the_loop(profile, False)
    found: dict[Any, Any] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
    return found


def told(found: dict[Any, Any], number: int, lines: int) -> list[str]:
    """The first by own time, without the wait for the network."""
    busy = {where: times for where, times in found.items() if "poll" not in where[2]}
    whole = sum(own for _, _, own, *_ in busy.values())
    first = sorted(busy.items(), key=lambda one: -one[1][2])[:lines]
    return [
        f"{own / whole:5.1%} {own / number * 1e6:6.2f} µs {calls / number:6.2f} calls  {name_of(*where)}"
        for where, (_, calls, own, *_) in first
    ]


def name_of(file: str, line: int, name: str) -> str:
    """A function, and its file from the package on."""
    if not line:
        return name
    path = Path(file)
    near = path.relative_to(ROOT) if path.is_relative_to(ROOT / "nbstream") else Path(*path.parts[-2:])
    return f"{name} ({near}:{line})"


def main(lines: int) -> None:
    counted()
    for what, (mode, pace_us, number, gather) in WAYS.items():
        print("\n".join([f"{what}, for each chunk", *told(profiled(mode, pace_us, number, gather), number, lines), ""]))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else LINES)
