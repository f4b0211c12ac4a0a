"""Every recorded stream means the same, however the network cuts it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from vectors import FIXTURES, Vector, agrees, find, format_of, outcome, recording_of

from nbstream.providers import ROUTES
from nbstream.providers.services import TABLE

CUTS = 50
VECTORS = find()
each_vector = pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)


def is_recording(path: Path) -> bool:
    """The texts that other tests read stand in folders of their own."""
    return path.parent.name not in ("resume", "repetition") and not path.name.endswith(".expected.json")


@each_vector
def test_a_recording_means_what_it_should(vector: Vector) -> None:
    found = outcome(vector)
    assert agrees(found, vector.expected) == vector.expected, found["error"]


@each_vector
def test_a_recording_means_the_same_byte_by_byte(vector: Vector) -> None:
    body = vector.body
    assert outcome(vector, (body[at : at + 1] for at in range(len(body)))) == outcome(vector)


@each_vector
def test_a_recording_means_the_same_cut_at_random_places(vector: Vector) -> None:
    body = vector.body
    chance = random.Random(vector.name)
    cuts = sorted(chance.randrange(len(body) + 1) for _ in range(CUTS))
    pieces = (body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True))
    assert outcome(vector, pieces) == outcome(vector)


def test_no_recording_lacks_its_meaning() -> None:
    recordings = [path for path in FIXTURES.glob("*/*") if is_recording(path)]
    assert sorted(recordings) == sorted(recording_of(path) for path in FIXTURES.glob("*/*.expected.json"))


def test_every_service_and_every_wire_format_has_recordings() -> None:
    formats = {type(vector.format).route for vector in VECTORS}
    services = {vector.format.name for vector in VECTORS}
    assert formats == set(ROUTES)
    assert services >= set(TABLE)


def test_the_folders_name_what_they_hold() -> None:
    assert {format_of(path.parent.name).name for path in FIXTURES.glob("*/*") if is_recording(path)} <= {
        *TABLE,
        "openai-compatible",
    }
