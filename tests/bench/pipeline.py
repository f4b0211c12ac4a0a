"""What a chunk costs: the whole pipeline beside the peers' bare loops and two floors, in turn, on the same stream."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from . import peers
from .given import Given
from .rows import Figure, Peer, Row
from .serving import Worker, serving, worker
from .table import number

GROUP = "CPU for each chunk, from the socket to the widget"
OWN, ALONE = "nbstream", "nbstream, gathering switched off"
ENVIRONMENT = {"openai": "sdk", "anthropic": "sdk", "httpx": "sdk", "httpx-sse": "sdk", "litellm": "litellm"}
UVLOOP = "uvloop"
FLOORS = ("transport", "bare")
LABEL = {
    "openai": "openai, async for",
    "anthropic": "anthropic, async for",
    "litellm": "litellm, async for",
    "httpx": "httpx async: bytes, split, json",
    "httpx-sse": "httpx-sse async, json",
    "transport": "a floor: nbstream's own way through httpx, json, no more",
    UVLOOP: "nbstream itself with uvloop on its thread, gathering switched off",
    "bare": "the floor: an asyncio protocol, split, json, without httpx",
}
ALL = "request, read, decode, count with o200k_base, a guard, log to SQLite, messages made into JSON, end; all threads"
WARM = 200
PACE_US, MODEL_US = 2_000, 20_000
"""An event each 2 ms, longer than the slowest takes for it; and the pace of a model, 50 tokens a second."""


@dataclass(frozen=True)
class Way:
    """Who reads, and whether what comes within a moment may be taken as one; peers know only to read at once."""

    client: Worker
    gather: bool


@dataclass(frozen=True)
class Turns:
    """One way of sending, read by all in turn: microseconds for each chunk, and how many chunks a read took."""

    micros: dict[str, list[float]]
    each: dict[str, float]


def measure(given: Given) -> list[Row]:
    """A row for each way of sending and each way of ours to read it, with each peer beside."""
    here = [name for name in given.peers if not peers.missing(name)]
    with ExitStack() as stack:
        server = stack.enter_context(serving())
        own = stack.enter_context(worker("own", env=given.env))
        ways = {OWN: Way(own, True), ALONE: Way(own, False)}
        for name in here:
            python = peers.python(ENVIRONMENT[name])
            ways[name] = Way(stack.enter_context(worker("clients", name, python=python, env=given.env)), True)
        if not peers.missing(UVLOOP):
            ways[UVLOOP] = Way(stack.enter_context(worker("on_uvloop", env=given.env)), False)
        for name in FLOORS:
            ways[name] = Way(stack.enter_context(worker("floors", name, env=given.env)), True)

        for way in ways.values():  # what the first stream of all loads would hold it up
            way.client.ask(url=server.url("coalesced", 0, WARM))

        def turns(mode: str, pace_us: int, chunks: int, rounds: int, left_out: Sequence[str] = ()) -> Turns:
            taking = {name: way for name, way in ways.items() if name not in left_out}
            return taken(server.url(mode, pace_us, chunks), taking, chunks, rounds)

        fast = turns("paced", PACE_US, given.paced_chunks, given.rounds)
        slow = turns("paced", MODEL_US, given.slow_chunks, given.slow_rounds, [ALONE, "transport", UVLOOP])
        bulk = turns("coalesced", 0, given.coalesced_chunks, given.rounds, [ALONE, UVLOOP])
        long = turns("coalesced", 0, given.longest_chunks, given.slow_rounds, [ALONE, UVLOOP, "litellm"])
    targets = {"openai": 0.5, "httpx": 0.9}
    return [
        row("one event per read: gathering switched off", fast, given, ALONE, targets, not_beside=[OWN]),
        row("as shipped, an event each 2 ms", fast, given, OWN, targets, not_beside=[ALONE, "transport", UVLOOP]),
        row("as shipped, at a model's pace: an event each 20 ms", slow, given),
        row("reads coalesced", bulk, given, targets={"openai": 0.25}),
        row(f"reads coalesced, {given.longest_chunks:,} tokens", long, given),
    ]


def taken(url: str, ways: dict[str, Way], chunks: int, rounds: int) -> Turns:
    """All ways in turn; a first turn of each, which is not measured, warms it on this address and counts reads."""
    micros: dict[str, list[float]] = {name: [] for name in ways}
    each = {}
    for turn in range(rounds + 1):
        for name, way in ways.items():
            told = way.client.ask(url=url, gather=way.gather, count=turn == 0)
            assert told["chunks"] >= chunks, (name, told)
            if turn:
                micros[name].append(float(told["cpu_s"]) / chunks * 1e6)
            elif told["reads"]:
                each[name] = told["chunks"] / told["reads"]
    return Turns(micros, each)


def row(
    what: str,
    turns: Turns,
    given: Given,
    own: str = OWN,
    targets: dict[str, float] | None = None,
    not_beside: Sequence[str] = (),
) -> Row:
    """One of our ways, all others beside."""
    readings = turns.micros[own]
    beside = {
        name: Peer.beside(LABEL[name], readings, turns.micros[name])
        if name in turns.micros
        else Peer(LABEL[name], note=peers.missing(name) or "left out here: it takes too long")
        for name in (*given.peers, *(name for name in (UVLOOP, *FLOORS) if name in turns.micros))
        if name not in not_beside
    }
    ratios = {name: one.ratio.median for name, one in beside.items() if one.ratio}
    judged = [ratios[name] <= most for name, most in (targets or {}).items() if name in ratios]
    reads = ", ".join(f"{name} {number(turns.each[name])}" for name in (own, *beside) if name in turns.each)
    return Row(
        GROUP,
        what,
        "µs",
        Figure.of(readings),
        list(beside.values()),
        ", ".join(f"≤ {most} of {name}" for name, most in (targets or {}).items()),
        all(judged) if judged else None,
        f"{ALL}; n = {len(readings)}; chunks for each read of the socket: {reads}",
    )
