"""The corpus in memory: its words, where each context occurs, and which documents a text is about."""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from .structure import State, is_plain, read
from .vocabulary import documents, encoding

# Words of a request that say nothing about its topic.
STOP = frozenset(
    "a about all also am an and answer any are as at be been but by can could describe detail details do "
    "does explain few for from give go good has have hello help hey hi how i if in into introduce "
    "introduction is it its like long make many me more most much my new no not of on one or other please "
    "possible say short should show so some such tell text than thank thanks that the their them then "
    "there these they thing this to topic two us use used using want was we what when where which who why "
    "will with without word words would write you your".split()
)
LETTERS = re.compile(r"[^\W\d_]+")
HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
ENDINGS = ("ization", "ations", "ation", "ings", "ing", "ers", "ed", "es", "er", "e", "s")


def topics(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order."""
    return [stem_of(word) for word in LETTERS.findall(text.lower()) if word not in STOP and len(word) > 1]


@functools.lru_cache(maxsize=20_000)
def stem_of(word: str) -> str:
    """A word without its ending."""
    for ending in ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


@dataclass(slots=True)
class Library:
    """All words in one row, place by place. `states[p]` is the structure before the word at place `p`."""

    words: list[int] = field(default_factory=list)
    states: list[int] = field(default_factory=list)
    owner: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    tokens: list[list[int]] = field(default_factory=list)
    word_ids: dict[str, int] = field(default_factory=dict)
    state_ids: dict[State, int] = field(default_factory=dict)
    spelling: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    plain: list[bool] = field(default_factory=list)
    sections: list[int] = field(default_factory=list)
    contexts: tuple[defaultdict[tuple[int, ...], list[int]], ...] = field(
        default_factory=lambda: (defaultdict(list), defaultdict(list), defaultdict(list))
    )
    weights: dict[str, dict[int, float]] = field(default_factory=dict)

    def last_places(self) -> set[int]:
        """The places of the last word of each document."""
        return {start - 1 for start in self.starts[1:]} | {len(self.words) - 1}

    def relevance(self, text: str, but: int | None = None) -> list[float]:
        """How much each document is about a text: 1 for the best one, 0 for those that share nothing with it.

        Words near the end of the text count more: they are what was asked last.
        """
        found = topics(text)
        scores = [0.0] * len(self.names)
        for age, stem in enumerate(reversed(found)):
            for document, weight in self.weights.get(stem, {}).items():
                scores[document] += weight * 0.5 ** (age / 60)
        if but is not None:
            scores[but] = 0.0
        best = max(scores)
        return [(score / best) ** 2 if best else 0.0 for score in scores]


@functools.cache
def library() -> Library:
    """The corpus, read and indexed once: a tenth of a second."""
    shelf = Library()
    for number, (name, text) in enumerate(documents().items()):
        shelf.names.append(name)
        shelf.texts.append(text)
        add(shelf, number, text.strip() + "\n\n")
    encode = encoding().encode_ordinary
    shelf.spelling = list(shelf.word_ids)
    shelf.tokens = [encode(word) for word in shelf.spelling]
    shelf.kinds = [kind_of(state) for state in shelf.state_ids]
    shelf.plain = [is_plain(state) for state in shelf.state_ids]
    shelf.weights = weigh(dict(zip(shelf.names, shelf.texts, strict=True)))
    return shelf


def kind_of(state: State) -> str:
    """The kind of structure; between two lines, that of the line before if it binds the next one."""
    return next((kind for kind in ("heading", "table") if kind in state), str(state[0]))


def add(shelf: Library, number: int, text: str) -> None:
    """Take one document in."""
    words, states = read(text)
    start = len(shelf.words)
    shelf.starts.append(start)
    ids = [shelf.word_ids.setdefault(word, len(shelf.word_ids)) for word in words]
    kinds = [shelf.state_ids.setdefault(state, len(shelf.state_ids)) for state in states[:-1]]
    shelf.words += ids
    shelf.states += kinds
    shelf.owner += [number] * len(ids)
    one, two, three = shelf.contexts
    for index, state in enumerate(kinds):
        place = start + index
        if words[index] == "##":
            shelf.sections.append(place)
        if index > 0:
            one[state, ids[index - 1]].append(place)
        if index > 1:
            two[state, ids[index - 2], ids[index - 1]].append(place)
        if index > 2:
            three[state, ids[index - 3], ids[index - 2], ids[index - 1]].append(place)


def weigh(texts: Mapping[str, str]) -> dict[str, dict[int, float]]:
    """For each stem, how strongly it points at each document: rare words and words of headings point best."""
    weights: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for number, (name, text) in enumerate(texts.items()):
        title = set(topics(name.replace("_", " ") + " " + text[: text.index("\n")]))
        strength = 11 if name.endswith("overview") else 8  # of equally fitting documents, the general one first
        headings = set(topics(" ".join(HEADING.findall(text))))
        for stem, count in Counter(topics(text)).items():
            weights[stem][number] = math.log1p(count) + 2.5 * (stem in headings) + strength * (stem in title)
    for found in weights.values():
        rarity = math.log(1 + len(texts) / len(found))
        for number in found:
            found[number] *= rarity
    return dict(weights)
