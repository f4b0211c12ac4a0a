"""Where things are: the project, the peers' environments, the results, those that are published too."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
PEERS = ROOT / ".venv" / "bench"
RESULTS = ROOT / "bench-results"
PUBLISHED = ROOT / "tests" / "bench" / "RESULTS.md"
