"""Vocabularies: found only with the right content, built as tiktoken builds them, stored whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest
import tiktoken
from ranks import cache_in, content, empty_cache, real
from tiktoken.model import MODEL_TO_ENCODING

from nbstream import vocabulary
from nbstream.errors import NbstreamError, SetupError
from nbstream.model_names import ELSEWHERE, encoding_name, reasons_unseen
from nbstream.providers.services import TABLE as SERVICES
from nbstream.vocabulary import TABLE

NAME = "cl100k_base"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for tiktoken; no other is looked into, and nothing is in memory."""
    return empty_cache(tmp_path, monkeypatch)


# ---- what they are


def test_names_and_hashes_of_files_are_tiktokens(monkeypatch: pytest.MonkeyPatch) -> None:
    import tiktoken_ext.openai_public as public

    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(
        public, "load_tiktoken_bpe", lambda url, expected_hash: asked.append((url, expected_hash)) or {}
    )
    for name in TABLE:
        made = getattr(public, name)()
        assert made["pat_str"].replace("|", "") == TABLE[name].pattern.replace("|", "")
    assert asked == [(it.address(), it.sha256) for it in TABLE.values()]
    assert TABLE["o200k_base"].file == "fb374d419588a4632f3f557e76b4b70aebbca790"
    assert TABLE["cl100k_base"].file == "9b5ad71b2ce5302211f9c61530b329a4922fc6a4"


@pytest.mark.parametrize("name", TABLE)
def test_an_encoding_is_the_one_tiktoken_builds(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(cache_in(tmp_path, name)))
    theirs, ours = tiktoken.get_encoding(name), vocabulary.load(name)
    assert ours is not None
    text = "It's 12345 ways\r\n\r\n to say 学習。 <|endoftext|> \u2028 don't!/\n"
    assert ours.encode_ordinary(text) == theirs.encode_ordinary(text)


# ---- finding


@pytest.mark.parametrize("variable", [*vocabulary.FOLDER_VARIABLES, None])
def test_a_file_is_found_in_each_of_tiktokens_caches(
    variable: str | None, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "other" if variable else cache
    folder.mkdir()
    if variable:
        monkeypatch.setenv(variable, str(folder))
    assert vocabulary.find(NAME) is None
    cache_in(folder, NAME)
    assert vocabulary.find(NAME) == folder / TABLE[NAME].file
    assert vocabulary.own_cache() == folder


def test_a_file_that_litellm_brings_is_found_without_importing_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "litellm" / "litellm_core_utils" / "tokenizers"
    folder.mkdir(parents=True)
    (tmp_path / "litellm" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    cache_in(folder, NAME)
    assert vocabulary.find(NAME) == folder / TABLE[NAME].file


def test_a_file_with_other_content_is_left_alone_and_never_loaded(cache: Path) -> None:
    cache.mkdir()
    path = cache / TABLE[NAME].file
    path.write_bytes(b"IQ== 0\n")
    assert (vocabulary.find(NAME), vocabulary.load(NAME)) == (None, None)
    assert path.read_bytes() == b"IQ== 0\n"


def test_a_cache_that_cannot_be_read_is_passed_by(cache: Path) -> None:
    cache.mkdir()
    (cache / TABLE[NAME].file).mkdir()
    assert vocabulary.load(NAME) is None


def test_nothing_is_loaded_by_looking(cache: Path) -> None:
    cache.mkdir()
    cache_in(cache, NAME)
    assert vocabulary.find(NAME)
    assert vocabulary.ready(NAME) is None
    assert vocabulary.load(NAME) is vocabulary.ready(NAME) is not None


# ---- storing


def test_a_stored_file_is_where_tiktoken_looks_and_others_may_read_it(cache: Path) -> None:
    mask = os.umask(0)
    os.umask(mask)
    path = vocabulary.store(NAME, content(NAME))
    assert path == vocabulary.find(NAME) == cache / TABLE[NAME].file
    assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
    assert tiktoken.get_encoding(NAME).encode_ordinary("word") == real(NAME).encode_ordinary("word")


def test_wrong_content_is_refused_and_nothing_is_written(cache: Path) -> None:
    with pytest.raises(NbstreamError, match=r"cl100k_base is not that file.*Nothing was written"):
        vocabulary.store(NAME, content(NAME)[:-1])
    assert not cache.exists()


def test_a_damaged_file_is_replaced(cache: Path) -> None:
    cache.mkdir()
    (cache / TABLE[NAME].file).write_bytes(b"damaged")
    vocabulary.store(NAME, content(NAME))
    assert vocabulary.find(NAME)
    assert [path.name for path in cache.iterdir()] == [TABLE[NAME].file]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "file"))
    with pytest.raises(NbstreamError, match="Set TIKTOKEN_CACHE_DIR to a folder that can"):
        vocabulary.store(NAME, content(NAME))


