"""overrun(): a full run against stopped ones, and what ends it early."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from faults.server import PATIENCE, Server, answer, body, chunk, event, finish, headers, send, silence, text

import nbstream
from nbstream import ProviderError, SetupError, prices
from nbstream.errors import AuthError
from nbstream.experiment import COLUMNS, prepare
from nbstream.providers import Demo, OpenRouter

FAST = Demo(tokens_per_s=400, first_token_s=0)


@pytest.fixture(autouse=True)
def _clean() -> Iterator[None]:
    yield
    prices.clear()


def test_the_embedded_model_tells_exactly_what_each_stop_cost() -> None:
    frame = nbstream.overrun(FAST, stop_after=(9, 30), repeat=2, max_tokens=60)
    assert frame["stop_after"].fillna(0).tolist() == [0, 9, 30] * 2
    assert frame["repeat"].tolist() == [1, 1, 1, 2, 2, 2]
    stopped = frame[frame["stop_after"].notna()]
    assert (stopped["received_tokens"] >= stopped["stop_after"]).all()
    assert (stopped["overrun_tokens"] == stopped["billed_tokens"] - stopped["received_tokens"]).all()
    assert set(stopped["billed_source"]) == {"reconciled"}
    assert set(stopped["ended_by"]) == {"guard"}
    full = frame[frame["stop_after"].isna()]
    assert full["billed_tokens"].tolist() == [60, 60]
    assert frame["note"].isna().all()


def test_the_embedded_model_counts_what_it_did_not_send_too() -> None:
    # all at once: the stop comes when much more has been generated than was read
    frame = nbstream.overrun(Demo(tokens_per_s=0, first_token_s=0), stop_after=5, max_tokens=2000)
    row = frame.iloc[1]
    assert row["received_tokens"] + row["overrun_tokens"] == row["billed_tokens"]
    assert (row["received_source"], row["billed_source"]) in {("running", "reconciled"), ("final", "final")}


def test_the_columns_are_the_documented_ones() -> None:
    frame = nbstream.overrun(FAST, stop_after=[], max_tokens=5)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == COLUMNS


def test_what_each_run_cost_is_told_where_a_price_is_known() -> None:
    prices.override("demo", input=0, output=1_000_000)
    frame = nbstream.overrun(FAST, stop_after=[9], max_tokens=20)
    assert frame["cost_usd"].tolist() == frame["billed_tokens"].tolist()
    assert set(frame["cost_source"]) == {"override"}


def test_the_prompt_may_be_a_conversation(server: Server) -> None:
    server.script(*answer("word"))
    messages = [{"role": "user", "content": "Hello"}]
    nbstream.overrun("test", messages, stop_after=[], base_url=server.base_url)
    assert server.connection().json["messages"] == messages


def test_a_service_that_is_asked_afterwards_tells_the_overrun(server: Server) -> None:
    told = {"prompt_tokens": 5, "completion_tokens": 40}
    server.script(headers(), text("word"), finish(usage=told))
    server.script(headers(), send(event({"id": "gen-1", "choices": [], "usage": told})), text("word"), silence())
    server.script(*body(json.dumps({"data": {"native_tokens_prompt": 5, "native_tokens_completion": 47}})))
    service = OpenRouter("test", base_url=server.base_url, api_key="sk-0123456789")
    row = nbstream.overrun(service, stop_after=[9]).iloc[1]
    assert (row["received_tokens"], row["billed_tokens"], row["overrun_tokens"]) == (40, 47, 7)


def test_a_service_that_does_not_tell_is_unknown_and_not_zero(server: Server) -> None:
    server.script(*answer("word " * 8)).script(headers(), text("word " * 8), silence())
    frame = nbstream.overrun("test", stop_after=[5], base_url=server.base_url)
    row = frame.iloc[1]
    assert row[["billed_tokens", "overrun_tokens"]].isna().all()
    assert row["note"].startswith("unknown")
    assert server.connection(1).left()


def test_a_count_that_ends_at_the_cut_is_no_bill(server: Server) -> None:
    server.script(*answer("word"))
    told = {"prompt_tokens": 5, "completion_tokens": 40}
    server.script(headers(), send(event({"choices": [], "usage": told})), text("word"), silence())
    row = nbstream.overrun("test", stop_after=[9], base_url=server.base_url).iloc[1]
    assert (row["output_tokens"], row["output_source"]) == (40, "running")
    assert row[["billed_tokens", "overrun_tokens"]].isna().all()


def test_an_answer_that_ends_before_the_stop_says_so(server: Server) -> None:
    server.script(*answer("word " * 8)).script(*answer("word " * 8))
    row = nbstream.overrun("test", stop_after=[100], base_url=server.base_url).iloc[1]
    assert row["ended_by"] == "model"
    assert row["note"].startswith("The answer ended before 100 tokens had come.")


@pytest.mark.parametrize("counts", [9, [9], (9,), range(9, 10), np.array([9]), {9}])
def test_the_counts_may_come_in_any_list(counts: object) -> None:
    assert prepare(FAST, "Hello", counts, 1, None, None, {}).counts == (9,)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "bad", [{"stop_after": [0]}, {"stop_after": ["9"]}, {"stop_after": "9"}, {"stop_after": True}, {"repeat": 0}]
)
def test_counts_that_make_no_sense_are_refused(bad: dict[str, object]) -> None:
    with pytest.raises(SetupError, match="whole numbers"):
        nbstream.overrun(FAST, **bad)  # type: ignore[arg-type]


# ---- what ends it early


def test_the_first_run_that_fails_ends_it_and_nothing_more_is_sent(server: Server) -> None:
    server.script(*body('{"error": {"message": "bad key"}}', "401 Unauthorized"))
    with pytest.raises(AuthError, match="bad key"):
        nbstream.overrun("test", base_url=server.base_url)
    assert len(server.connections) == 1


def test_an_error_inside_the_stream_ends_it_too(server: Server) -> None:
    server.script(*answer("word " * 8))
    server.script(headers(), send(chunk("word") + event({"error": {"message": "out of memory"}})))
    with pytest.raises(ProviderError, match="out of memory"):
        nbstream.overrun("test", stop_after=[50, 60], base_url=server.base_url)
    assert len(server.connections) == 2


def test_what_was_measured_before_a_failure_is_kept_in_it(server: Server) -> None:
    server.script(*answer("word " * 8)).script(*body("no", "400 Bad Request"))
    with pytest.raises(ProviderError) as failed:
        nbstream.overrun("test", stop_after=[5], base_url=server.base_url)
    frame: pd.DataFrame = failed.value.measured  # type: ignore[attr-defined]
    assert frame["ended_by"].tolist() == ["model", "error"]
    assert "400" in frame["note"][1]


def test_an_interrupt_stops_the_live_run_and_keeps_what_was_measured(server: Server) -> None:
    server.script(*answer("word " * 8)).script(headers(), text("word"), silence())

    def interrupt() -> None:
        server.connection(1)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=interrupt).start()
    with pytest.raises(KeyboardInterrupt) as stopped:
        nbstream.overrun("test", stop_after=[500, 600], base_url=server.base_url)
    assert stopped.value.measured["ended_by"].tolist() == ["model", "person"]  # type: ignore[attr-defined]
    assert server.connection(1).left()


def test_stop_all_ends_it_and_gives_what_was_measured(server: Server) -> None:
    server.script(headers(), text("word"), silence())
    frames: list[pd.DataFrame] = []
    work = threading.Thread(target=lambda: frames.append(nbstream.overrun("test", base_url=server.base_url)))
    work.start()
    server.connection()
    assert nbstream.stop_all("Enough.") == 1
    work.join(PATIENCE)
    assert frames[0]["ended_by"].tolist() == ["person"]
    assert frames[0]["note"][0].startswith("Enough.")
