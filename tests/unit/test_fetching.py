"""A vocabulary is fetched whole and with the right hash, or not at all, and never for longer than its deadline."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from counting import NAME, the_file
from faults.server import Server, Step, body, drip, headers, send, silence
from ranks import content, empty_cache

from nbstream import vocabulary
from nbstream.errors import NbstreamError, SetupError
from nbstream.fetching import SIZE_LIMIT, fetch
from nbstream.vocabulary import TABLE


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and leave to fetch."""
    monkeypatch.delenv("NBSTREAM_OFFLINE")
    return empty_cache(tmp_path, monkeypatch)


@pytest.fixture
def files() -> Iterator[Server]:
    """Where vocabularies are fetched; a black hole unless the test gives it a script."""
    running = Server()
    yield running
    running.stop()


def test_a_good_file_comes_into_the_cache(files: Server, cache: Path) -> None:
    files.script(the_file())
    path = asyncio.run(fetch(NAME, files.base_url))
    assert path == vocabulary.find(NAME) == cache / TABLE[NAME].file
    assert [it.name for it in cache.iterdir()] == [TABLE[NAME].file]
    assert files.connection().line == "GET /v1/o200k_base.tiktoken HTTP/1.1"


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (body(content(NAME)[:-1]), "sha256 differs"),
        (body(""), "sha256 differs"),
        (body("<html>Sign in to the hotel's network</html>"), "sha256 differs"),
        (body("", "404 Not Found"), "answered 404"),
        (body("", "302 Found", Location="http://elsewhere.invalid/"), "answered 302"),
        ([headers(Content_Length="99"), send("half")], "could not be reached"),
        ([headers(), drip(b"x" * 65536, 65536, forever=True)], f"more than the {SIZE_LIMIT:,} bytes"),
        ([], "could not be reached"),
    ],
    ids=["cut", "empty", "hotel", "404", "redirect", "broken off", "endless", "closed"],
)
def test_anything_else_is_refused_and_nothing_is_written(
    script: list[Step], said: str, files: Server, cache: Path
) -> None:
    files.script(script)
    with pytest.raises(NbstreamError, match=said):
        asyncio.run(fetch(NAME, files.base_url))
    assert not cache.exists()
    assert files.connection().left()


@pytest.mark.parametrize(
    "script",
    [[silence()], [headers(), silence()], [drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9999, 1, 0.01)]],
    ids=["silent", "no body", "header in drops"],
)
def test_a_server_that_never_gets_to_its_end_meets_the_deadline(script: list[Step], files: Server) -> None:
    files.script(script)
    with pytest.raises(NbstreamError, match=r"did not (come|answer)"):
        asyncio.run(fetch(NAME, files.base_url, deadline_s=0.2))
    assert files.connection().left()


def test_offline_nothing_is_connected_to(files: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBSTREAM_OFFLINE", "1")
    with pytest.raises(SetupError, match="NBSTREAM_OFFLINE is set"):
        asyncio.run(fetch(NAME, files.base_url))
    assert files.connections == []


def test_with_no_cache_to_put_it_in_nothing_is_connected_to(files: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    with pytest.raises(SetupError, match="TIKTOKEN_CACHE_DIR is empty"):
        asyncio.run(fetch(NAME, files.base_url))
    assert files.connections == []
