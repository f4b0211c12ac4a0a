"""Many streams at once in one process, stopped and retried at random: nothing is lost, and every account is right.

`NBSTREAM_FULL=1`: 200 streams for 60 s. What it costs and how fast Stop is, tests/bench/load.py measures.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pandas as pd
import pytest
from faults.demo_process import DemoProcess, addressed, demo_process
from faults.load import Load, drive, wrong
from faults.logs import installed, stored

FULL = bool(os.environ.get("NBSTREAM_FULL"))
STREAMS, SECONDS = (200, 60.0) if FULL else (20, 3.0)


@pytest.fixture(scope="module")
def server() -> Iterator[DemoProcess]:
    with demo_process() as running, addressed(running):
        yield running


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("load") / "log.sqlite")


@pytest.fixture(scope="module")
def load(server: DemoProcess, database: str) -> Iterator[Load]:
    with pytest.MonkeyPatch.context() as patch, installed(database, patch) as writer:
        made = drive(STREAMS, SECONDS, random.Random())
        made.settle(server.ledger())
        assert writer.flush(60)
        yield made


pytestmark = pytest.mark.timeout(600 if FULL else 120)


def test_what_was_received_and_counted_is_what_the_server_sent_and_generated(load: Load, server: DemoProcess) -> None:
    assert len(load.attempts) > STREAMS
    assert wrong(load, server.ledger()) == []


def test_each_attempt_has_one_row_in_the_log_with_its_end_and_its_text(load: Load, database: str) -> None:
    frame = stored(database)
    assert sorted(frame["attempt_id"]) == sorted(attempt.attempt_id for attempt in load.attempts)
    rows = frame.set_index("attempt_id")
    for attempt in load.attempts:
        row = rows.loc[attempt.attempt_id]
        output = None if pd.isna(row["output_tokens"]) else row["output_tokens"]
        assert (row["status"], row["ended_by"], row["text"]) == ("done", attempt.ended_by, attempt.text)
        assert output == attempt.output.tokens


def test_each_stop_is_measured(load: Load) -> None:
    assert len(load.at_the_client_ms()) == len(load.stops)
