"""Which vocabulary a model counts in, and where its file lies; never downloads anything.

tiktoken fetches a missing vocabulary without a timeout and under a global lock, so its own loader is only
called once the file has been found and its hash is right (reference/servers.md B).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tiktoken

# name -> (file name in tiktoken's cache: sha1 of its address, sha256 of the content)
FILES = {
    "o200k_base": (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}
SAME_RANKS = {"o200k_harmony": "o200k_base"}

loaded: dict[str, tiktoken.Encoding] = {}
lock = threading.Lock()


def encoding_name(model: str) -> str | None:
    """The vocabulary that `model` is known to count in, by tiktoken's own table; `None` for other vendors'."""
    from tiktoken.model import encoding_name_for_model

    try:
        name = encoding_name_for_model(model.rpartition("/")[2])
    except KeyError:
        return None
    return SAME_RANKS.get(name, name)


def ready(name: str) -> tiktoken.Encoding | None:
    """The vocabulary, if it is in memory already; costs nothing and may be asked during a stream."""
    return loaded.get(name)


def load(name: str) -> tiktoken.Encoding | None:
    """The vocabulary from a verified file, or `None` where there is none.

    Takes some 0.3 s and stalls every thread for a third of that: only call it while nothing streams.
    """
    with lock:
        if name not in loaded and (folder := find(name)) is not None:
            import tiktoken

            before = os.environ.get("TIKTOKEN_CACHE_DIR")
            os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
            try:
                loaded[name] = tiktoken.get_encoding(name)
            finally:
                if before is None:
                    del os.environ["TIKTOKEN_CACHE_DIR"]
                else:
                    os.environ["TIKTOKEN_CACHE_DIR"] = before
        return loaded.get(name)


def load_for(model: str) -> tiktoken.Encoding | None:
    """The vocabulary that `model` counts in, as `load`."""
    name = encoding_name(model)
    return load(name) if name else None


def find(name: str) -> Path | None:
    """The cache folder that holds this vocabulary's file with the right content."""
    if name not in FILES:
        return None
    file, digest = FILES[name]
    for folder in caches():
        path = folder / file
        if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            return folder
    return None


def caches() -> Iterator[Path]:
    """The folders where tiktoken, or a library that brings the files, keeps them."""
    for variable in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        if value := os.environ.get(variable):
            yield Path(value)
    yield Path(tempfile.gettempdir()) / "data-gym-cache"
    spec = importlib.util.find_spec("litellm")
    for place in (spec.submodule_search_locations if spec else None) or []:
        yield Path(place) / "litellm_core_utils" / "tokenizers"
