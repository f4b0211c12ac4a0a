"""A generation becomes a widget when a page asks for it, and only then lives longer than whoever holds it."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

import pytest
from faults.server import PATIENCE, Server, answer, headers, silence, text, wait
from faults.watch import Watch
from ipywidgets.widgets.widget import _instances

import nbstream
from nbstream import Generation
from nbstream.pacer import Budget, Pacer
from nbstream.supervisor import supervisor

Start = Callable[..., Generation]


@pytest.fixture
def budget(monkeypatch: pytest.MonkeyPatch) -> Budget:
    unused = Budget()
    monkeypatch.setattr(Pacer, "budget", unused)
    return unused


def ended(generation: Generation) -> weakref.ref[Generation]:
    """A generation without holding it, once it has ended."""
    generation.wait(PATIENCE)
    supervisor().wait(generation.last_run, PATIENCE, settled=True)
    return weakref.ref(generation)


def collected(generation: weakref.ref[Generation]) -> bool:
    """Whether it is gone; a task that has just ended may hold it for one more turn of the loop."""
    for _ in range(100):
        turned = threading.Event()
        supervisor().call(turned.set)
        turned.wait(PATIENCE)
        gc.collect()
        if generation() is None:
            return True
    return False


def test_a_generation_that_nobody_holds_is_gone_when_it_has_ended() -> None:
    generation = ended(nbstream.generate("Hello", nbstream.Replay.text("Hello world")))
    assert collected(generation)


def test_a_generation_on_a_page_lives_until_it_is_closed() -> None:
    shown = nbstream.generate("Hello", nbstream.Replay.text("Hello world"))
    assert shown.model_id
    generation = ended(shown)
    del shown
    gc.collect()
    held = generation()
    assert held is not None
    held.close()
    del held
    assert collected(generation)


def test_a_generation_that_is_closed_leaves_no_widget_behind() -> None:
    before = set(_instances)
    shown = nbstream.generate("Hello", nbstream.Replay.text("Hello world"))
    shown.wait(PATIENCE)
    assert shown.model_id
    assert set(_instances) > before
    shown.close()
    assert set(_instances) == before


def test_a_generation_that_streams_goes_on_though_nobody_holds_it(server: Server, start: Start, watch: Watch) -> None:
    go_on = threading.Event()
    server.script(headers(), text("Hello"), wait(go_on), *answer(" world")[1:])
    run = start().last_run
    gc.collect()
    go_on.set()
    assert supervisor().wait(run, PATIENCE)
    assert (run.attempt.text, run.attempt.ended_by) == ("Hello world", "model")


def test_a_page_that_opens_late_gets_all_of_the_state(server: Server, start: Start) -> None:
    server.script(*answer("Hello"))
    generation = start()
    generation.wait(PATIENCE)
    assert generation.comm is None
    assert generation.model_id == generation.comm.comm_id
    state = generation.get_state()
    assert (state["saved_text"], state["rows"][0]["status"]) == ("Hello", "done")
    assert "export" in state["_esm"]
    assert ".nbstream" in state["_css"]


def test_a_page_that_opens_in_mid_stream_is_sent_what_comes_from_then_on(
    server: Server, start: Start, watch: Watch
) -> None:
    go_on = threading.Event()
    server.script(headers(), text("Hello"), wait(go_on), *answer(" world")[1:])
    generation = start()
    watch.sees("Hello")
    sent: list[Any] = []
    generation.send = lambda content, buffers=None: sent.append(content)  # type: ignore[method-assign]
    assert generation.model_id
    go_on.set()
    generation.wait(PATIENCE)
    assert "".join(message["text"] for message in sent if message["type"] == "delta") == " world"
    # the page has numbers 0 and sees a gap, which it heals by asking for all of it
    assert sent[0]["seq"] > 1


def test_what_no_page_sees_takes_no_turn_from_what_is_seen(budget: Budget, server: Server, start: Start) -> None:
    server.script(*answer("Hello", " world"))
    start().wait(PATIENCE)
    assert budget.free == 0.0


def test_a_process_that_ends_with_generations_says_nothing() -> None:
    code = (
        "import nbstream\n"
        "kept = [nbstream.generate('Hello', nbstream.Replay.text('Hello world')) for _ in range(3)]\n"
        "print([one.wait().text for one in kept], kept[0].model_id is not None)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout, done.stderr) == ("['Hello world', 'Hello world', 'Hello world'] True\n", "")


def test_a_process_that_ends_while_a_server_is_asked_for_counts_says_nothing(server: Server) -> None:
    server.script(headers(), silence())
    code = (
        "import sys, nbstream\n"
        "generation = nbstream.generate('Hello', 'demo')\n"
        "generation.stop()\n"  # before the request is sent, so the server is asked about it for some seconds
        "print(generation.wait().ended_by)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=PATIENCE)
    assert (done.stdout, done.stderr) == ("person\n", "")
