"""A child of `os.fork` has none of its parent's threads: it has its own, and leaves the parent's alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from faults.logs import stored
from faults.server import PATIENCE, Server, answer

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")


def run(script: str, word: str, database: str) -> None:
    """Let a process end well and without a word."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script, word],  # Python 3.12 warns of any fork
        env=os.environ | {"NBSTREAM_LOG": database},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


SCRIPT = """
import os, sys, nbstream
from nbstream.log_writer import log_writer

def say(text):
    attempt = nbstream.generate(text, "test", base_url=sys.argv[1]).wait(60)
    assert log_writer().flush(60)
    return attempt.text

assert say("before") == "one"
if (child := os.fork()) == 0:
    assert say("in the child") == "two"
    assert nbstream.history(text=True)["text"].tolist() == ["one", "two"]
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
assert say("after") == "three"
"""


def test_a_child_streams_and_logs_and_the_parent_goes_on(server: Server, database: str) -> None:
    for text in ("one", "two", "three"):
        server.script(*answer(text))
    run(SCRIPT, server.base_url, database)
    assert stored(database)["text"].tolist() == ["one", "two", "three"]


LIVE = """
import os, sys, threading, nbstream
seen = threading.Event()
replay = nbstream.Replay.text("word " * 1000, events_per_s=100)
generation = nbstream.generate("Hello", replay, guards=[lambda *_: seen.set()])
assert seen.wait(60)
if (child := os.fork()) == 0:
    assert nbstream.live() == []
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
assert [attempt.status for attempt in nbstream.live()] == ["streaming"]
generation.stop()
assert generation.wait(60).ended_by == "person"
"""


def test_what_streams_in_the_parent_goes_on_when_a_child_ends(database: str) -> None:
    run(LIVE, "", database)
    assert stored(database)["ended_by"].tolist() == ["person"]
