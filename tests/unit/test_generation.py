"""Generation as a handle: in a plain script and from any thread."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest
from faults.server import PATIENCE, Server, answer, finish, headers, silence, text
from faults.watch import Watch

import nbstream
from nbstream import Attempt, Generation, Replay, SetupError, widget
from nbstream.frames import COLUMNS
from nbstream.providers import Demo

Start = Callable[..., Generation]


def test_generate_returns_while_the_server_is_silent(server: Server, start: Start) -> None:
    server.script(silence())
    generation = start()
    assert (generation.status, generation.text) == ("waiting", "")
    assert [attempt.attempt_id for attempt in nbstream.live()] == [generation.attempt.attempt_id]


def test_wait_gives_the_ended_attempt(server: Server, start: Start) -> None:
    server.script(*answer("Hello", " world"))
    attempt = start().wait(PATIENCE)
    assert (attempt.status, attempt.ended_by, attempt.text) == ("done", "model", "Hello world")


def test_wait_gives_up_after_its_timeout_and_stops_nothing(server: Server, start: Start) -> None:
    server.script(silence())
    assert start().wait(0.01).status == "waiting"


def test_await_gives_the_ended_attempt(server: Server, start: Start) -> None:
    server.script(*answer("Hello"))

    async def cell() -> str:
        return (await start()).text

    assert asyncio.run(cell()) == "Hello"


def test_an_awaited_stop_has_the_count_that_the_service_tells_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widget, "SETTLE_S", PATIENCE)

    def enough(attempt: Attempt, now: float) -> str | None:
        return "Enough." if attempt.text else None

    async def main() -> Attempt:
        return await nbstream.generate("Hello", "demo", max_tokens=2000, guards=[enough])

    assert asyncio.run(main()).output.source == "reconciled"


def test_a_cancelled_await_stops_the_attempt(server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), text("word"), silence())
    generation = start()

    async def cell() -> None:
        waiting = asyncio.ensure_future(generation.ended_attempt())
        await asyncio.get_running_loop().run_in_executor(None, watch.sees, "word")
        waiting.cancel()
        await waiting

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(cell())
    assert (generation.attempt.ended_by, generation.text) == ("person", "word")
    assert "interrupt" in (generation.attempt.reason or "")


def test_a_retry_asks_the_same_but_for_the_changes(server: Server, start: Start) -> None:
    server.script(*answer("one")).script(*answer("two"))
    generation = start("Question", temperature=1.0, seed=3)
    first = generation.wait(PATIENCE)
    second = generation.retry(temperature=0.2, seed=None)
    generation.wait(PATIENCE)
    asked = [server.connection(number).json for number in (0, 1)]
    assert asked[0] | {"temperature": 0.2} == asked[1] | {"seed": 3}
    assert (second.number, second.relation, second.parent_id) == (2, "retry", first.attempt_id)


def test_a_retry_with_another_prompt_keeps_the_system_text(server: Server, start: Start) -> None:
    server.script(*answer("one"))
    generation = start("First", system="Be brief.")
    generation.wait(PATIENCE)
    generation.retry("Second")
    generation.wait(PATIENCE)
    assert server.connection(1).json["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Second"},
    ]


def test_a_retry_stops_the_live_attempt_and_keeps_its_text(server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), text("half"), silence()).script(*answer("whole"))
    generation = start()
    watch.sees("half")
    generation.retry()
    generation.wait(PATIENCE)
    assert [(a.ended_by, a.text) for a in generation.attempts] == [("person", "half"), ("model", "whole")]
    assert generation.attempts[0].reason == "Stopped by a retry."


def test_a_bad_retry_stops_nothing(server: Server, start: Start) -> None:
    server.script(silence())
    generation = start()
    with pytest.raises(SetupError, match="temperature"):
        generation.retry(temprature=1)
    assert (len(generation.attempts), generation.status) == (1, "waiting")


def test_the_history_has_the_columns_and_dtypes_of_the_contract(server: Server, start: Start) -> None:
    server.script(*answer("Hello"))
    generation = start(temperature=0.5)
    generation.wait(PATIENCE)
    frame = generation.history
    assert list(frame.columns) == list(COLUMNS)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == dict(COLUMNS)
    row = frame.iloc[0]
    assert (row["options"], row["prompt"]) == ('{"temperature": 0.5}', '[{"role": "user", "content": "Hello"}]')


def test_what_is_not_known_is_na_and_never_zero(server: Server, start: Start, watch: Watch) -> None:
    server.script(headers(), text("word"), silence())
    generation = start()
    watch.sees("word")
    generation.stop()
    generation.wait(PATIENCE)
    row = generation.history.iloc[0]
    unknown = ["output_tokens", "overrun_tokens", "cost_usd", "reasoning_tokens", "cached_tokens", "finish_reason"]
    assert row[unknown].isna().all()
    assert (row["output_source"], row["received_source"]) == ("unknown", "estimate")


def test_a_prompt_counted_without_the_models_own_vocabulary_is_an_estimate(server: Server, start: Start) -> None:
    server.script(*answer("Hello world"))
    generation = start()
    generation.wait(PATIENCE)
    assert generation.history.iloc[0]["input_source"] == "estimate"


def test_the_servers_last_word_on_usage_wins(server: Server, start: Start) -> None:
    usage = {"prompt_tokens": 11, "completion_tokens": 7}
    server.script(headers(), text("Hello world"), finish(usage=usage))
    generation = start()
    generation.wait(PATIENCE)
    row = generation.history.iloc[0]
    assert (row["input_tokens"], row["output_tokens"], row["overrun_tokens"]) == (11, 7, 0)
    assert (row["input_source"], row["received_source"], row["output_source"]) == ("final", "final", "final")


def test_the_embedded_model_tells_the_overrun_after_a_stop() -> None:
    watch = Watch()
    generation = nbstream.generate("Tell me of GPT.", Demo(tokens_per_s=500, first_token_s=0), guards=[watch])
    with watch.change:
        assert watch.change.wait_for(lambda: len(watch.text) > 100, PATIENCE)
    generation.stop()
    generation.wait(PATIENCE)
    row = generation.history.iloc[0]
    assert (row["received_source"], row["output_source"]) == ("running", "reconciled")
    assert row["overrun_tokens"] == row["output_tokens"] - row["received_tokens"] >= 0


def test_tab_offers_the_handle_and_nothing_else(server: Server, start: Start) -> None:
    server.script(*answer("Hello"))
    offered = dir(start())
    assert {"stop", "retry", "resume", "wait", "history"} <= set(offered)
    assert not {"act", "begin", "inbox", "comm", "keys", "_model_name"} & set(offered)


def test_stop_all_stops_all_and_says_how_many(server: Server, start: Start) -> None:
    server.script(silence())
    generations = [start(), start(), start()]
    assert nbstream.stop_all("Enough.") == 3
    assert [generation.wait(PATIENCE).reason for generation in generations] == ["Enough."] * 3


def test_wait_on_the_working_thread_is_refused_instead_of_hanging(server: Server, start: Start) -> None:
    server.script(headers(), text("word"), silence())
    said: list[str] = []
    done = threading.Event()

    def wait_here(attempt: object, now: float) -> str | None:
        try:
            generation.wait()
        except nbstream.NbstreamError as error:
            said.append(str(error))
        done.set()
        return "done"

    generation = start(guards=[wait_here])
    assert done.wait(PATIENCE)
    assert "await" in said[0]


def test_replay_plays_a_text_through_the_real_decoder() -> None:
    generation = nbstream.generate("anything", Replay.text("Füße 🦜", events_per_s=0))
    assert generation.wait(PATIENCE).text == "Füße 🦜"


SCRIPT = """
import nbstream
gen = nbstream.generate("Hello", nbstream.providers.Demo(tokens_per_s=0, first_token_s=0), max_tokens=20)
print(gen.wait().status, len(gen.history))
nbstream.generate("Hello")  # still streams when the script ends
"""


def test_a_plain_script_runs_to_its_end_and_exits() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, timeout=PATIENCE, check=True)
    assert (done.stdout, done.stderr) == ("done 1\n", "")
