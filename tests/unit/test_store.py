"""The log's tables on SQLite and PostgreSQL: transactions, and what is read from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from faults.logs import an_attempt, grow
from storing import put, row, rows

from nbstream.attempt import Attempt
from nbstream.filters import Filters
from nbstream.frames import COLUMNS
from nbstream.store import Save, Store, row_to_store
from nbstream.store.schema import attempts

# ---- rows


def test_what_is_stored_is_what_the_dataframe_of_the_kernel_shows(store: Store) -> None:
    attempt = an_attempt("one ", "[why]", "two", options='{"temperature": 0.5}', prompt='[{"content": "é"}]')
    put(store, attempt)
    found = row(store)
    assert list(found) == list(COLUMNS)
    assert (found["text"], found["reasoning"]) == ("one two", "[why]")
    assert found["started_at"] == int(attempt.started_at.timestamp() * 1e6 + 0.5)
    assert (found["status"], found["ended_by"], found["chunks"]) == ("done", "model", 3)
    assert found["output_tokens"] is None
    (deltas,) = store.recorded([attempt.attempt_id, "att_unknown"]).values()
    assert [(delta.channel, delta.text, round(delta.at, 4)) for delta in deltas] == [
        ("text", "one ", 0.02),
        ("reasoning", "[why]", 0.04),
        ("text", "two", 0.06),
    ]


def test_parts_are_added_while_it_streams_and_become_one_at_the_end(store: Store) -> None:
    attempt = an_attempt("one ", ended=False)
    put(store, attempt)
    grow(attempt, "[why]", "two ")
    put(store, attempt, known=True, start=1)
    put(store, attempt, known=True, start=1)  # said twice, because the first answer was lost: stored once
    assert (row(store)["text"], row(store)["reasoning"]) == ("one two ", "[why]")
    assert [delta.text for delta in store.recorded([attempt.attempt_id])[attempt.attempt_id]] == [
        "one ",
        "[why]",
        "two ",
    ]
    put(store, attempt, known=True, start=0)
    with store.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM nbstream_part")).scalar() == 1
    assert row(store)["text"] == "one two "


def test_numbers_alone_leave_the_text(store: Store) -> None:
    attempt = an_attempt("one ")
    put(store, attempt)
    attempt.told_usd = 0.25
    put(store, attempt, start=None)
    assert (row(store)["text"], row(store)["cost_usd"]) == ("one ", 0.25)


@pytest.mark.parametrize("odd", ["a\0b", "half \ud83d of it", "\u2028 \x85 \x1b[31m", "é" * 70_000, "😀", ""])
def test_text_that_a_database_may_not_like_is_stored(odd: str, store: Store) -> None:
    put(store, an_attempt(odd, odd, prompt=odd))
    kept = odd.replace("\0", "\ufffd").replace("\ud83d", "\ufffd")
    assert (row(store)["text"], row(store)["prompt"]) == (kept * 2, kept)
    assert all(delta.text == kept for found in store.recorded([row(store)["attempt_id"]]).values() for delta in found)


@pytest.mark.parametrize(
    "url", ["https://user:planted@host/v1", "https://planted@host/v1", "https://host/v1?key=planted", "https://host/v1"]
)
def test_an_address_is_stored_without_credentials(url: str, store: Store) -> None:
    put(store, an_attempt(base_url=url))
    assert row(store)["base_url"] == "https://host/v1"


def test_a_write_is_stored_whole_or_not_at_all(store: Store) -> None:
    good, bad = an_attempt("good"), an_attempt("bad")
    saves = [Save(row_to_store(one, "krn_me"), False, 0, one.deltas) for one in (good, bad)]
    broken = replace(saves[1], row=dict(saves[1].row) | {"chunks": object()})
    with pytest.raises(sa.exc.SQLAlchemyError):
        store.write([saves[0], broken])
    assert rows(store) == []


# ---- reading

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def ten(store: Store) -> Store:
    """Ten attempts, a day apart, of two models by turns."""
    for day in range(10):
        model = ("gpt", "llama3.2:3b")[day % 2]
        attempt = an_attempt(
            f"day {day}",
            attempt_id=f"att_{day}",
            generation_id=f"gen_{day // 5}",
            provider=("openai", "ollama")[day % 2],
            model=model,
            started_at=START + timedelta(days=day),
        )
        attempt.ended_by = "person" if day == 3 else "model"
        put(store, attempt)
    return store


@pytest.mark.parametrize(
    ("filters", "days"),
    [
        (Filters(), range(10)),
        (Filters(since=START + timedelta(days=8)), [8, 9]),
        (Filters(until=START + timedelta(days=2)), [0, 1]),
        (Filters(model=("gpt",)), [0, 2, 4, 6, 8]),
        (Filters(model=("ollama:llama3.2:3b",)), [1, 3, 5, 7, 9]),
        (Filters(model=("gpt", "llama3.2:3b")), range(10)),
        (Filters(provider=("ollama",), ended_by=("model",)), [1, 5, 7, 9]),
        (Filters(ended_by=("person", "guard")), [3]),
        (Filters(generation_id=("gen_1",)), range(5, 10)),
        (Filters(generation_id=("gen_9",)), []),
    ],
)
def test_filters_choose(filters: Filters, days: list[int], ten: Store) -> None:
    assert ten.columns(filters)["attempt_id"] == [f"att_{day}" for day in days]


def test_a_limit_takes_the_newest_and_they_stay_newest_last(ten: Store) -> None:
    found = ten.columns(Filters(model=("gpt",)), limit=2, texts=True)
    assert (found["attempt_id"], found["text"]) == (["att_6", "att_8"], ["day 6", "day 8"])


def test_text_is_left_out_unless_asked_for(ten: Store) -> None:
    assert {"text", "reasoning"}.isdisjoint(ten.columns(Filters()))


def test_weights_add_up_to_the_size_and_deleting_makes_it_smaller(store: Store) -> None:
    for number in range(20):
        put(store, an_attempt("word " * 4000, attempt_id=f"att_{number:02}", started_at=START + timedelta(days=number)))
    put(store, an_attempt("open", ended=False))
    weights = store.weights()
    assert [name for name, _, _ in weights] == [f"att_{number:02}" for number in range(20)]
    assert sum(size for _, _, size in weights) == pytest.approx(before := store.size(), rel=0.1)
    store.delete([name for name, _, _ in weights[:15]])
    assert len(rows(store)) == 6
    assert len(store.recorded([f"att_{number:02}" for number in range(20)])) == 5
    assert store.size() < before / 2


def test_every_column_of_the_dataframe_is_stored() -> None:
    assert set(COLUMNS) - {"text", "reasoning"} <= set(attempts.c.keys())


def test_to_save_what_is_known_goes_through_neither_its_prompt_nor_its_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    attempt = an_attempt("x")
    for name in ("text", "reasoning"):
        monkeypatch.setattr(Attempt, name, property(lambda self: pytest.fail("the whole text was put together")))
    assert not {"prompt", "options", "kept", "text"} & set(row_to_store(attempt, "kernel", known=True))
