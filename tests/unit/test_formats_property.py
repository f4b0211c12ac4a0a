"""Whatever a server sends, a decoder answers with events: it may report `Failed`, and never raises, hangs or grows."""

from __future__ import annotations

import json

import pytest
from fuzzing import fuzzed
from hypothesis import given
from hypothesis import strategies as st
from vectors import find, folded, format_of, records

from nbstream.errors import StreamBroken
from nbstream.events import Failed
from nbstream.framing import Decoder, EventStream, JsonLines, Record
from nbstream.providers import Format

VECTORS = find()
FOLDERS = sorted({vector.path.parent.name for vector in VECTORS})
BODIES = [vector.body for vector in VECTORS]
SNIPPETS = [
    b'"',
    b"{",
    b"}",
    b"[",
    b"null",
    b"\n",
    b"\r",
    b"\n\n",
    b"data: ",
    b"\xff",
    b"\\ud800",
    b"-1",
    b"1e999",
    b"9" * 400,
]
WRONG = [
    None,
    True,
    -1,
    10**30,
    1.5,
    float("nan"),
    "",
    "x",
    "\ud800",
    [],
    [None],
    [[]],
    {},
    {"a": None},
    [{}],
    [1, "x"],
]

quick = fuzzed(60)


def survives(kind: Format, found: list[Record]) -> None:
    result = folded(kind, found)
    json.dumps(result).encode()
    for text in (result["text"], result["reasoning"], result["error"] or "", result["raw"] or ""):
        text.encode("utf-8")
    assert len(result["text"]) <= sum(len(record.data) for record in found)
    assert len(result["error"] or "") < 2000


def each_decoder(body: bytes) -> None:
    for folder in FOLDERS:
        kind = format_of(folder)
        survives(kind, list(records(kind, [body])))
        survives(kind, [Record(body.decode("utf-8", "replace"), whole=True)])


@quick
@given(st.data())
def test_a_damaged_recording_raises_nothing(data: st.DataObject) -> None:
    body = bytearray(data.draw(st.sampled_from(BODIES)))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 8))] = data.draw(st.sampled_from(SNIPPETS))
    each_decoder(bytes(body))


@quick
@given(st.sampled_from(BODIES), st.floats(0, 1))
def test_a_recording_cut_short_raises_nothing(body: bytes, part: float) -> None:
    each_decoder(body[: int(len(body) * part)])


@quick
@given(st.data())
def test_a_value_of_the_wrong_kind_raises_nothing(data: st.DataObject) -> None:
    vector = data.draw(st.sampled_from(VECTORS))
    kind = vector.format
    found = list(records(kind, [vector.body]))
    place = data.draw(st.integers(0, max(0, len(found) - 1)))
    try:
        value = json.loads(found[place].data)
    except (ValueError, IndexError):
        return
    wrong = data.draw(st.sampled_from(WRONG))
    path: list[object] = []
    node = value
    while isinstance(node, dict | list) and node and (not path or data.draw(st.booleans())):
        key = data.draw(st.sampled_from(sorted(node) if isinstance(node, dict) else range(len(node))))
        path.append(key)
        holder, node = node, node[key]
        if not (isinstance(node, dict | list) and node):
            holder[key] = wrong
            break
    else:
        if path:
            holder[key] = wrong
    found[place] = Record(json.dumps(value))
    survives(kind, found)
    survives(kind, [Record(json.dumps(value), whole=True)])


@quick
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_raises_nothing(value: object) -> None:
    each_decoder(f"data: {json.dumps(value)}\n\n".encode())


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, '{"error":' * 3000 + "1" + "}" * 3000])
def test_deeply_nested_json_is_one_error(folder: str, text: str) -> None:
    events = list(format_of(folder).decode(Record(text)))
    assert any(isinstance(event, Failed) for event in events)


@pytest.mark.parametrize("start", [b"data: ", b"{", b": ", b'data: {"error": "'])
def test_a_line_without_end_fills_no_memory(start: bytes) -> None:
    with pytest.raises(StreamBroken, match="without ending"):
        feed_all(EventStream(limit=1000), [start + b"x" * 100] * 100)


def test_brackets_that_never_close_fill_no_memory() -> None:
    with pytest.raises(StreamBroken, match="without ending"):
        feed_all(EventStream(limit=1000), [b'{ "a":\n'] * 1000)


def test_an_unclosed_object_does_not_swallow_the_stream() -> None:
    frames = EventStream()
    found = frames.feed(b'{"oops": [\ndata: {"x": 1}\n\n')
    assert [record.data for record in found] == ['{"oops": [', '{"x": 1}']


def test_a_json_line_without_end_fills_no_memory() -> None:
    with pytest.raises(StreamBroken, match="without ending"):
        feed_all(JsonLines(limit=1000), [b"x" * 100] * 100)


def feed_all(frames: Decoder, chunks: list[bytes]) -> None:
    for chunk in chunks:
        frames.feed(chunk)
