"""The vocabulary of the embedded model: a small tiktoken encoding that ships with the package.

Trained on the corpus beside it by `python -m nbstream.demo.train`. Nothing here touches the network.
"""

from __future__ import annotations

import base64
import functools
from pathlib import Path

import tiktoken

NAME = "nbstream_demo"
RANKS = Path(__file__).with_name("vocabulary.tiktoken")
CORPUS = Path(__file__).with_name("corpus")

# Exactly the pattern of cl100k_base (tiktoken 0.14): the incremental counter relies on its safe cuts.
PATTERN = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+"""
    r"""|\s++$|\s*[\r\n]|\s+(?!\S)|\s"""
)
# The same for the standard library, which has no \p classes. `\d` misses a few odd numerals such as "²",
# which is why the corpus is checked against the encoding in the tests.
STDLIB_PATTERN = PATTERN.replace(r"\p{L}", r"L").replace(r"\p{N}", r"\d")
STDLIB_PATTERN = STDLIB_PATTERN.replace(r"[^\r\nL\d]", r"(?:[^\r\n\w]|_)").replace(r"[^\sL\d]", r"(?:[^\s\w]|_)")
STDLIB_PATTERN = STDLIB_PATTERN.replace(r"?+L++", r"?+[^\W\d_]++")


@functools.cache
def encoding() -> tiktoken.Encoding:
    """The encoding, built once: about 2,000 byte pair tokens, no special token but the end of a document."""
    ranks: dict[bytes, int] = {}
    for line in RANKS.read_bytes().splitlines():
        token, rank = line.split()
        ranks[base64.b64decode(token)] = int(rank)
    return tiktoken.Encoding(
        NAME,
        pat_str=PATTERN,
        mergeable_ranks=ranks,
        special_tokens={"<|endoftext|>": len(ranks)},
    )


def end_of_document() -> int:
    """The id of the token that ends a document."""
    return encoding().eot_token


def documents() -> dict[str, str]:
    """The corpus: the name of each document and its text, in a fixed order."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(CORPUS.glob("*.md"))}
