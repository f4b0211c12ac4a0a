"""Fixture: after a test each attempt that it began stands in the log as the attempt itself tells it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest

import nbstream
from nbstream import Attempt, Generation


def logged(attempt: Attempt) -> tuple[object, ...]:
    """What the log tells of an attempt."""
    rows = nbstream.history(generation_id=attempt.generation_id, text=True)
    row = rows[rows["attempt_id"] == attempt.attempt_id].iloc[0]
    told = (row[name] for name in ("status", "ended_by", "reason", "text", "error"))
    return tuple(None if pd.isna(value) else value for value in told)


def known(attempt: Attempt) -> tuple[object, ...]:
    """What the attempt itself tells."""
    return attempt.status, attempt.ended_by, attempt.reason, attempt.text, attempt.error


@pytest.fixture
def all_logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ask for it where faults are met that are not looked up in the log one by one."""
    begun: list[Attempt] = []
    begin = Generation.begin

    def noted(generation: Generation, *args: object, **words: object) -> Attempt:
        begun.append(begin(generation, *args, **words))  # type: ignore[arg-type]
        return begun[-1]

    monkeypatch.setattr(Generation, "begin", noted)
    yield
    assert begun
    assert [logged(attempt) for attempt in begun] == [known(attempt) for attempt in begun]
