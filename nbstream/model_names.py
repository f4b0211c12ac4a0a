"""What a model's name tells: the vocabulary it counts in, and whether it reasons where nobody sees it."""

from __future__ import annotations

import re

from .vocabulary import TABLE

VENDORS = ("", "openai", "azure")
"""What may stand before the name of one of OpenAI's closed models; under any other it is a copy by somebody else."""

ELSEWHERE = frozenset("anthropic gemini ollama llamacpp vllm sglang mistral deepseek groq lmstudio tgi demo".split())
"""Services without those models. Servers of downloaded models take any name: llama.cpp's documents use
`gpt-3.5-turbo` for whatever was loaded."""

OPEN_WEIGHTS = "gpt-oss"  # the same vocabulary wherever it runs, and Ollama writes gpt-oss:20b
SAME_RANKS = {"o200k_harmony": "o200k_base"}  # they differ in special tokens, which a text has none of
REASONING = re.compile(r"o\d|gpt-5(?!.*-chat)")


def encoding_name(model: str, service: str = "") -> str | None:
    """The vocabulary that `model` counts in at `service`, by tiktoken's own table; `None` where that is not known.

    Other vendors' models are not known, and neither are OpenAI's retired ones of p50k_base and r50k_base: in their
    patterns the cuts of `tokens` are not safe.
    """
    vendor, name = split(model)
    if name.startswith(OPEN_WEIGHTS):
        return "o200k_base"
    if vendor not in VENDORS or service in ELSEWHERE:
        return None
    from tiktoken.model import encoding_name_for_model

    try:
        found = encoding_name_for_model(name)
    except KeyError:
        return None
    found = SAME_RANKS.get(found, found)
    return found if found in TABLE else None


def split(model: str) -> tuple[str, str]:
    """The vendor just before the name, and the name without what surrounds it.

    `openrouter/openai/gpt-4o:free` and `ft:gpt-4.1-mini-2025-04-14:me::1` are a gpt-4o and a gpt-4.1-mini. (tiktoken
    takes the latter for a gpt-4.)
    """
    path, _, name = model.rpartition("/")
    return path.rpartition("/")[2], name.removeprefix("ft:").partition(":")[0]


def is_open(model: str) -> bool:
    """Whether it is one of the models that OpenAI gives away, whose servers put a page of their own before a prompt."""
    return split(model)[1].startswith(OPEN_WEIGHTS)


def reasons_unseen(model: str, service: str = "") -> bool:
    """Whether the model reasons at length and shows none of it, so that its text is less than what it generates."""
    known = encoding_name(model, service) is not None
    return known and REASONING.match(split(model)[1]) is not None
