"""A click reaches its generation over any route, once; everything else that arrives is dropped without a word."""

from __future__ import annotations

import gc
import threading
import uuid
from collections.abc import Callable
from typing import Any

import comm
import pytest
from comm.base_comm import BaseComm
from faults.server import PATIENCE, Server, answer, headers, silence, text, wait
from faults.watch import Watch

from nbstream import Generation, stop_routes
from nbstream.stop_routes import deliver
from nbstream.supervisor import supervisor

Start = Callable[..., Generation]


def message(generation: Generation, kind: str, **more: object) -> dict[str, object]:
    ids = {"generation": generation.generation_id, "attempt": generation.attempt.attempt_id}
    return {"type": kind, "nonce": uuid.uuid4().hex} | ids | more


def settled() -> None:
    """Wait until the loop has dealt with everything it was handed."""
    done = threading.Event()
    supervisor().call(done.set)
    assert done.wait(PATIENCE)


def test_a_delivered_stop_ends_the_attempt_it_names(server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), text("word"), silence())
    generation = start()
    watch.sees("word")
    assert server.connection().ready.wait(PATIENCE)
    deliver(message(generation, "stop"))
    assert server.connection().left().during == "silence"
    attempt = generation.wait(PATIENCE)
    assert (attempt.ended_by, attempt.reason, attempt.text) == ("person", "Stopped by you.", "word")


