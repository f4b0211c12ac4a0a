"""The embedded model: its vocabulary, its Markdown, its loops, and how it goes on from a partial answer."""

from __future__ import annotations

import base64
import re
from itertools import islice

import pytest
import tiktoken

from nbstream.demo.library import library
from nbstream.demo.model import generate, prepare
from nbstream.demo.structure import read, split
from nbstream.demo.train import train
from nbstream.demo.vocabulary import PATTERN, RANKS, documents, encoding, end_of_document

GPT = "Introduce the GPT model structure in as much detail as possible."


def answer(prompt: str, prefix: str = "", *, count: int = 3000, temperature: float = 0.8, seed: int = 1) -> str:
    encoder = encoding()
    prompt_tokens, prefix_tokens = encoder.encode_ordinary(prompt), encoder.encode_ordinary(prefix)
    tokens = list(islice(generate(prompt_tokens, prefix_tokens, temperature, 0.95, seed), count))
    return encoder.decode([token for token in tokens if token != end_of_document()])


def test_the_pattern_is_that_of_cl100k_base() -> None:
    public = pytest.importorskip("tiktoken_ext.openai_public")
    assert repr(PATTERN)[1:-1] in repr(public.cl100k_base.__code__.co_consts)


def test_every_single_byte_is_a_token() -> None:
    encoder = encoding()
    assert all(encoder.encode_single_token(bytes([byte])) is not None for byte in range(256))


def test_the_vocabulary_is_what_training_on_the_corpus_gives() -> None:
    shipped = [base64.b64decode(line.split()[0]) for line in RANKS.read_bytes().splitlines()]
    assert train(documents().values()) == shipped


def test_the_vocabulary_survives_a_round_trip_of_foreign_text() -> None:
    text = "Größe 水 🙂 \u2028 naïve ½\r\n\t x"
    assert encoding().decode(encoding().encode_ordinary(text)) == text


def test_the_encoding_is_built_once() -> None:
    assert encoding() is encoding()
    assert isinstance(encoding(), tiktoken.Encoding)


@pytest.mark.parametrize("name", documents())
def test_words_are_pieces_that_tokens_never_cross(name: str) -> None:
    text = documents()[name]
    pieces = [token for word in split(text) for token in encoding().encode_ordinary(word)]
    assert pieces == encoding().encode_ordinary(text)


@pytest.mark.parametrize("name", documents())
def test_every_document_closes_what_it_opens(name: str) -> None:
    _, states = read(documents()[name])
    assert states[-1][0] == "^"


def test_the_gpt_prompt_gets_a_long_answer_with_all_kinds_of_markdown() -> None:
    text = answer(GPT)
    assert text.startswith("# The structure of a GPT model\n")
    assert len(encoding().encode_ordinary(text)) > 500
    together = "\n".join(answer(GPT, seed=seed) for seed in range(4))
    for mark in ("\n## ", "\n- ", "\n1. ", "\n| --- |", "\n```python\n", "\n$$\n", "**", "\n> "):
        assert mark in together, mark


@pytest.mark.parametrize("seed", range(12))
def test_a_finished_answer_is_well_formed(seed: int) -> None:
    text = answer(["GPT model", "pandas and SQL", "bread", "statistics"][seed % 4], seed=seed)
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    assert "```" not in prose
    assert prose.count("$$") % 2 == 0
    assert all(line.count("**") % 2 == 0 for line in prose.splitlines())
    for table in re.findall(r"(?:^\|.*\n)+", prose, flags=re.MULTILINE):
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


def test_answers_are_written_and_not_copied() -> None:
    text = answer(GPT, seed=3)
    assert not any(text in original for original in documents().values())
    paragraphs = [line for line in text.splitlines() if len(line) > 200]
    corpus = "".join(documents().values())
    assert any(paragraph not in corpus for paragraph in paragraphs)


def test_the_same_seed_gives_the_same_text() -> None:
    assert answer(GPT, seed=7) == answer(GPT, seed=7)


def test_another_seed_gives_another_text() -> None:
    assert answer(GPT, seed=7) != answer(GPT, seed=8)


def test_the_prompt_chooses_the_topic() -> None:
    assert "bread" in answer("How do I bake bread?").lower()
    assert "sail" in answer("Teach me sailing").lower()


def test_a_greeting_is_answered_with_what_this_model_is() -> None:
    assert "demo model" in answer("hello")


@pytest.mark.parametrize("temperature", [0, 0.1, 0.2])
@pytest.mark.parametrize("prompt", [GPT, "bread", "hello"])
def test_a_low_temperature_falls_into_a_loop(prompt: str, temperature: float) -> None:
    text = answer(prompt, temperature=temperature, count=4000)
    assert text.count(text[-300:]) >= 3


def test_a_usual_temperature_does_not_loop() -> None:
    text = answer(GPT, temperature=0.8)
    sentences = [line for line in text.splitlines() if len(line) > 80]
    assert max(sentences.count(sentence) for sentence in sentences) <= 2


def test_a_prefix_in_mid_word_is_finished() -> None:
    assert answer(GPT, "The atten", count=20).startswith("tion")


def test_a_prefix_in_mid_sentence_goes_on_in_its_topic() -> None:
    prefix = "Let the dough rise for four hours, and"
    assert answer("Tell me more", prefix, count=30, temperature=0).startswith(" fold it every hour.")


@pytest.mark.parametrize(
    "prefix",
    ["zqx wordflorp", "```rust\nfn main() {", "**(a `b", "| a |\n| --- | --- |", "1. One\n2. Two\n", "🙂", " ", "\n"],
)
def test_any_prefix_can_be_continued(prefix: str) -> None:
    assert answer("anything", prefix, count=200)


def test_a_list_goes_on_with_the_next_number() -> None:
    assert answer(GPT, "1. First\n2. Second\n", count=5).startswith("3.")


def test_a_frequency_penalty_makes_words_rarer() -> None:
    encoder = encoding()
    prompt = encoder.encode_ordinary(GPT)
    plain = encoder.decode(list(islice(generate(prompt, (), 0.1, 1.0, 1), 1500)))
    lowered = encoder.decode(list(islice(generate(prompt, (), 0.1, 1.0, 1, 1.5), 1500)))
    assert len(set(split(lowered))) > len(set(split(plain)))


def test_preparing_twice_is_harmless() -> None:
    prepare()
    prepare()
    assert library() is library()