def test_a_failed_write_leaves_nothing_behind(cache: Path) -> None:
    (cache / TABLE[NAME].file / "in the way").mkdir(parents=True)
    with pytest.raises(NbstreamError, match="could not be written"):
        vocabulary.store(NAME, content(NAME))
    assert [path.name for path in cache.iterdir()] == [TABLE[NAME].file]


def test_two_that_store_at_once_do_not_disturb_each_other(cache: Path) -> None:
    threads = [threading.Thread(target=vocabulary.store, args=(NAME, content(NAME))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.name for path in cache.iterdir()] == [TABLE[NAME].file]
    assert vocabulary.find(NAME)


def test_a_cache_that_is_switched_off_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    with pytest.raises(SetupError, match="TIKTOKEN_CACHE_DIR is empty"):
        vocabulary.store(NAME, content(NAME))


@pytest.mark.parametrize(
    ("value", "off"), [("1", True), ("true", True), ("yes", True), ("0", False), ("", False), ("False", False)]
)
def test_offline_is_a_switch(value: str, off: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBSTREAM_OFFLINE", value)
    assert vocabulary.offline() == off


# ---- names of models


@pytest.mark.parametrize(
    ("model", "name"),
    [
        *((model, "o200k_base") for model in ("o1", "o1-mini", "o1-2024-12-17", "o3", "o3-mini", "o3-pro")),
        *((model, "o200k_base") for model in ("o4-mini", "o4-mini-2025-04-16", "gpt-5", "gpt-5-mini", "gpt-5.6-pro")),
        *((model, "o200k_base") for model in ("gpt-4.5-preview", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-2025-04-14")),
        *((model, "o200k_base") for model in ("chatgpt-4o-latest", "gpt-4o", "gpt-4o-mini", "gpt-4o-2024-05-13")),
        *(
            (model, "cl100k_base")
            for model in ("gpt-4", "gpt-4-turbo", "gpt-4-0613", "gpt-4-32k", "gpt-4-1106-preview")
        ),
        *((model, "cl100k_base") for model in ("gpt-3.5-turbo", "gpt-3.5-turbo-0125", "gpt-35-turbo", "gpt-3.5")),
        *((model, "cl100k_base") for model in ("gpt-3.5-turbo-instruct", "davinci-002", "babbage-002")),
        # fine-tuned
        ("ft:gpt-4o-mini-2024-07-18:my-org:custom:abc", "o200k_base"),
        ("ft:gpt-4.1-mini-2025-04-14:my-org::abc", "o200k_base"),  # a gpt-4 by tiktoken's own table
        ("ft:o4-mini-2025-04-16:my-org::abc", "o200k_base"),
        ("ft:gpt-4-0613:my-org::abc", "cl100k_base"),
        ("ft:gpt-3.5-turbo-0125:my-org::abc", "cl100k_base"),
        ("ft:davinci-002:my-org::abc", "cl100k_base"),
        # with a vendor, or a variant of it
        ("openai/gpt-4o", "o200k_base"),
        ("azure/gpt-4", "cl100k_base"),
        ("openrouter/openai/gpt-4o:free", "o200k_base"),
        # open weights
        *(
            (model, "o200k_base")
            for model in ("gpt-oss-20b", "gpt-oss:20b", "openai/gpt-oss-120b", "x/gpt-oss-20b-GGUF")
        ),
        # not known
        *(
            (model, None)
            for model in ("claude-sonnet-4-5", "llama3.2", "gemini-2.5-flash", "mistral-large", "demo", "")
        ),
        *((model, None) for model in ("text-davinci-003", "text-davinci-002", "davinci", "ada", "gpt2")),
        ("someone/gpt-4o-distilled-8b", None),
        ("gpt-6", None),
    ],
)
def test_a_model_names_its_vocabulary_or_none(model: str, name: str | None) -> None:
    assert encoding_name(model) == name


@pytest.mark.parametrize("model", sorted(MODEL_TO_ENCODING))
def test_the_table_of_tiktoken_holds_where_there_is_a_file(model: str) -> None:
    assert encoding_name(model) in (MODEL_TO_ENCODING[model], None)


def test_a_server_of_downloaded_models_has_no_closed_one_whatever_it_is_called() -> None:
    assert encoding_name("gpt-3.5-turbo", "llamacpp") is None
    assert encoding_name("gpt-oss-20b", "llamacpp") == "o200k_base"
    assert encoding_name("gpt-4o", "openai-compatible") == "o200k_base"
    assert set(SERVICES) - ELSEWHERE == {"openai", "azure", "openrouter", "litellm"}


@pytest.mark.parametrize(
    ("model", "service", "unseen"),
    [
        *((model, "openai", True) for model in ("o1", "o3-mini", "o4-mini", "gpt-5", "gpt-5.6", "openai/gpt-5-mini")),
        *(
            (model, "openai", False)
            for model in ("gpt-4o", "gpt-5-chat-latest", "gpt-5.1-chat", "gpt-oss-20b", "o-ring")
        ),
        ("o1", "ollama", False),
    ],
)
def test_which_models_reason_unseen(model: str, service: str, unseen: bool) -> None:
    assert reasons_unseen(model, service) == unseen
