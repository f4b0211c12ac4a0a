"""Deltas in a few bytes each, and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbstream.attempt import Delta
from nbstream.marks import CHANNELS, decode, encode

deltas = st.lists(
    st.builds(Delta, st.floats(0, 1e6), st.sampled_from(CHANNELS), st.text(min_size=1, max_size=300)),
    max_size=50,
).map(lambda found: sorted(found, key=lambda delta: delta.at))


def joined(found: list[Delta]) -> list[str]:
    return ["".join(delta.text for delta in found if delta.channel == channel) for channel in CHANNELS]


@given(deltas)
def test_what_is_decoded_is_what_was_encoded_to_a_tenth_of_a_millisecond(found: list[Delta]) -> None:
    again = decode(encode(found), joined(found))
    assert [(delta.channel, delta.text) for delta in again] == [(delta.channel, delta.text) for delta in found]
    assert all(abs(one.at - other.at) < 1e-4 for one, other in zip(again, found, strict=True))


@given(deltas, st.integers(0, 50))
def test_parts_decode_on_their_own(found: list[Delta], cut: int) -> None:
    parts = [found[:cut], found[cut:]]
    again = [decode(encode(part), joined(part)) for part in parts]
    assert [delta.text for part in again for delta in part] == [delta.text for delta in found]


def test_a_token_at_fifty_a_second_takes_three_bytes() -> None:
    found = [Delta(0.4 + 0.02 * place, "text", "word ") for place in range(1000)]
    assert len(encode(found)) <= 3003
