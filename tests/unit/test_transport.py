"""The transport against a real server: what it sends, what it hands on, and that it always closes."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import threading

import pytest
from faults.server import (
    PATIENCE,
    Server,
    answer,
    body,
    chunk,
    drip,
    event,
    flood,
    headers,
    named,
    send,
    silence,
    text,
    wait,
)
from reading import asking, read

from nbstream import transport
from nbstream.errors import BadRequest, NotAStream, TimedOut
from nbstream.framing import Record
from nbstream.transport import HttpTransport
from nbstream.wire import Request, Secret

# ---- what is sent


def test_the_request_is_a_post_that_asks_for_an_uncompressed_event_stream(server: Server) -> None:
    server.script(*answer("Hello"))
    read(asking(server, headers={"Authorization": Secret("Bearer sk-1"), "X-Own": "yes"}))
    asked = server.connection()
    assert asked.line == "POST /v1/chat/completions HTTP/1.1"
    assert asked.json == {"model": "test"}
    wanted = {
        "accept": "text/event-stream",
        "accept-encoding": "identity",
        "authorization": "Bearer sk-1",
        "content-type": "application/json",
        "x-own": "yes",
    }
    assert {name: asked.headers.get(name) for name in wanted} == wanted


def test_the_header_that_makes_llama_cpp_generate_on_is_never_sent(server: Server) -> None:
    server.script(*answer("Hello"))
    read(asking(server))
    assert "x-conversation-id" not in server.connection().headers


def test_json_lines_are_asked_for_by_their_own_name(server: Server) -> None:
    server.script(headers(kind="application/x-ndjson"), send('{"a":1}\n{"a":2}'))
    assert [record.data for record in read(asking(server, framing="jsonl"))] == ['{"a":1}', '{"a":2}']
    assert server.connection().headers["accept"] == "application/x-ndjson"


@pytest.mark.parametrize("direct", [True, False])
def test_a_proxy_of_the_environment_is_passed_by_only_if_told(
    direct: bool, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Server().script(*answer("through the proxy"))
    server.script(*answer("straight"))
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
    said = read(asking(server, direct=direct))[0].data
    assert ("straight" in said, "through the proxy" in said) == (direct, not direct)
    proxy.stop()


# ---- what comes


def test_each_read_is_handed_on_before_the_next_comes(server: Server) -> None:
    seen = threading.Event()
    server.script(headers(), text("one"), wait(seen), text("two"))

    async def in_turn() -> list[str]:
        found = []
        async for records in HttpTransport().records(asking(server)):
            found += [record.data for record in records]
            seen.set()
        return found

    assert ["one" in asyncio.run(in_turn())[0], seen.is_set()] == [True, True]


def test_records_that_come_together_are_one_list(server: Server) -> None:
    server.script(headers(), text(*"abc"))

    async def lists() -> list[int]:
        return [len(records) async for records in HttpTransport().records(asking(server))]

    assert asyncio.run(lists()) == [3]


def test_chunks_that_come_with_the_head_are_one_list(server: Server) -> None:
    pieces = [chunk(text) for text in ("one", " two", " three")]
    coded = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    server.script(send(head + coded))

    async def lists() -> list[int]:
        return [len(records) async for records in HttpTransport().records(asking(server))]

    assert asyncio.run(lists()) == [3]


def test_a_stream_that_is_compressed_all_the_same_is_read(server: Server) -> None:
    server.script(headers(Content_Encoding="gzip"), send(gzip.compress(chunk("Hello") + chunk("world"))))
    assert len(read(asking(server))) == 2


def test_a_big_read_is_taken_in_turns_with_the_rest_of_the_loop(server: Server) -> None:
    piece = chunk("word")
    server.script(headers(Content_Encoding="gzip"), send(gzip.compress(piece * 5000)))  # one packet of 2 kB

    async def sizes_and_turns() -> tuple[list[int], list[int]]:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        other = asyncio.create_task(others())
        found = [(len(records), turns) async for records in HttpTransport().records(asking(server))]
        other.cancel()
        sizes, seen = zip(*found, strict=True)
        return list(sizes), list(seen)

    sizes, turns = asyncio.run(sizes_and_turns())
    assert (sum(sizes), max(sizes) <= transport.TURN // len(piece) + 1) == (5000, True)
    assert turns == sorted(set(turns)), "the loop turned between all of them"


def test_json_in_the_place_of_a_stream_is_one_whole_record(server: Server) -> None:
    server.script(body('{"choices": []}', kind="application/json; charset=utf-8"))
    assert read(asking(server)) == [Record('{"choices": []}', whole=True)]


def test_broken_json_in_the_place_of_a_stream_is_none(server: Server) -> None:
    server.script(body('{"choices": ['))
    with pytest.raises(NotAStream, match="Check base_url"):
        read(asking(server))


def test_an_event_stream_under_another_name_is_read(server: Server) -> None:
    server.script(headers(kind="text/plain"), text("Hello"))
    assert "Hello" in read(asking(server))[0].data


def test_an_error_body_without_end_is_cut(server: Server) -> None:
    server.script(headers("400 Bad Request", "text/plain"), flood(b"no " * 1000))
    with pytest.raises(BadRequest, match="no no"):
        read(asking(server))
    assert server.connection().left().during == "flood"


# ---- closing


@pytest.mark.parametrize("rest", [silence("silence"), flood(chunk("x"), "flood")], ids=["silent", "sending"])
def test_a_reader_that_leaves_closes_the_connection(rest: object, server: Server) -> None:
    server.script(headers(), text("one"), rest)  # type: ignore[arg-type]

    async def look_and_leave() -> None:
        async with contextlib.aclosing(HttpTransport().records(asking(server))) as stream:
            async for _ in stream:
                return

    asyncio.run(look_and_leave())
    server.connection().left()


def test_a_reader_that_is_cancelled_closes_the_connection(server: Server) -> None:
    server.script(silence())

    async def cancel_it() -> None:
        task = asyncio.ensure_future(HttpTransport().records(asking(server)).__anext__())
        await asyncio.to_thread(lambda: server.connection().ready.wait(PATIENCE))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_it())
    assert server.connection().left().during == "silence"


def test_a_stream_that_ends_closes_its_connection(server: Server) -> None:
    server.script(*body(event({"choices": []}), kind="text/event-stream"), silence("keeps the connection open"))
    read(asking(server))
    server.connection().left()


# ---- limits


def test_a_connection_that_is_never_made_ends_at_the_connect_limit(full: int) -> None:
    with pytest.raises(TimedOut, match=r"No connection to http://127.0.0.1:\d+ within 0.2 s"):
        read(Request(f"http://127.0.0.1:{full}/v1", {}, connect_s=0.2, read_s=None))


def test_the_connect_limit_is_no_limit_for_the_answer(server: Server) -> None:
    longer = named("longer than the connect limit", lambda connection: connection.gone.wait(0.4) and None)
    server.script(longer, headers(), longer, text("Hello"), longer, text("world"))
    assert len(read(asking(server, connect_s=0.1))) == 2


def test_the_read_limit_counts_from_the_last_byte(server: Server) -> None:
    half = named("half the limit", lambda connection: connection.gone.wait(0.3) and None)
    server.script(headers(), *[half, text("on ")] * 4)
    assert len(read(asking(server, read_s=0.6))) == 4


def test_comments_keep_a_stream_alive(server: Server) -> None:
    half = named("half the limit", lambda connection: connection.gone.wait(0.3) and None)
    server.script(headers(), *[half, send(": still thinking\n\n")] * 4, text("Hello"))
    assert len(read(asking(server, read_s=0.6))) == 1


# ---- fetch


def fetched(server: Server) -> object | None:
    return asyncio.run(HttpTransport().fetch(Request(server.base_url + "/generation?id=1", None)))


def test_fetch_gives_the_json_of_a_get(server: Server) -> None:
    server.script(body('{"data": 1}'))
    assert fetched(server) == {"data": 1}
    assert server.connection().line == "GET /v1/generation?id=1 HTTP/1.1"


@pytest.mark.parametrize(
    "steps",
    [
        body("{}", "404 Not Found"),
        body("{}", "302 Found", Location="http://elsewhere.invalid"),
        body("{oops"),
        body("<html>", kind="text/html"),
        [headers(Content_Length="100"), send("{")],
    ],
    ids=["404", "redirect", "broken", "html", "cut short"],
)
def test_fetch_gives_nothing_for_any_other_outcome(steps: object, server: Server) -> None:
    server.script(steps)  # type: ignore[arg-type]
    assert fetched(server) is None


def test_fetch_gives_nothing_from_a_server_that_drips_for_ever(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "FETCH_S", 0.1)
    server.script(headers(kind="application/json"), drip(b" ", 1, 0.005, forever=True))
    assert fetched(server) is None
    assert server.connection().left().during == "drip"


@pytest.mark.parametrize("url", ["http://[::1/v1", "http://127.0.0.1:99999/v1", "ftp://127.0.0.1/"])
def test_fetch_gives_nothing_from_an_address_that_is_none(url: str) -> None:
    assert asyncio.run(HttpTransport().fetch(Request(url, None))) is None
