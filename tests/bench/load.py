"""What many streams at once cost in a real kernel: `python tests/bench/load.py [streams] [seconds]`.

The embedded server runs in a process of its own. Messages are counted where the notebook server would see them.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from bisect import bisect_left
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from faults.demo_process import addressed, demo_process  # noqa: E402
from faults.load import drive, quantiles, wrong  # noqa: E402

PAGE = ("comm_open", "comm_msg", "display_data", "update_display_data")


def told(what: str, value: str) -> None:
    print(f"{what:60} {value:>30}", flush=True)


def milliseconds(what: str, values: list[float]) -> None:
    middle, late, worst = quantiles(values)
    told(f"{what} (n={len(values)}): p50, p99, most", f"{middle:.1f}, {late:.1f}, {worst:.1f} ms")


def measure(streams: int, seconds: float) -> None:
    """Runs in the kernel."""
    import nbstream

    with demo_process() as server, addressed(server):
        process = psutil.Process(server.process.pid)
        before = sum(process.cpu_times()[:2])
        load = drive(streams, seconds, random.Random(1))
        busy = sum(process.cpu_times()[:2]) - before
        load.settle(server.ledger())
        ledger = server.ledger()
        tokens = sum(attempt.received.tokens or 0 for attempt in load.attempts)
        told("streams, seconds", f"{streams}, {load.took_s:.1f}")
        told("attempts, stopped one by one", f"{len(load.attempts)}, {len(load.stops)}")
        told("tokens received a second; offered at most", f"{tokens / load.took_s:.0f}; {streams * 50}")
        milliseconds("stop: decision -> socket closed here", load.at_the_client_ms())
        milliseconds("stop: decision -> generation ended at the server", load.at_the_server_ms(ledger))
        told("CPU of the kernel, of the server", f"{load.cpu_s / load.took_s:.2f}, {busy / load.took_s:.2f} cores")
        told("CPU of the kernel for each token, all in all", f"{load.cpu_s / tokens * 1e6:.0f} µs")
        told("attempts whose account is wrong", str(len(wrong(load, ledger))))
        logged = nbstream.history()
        ended = set(logged["attempt_id"][logged["status"] == "done"])
        told("attempts missing in the log", str(sum(one.attempt_id not in ended for one in load.attempts)))


def busiest(times: list[float], window: float) -> int:
    """Most messages in any `window` seconds, wherever they begin."""
    times = sorted(times)
    return max((bisect_left(times, time + window) - place for place, time in enumerate(times)), default=0)


def main(streams: int, seconds: float) -> None:
    from jupyter_client.manager import start_new_kernel

    times: list[float] = []

    def heard(message: dict) -> None:  # type: ignore[type-arg]
        if message["msg_type"] in PAGE:
            times.append(message["header"]["date"].timestamp())
        elif message["msg_type"] == "stream":
            print(message["content"]["text"], end="", flush=True)
        elif message["msg_type"] == "error":
            print("\n".join(message["content"]["traceback"]))

    with tempfile.TemporaryDirectory() as folder:
        env = os.environ | {"NBSTREAM_LOG": str(Path(folder) / "log.sqlite"), "NBSTREAM_OFFLINE": "1"}
        env |= {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")])}
        manager, client = start_new_kernel(env=env)
        try:
            code = f"from bench.load import measure; measure({streams}, {seconds})"
            client.execute_interactive(code, output_hook=heard, timeout=seconds + 300)
        finally:
            client.stop_channels()
            manager.shutdown_kernel()
    first, last = min(times), max(times)
    after = [time for time in times if time > first + 5]
    told("messages to the browser: all, a second", f"{len(times)}, {len(times) / (last - first):.0f}")
    told("most in any second, and after the first five", f"{busiest(times, 1)}, {busiest(after, 1)}")
    told("most in any three, which the notebook server counts", f"{busiest(times, 3)} of 3000")


if __name__ == "__main__":
    given = [float(word) for word in sys.argv[1:]]
    main(int(given[0]) if given else 200, given[1] if given[1:] else 60.0)
