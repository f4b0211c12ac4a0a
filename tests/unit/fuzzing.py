"""How long a property is tried: a few examples in `make test`, as many as NBSTREAM_FUZZ says in `make fuzz`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings


def fuzzed(short: int) -> settings:
    """So many examples, or as many as are asked for; other ones each time."""
    examples = int(os.environ.get("NBSTREAM_FUZZ") or short)
    return settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
