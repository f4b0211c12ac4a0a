"""The embedded language model: an n-gram model with back-off over the corpus, word by word, sent out token by token.

At each step every place of the corpus that agrees with the last one to six words, and stands in the same
Markdown structure, votes for the word that follows it; longer agreement and a fitting document weigh more.
Large models fall into loops when they are sampled coldly, because a language model likes what it has just
written. An n-gram model would not, so its own recent text votes too (a cache model: Kuhn and De Mori, 1990):
for itself when it is cold, against when warm.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence

from .library import Library, library
from .prefix import go_on
from .sampling import Sampler
from .vocabulary import encoding, end_of_document

# Weight of a place by the number of words it agrees with; going straight on agrees with all of them.
AGREEMENT = (0.0, 0.25, 0.4, 1.5, 4.0, 7.0, 10.0)
STRAIGHT_ON = 24.0
STRAIGHT_ON_AFTER_SENTENCE = 10.0
# Where less would break the sense: words of agreement that a jump into another document needs (7: it may not).
ELSEWHERE = {"code": 5, "formula": 7, "fence": 5, "table": 7}
BOUNDARY = (".", "!", "?", "\n")
LEAST_RELEVANT = 0.05
MOST_PLACES = 60


def prepare() -> None:
    """Load the vocabulary and the corpus now (well under 0.1 s) and not at the first request."""
    encoding()
    library()


def generate(
    prompt_tokens: Sequence[int],
    prefix_tokens: Sequence[int] = (),
    temperature: float = 0.8,
    top_p: float = 1.0,
    seed: int | None = None,
    frequency_penalty: float = 0.0,
) -> Iterator[int]:
    """The tokens of an answer to the prompt that begins with the prefix (which is not repeated), without end.

    It ends only with `end_of_document()` as the last token. The same arguments with the same seed give the same tokens.
    """
    encoder = encoding()
    writer = Writer(
        library(),
        encoder.decode(list(prompt_tokens)),
        encoder.decode(list(prefix_tokens)),
        temperature,
        top_p,
        random.Random(seed),
        frequency_penalty,
    )
    yield from writer.tokens()
    yield end_of_document()


class Writer:
    """One answer being written."""

    def __init__(
        self,
        shelf: Library,
        prompt: str,
        prefix: str,
        temperature: float,
        top_p: float,
        rng: random.Random,
        frequency_penalty: float,
    ) -> None:
        self.shelf = shelf
        self.temperature = temperature
        self.rng = rng
        self.counts: Counter[int] = Counter()
        self.sampler = Sampler(temperature, top_p, frequency_penalty, self.counts, rng)
        self.prefix = prefix
        self.weights = shelf.relevance(f"{prompt}\n{prefix}")
        if not any(self.weights):
            self.weights[shelf.names.index("about_demo")] = 1.0
        self.weights = [w if w >= LEAST_RELEVANT else 0.0 for w in self.weights]
        self.said: list[int] = []
        self.visited: set[int] = set()
        self.went: dict[tuple[int, ...], int] = {}
        self.fitting: dict[tuple[int, ...], list[int]] = {}
        # How much the own text attracts (cold, above 0) or repels (warm, below 1).
        self.attraction = max(0.0, min(1.0, 2 - temperature * 4)) * 200
        self.novelty = max(0.01, min(1.0, 1.6 - temperature * 2))
        self.sent = 0

    def tokens(self) -> Iterator[int]:
        """The answer, token by token."""
        place: int | None
        if self.prefix:
            start = go_on(self.shelf, self.prefix, self.weights, self.rng)
            self.said = start.said
            place = start.place
            topic = self.shelf.owner[place]
            self.weights[topic] = max(self.weights[topic], 0.6)
            yield from encoding().encode_ordinary(start.text)
        else:
            place = self.beginning()
        shelf, last = self.shelf, self.shelf.last_places()
        while place is not None:
            place = self.place_after(place)
            if place in self.visited and self.temperature >= 0.3 and shelf.spelling[shelf.words[place]] == "##":
                place = self.another_section(place)  # what was said need not be said again
                if place is None:
                    return
            word = shelf.words[place]
            if place in last and (section := self.another_section(place)) is None:
                bare = shelf.spelling[word].rstrip("\n")
                yield from encoding().encode_ordinary(bare)
                return
            self.visited.add(place)
            self.said.append(word)
            self.counts[word] += 1
            self.sent += len(shelf.tokens[word])
            yield from shelf.tokens[word]
            place = section if place in last else place + 1

    def beginning(self) -> int:
        """Where an answer to this prompt starts."""
        best = [n for n, weight in enumerate(self.weights) if weight >= 0.75]
        if self.temperature < 0.3:
            best = [self.weights.index(max(self.weights))]
        return self.shelf.starts[self.rng.choice(best)]

    def place_after(self, straight: int) -> int:
        """The place whose word comes next: the one that follows, or another that would do as well."""
        shelf, said = self.shelf, self.said
        state = shelf.states[straight]
        kind = shelf.kinds[state]
        free = kind not in (*ELSEWHERE, "heading") and bool(said) and shelf.spelling[said[-1]].endswith(BOUNDARY)
        places = {straight: STRAIGHT_ON_AFTER_SENTENCE if free else STRAIGHT_ON}
        if straight in self.visited:
            places[straight] *= self.novelty
        key = (state, *said[-3:])
        if len(said) >= 3:
            rigid = kind in ELSEWHERE
            for place in self.places_for(2, key):
                agreement = self.agreement_at(place)
                needed = 3 if not rigid or shelf.owner[place] == shelf.owner[straight] else ELSEWHERE[kind]
                if place != straight and agreement >= needed:
                    places[place] = self.vote_for(place, agreement)
            if not rigid:
                for place in self.places_for(1, (state, *said[-2:])):
                    if place not in places:
                        places[place] = self.vote_for(place, 2)
                if free:
                    for place in self.places_for(0, (state, said[-1])):
                        if place not in places:
                            places[place] = self.vote_for(place, 1)
            before = self.went.get(key)
            if before is not None and self.attraction:
                places[before] = places.get(before, 0.0) + self.attraction
        place = self.choose(places)
        self.went[key] = place
        return place

    def vote_for(self, place: int, agreement: int) -> float:
        """How strongly a place speaks for its word."""
        vote = AGREEMENT[agreement] * self.weights[self.shelf.owner[place]]
        return vote * self.novelty if place in self.visited else vote

    def agreement_at(self, place: int) -> int:
        """How many words before the place are the same as those just said: 3 to 6."""
        words, said = self.shelf.words, self.said
        length = 3
        while length < 6 and length < len(said) and words[place - length - 1] == said[-length - 1]:
            length += 1
        return length

    def places_for(self, order: int, key: tuple[int, ...]) -> list[int]:
        """The places after such a context in documents that fit the request."""
        found = self.fitting.get(key)
        if found is None:
            owner, weights = self.shelf.owner, self.weights
            found = [place for place in self.shelf.contexts[order].get(key, ()) if weights[owner[place]]]
            if len(found) > MOST_PLACES:
                found = random.Random(len(found)).sample(found, MOST_PLACES)
            self.fitting[key] = found
        return found

    def another_section(self, place: int) -> int | None:
        """Where to go on at the end of a document, or None to end the answer. A cold model finds no end."""
        shelf, cold = self.shelf, self.temperature < 0.3
        if not cold and self.rng.random() < (self.sent - 500) / 900:
            return None
        fresh = [s for s in shelf.sections if self.weights[shelf.owner[s]] and s not in self.visited]
        if not fresh and (cold or self.sent < 350):
            near = shelf.relevance(shelf.texts[shelf.owner[place]], but=shelf.owner[place])
            self.weights = [max(own, 0.5 * (other > 0.5)) for own, other in zip(self.weights, near, strict=True)]
            self.fitting.clear()
            fresh = [s for s in shelf.sections if self.weights[shelf.owner[s]] and (cold or s not in self.visited)]
        if not fresh:
            return None
        if cold:
            return max(fresh, key=lambda s: (self.weights[shelf.owner[s]], -s))
        return self.rng.choices(fresh, [self.weights[shelf.owner[s]] for s in fresh])[0]

    def choose(self, places: dict[int, float]) -> int:
        """Draw one of the places by their votes."""
        if len(places) == 1:
            return next(iter(places))
        words = self.shelf.words
        weights: dict[int, float] = {}
        for place, weight in places.items():
            weights[words[place]] = weights.get(words[place], 0.0) + weight
        word = self.sampler.pick(weights)
        same = [place for place in places if words[place] == word]
        if len(same) == 1:
            return same[0]
        if self.sampler.greedy:
            return max(same, key=lambda place: (places[place], -place))
        return self.rng.choices(same, [places[place] for place in same])[0]
