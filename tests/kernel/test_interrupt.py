"""A kernel interrupt while somebody waits stops the attempt, logs it, and is raised then."""

from __future__ import annotations

import json

import pytest
from kernel_fixture import Kernel

pytestmark = pytest.mark.kernel

START = """
import json, nbstream, sys, threading, time
from nbstream.providers import Demo
def told(attempt, now):
    if attempt.text and not said.is_set():
        said.set()
said = threading.Event()
gen = nbstream.generate("Tell me of GPT.", Demo(tokens_per_s=5), guards=[told])
said.wait(60)
def announce(ended=gen.last_run.ended, out=sys.stdout):
    while not (ended._waiters or ended._done_callbacks):
        time.sleep(0.01)
    print("waits now", file=out, flush=True)
"""


@pytest.mark.parametrize("cell", ["gen.wait()", "await gen"])
def test_an_interrupt_stops_the_attempt_and_is_raised(kernel: Kernel, cell: str) -> None:
    kernel.run(START)
    waiting = kernel.start(f"threading.Thread(target=announce).start()\n{cell}")
    kernel.await_text("waits now")
    kernel.manager.interrupt_kernel()
    reply = kernel.reply(waiting)
    assert (reply["status"], reply["ename"]) in [("error", "KeyboardInterrupt"), ("error", "CancelledError")]
    row = json.loads(kernel.run("print(gen.history.iloc[0].to_json())"))
    assert (row["status"], row["ended_by"], row["reason"]) == ("done", "person", "Stopped by a kernel interrupt.")
    assert row["text"]
