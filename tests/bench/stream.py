"""The recorded stream that everything is measured with: Markdown in pieces of a token, the same on every machine.

`python -m bench.stream [tokens]` prints it. The words are so common that each, with the blank before it, is a token.
"""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Iterator
from itertools import islice

CHUNKS = 20_000
TOKENS = 100_000
MODEL = "gpt-4.1-mini"
NEARLY, LAST = "NEARLYOVER", "THISISALL"
WORDS = (
    "the model reads each word of text and then makes a guess about what comes next while it keeps all that came "
    "before in its memory so every part can look back at any other part of the same line this is how attention works "
    "in layers with heads that learn from data to find out which words matter most for good results over time when we "
    "train on large sets of pages books code notes tables lists questions answers small steps move weights toward low "
    "loss values after many hours of work people test use share build ask stop start again"
).split()


def pieces() -> Iterator[str]:
    """Markdown without end: headings, prose, lists, tables, code."""
    luck = random.Random(7)
    for section in range(1, 10**6):
        yield from ("##", " Part", f" {section % 1000}", "\n\n")
        for _ in range(luck.randrange(2, 5)):
            yield from prose(luck, luck.randrange(30, 90))
            yield "\n\n"
        yield from luck.choice([items, table, code])(luck)


def prose(luck: random.Random, number: int) -> Iterator[str]:
    """A paragraph, with what stands in paragraphs."""
    for _ in range(number):
        word = luck.choice(WORDS)
        match luck.randrange(30):
            case 0:
                yield from (" **", word, "**")
            case 1:
                yield from (" `", word, "`")
            case 2:
                yield from (" *", word, "*")
            case 3:
                yield from (f" {word}", ".")
            case _:
                yield f" {word}"
    yield "."


def items(luck: random.Random) -> Iterator[str]:
    for _ in range(luck.randrange(3, 8)):
        yield "-"
        yield from prose(luck, luck.randrange(5, 15))
        yield "\n"
    yield "\n"


def table(luck: random.Random) -> Iterator[str]:
    yield from ("|", " word", " |", " count", " |", "\n", "|---|", "---|", "\n")
    for _ in range(luck.randrange(3, 8)):
        yield from ("|", f" {luck.choice(WORDS)}", " |", f" {luck.randrange(1000)}", " |", "\n")
    yield "\n"


def code(luck: random.Random) -> Iterator[str]:
    yield from ("```", "python", "\n")
    for _ in range(luck.randrange(4, 12)):
        yield from (luck.choice(WORDS), " =", f" {luck.choice(WORDS)}", "(", f"{luck.randrange(100)}", ")", "\n")
    yield from ("```", "\n\n")


def recorded(number: int) -> list[str]:
    """The first pieces of the stream; two words that stand nowhere else tell where it is nearly over, and over."""
    texts = list(islice(pieces(), max(1, number)))
    near = next((n for n in range(number * 9 // 10, number) if texts[n].strip().isalpha()), 0)
    texts[near] += f" {NEARLY}"
    texts[-1] = f"\n\n{LAST}"
    return texts


def openai_event(text: str) -> bytes:
    """As OpenAI sends it today."""
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": None}
    return data(openai_chunk([choice]) | {"obfuscation": padding(text)})


def padding(text: str) -> str:
    """Of another length and other letters for each text, as OpenAI's."""
    return hashlib.blake2s(text.encode()).hexdigest()[: 16 - len(text) % 12]


def openai_end(number: int) -> bytes:
    """Finish reason, usage, done."""
    choice = {"index": 0, "delta": {}, "logprobs": None, "finish_reason": "stop"}
    usage = {"prompt_tokens": 9, "completion_tokens": number, "total_tokens": number + 9}
    return data(openai_chunk([choice])) + data(openai_chunk([]) | {"usage": usage}) + b"data: [DONE]\n\n"


def openai_chunk(choices: list[dict[str, object]]) -> dict[str, object]:
    head = {"id": "chatcmpl-CZ1x4mJQw7YfN0aT3kRbPdVhLsE2o", "object": "chat.completion.chunk", "created": 1763700000}
    more = {"model": f"{MODEL}-2025-04-14", "service_tier": "default", "system_fingerprint": "fp_4fce0778af"}
    return head | more | {"choices": choices, "obfuscation": ""}


def anthropic_start() -> bytes:
    """What comes before the text."""
    usage = {"input_tokens": 9, "output_tokens": 1}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "claude", "usage": usage}
    block: dict[str, object] = {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "text", "text": ""},
    }
    start: dict[str, object] = {"type": "message_start", "message": message | {"stop_reason": None}}
    return named(start) + named(block)


def anthropic_event(text: str) -> bytes:
    return named({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})


def anthropic_end(number: int) -> bytes:
    """The end of block and message."""
    last: dict[str, object] = {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn"},
        "usage": {"output_tokens": number},
    }
    return named({"type": "content_block_stop", "index": 0}) + named(last) + named({"type": "message_stop"})


def data(value: dict[str, object]) -> bytes:
    return b"data: " + json.dumps(value, separators=(",", ":")).encode() + b"\n\n"


def named(value: dict[str, object]) -> bytes:
    return f"event: {value['type']}\n".encode() + data(value)


if __name__ == "__main__":
    sys.stdout.write("".join(recorded(int(sys.argv[1]) if sys.argv[1:] else TOKENS)))
