"""The open attempts of a process that is gone are closed, and nobody else's."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from faults.logs import an_attempt, grow
from storing import open_store, put, row

from nbstream.attempt import Attempt
from nbstream.processes import Process, node_name, this_process
from nbstream.store import GONE, STALE_S, Store
from nbstream.store.schema import kernels

NOW = 1_800_000_000_000_000
DEAD = replace(this_process(), started="another boot 17")
ELSEWHERE = Process("elsewhere", 1, "their boot 17")


# ---- what the dead left


@pytest.fixture
def abandoned(store: Store) -> Attempt:
    """An attempt that was open when its process was last heard of."""
    attempt = an_attempt("one ", "two ", ended=False)
    put(store, attempt, "krn_other")
    grow(attempt, "[hm]", "three")
    put(store, attempt, "krn_other", known=True, start=2)
    return attempt


def beat(store: Store, process: Process, ago_s: float = 0.0, kernel: str = "krn_other") -> None:
    store.beat(kernel, process, NOW - int(ago_s * 1e6))


def test_an_attempt_of_a_dead_process_is_closed_with_its_text(store: Store, abandoned: Attempt) -> None:
    beat(store, DEAD)
    assert store.sweep(NOW) == 1
    found = row(store)
    assert (found["status"], found["ended_by"], found["reason"]) == ("done", "kernel", GONE)
    assert (found["text"], found["reasoning"], found["duration_s"]) == ("one two three", "[hm]", pytest.approx(0.08))
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM nbstream_part")).scalar() == 1
        assert connection.execute(sa.select(kernels)).all() == []
    assert store.sweep(NOW) == 0


def test_a_resumed_attempt_of_a_dead_process_keeps_the_text_it_was_resumed_from(store: Store) -> None:
    attempt = an_attempt("two ", "three", ended=False)
    attempt.kept, attempt.relation, attempt.joined = "one ", "resume", {}
    put(store, attempt, "krn_other")
    beat(store, DEAD)
    assert store.sweep(NOW) == 1
    assert row(store)["text"] == attempt.text == "one two three"
    assert [delta.text for delta in store.recorded([attempt.attempt_id])[attempt.attempt_id]] == ["two ", "three"]


@pytest.mark.usefixtures("abandoned")
@pytest.mark.parametrize("ago_s", [0.0, 10 * STALE_S])
def test_an_attempt_of_a_live_process_is_left_alone_however_long_it_was_silent(ago_s: float, store: Store) -> None:
    beat(store, this_process(), ago_s)
    assert store.sweep(NOW) == 0
    assert row(store)["ended_by"] is None


@pytest.mark.usefixtures("abandoned")
@pytest.mark.parametrize(("ago_s", "closed"), [(STALE_S - 1, 0), (STALE_S + 1, 1)])
def test_an_attempt_of_another_host_is_closed_once_its_kernel_has_long_been_silent(
    ago_s: float, closed: int, store: Store
) -> None:
    beat(store, ELSEWHERE, ago_s)
    assert store.sweep(NOW) == closed


@pytest.mark.usefixtures("abandoned")
def test_an_attempt_of_another_machine_with_the_same_name_is_left_alone(store: Store) -> None:
    beat(store, Process(f"{node_name()} another machine", this_process().pid, "their boot 17"))
    assert store.sweep(NOW) == 0
    assert row(store)["ended_by"] is None


def test_an_attempt_that_has_ended_is_left_as_it_is(store: Store) -> None:
    put(store, an_attempt("one"), "krn_other")
    beat(store, DEAD)
    assert store.sweep(NOW) == 0
    assert row(store)["ended_by"] == "model"


def test_what_was_closed_by_mistake_is_put_right_by_its_owner(store: Store, abandoned: Attempt) -> None:
    beat(store, ELSEWHERE, STALE_S + 1)
    assert store.sweep(NOW) == 1
    grow(abandoned, " four")
    beat(store, ELSEWHERE)
    put(store, abandoned, "krn_other", known=True, start=4)
    found = row(store)
    assert (found["status"], found["ended_by"], found["reason"]) == ("streaming", None, None)
    assert found["text"] == "one two three four"
    assert store.sweep(NOW) == 0


def test_several_may_sweep_at_once(database: str, store: Store, abandoned: Attempt) -> None:
    beat(store, DEAD)
    ready = threading.Barrier(4)
    closed: list[int] = []

    def sweep() -> None:
        other = open_store(database)
        ready.wait()
        closed.append(other.sweep(NOW))
        other.close()

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(closed) == [0, 0, 0, 1]
    assert row(store)["text"] == "one two three"
