"""What a chunk costs: the whole pipeline beside the peers' bare loops, in turn, on the same stream."""

from __future__ import annotations

from contextlib import ExitStack

from . import peers
from .given import Given
from .rows import Figure, Peer, Row
from .serving import Worker, serving, worker

GROUP = "CPU for each chunk, from the socket to the widget"
PACE_US = 2000
"""Longer than the slowest of them takes for an event, so that each is read alone."""

WARM = 200
ENVIRONMENT = {"openai": "sdk", "anthropic": "sdk", "httpx": "sdk", "httpx-sse": "sdk", "litellm": "litellm"}
LABEL = {
    "openai": "openai, async for",
    "anthropic": "anthropic, async for",
    "litellm": "litellm, async for",
    "httpx": "httpx async: bytes, split, json",
    "httpx-sse": "httpx-sse async, json",
}
TARGETS = {"paced": {"openai": 0.5, "httpx": 0.9}, "coalesced": {"openai": 0.25}}


def measure(given: Given) -> list[Row]:
    """Two rows, with each peer beside."""
    here = [name for name in given.peers if not peers.missing(name)]
    with ExitStack() as stack:
        server = stack.enter_context(serving())
        workers = {"nbstream": stack.enter_context(worker("own", env=given.env))}
        for name in here:
            python = peers.python(ENVIRONMENT[name])
            workers[name] = stack.enter_context(worker("clients", name, python=python, env=given.env))

        def reading(client: Worker, mode: str, number: int) -> float:
            """Microseconds of CPU for each chunk."""
            told = client.ask(url=server.url(mode, PACE_US, number))
            assert told["chunks"] >= number, told
            return float(told["cpu_s"]) / number * 1e6

        found: dict[str, dict[str, list[float]]] = {}
        for mode, number, rounds in (
            ("paced", given.paced_chunks, given.rounds),
            ("coalesced", given.coalesced_chunks, given.rounds),
        ):
            for client in workers.values():
                reading(client, mode, WARM)
            found[mode] = {name: [] for name in workers}
            for _ in range(rounds):
                for name, client in workers.items():
                    found[mode][name].append(reading(client, mode, number))
    return [row(mode, readings, given) for mode, readings in found.items()]


def row(mode: str, readings: dict[str, list[float]], given: Given) -> Row:
    """One mode of reading, all clients."""
    own = readings["nbstream"]
    beside = [
        Peer.beside(LABEL[name], own, readings[name])
        if name in readings
        else Peer(LABEL[name], note=peers.missing(name) or "")
        for name in given.peers
    ]
    ratios = {name: one.ratio.median for name, one in zip(given.peers, beside, strict=True) if one.ratio}
    targets = TARGETS[mode]
    judged = [ratios[name] <= most for name, most in targets.items() if name in ratios]
    return Row(
        GROUP,
        {"paced": "one event per read", "coalesced": "reads coalesced"}[mode],
        "µs",
        Figure.of(own),
        beside,
        ", ".join(f"≤ {most} of {name}" for name, most in targets.items()),
        all(judged) if judged else None,
        "read, decode, count with o200k_base, a guard, log to SQLite, messages made into JSON; all threads",
    )
