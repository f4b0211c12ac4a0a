"""What a continuation repeats is taken away, what it does not is never lost, and nothing waits longer than it must."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbstream.seam import LEAST, WINDOW, Seam

FOLDER = Path(__file__).parents[1] / "fixtures" / "resume"
VECTORS = [
    pytest.param(vector, id=f"{path.stem}: {vector['name']}")
    for path in sorted(FOLDER.glob("*.json"))
    for vector in json.loads(path.read_text("utf-8"))
]


def cuts(text: str, number: random.Random) -> Iterator[str]:
    while text:
        size = number.randint(1, 9)
        yield text[:size]
        text = text[size:]


def given_out(kept: str, pieces: Iterator[str] | list[str], whole: bool = False) -> tuple[str, Seam]:
    seam = Seam(kept, whole)
    return "".join([seam.feed(piece) for piece in pieces]) + seam.flush(), seam


@pytest.mark.parametrize("vector", VECTORS)
def test_what_is_new_in_a_continuation_is_found_however_it_is_cut(vector: dict[str, Any]) -> None:
    for seed in range(30):
        pieces = list(cuts(vector["came"], random.Random(seed))) if seed else [*vector["came"]]
        new, seam = given_out(vector["kept"], pieces)
        assert new == vector["new"]
        assert seam.dropped + new == vector["came"]


@pytest.mark.parametrize("vector", VECTORS)
def test_what_is_new_is_found_when_it_comes_at_once(vector: dict[str, Any]) -> None:
    assert given_out(vector["kept"], [vector["came"]])[0] == vector["new"]


@given(st.text("ab \n.:", max_size=60), st.lists(st.text("ab \n.:Sure", max_size=12), max_size=12), st.booleans())
def test_all_that_came_is_given_out_or_was_a_repetition(kept: str, pieces: list[str], whole: bool) -> None:
    new, seam = given_out(kept, pieces, whole)
    assert seam.dropped + new == "".join(pieces)
    repeated = seam.dropped.rstrip()
    assert not repeated or kept.rstrip().endswith(repeated[-LEAST // 2 :])
    assert "".join(seam.counted()) == "".join(pieces)


def test_text_that_repeats_nothing_waits_for_nothing() -> None:
    seam = Seam("The encoder reads the whole input at once.")
    assert seam.feed(" Zebras") == " Zebras"
    assert seam.feed(" reads the") == " reads the"


def test_a_repetition_is_given_up_at_its_first_other_letter() -> None:
    seam = Seam("one two three four five six")
    assert seam.feed("four five") == ""
    assert seam.feed(" si") == ""
    assert seam.feed("ngs") == "four five sings"


def test_a_stop_in_the_middle_of_a_repetition_shows_what_was_held_back() -> None:
    seam = Seam("one two three four five six")
    assert seam.feed("four five") == ""
    assert (seam.flush(), seam.dropped) == ("four five", "")


def test_a_lead_is_dropped_with_the_repetition_that_follows_and_kept_without_one() -> None:
    kept = "one two three four five six"
    assert given_out(kept, ["Sure, continuing:\n", "four five six seven"])[0] == " seven"
    assert given_out(kept, ["Sure, continuing:\n", "seven"])[0] == "Sure, continuing:\nseven"


def test_a_sentence_that_only_begins_like_a_lead_is_not_held_back_to_its_end() -> None:
    seam = Seam("one two three four five six")
    said = "Sure, the sum is this: 21, and no more"
    assert "".join(seam.feed(letter) for letter in said) == said


def test_where_only_the_whole_can_come_back_a_repeated_end_is_new_text() -> None:
    kept = "one two three four"
    assert given_out(kept, ["three four five"], whole=True)[0] == "three four five"
    assert given_out(kept, ["one two three four five"], whole=True)[0] == " five"


def test_a_restart_of_a_long_text_is_taken_away_whole() -> None:
    kept = " ".join(map(str, range(20_000)))
    assert len(kept) > WINDOW
    new, seam = given_out(kept, cuts(kept + " and on", random.Random(1)))
    assert (new, len(seam.dropped)) == (" and on", len(kept))
