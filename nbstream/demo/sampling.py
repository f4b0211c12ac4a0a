"""Picks one word from weighted ones, by temperature, top-p and frequency penalty."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass

GREEDY_BELOW = 0.01


@dataclass(slots=True)
class Sampler:
    """The settings of one answer, and how often each word was used in it (kept by the writer)."""

    temperature: float
    top_p: float
    frequency_penalty: float
    counts: Mapping[int, int]
    rng: random.Random

    @property
    def greedy(self) -> bool:
        """True when the best word is always taken."""
        return self.temperature < GREEDY_BELOW

    def pick(self, weights: dict[int, float]) -> int:
        """One of the words. The weights must be above zero and need not add up to one."""
        if len(weights) == 1:
            return next(iter(weights))
        scores = {word: math.log(max(weight, 1e-300)) for word, weight in weights.items()}
        if self.frequency_penalty:
            for word in scores:
                scores[word] -= self.frequency_penalty * self.counts.get(word, 0)
        best = max(scores.values())
        if self.greedy:
            return min(word for word, score in scores.items() if score == best)
        chances = [(math.exp((score - best) / self.temperature), word) for word, score in scores.items()]
        if self.top_p < 1:
            chances = self.nucleus(chances)
        return self.rng.choices([word for _, word in chances], [chance for chance, _ in chances])[0]

    def nucleus(self, chances: list[tuple[float, int]]) -> list[tuple[float, int]]:
        """The smallest set of best words whose chances reach `top_p` of the whole; never empty."""
        chances.sort(reverse=True)
        wanted = self.top_p * sum(chance for chance, _ in chances)
        reached = 0.0
        for kept, (chance, _) in enumerate(chances, start=1):
            reached += chance
            if reached >= wanted:
                return chances[:kept]
        return chances