def test_the_copies_of_one_retry_start_one_attempt(server: Server, start: Start) -> None:
    server.script(*answer("one"))
    generation = start()
    generation.wait(PATIENCE)
    click = message(generation, "retry")
    threads = [threading.Thread(target=deliver, args=(dict(click),)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settled()
    assert len(generation.attempts) == 2
    deliver(message(generation, "retry"))
    settled()
    assert len(generation.attempts) == 3, "a second click has a nonce of its own"


def test_a_late_stop_does_not_hit_the_next_attempt(server: Server, start: Start, watch: Watch) -> None:
    go = threading.Event()
    server.script(*answer("one")).script(headers(), text("two"), wait(go), *answer(" three")[1:])
    generation = start()
    generation.wait(PATIENCE)
    late = message(generation, "stop")
    generation.retry()
    watch.sees("two")
    deliver(late)
    settled()
    go.set()
    assert generation.wait(PATIENCE).text == "two three"


def test_a_message_for_another_generations_attempt_does_nothing(server: Server, start: Start) -> None:
    server.script(silence())
    mine, yours = start(), start()
    deliver(message(mine, "stop", attempt=yours.attempt.attempt_id))
    settled()
    assert (mine.status, yours.status) == ("waiting", "waiting")


HOSTILE: list[object] = [
    None,
    "stop",
    b"stop",
    [],
    ["stop"],
    {},
    {"generation": None},
    {"generation": []},
    {"generation": {"a": 1}},
    {"generation": "gen_unknown", "type": "stop", "nonce": "n", "attempt": "a"},
    {"generation": "x" * 10**6},
]


@pytest.mark.parametrize("content", HOSTILE, ids=lambda content: str(content)[:30])
def test_what_names_no_generation_is_dropped(content: object) -> None:
    deliver(content)


CRAFTED: list[dict[str, object]] = [
    {"type": "eval"},
    {"type": None},
    {"type": ["stop"]},
    {"attempt": None},
    {"attempt": {"$ne": ""}},
    {"attempt": "att_unknown"},
    {"nonce": None},
    {"nonce": {}},
    {"nonce": "n" * 1000},
    {"type": "sync"},
    {"type": "sync", "have": "all"},
    {"type": "sync", "have": [{"attempt": "att_unknown", "seq": -1, "length": -1}]},
    {"type": "sync", "have": [{"attempt": "a", "seq": 1, "length": 1}] * 100 + [{}]},
    {"type": "sync", "have": [], "attempt": []},
    {"type": "stop", "attempt": ""},
    {"type": "resume", "text": 5},
    {"type": "select", "attempt": "att_unknown"},
]


@pytest.mark.parametrize("change", CRAFTED, ids=lambda change: str(change)[:40])
def test_a_crafted_message_stops_nothing_and_breaks_nothing(
    change: dict[str, object], server: Server, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    server.script(silence())
    generation = start()
    deliver(message(generation, "stop") | change)
    settled()
    assert generation.status == "waiting"
    assert not caplog.records, "asyncio logs what a callback raises"
    deliver(message(generation, "stop"))
    assert generation.wait(PATIENCE).ended_by == "person"


MANY = 143_000  # times seven messages


def test_a_million_messages_leave_the_loop_few_to_deal_with(server: Server, start: Start) -> None:
    server.script(silence())
    generation = start()
    settled()
    name = generation.generation_id
    asked = [message(generation, kind, have=[]) for kind in ("sync", "select", "stop")]
    stray = [message(generation, "stop", attempt="att_unknown"), {**asked[0], "nonce": 5}]
    go = threading.Event()
    supervisor().call(go.wait)  # the loop is busy, and everything has to wait
    try:
        for number in range(MANY):
            for content in asked:
                deliver({**content, "nonce": f"{content['type']} {number}"})
            for content in stray:
                deliver(content)
            deliver({"generation": name, "type": "stop", "nonce": "n", "attempt": f"att_{number}"})
            deliver({"generation": f"gen_{number}"})
        assert len(generation.inbox.waiting) == 3
        handles = [handle for handle in supervisor().loop._ready if "empty" in repr(handle)]  # type: ignore[attr-defined]
        assert len(handles) <= 1
        assert len(stop_routes.receivers) < MANY
    finally:
        go.set()
    assert generation.wait(PATIENCE).ended_by == "person", "the Stop among them is not lost"


def test_a_stop_is_not_lost_behind_a_message_that_fails(
    server: Server, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    server.script(silence())
    generation = start()
    settled()
    go = threading.Event()
    supervisor().call(go.wait)  # so that both wait together
    generation.send = broken  # type: ignore[method-assign]
    for kind in ("select", "stop"):
        deliver(message(generation, kind))
    go.set()
    assert generation.wait(PATIENCE).ended_by == "person"
    assert "no page" in caplog.text


def broken(content: object, buffers: object = None) -> None:
    raise OSError("no page")


def test_the_slowest_copy_of_a_retry_starts_nothing_however_late_it_comes(server: Server, start: Start) -> None:
    server.script(*answer("one")).script(*answer("two"))
    generation = start()
    generation.wait(PATIENCE)
    click = message(generation, "retry")
    deliver(click)
    settled()
    generation.wait(PATIENCE)
    for _ in range(200):
        deliver(message(generation, "select"))
        settled()
    deliver(dict(click))
    settled()
    assert len(generation.attempts) == 2


@pytest.mark.parametrize("length", [-1, 0, 1, 2, 3, 4, 5, 10**9])
def test_any_length_that_the_browser_claims_gets_a_text_that_can_be_sent(
    length: int, server: Server, start: Start
) -> None:
    server.script(*answer("a😀b"))
    generation = start()
    attempt = generation.wait(PATIENCE)
    sent: list[Any] = []
    generation.send = lambda content, buffers=None: sent.append(content)  # type: ignore[method-assign]
    deliver(message(generation, "sync", have=[{"attempt": attempt.attempt_id, "seq": 1, "length": length}]))
    settled()
    snapshot = next(content for content in sent if content["type"] == "snapshot")
    snapshot["text"].encode()
    whole = "a😀b".encode("utf-16-le")
    assert whole[: 2 * snapshot["offset"]] + snapshot["text"].encode("utf-16-le") == whole


def test_a_generation_that_is_gone_is_forgotten() -> None:
    class Receiver:
        def receive(self, content: object) -> None:
            raise AssertionError

    receiver = Receiver()
    stop_routes.listen("gen_gone", receiver)
    del receiver
    gc.collect()
    deliver({"generation": "gen_gone"})
    assert "gen_gone" not in stop_routes.receivers


def test_a_comm_that_the_front_end_opens_carries_a_stop(server: Server, start: Start) -> None:
    server.script(silence())
    generation = start()
    manager = comm.get_comm_manager()
    opened = BaseComm(target_name=stop_routes.TARGET, primary=False, comm_id="c1")
    manager.targets[stop_routes.TARGET](opened, {"content": {"data": {}}})
    opened.handle_msg({"content": {"data": message(generation, "stop")}})
    assert generation.wait(PATIENCE).ended_by == "person"


def test_outside_of_a_kernel_there_is_no_control_channel() -> None:
    assert stop_routes.install_control() is False


def test_a_page_that_asks_for_a_module_is_sent_it_once(server: Server, start: Start) -> None:
    server.script(*answer("one"))
    generation = start()
    generation.wait(PATIENCE)
    sent: list[dict[str, Any]] = []
    generation.send = lambda content, buffers=None: sent.append(content)  # type: ignore[method-assign]
    asks = message(generation, "module", name="extras")
    for _ in range(3):
        deliver(asks)
        settled()
    assert [content["type"] for content in sent] == ["module"]
    assert "export{" in sent[0]["script"].replace(" ", "")
