"""Finds where in the corpus a partial answer would go on, in mid-word and in mid-table too."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from .library import Library
from .structure import State, is_plain, read

CLOSER = {"(": ")"}
UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Start:
    """How to go on: text to write first, the place that follows it, and the words said so far."""

    text: str
    place: int
    said: list[int]


def go_on(shelf: Library, prefix: str, weights: Sequence[float], rng: random.Random) -> Start:
    """The best continuation of a partial answer; of equally good ones, one is drawn."""
    words, states = read(prefix)
    said = [shelf.word_ids.get(word, UNKNOWN) for word in words]
    if words and may_be_unfinished(words[-1]):
        partial = words[-1]
        before = said[:-1]
        if found := nearest(shelf, states[-2], before, weights, lambda text: text.startswith(partial), len(partial)):
            return finish(shelf, rng.choice(found), partial, before)
    # A letter right after a letter would change the last word.
    glued = prefix[-1:].isalnum()
    if found := nearest(shelf, states[-1], said, weights, lambda text: not (glued and text[0].isalnum()), 1):
        return Start("", rng.choice(found), said)
    return new_section(shelf, states[-1], said, weights, rng)


def may_be_unfinished(word: str) -> bool:
    """A word of letters may have been cut in the middle, and blanks belong to the word that follows them."""
    return word[-1].isalnum() or (word.isspace() and "\n" not in word)


def nearest(
    shelf: Library,
    state: State,
    said: list[int],
    weights: Sequence[float],
    fits: Callable[[str], bool],
    length: int,
) -> list[int]:
    """The places that agree best: in the words before them, in topic and in structure."""
    known = shelf.state_ids.get(state, shelf.state_ids.get(simpler(state), UNKNOWN))
    plain = is_plain(state)
    best = 0.0
    found: list[int] = []
    for place, structure in enumerate(shelf.states):
        agreed = agreement(shelf.words, place, said)
        same = structure == known
        # A list item may go on in plain prose and the other way round, if it is clearly the same sentence.
        if not same and not (agreed >= 3 and plain and shelf.plain[structure]):
            continue
        score = 2 * agreed + 3 * weights[shelf.owner[place]] + 3 * same
        if score >= best and fits(text_at(shelf, place, length)):
            found = [*found, place] if score == best else [place]
            best = score
    return found


def agreement(words: Sequence[int], place: int, said: Sequence[int]) -> int:
    """How many words before a place are the last ones said, up to six."""
    most = min(6, len(said), place)
    length = 0
    while length < most and words[place - length - 1] == said[-length - 1]:
        length += 1
    return length


def simpler(state: State) -> State:
    """A structure that the corpus has, for one that it has not."""
    if state[0] == "code":
        return ("code", "python", *state[2:])
    if state[0] == "number":
        return ("prose", *state[2:])
    return state


def text_at(shelf: Library, place: int, length: int) -> str:
    """At least so many characters of the corpus from a place on."""
    text = ""
    while place < len(shelf.words) and len(text) <= length:
        text += shelf.spelling[shelf.words[place]]
        place += 1
    return text


def finish(shelf: Library, place: int, partial: str, said: list[int]) -> Start:
    """Write the rest of the word that the partial answer has begun."""
    text, end = "", place
    while len(text) < len(partial):
        text += shelf.spelling[shelf.words[end]]
        said = [*said, shelf.words[end]]
        end += 1
    return Start(text[len(partial) :], end, said)


def new_section(shelf: Library, state: State, said: list[int], weights: Sequence[float], rng: random.Random) -> Start:
    """Close what is open and begin a section: for structures that the corpus does not know."""
    close = "".join(CLOSER.get(str(mark), str(mark)) for mark in reversed(opened(state)))
    if state[0] == "code":
        close = "\n```"
    elif state[0] in ("formula", "formula end"):
        close = "\n$$"
    sections = [place for place in shelf.sections if weights[shelf.owner[place]]] or shelf.sections
    return Start(f"{close}\n\n", rng.choice(sections), said)


def opened(state: State) -> list[object]:
    """What a structure has open."""
    return [part for part in state if part in ("`", "*", "**", "$", "$$", "(", '"')]
