"""Many streams at once, with stops and retries at random moments, and what is to be said of them afterwards."""

from __future__ import annotations

import random
import statistics
import threading
import time
from dataclasses import dataclass, field

import nbstream
from nbstream.attempt import Attempt
from nbstream.providers import Demo
from nbstream.run import Run
from nbstream.supervisor import supervisor

from .demo_process import Entry

PROMPT = "Introduce the GPT model structure in as much detail as possible."
STOPS_PER_S = 0.1
"""Of each stream, as is the rate of retries: a stream lives some five seconds."""

PATIENCE = 60.0


@dataclass
class Load:
    """The runs of all attempts, and what the driving thread paid."""

    generations: list[nbstream.Generation] = field(default_factory=list)
    cpu_s: float = 0.0
    took_s: float = 0.0
    until: float = 0.0  # on the monotonic clock; then all are stopped together

    @property
    def runs(self) -> list[Run]:
        return [run for generation in self.generations for run in generation.runs.values()]

    @property
    def attempts(self) -> list[Attempt]:
        return [run.attempt for run in self.runs]

    @property
    def stops(self) -> list[Run]:
        """The runs that were stopped one by one, while all the others went on."""
        return [run for run in self.runs if run.decision is not None and run.decision.at < self.until]

    def at_the_client_ms(self) -> list[float]:
        """From each decision to the closed socket."""
        return [run.attempt.stop_latency_ms for run in self.stops if run.attempt.stop_latency_ms is not None]

    def at_the_server_ms(self, ledger: dict[str, Entry]) -> list[float]:
        """From each decision until the server had noticed and ended the generation."""
        found = [(run, ledger.get(run.attempt.attempt_id)) for run in self.stops]
        return [
            max(0.0, entry.ended_at - run.decision.at) * 1000
            for run, entry in found
            if entry and entry.ended_at and run.decision
        ]

    def settle(self, ledger: dict[str, Entry]) -> None:
        """Wait until the server's word of each attempt that it knows of is there."""
        for run in self.runs:
            if run.attempt.attempt_id in ledger:
                assert supervisor().wait(run, PATIENCE, settled=True)


def drive(streams: int, seconds: float, luck: random.Random, shown: bool = True, tokens_per_s: float = 50.0) -> Load:
    """Keep so many streams alive for so long once they all are there; then stop them all."""
    load = Load()
    cpu, start = time.process_time(), time.monotonic()
    for _ in range(streams):
        generation = nbstream.generate(PROMPT, Demo(tokens_per_s=tokens_per_s, seed=luck.randrange(10**6)))
        if shown:
            generation.model_id  # noqa: B018  # as if it were on a page
        load.generations.append(generation)
    pause = threading.Event()
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 or len(load.runs) == streams:  # one is retried at least
        pause.wait(max(0.0, min(luck.expovariate(2 * STOPS_PER_S * streams), left)))
        chosen = luck.choice(load.generations)
        if chosen.status == "done" or luck.random() < 0.5:
            chosen.retry()
        else:
            chosen.stop()
    load.cpu_s, load.took_s, load.until = time.process_time() - cpu, time.monotonic() - start, time.monotonic()
    nbstream.stop_all()
    for run in load.runs:
        assert supervisor().wait(run, PATIENCE)
    return load


def wrong(load: Load, ledger: dict[str, Entry]) -> list[str]:
    """What does not fit between what was received and what the server says; nothing, if all is well."""
    found = []
    for attempt in load.attempts:
        name = attempt.attempt_id
        if attempt.status != "done" or attempt.ended_by not in ("model", "person"):
            found.append(f"{name} ended by {attempt.ended_by}: {attempt.reason}")
        if (entry := ledger.get(name)) is None:
            if attempt.text or attempt.ended_by != "person":
                found.append(f"{name} is unknown to the server")
            continue
        if not entry.sent.startswith(attempt.text):
            found.append(f"{name} received what the server did not send")
        if attempt.ended_by == "model" and attempt.text != entry.sent:
            found.append(f"{name} misses the end of its answer")
        if (attempt.output.tokens or 0) != entry.generated:
            found.append(f"{name} generated {entry.generated}, its row says {attempt.output}")
    known = {attempt.attempt_id for attempt in load.attempts}
    return found + [f"{name} is known to the server alone" for name in ledger.keys() - known]


def quantiles(values: list[float]) -> tuple[float, float, float]:
    """Median, 99th percentile, largest."""
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return statistics.median(values), cuts[98], max(values)
