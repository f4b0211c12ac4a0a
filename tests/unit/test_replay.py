"""Replay: a recording goes through the real decoder and ends as the real stream did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from faults.server import PATIENCE, chunk, event
from faults.watch import Watch

import nbstream
from nbstream import Attempt, Replay, SetupError
from nbstream.providers import OpenAICompletions

END = event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}) + b"data: [DONE]\n\n"
TEXTS = ["Hello", "Füße 🦜 鸚鵡\r\n\u2028\x85end", '{"data": "[DONE]"}\n\ndata: x', "x" * 100_000]


def played(recording: Replay, **options: object) -> Attempt:
    return nbstream.generate("anything", recording, **options).wait(PATIENCE)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_whole(text: str) -> None:
    attempt = played(Replay.text(text, events_per_s=0))
    assert (attempt.text, attempt.ended_by, attempt.finish_reason) == (text, "model", "stop")


def test_a_recording_is_bytes_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "answer.sse").write_bytes(chunk("Hello") + END)
    for recording in (chunk("Hello") + END, tmp_path / "answer.sse", str(tmp_path / "answer.sse")):
        assert played(Replay(recording, events_per_s=0)).text == "Hello"


def test_a_recording_can_be_played_again_and_again() -> None:
    generation = nbstream.generate("anything", Replay.text("Hello", events_per_s=0))
    generation.wait(PATIENCE)
    generation.retry()
    generation.wait(PATIENCE)
    assert generation.history["text"].tolist() == ["Hello", "Hello"]


def test_a_recording_of_another_format_is_decoded_as_that() -> None:
    legacy = OpenAICompletions("davinci-002", base_url="http://localhost")
    recording = event({"choices": [{"text": "Hello", "finish_reason": None}]}) + b"data: [DONE]\n\n"
    attempt = played(Replay(recording, decode_as=legacy, events_per_s=0))
    assert (attempt.text, attempt.model) == ("Hello", "davinci-002")


def test_a_recording_that_was_cut_ends_as_the_stream_did() -> None:
    attempt = played(Replay(chunk("kept"), events_per_s=0))
    assert (attempt.ended_by, attempt.text) == ("error", "kept")
    assert "ended before the answer did" in (attempt.reason or "")


def test_a_recorded_error_is_an_error() -> None:
    recording = chunk("kept") + event({"error": {"message": "overloaded"}}) + chunk("never")
    attempt = played(Replay(recording, events_per_s=0))
    assert (attempt.ended_by, attempt.text) == ("error", "kept")
    assert "overloaded" in (attempt.reason or "")


def test_a_replay_can_be_stopped() -> None:
    watch = Watch()
    generation = nbstream.generate("anything", Replay.text("word " * 1000, events_per_s=200), guards=[watch])
    watch.sees("word")
    generation.stop()
    attempt = generation.wait(PATIENCE)
    assert attempt.ended_by == "person"
    assert ("word " * 1000).startswith(attempt.text)
    assert len(attempt.text) < 5000


def test_a_replay_says_whose_attempt_it_is() -> None:
    row = nbstream.generate("anything", Replay.text("Hello", events_per_s=0), temperature=0.5).history.iloc[0]
    assert (row["provider"], row["base_url"], json.loads(row["options"])) == ("replay", "replay:", {"temperature": 0.5})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: Replay("/no/such/file.sse"), "no recording at '/no/such/file.sse'.*Replay.text"),
        (lambda: Replay("Hello"), "Replay.text"),
        (lambda: Replay("Hello " * 1000), "Replay.text"),
        (lambda: Replay(b"", events_per_s=-1), "events_per_s"),
        (lambda: Replay(b"", events_per_s="fast"), "events_per_s"),  # type: ignore[arg-type]
        (lambda: played(Replay.text("Hello"), temprature=1), "temperature"),
    ],
)
def test_what_cannot_be_played_is_refused(make: object, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        make()  # type: ignore[operator]
