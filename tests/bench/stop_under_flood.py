"""How long Stop takes on a server that sends as fast as it can. `python tests/bench/stop_under_flood.py [runs]`."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.server import PATIENCE, Server, Step, chunk, flood, headers, silence, text
from faults.watch import Watch

import nbstream

RUNS = 50
STEPS: dict[str, Step] = {
    "silent": silence(),
    "a flood of text": flood(chunk("word ") * 50),
    "a flood of long text": flood(chunk("word " * 2000)),
    "a flood of comments": flood(b": wait\n\n" * 1000),
    "a flood of empty lines": flood(b"\n" * 65536),
    "a flood of empty events": flood(chunk("") * 100),
}


def stopped(step: Step) -> tuple[float, float]:
    """Milliseconds from the call of stop() to the end of the attempt, and until the server sees its client leave."""
    server, watch = Server().script(headers(), text("kept"), step), Watch()
    generation = nbstream.generate("Hello", "test", base_url=server.base_url, guards=[watch])
    watch.sees("kept")
    assert server.connection().ready.wait(PATIENCE)
    time.sleep(0.1)  # the flood fills the buffers
    at = time.monotonic()
    generation.stop()
    left = server.connection().left().at
    latency = generation.wait(PATIENCE).stop_latency_ms
    server.stop()
    return latency or 0.0, (left - at) * 1000


def main(runs: int) -> None:
    print(f"{'ms, median and most of ' + str(runs):34} {'decided to closed':>20} {'until the server sees':>24}")
    for name, step in STEPS.items():
        here, there = zip(*(stopped(step) for _ in range(runs)), strict=True)
        figures = (f"{statistics.median(times):8.1f} {max(times):8.1f}" for times in (here, there))
        print(f"{name:34} {next(figures):>20} {next(figures):>24}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else RUNS)
