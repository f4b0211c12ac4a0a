"""Many streams at once, many attempts one after the other, and the memory that they hold."""

from __future__ import annotations

from .given import Given
from .rows import Figure, Row, quantile
from .serving import worker

GROUP = "Many streams, many attempts"
CORES, STOP_MS = 1.0, 50.0


def measure(given: Given) -> list[Row]:
    """Each in a fresh process, so that one does not leave its memory to the next."""
    found = [load(given)]
    with worker("growing", env=given.env) as fresh:
        told = fresh.ask(do="streams", n=given.streams)
        note = f"{given.streams} open at once, each shown, after a token"
        found.append(Row(GROUP, "memory of a live stream", "kB", Figure.of([told["kilobytes"]]), note=note))
    with worker("growing", env=given.env) as fresh:
        told = fresh.ask(do="attempts", n=given.attempts)
        note = f"{given.attempts:,} attempts of 5 tokens in turn, {told['took_ms']:.1f} ms each"
        found.append(Row(GROUP, "CPU of an attempt, besides its tokens", "ms", Figure.of([told["cpu_ms"]]), note=note))
        held = Figure.of([told["kilobytes"]])
        found.append(Row(GROUP, "memory that an attempt leaves behind", "kB", held, note="the same attempts"))
    return found


def load(given: Given) -> Row:
    """One process under many streams; the server is another."""
    with worker("growing", env=given.env) as fresh:
        told = fresh.ask(do="load", streams=given.streams, seconds=given.load_s)
    stops = told["stops_ms"]
    late = quantile(stops, 0.99)
    return Row(
        GROUP,
        f"{given.streams} streams at 50 tokens/s for {given.load_s:g} s, each shown",
        "cores",
        Figure.of([told["cores"]]),
        target=f"< {CORES:g} core, Stop p99 ≤ {STOP_MS:g} ms",
        reached=told["cores"] < CORES and late <= STOP_MS,
        note=f"Stop → connection closed, as the server sees it: p50 {quantile(stops, 0.5):.1f}, p99 {late:.1f} ms "
        f"(n = {len(stops)}, each then retried; by our own account p99 {quantile(told['own_stops_ms'], 0.99):.1f} ms, "
        f"{told['unaccounted']} without); {told['tokens_per_s']:,.0f} tokens/s received, "
        f"{told['messages_per_s']:.0f} messages/s to the pages",
    )
