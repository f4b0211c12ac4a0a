"""The vocabularies that tokens are counted in: their files, found and verified in the caches, and stored there.

tiktoken's own loader is never called: where a file is missing it downloads it without a timeout and under a global
lock. The bytes that were verified here are made into an encoding right away.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import importlib.util
import os
import tempfile
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import NbstreamError, SetupError

if TYPE_CHECKING:
    import tiktoken

HOME = "https://openaipublic.blob.core.windows.net/encodings"
"""Where tiktoken downloads them from. The name of a file in its cache is the sha1 of this address of it."""

FOLDER_VARIABLES = ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A vocabulary: what its file hashes to, and the pattern that a text is split by before ranks apply."""

    name: str
    sha256: str
    pattern: str

    def address(self, home: str = HOME) -> str:
        """Where its file can be fetched, from a mirror too."""
        return f"{home.rstrip('/')}/{self.name}.tiktoken"

    @property
    def file(self) -> str:
        """The name of its file in tiktoken's cache."""
        return hashlib.sha1(self.address().encode(), usedforsecurity=False).hexdigest()

    def fits(self, data: bytes) -> bool:
        """Whether this is the content of its file."""
        return hashlib.sha256(data).hexdigest() == self.sha256


# The patterns are tiktoken's, and the safe cuts of `tokens` were checked with these two alone.
CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
TABLE = {
    "o200k_base": Vocabulary(
        "o200k_base",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + CONTRACTIONS + "|"
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + CONTRACTIONS + "|"
        r"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    ),
    "cl100k_base": Vocabulary(
        "cl100k_base",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
        r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"
        r"|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
    ),
}

loaded: dict[str, tiktoken.Encoding] = {}
lock = threading.Lock()


def ready(name: str) -> tiktoken.Encoding | None:
    """The vocabulary, if it is in memory already; costs nothing and may be asked during a stream."""
    return loaded.get(name)


def load(name: str) -> tiktoken.Encoding | None:
    """The vocabulary from a verified file, or `None` where there is none.

    Takes some 0.3 s and stalls every thread for a third of that: only call it while nothing streams.
    """
    with lock:
        if name not in loaded and (found := verified(name)):
            loaded[name] = encoding_of(TABLE[name], found[1])
        return loaded.get(name)


def encoding_of(vocabulary: Vocabulary, data: bytes) -> tiktoken.Encoding:
    """The encoding in a file's content, without special tokens: a stream may quote them, and there they are text."""
    import tiktoken

    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in data.splitlines())}
    return tiktoken.Encoding(vocabulary.name, pat_str=vocabulary.pattern, mergeable_ranks=ranks, special_tokens={})


def find(name: str) -> Path | None:
    """This vocabulary's file with the right content, in one of the caches."""
    found = verified(name)
    return found[0] if found else None


def verified(name: str) -> tuple[Path, bytes] | None:
    """The file and its content, which has the right hash."""
    for folder in caches() if name in TABLE else ():
        path = folder / TABLE[name].file
        with contextlib.suppress(OSError):
            if TABLE[name].fits(data := path.read_bytes()):
                return path, data
    return None


def caches() -> Iterator[Path]:
    """The folders where tiktoken, or a library that brings the files, keeps them."""
    yield from (Path(value) for variable in FOLDER_VARIABLES if (value := os.environ.get(variable)))
    yield Path(tempfile.gettempdir()) / "data-gym-cache"
    with contextlib.suppress(ImportError, ValueError):  # litellm may be half imported
        spec = importlib.util.find_spec("litellm")
        for place in (spec.submodule_search_locations if spec else None) or []:
            yield Path(place) / "litellm_core_utils" / "tokenizers"


def own_cache() -> Path:
    """The folder where tiktoken itself would look. Raises `SetupError` where it is told to keep no files."""
    for variable in FOLDER_VARIABLES:
        if (value := os.environ.get(variable)) is not None:
            if not value:
                raise SetupError(f"{variable} is empty, so tiktoken keeps no files. Unset it, or name a folder.")
            return Path(value)
    return Path(tempfile.gettempdir()) / "data-gym-cache"


def store(name: str, data: bytes) -> Path:
    """Put a file's content into tiktoken's own cache, whole or not at all. Raises `NbstreamError`."""
    vocabulary = TABLE[name]
    if not vocabulary.fits(data):
        raise NbstreamError(
            f"What came as {name} is not that file: its sha256 differs. Nothing was written. "
            "Something between here and its server changes what it sends; try another network."
        )
    path = own_cache() / vocabulary.file
    beside = path.with_name(f"{path.name}.{uuid.uuid4()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with beside.open("xb") as file:
                file.write(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise NbstreamError(
            f"The vocabulary {name} could not be written: {error}. Set TIKTOKEN_CACHE_DIR to a folder that can be."
        ) from None
    return path


def offline() -> bool:
    """Whether `NBSTREAM_OFFLINE` forbids to fetch anything."""
    return os.environ.get("NBSTREAM_OFFLINE", "").strip().lower() not in ("", "0", "false", "no")
