"""Resume: a new attempt goes on from the partial answer, over real sockets and on the embedded model."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from faults.server import PATIENCE, Server, answer, finish, headers, silence, text
from faults.watch import Watch

import nbstream
from nbstream import Generation
from nbstream.attempt import Attempt
from nbstream.display import static_bundle
from nbstream.logged import recorded
from nbstream.providers import Demo
from nbstream.rows import row_of
from nbstream.run import Run

Start = Callable[..., Generation]
FAST = Demo(tokens_per_s=0, first_token_s=0)


def stopped(start: Start, watch: Watch, said: str, **options: object) -> Generation:
    """A generation whose first attempt was stopped after this text."""
    generation = start("Question", **options)
    watch.sees(said)
    generation.stop()
    generation.wait(PATIENCE)
    return generation


def halfway(server: Server, *pieces: str) -> None:
    server.script(headers(), text(*pieces), silence())


def asked(server: Server, number: int = 1) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.connection(number).json["messages"]  # type: ignore[assignment]
    return found


# ---- what comes of it


def test_the_answer_is_the_kept_text_and_what_is_new(server: Server, start: Start, watch: Watch) -> None:
    halfway(server, "One two three")
    server.script(*answer(" four", " five"))
    generation = stopped(start, watch, "three")
    first = generation.attempt
    resumed = generation.resume()
    generation.wait(PATIENCE)
    assert (resumed.text, resumed.kept, resumed.new_text) == ("One two three four five", "One two three", " four five")
    assert (resumed.relation, resumed.parent_id, resumed.number) == ("resume", first.attempt_id, 2)
    assert first.text == "One two three"
    assert resumed.resumed == "Resumed by asking to go on."


def test_what_is_repeated_is_taken_away_and_told(server: Server, start: Start, watch: Watch) -> None:
    halfway(server, "One two three")
    server.script(*answer("Sure, continuing:\n", "One two", " three four"))
    generation = stopped(start, watch, "three")
    resumed = generation.resume()
    generation.wait(PATIENCE)
    assert resumed.text == "One two three four"
    assert resumed.resumed == "Resumed by asking to go on; 31 repeated characters were removed."


def test_repeated_tokens_are_counted_as_received(server: Server, start: Start, watch: Watch) -> None:
    halfway(server, "One two three")
    server.script(*answer("One two three", " four"))
    generation = stopped(start, watch, "three")
    resumed = generation.resume()
    generation.wait(PATIENCE)
    assert resumed.received.tokens == -(-len("One two three four") // 4)


def test_kept_text_is_part_of_the_prompt_and_not_of_what_was_received(
    server: Server, start: Start, watch: Watch
) -> None:
    halfway(server, "One two three")
    server.script(*answer(" four"))
    generation = stopped(start, watch, "three")
    first = generation.attempt
    resumed = generation.resume("x" * 400)
    generation.wait(PATIENCE)
    assert resumed.received.tokens == 2
    assert resumed.kept_tokens.tokens == 100
    assert (resumed.input.tokens or 0) > (first.input.tokens or 0) + 100


def test_the_servers_word_on_the_prompt_wins(server: Server, start: Start, watch: Watch) -> None:
    halfway(server, "One two three")
    server.script(headers(), text(" four"), finish(usage={"prompt_tokens": 77, "completion_tokens": 1}))
    generation = stopped(start, watch, "three")
    resumed = generation.resume()
    generation.wait(PATIENCE)
    assert (resumed.input.tokens, resumed.input.source) == (77, "final")


def test_what_was_held_back_is_shown_when_the_stream_is_stopped(server: Server, start: Start, watch: Watch) -> None:
    halfway(server, "One two three four five")
    server.script(headers(), text("One two three"), silence())
    generation = stopped(start, watch, "five")
    resumed = generation.resume()
    watch.until(lambda attempt: attempt is resumed and attempt.chunks > 0)
    assert (resumed.new_text, resumed.status) == ("", "streaming")
    generation.stop()
    generation.wait(PATIENCE)
    assert resumed.new_text == "One two three"


def test_guards_see_the_new_text_alone(server: Server, start: Start, watch: Watch) -> None:
    tails: list[str] = []
    halfway(server, "One two three")
    server.script(*answer("One two three", " four"))
    generation = stopped(start, watch, "three", guards=[lambda attempt, now: tails.append(attempt.tail(100))])
    tails.clear()
    generation.resume()
    generation.wait(PATIENCE)
    assert set(tails) <= {"", " four"}
    assert " four" in tails


def test_the_log_has_the_whole_text_and_replays_the_new_one(server: Server, start: Start, watch: Watch) -> None:
    halfway(server, "One two three")
    server.script(*answer(" four"))
    generation = stopped(start, watch, "three")
    resumed = generation.resume()
    generation.wait(PATIENCE)
    rows = nbstream.history(text=True, generation_id=generation.generation_id)
    assert list(rows["text"]) == ["One two three", "One two three four"]
    assert list(rows["relation"]) == ["first", "resume"]
    assert [delta.text for delta in recorded([resumed.attempt_id])[resumed.attempt_id]] == [" four"]


def test_a_replayed_guard_knows_what_an_attempt_was_resumed_from(server: Server, start: Start) -> None:
    server.script(headers(), text('{"a": '), finish("length")).script(*answer("1}"))
    generation = start()
    generation.wait(PATIENCE)
    resumed = generation.resume()
    generation.wait(PATIENCE)
    assert resumed.text == '{"a": 1}'
    rows = nbstream.history(generation_id=generation.generation_id)
    assert list(nbstream.backtest(nbstream.guards.JsonPrefix(), rows)["would_cut"]) == [False, False]


# ---- again and again


def test_a_resumed_attempt_can_be_resumed_and_its_retry_asks_the_same(
    server: Server, start: Start, watch: Watch
) -> None:
    halfway(server, "One two three")
    halfway(server, " four")
    server.script(*answer(" 4"))
    server.script(*answer(" five"))
    generation = stopped(start, watch, "three")
    second = generation.resume()
    watch.sees("three four")
    third = generation.retry()
    generation.wait(PATIENCE)
    assert (second.ended_by, third.relation, third.text) == ("person", "retry", "One two three 4")
    assert asked(server, 1) == asked(server, 2)
    fourth = generation.resume_from(second, None)
    generation.wait(PATIENCE)
    assert fourth.text == "One two three four five"
    assert [message["role"] for message in asked(server, 3)] == ["user", "assistant", "user"]
    assert asked(server, 3)[1]["content"] == "One two three four"
    assert json.loads(second.prompt)[-1] == {"role": "assistant", "content": "One two three"}


def test_a_retry_with_another_prompt_begins_from_nothing(server: Server, start: Start, watch: Watch) -> None:
    halfway(server, "One two three")
    server.script(*answer(" four"))
    server.script(*answer("Other"))
    generation = stopped(start, watch, "three")
    generation.resume()
    generation.wait(PATIENCE)
    generation.retry("Another question")
    assert generation.wait(PATIENCE).text == "Other"
    assert asked(server, 2) == [{"role": "user", "content": "Another question"}]


def test_a_live_attempt_is_stopped_first(server: Server, start: Start, watch: Watch) -> None:
    halfway(server, "One two three")
    server.script(*answer(" four"))
    generation = start()
    watch.sees("three")
    resumed = generation.resume("One two")
    generation.wait(PATIENCE)
    assert generation.attempts[0].reason == "Stopped by a resume."
    assert resumed.text == "One two four"


# ---- the embedded model: what follows is conditioned on the partial text


def continuation(kept: str, prompt: str = "Introduce GPT.") -> Attempt:
    generation = nbstream.generate(prompt, FAST, seed=1, max_tokens=1)
    generation.wait(PATIENCE)
    resumed = generation.resume(kept)
    generation.retry(max_tokens=40)
    assert generation.wait(PATIENCE).kept == resumed.kept == kept
    return generation.attempt


@pytest.mark.parametrize(
    ("kept", "goes_on"),
    [
        pytest.param("The GPT model is a stack of decoder bl", "ock", id="in mid-word"),
        pytest.param("```python\nimport num", "py as np\n", id="in code"),
        pytest.param("| Layer | Shape |\n|---|---|\n| Embedd", " bed | ", id="in a table"),
    ],
)
def test_the_embedded_model_goes_on_from_an_edited_text(kept: str, goes_on: str) -> None:
    assert continuation(kept).new_text.startswith(goes_on)


def test_the_embedded_model_says_how_and_counts_the_kept_text_in_its_prompt() -> None:
    attempt = continuation("The GPT model is a stack of decoder bl")
    assert attempt.resumed == "Resumed by prefill."
    assert attempt.input.source == "final"
    assert attempt.received.tokens == attempt.output.tokens == 40
    alone = nbstream.generate("Introduce GPT.", FAST, max_tokens=1).wait(PATIENCE)
    assert (attempt.input.tokens or 0) - (alone.input.tokens or 0) > 8


# ---- from the browser


def test_the_browser_resumes_with_an_edited_text_once_however_many_copies_come(
    server: Server, start: Start, watch: Watch
) -> None:
    halfway(server, "One two three")
    server.script(*answer(" four"))
    generation = stopped(start, watch, "three")
    message = {
        "type": "resume",
        "generation": generation.generation_id,
        "nonce": "n",
        "attempt": generation.attempt.attempt_id,
        "text": "One",
    }
    for _ in range(3):
        generation.receive(message)
    server.connection(1)
    run: Run = generation.last_run
    run.ended.result(PATIENCE)
    assert [attempt.text for attempt in generation.attempts] == ["One two three", "One four"]


# ---- without a kernel


def test_the_static_output_marks_what_was_kept_and_says_how_it_was_resumed(
    server: Server, start: Start, watch: Watch
) -> None:
    halfway(server, "One 😀 <two>")
    server.script(*answer(" three"))
    generation = stopped(start, watch, "two>")
    generation.resume()
    generation.wait(PATIENCE)
    shown = static_bundle(generation.generation_id, [row_of(generation.attempt, 0.0)], generation.attempt.kept_text)
    assert '<span class="nbstream-kept">One 😀 &lt;two&gt;</span> three' in shown["text/html"]
    assert "Resumed by asking to go on." in shown["text/html"]
    assert "\nOne 😀 <two> three\n" in shown["text/plain"]
