"""Trains the byte pair vocabulary on the corpus and writes it: `python -m nbstream.demo.train`.

The algorithm is byte pair encoding as of Sennrich et al., 2016 (https://arxiv.org/abs/1508.07909), on bytes. The
counts of pairs are kept up to date word by word, so that a merge touches only the words that contain it.
"""

from __future__ import annotations

import base64
import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from .vocabulary import RANKS, STDLIB_PATTERN, documents

SIZE = 2000

Pair = tuple[bytes, bytes]


def train(texts: Iterable[str], size: int = SIZE) -> list[bytes]:
    """The tokens in the order of their ranks: all single bytes, then the merges, most frequent pair first."""
    words = Counter(word for text in texts for word in re.findall(STDLIB_PATTERN, text))
    parts = {word: [bytes([byte]) for byte in word.encode()] for word in words}
    counts: Counter[Pair] = Counter()
    homes: defaultdict[Pair, set[str]] = defaultdict(set)
    for word, count in words.items():
        for pair in pairs_in(parts[word]):
            counts[pair] += count
            homes[pair].add(word)
    tokens = [bytes([byte]) for byte in range(256)]
    while len(tokens) < size and counts:
        best = max(counts, key=lambda pair: (counts[pair], pair))  # the pair itself breaks ties: same file each time
        tokens.append(best[0] + best[1])
        for word in homes.pop(best):
            for pair in pairs_in(parts[word]):
                counts[pair] -= words[word]
            parts[word] = merged(parts[word], best)
            for pair in pairs_in(parts[word]):
                counts[pair] += words[word]
                homes[pair].add(word)
        counts.pop(best, None)
    return tokens


def pairs_in(parts: Sequence[bytes]) -> list[Pair]:
    """The neighbours of a word's parts."""
    return list(itertools.pairwise(parts))


def merged(parts: Sequence[bytes], pair: Pair) -> list[bytes]:
    """The parts with this pair made one."""
    merged: list[bytes] = []
    for part in parts:
        if merged and (merged[-1], part) == pair:
            merged[-1] += part
        else:
            merged.append(part)
    return merged


def main() -> None:
    """Train on the corpus and rewrite the file of ranks."""
    tokens = train(documents().values())
    lines = [base64.b64encode(token) + b" %d\n" % rank for rank, token in enumerate(tokens)]
    RANKS.write_bytes(b"".join(lines))
    print(f"{len(tokens)} tokens written to {RANKS.name}")


if __name__ == "__main__":
    main()
