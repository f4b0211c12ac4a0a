"""`nbstream vocab` says where each vocabulary is, and fetches what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from faults.server import Server, body
from ranks import cache_in, content, empty_cache

from nbstream import vocab_command, vocabulary
from nbstream.__main__ import main
from nbstream.vocabulary import TABLE

ONE, OTHER = "cl100k_base", "o200k_base"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server) -> Path:
    """An empty cache, leave to fetch, and the scripted server as the place to fetch from."""
    monkeypatch.delenv("NBSTREAM_OFFLINE")
    monkeypatch.setattr(vocab_command, "HOME", server.base_url)
    folder = empty_cache(tmp_path, monkeypatch)
    folder.mkdir()
    return folder


def lines(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    return {line.split()[0]: line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines()}


def test_each_is_listed_with_its_file_or_as_missing(
    server: Server, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache_in(cache, ONE)
    assert main(["vocab"]) == 0
    assert lines(capsys) == {OTHER: "missing", ONE: str(cache / TABLE[ONE].file)}
    assert server.connections == []


def test_only_those_that_are_named_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vocab", ONE]) == 0
    assert lines(capsys) == {ONE: "missing"}


def test_a_damaged_file_is_missing_and_named(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (cache / TABLE[ONE].file).write_bytes(b"damaged")
    assert main(["vocab", ONE]) == 0
    assert lines(capsys)[ONE] == f"missing; {cache / TABLE[ONE].file} is another file: its sha256 differs"


def test_what_is_missing_is_fetched_and_nothing_else(
    server: Server, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache_in(cache, ONE)
    server.script(body(content(OTHER)))
    assert main(["vocab", "--fetch"]) == 0
    assert lines(capsys) == {name: str(cache / TABLE[name].file) for name in (ONE, OTHER)}
    assert [connection.line for connection in server.connections] == [f"GET /v1/{OTHER}.tiktoken HTTP/1.1"]


def test_one_that_cannot_be_fetched_is_said_with_what_to_do_and_the_others_are_tried(
    server: Server, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.script(body("", "503 Service Unavailable")).script(body(content(ONE)))
    assert main(["vocab", "--fetch", OTHER, ONE]) == 1
    out, said = capsys.readouterr()
    assert [line.split()[0] for line in out.splitlines() if line.endswith("missing")] == [OTHER]
    assert vocabulary.find(ONE)
    assert f"{OTHER}: http://127.0.0.1:{server.port} answered 503." in said
    assert f"copied from another machine's cache to {cache / TABLE[OTHER].file}." in said


def test_a_file_with_another_hash_is_refused(server: Server, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    server.script(body("<html>Sign in first</html>"))
    assert main(["vocab", "--fetch", ONE]) == 1
    assert "sha256 differs. Nothing was written." in capsys.readouterr().err
    assert list(cache.iterdir()) == []


def test_offline_is_honoured_and_said_once(
    server: Server, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBSTREAM_OFFLINE", "1")
    assert main(["vocab", "--fetch"]) == 1
    out, said = capsys.readouterr()
    assert out.count("missing") == 2
    assert said == "nbstream: NBSTREAM_OFFLINE is set, so nothing is fetched. Unset it to fetch vocabularies.\n"
    assert server.connections == []


def test_offline_what_is_there_is_good_enough(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache_in(cache, *TABLE)
    monkeypatch.setenv("NBSTREAM_OFFLINE", "1")
    assert main(["vocab", "--fetch"]) == 0


def test_a_name_that_is_none_is_refused_with_what_is_near(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vocab", "--fetch", "o200k-base"]) == 1
    out, said = capsys.readouterr()
    assert (out, "Did you mean 'o200k_base'" in said) == ("", True)
    assert server.connections == []
