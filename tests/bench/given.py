"""How much a run measures, and the environment that its processes share."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nbstream.vocabulary import TABLE

from .place import ROOT

RANKS = ROOT / "js" / "node_modules" / "gpt-tokenizer" / "data"


@dataclass(frozen=True)
class Given:
    """The sizes of a full run; `QUICK` has those of `make bench-quick`."""

    peers: tuple[str, ...] = ("openai", "anthropic", "litellm", "httpx", "httpx-sse")
    rounds: int = 5
    paced_chunks: int = 1_500
    coalesced_chunks: int = 20_000
    slow_chunks: int = 250
    longest_chunks: int = 100_000
    slow_rounds: int = 3  # of these two
    stops: int = 200
    others: int = 50  # stops in ways that have no target
    blocked: int = 5  # of a way to stop that is known to hang, each for seconds
    load_s: float = 60.0
    streams: int = 200
    attempts: int = 10_000
    imports: int = 21
    history: int = 100_000
    lengths: tuple[int, ...] = (1_000, 10_000, 100_000)
    kernels: tuple[str, ...] = ("ipykernel7", "ipykernel6")
    clicks: int = 50
    ways: tuple[str, ...] = ()  # all there are
    shown: tuple[tuple[int, float, int], ...] = ((20_000, 20.0, 3), (100_000, 50.0, 1))  # tokens, seconds, rounds
    widgets_s: float = 20.0
    env: dict[str, str] = field(default_factory=dict)


QUICK = Given(
    peers=("openai", "httpx"),  # those that targets name
    rounds=2,
    paced_chunks=1_000,
    coalesced_chunks=5_000,
    slow_chunks=100,
    longest_chunks=20_000,
    slow_rounds=1,
    stops=20,
    others=10,
    blocked=1,
    load_s=4.0,
    attempts=100,
    imports=3,
    history=10_000,
    kernels=("ipykernel7",),
    clicks=5,
    ways=("update_display(Markdown)",),
    shown=((5_000, 4.0, 1),),
    widgets_s=4.0,
)


@contextmanager
def environment() -> Iterator[dict[str, str]]:
    """A log of its own, the vocabularies that npm brought, no network; and nothing of the user's keys or proxies."""
    with tempfile.TemporaryDirectory(prefix="nbstream-bench-") as name:
        folder = Path(name)
        for vocabulary in TABLE.values():
            ranks = RANKS / f"{vocabulary.name}.tiktoken"
            if not ranks.is_file():
                raise SystemExit(f"npm has not brought {ranks.relative_to(ROOT)}: run `make setup`.")
            (folder / vocabulary.file).symlink_to(ranks)
        blank = {key: "" for key in os.environ if key.lower().endswith("_proxy")}
        yield blank | {
            "NBSTREAM_LOG": str(folder / "log.sqlite"),
            "NBSTREAM_OFFLINE": "1",
            "NBSTREAM_MODEL": "",
            "TIKTOKEN_CACHE_DIR": name,
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        }
