"""Records that are like the one before need no JSON: they mean the same as by way of it, whatever stands in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from bench.stream import openai_event
from fuzzing import fuzzed
from hypothesis import given
from hypothesis import strategies as st
from vectors import find, format_of, records

from nbstream.alike import VAIN, Alike
from nbstream.events import Event, ReasoningDelta, Started, TextDelta
from nbstream.framing import EventStream, Record
from nbstream.providers import Format

STREAMS = {vector.name: (vector.format, list(records(vector.format, [vector.body]))) for vector in find()}
CHAT = format_of("openai")
PADDED = '","obfuscation":"abc"}'


class Counting:
    """OpenAI's format, whose decoder counts what it is asked."""

    asked = 0

    def decode(self, record: Record) -> Iterable[Event]:
        self.asked += 1
        return CHAT.decode(record)


def chat(*texts: str) -> list[Record]:
    """As OpenAI sends them, padding and all."""
    return [record for text in texts for record in EventStream().feed(openai_event(text))]


def same(kind: Format, stream: Iterable[Record]) -> None:
    """Each record means what the format says it does; a name that is not told again was told before."""
    alike, name = Alike(kind.decode), None
    for record in stream:
        found, wanted = list(alike.events(record)), list(kind.decode(record))
        assert pieces_in(found) == pieces_in(wanted), record
        told = [event for event in wanted if isinstance(event, Started)]
        assert found == wanted or told in ([], [name]), record
        name = told[-1] if told else name


def pieces_in(events: Iterable[Event]) -> list[Event]:
    """What they tell, besides the name of the answer."""
    return [event for event in events if not isinstance(event, Started)]


def leaves(value: Any, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all strings in a JSON value."""
    if isinstance(value, str):
        return [place]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, item in items for found in leaves(item, (*place, key))]


def changed(data: str, luck: st.DataObject) -> str:
    """The record with another text in one of its strings."""
    try:
        value = json.loads(data)
    except ValueError:
        return data
    places = [place for place in leaves(value) if place]
    if not places:
        return data
    *way, last = luck.draw(st.sampled_from(places))
    holder = value
    for step in way:
        holder = holder[step]
    holder[last] = luck.draw(
        st.sampled_from(["", "x", holder[last], '"', "\\", "é 🦜", "\x7f\u2028", "a\nb"]) | st.text()
    )
    return json.dumps(value, separators=(",", ":"), ensure_ascii=luck.draw(st.booleans()))


@pytest.mark.parametrize("name", STREAMS)
def test_a_recording_means_the_same(name: str) -> None:
    kind, stream = STREAMS[name]
    same(kind, [record for record in stream for _ in range(4)])


@pytest.mark.parametrize("name", STREAMS)
@fuzzed(6)
@given(luck=st.data())
def test_so_does_one_with_other_texts_in_it(name: str, luck: st.DataObject) -> None:
    kind, stream = STREAMS[name]
    if stream:
        record = luck.draw(st.sampled_from(stream))
        same(kind, [Record(changed(record.data, luck), record.event) for _ in range(8)])


@fuzzed(60)
@given(luck=st.data())
def test_so_does_one_with_letters_lost_or_put_in(luck: st.DataObject) -> None:
    stream = chat("one", " two", " three", " four")
    for _ in range(6):
        data = luck.draw(st.sampled_from(stream)).data
        place = luck.draw(st.integers(0, len(data)))
        letters = luck.draw(st.sampled_from(["", '"', "\\", "}", "{", ",", "\t", "x", PADDED]))
        stream.append(Record(data[:place] + letters + data[place + luck.draw(st.integers(0, 3)) :]))
    same(CHAT, stream)


def test_only_the_first_two_are_asked_of_the_decoder() -> None:
    counting = Counting()
    alike = Alike(counting.decode)
    found = [event for record in chat("one", " two", " three", " four") for event in alike.events(record)]
    assert pieces_in(found) == [TextDelta(text) for text in ("one", " two", " three", " four")]
    assert counting.asked == 2


def test_reasoning_is_cut_out_too() -> None:
    counting = Counting()
    alike = Alike(counting.decode)
    stream = [
        Record(f'{{"choices":[{{"delta":{{"reasoning_content":"{text}"}}}}]}}') for text in ("one", "two", "three")
    ]
    assert [list(alike.events(record)) for record in stream][-1] == [ReasoningDelta("three")]
    assert counting.asked == 2


@pytest.mark.parametrize("text", ['"', "\\ud83e", "\\u00e9", "\t", ""])
def test_what_may_be_half_a_character_or_is_no_text_is_asked_of_the_decoder(text: str) -> None:
    counting = Counting()
    alike = Alike(counting.decode)
    for record in chat("one", "two", "three"):
        alike.events(record)
    alike.events(Record(chat("one")[0].data.replace("one", text)))
    assert counting.asked == 3


def test_what_is_escaped_is_not_and_neither_is_what_comes_after_another_record() -> None:
    counting = Counting()
    alike = Alike(counting.decode)
    found = [list(alike.events(record)) for record in chat("one", "two", "\n\n", 'say "a"', "three")]
    assert found[2:] == [[TextDelta("\n\n")], [TextDelta('say "a"')], [TextDelta("three")]]
    alike.events(Record('{"choices":[]}'))
    assert list(alike.events(chat("four")[0])) == [TextDelta("four")]
    assert counting.asked == 3


def test_a_decoder_that_is_not_pure_is_asked_each_time() -> None:
    """One that is told all of the text each time, and gives what is new of it."""
    text = ""

    def decode(record: Record) -> list[Event]:
        nonlocal text
        before, text = text, json.loads(record.data)["all"]
        return [TextDelta(text.removeprefix(before))]

    alike = Alike(decode)
    stream = [Record(f'{{"all":"{"word " * number}"}}') for number in range(1, 9)]
    assert [event for record in stream for event in alike.events(record)] == [TextDelta("word ")] * 8


def test_a_text_that_stands_in_two_places_tells_nothing_of_either() -> None:
    alike = Alike(lambda record: [TextDelta(json.loads(record.data)["b"])])
    stream = [Record(f'{{"a":"{a}","b":"word"}}') for a in ("word", "word", "word", "another")]
    assert [event for record in stream for event in alike.events(record)] == [TextDelta("word")] * 4


def test_records_of_another_name_are_not_alike() -> None:
    alike = Alike(lambda record: [(ReasoningDelta if record.event else TextDelta)(json.loads(record.data)["a"])])
    stream = [Record('{"a":"word"}', name) for name in ("", "", "", "thought")]
    assert [event for record in stream for event in alike.events(record)][2:] == [
        TextDelta("word"),
        ReasoningDelta("word"),
    ]


def test_a_refusal_stays_one() -> None:
    alike = Alike(CHAT.decode)
    stream = [Record(f'{{"choices":[{{"delta":{{"refusal":"{text}"}}}}]}}') for text in ("I", " will", " not", "!")]
    found = [event for record in stream for event in alike.events(record)]
    assert found == [TextDelta(text, refusal=True) for text in ("I", " will", " not", "!")]


def test_a_stream_of_records_that_all_differ_is_not_compared_for_ever() -> None:
    alike = Alike(CHAT.decode)
    heads = []
    for number in range(VAIN + 5):
        alike.events(Record(f'{{"number":{number},"choices":[{{"delta":{{"content":"word"}}}}]}}'))
        heads.append(alike.head)
    assert len(set(heads)) == VAIN + 1
