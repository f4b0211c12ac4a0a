"""A process that meets a flood: streams for some seconds at most, stops, and says as JSON what memory it took."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nbstream

from .server import PATIENCE
from .watch import Watch


def peak() -> int:
    """The most memory that this process ever had, in bytes; `getrusage` would count what its parent had, too."""
    (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def main(base_url: str, seconds: float) -> None:
    nbstream.generate("Hello", "test", base_url=base_url).wait(PATIENCE)  # all is loaded and warm
    before = peak()
    watch = Watch()
    generation = nbstream.generate("Hello", "test", base_url=base_url, guards=[watch])
    watch.sees("kept")
    generation.wait(seconds)
    generation.stop()
    attempt = generation.wait(PATIENCE)
    told = {"ended_by": attempt.ended_by, "reason": attempt.reason, "starts": attempt.text[:4]}
    print(json.dumps(told | {"grown": peak() - before, "pieces": len(attempt.deltas), "text": len(attempt.text)}))


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
