"""How many tokens a prompt is, by OpenAI's formula, and whether that is all there is to it.

The formula (https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken) was checked against recorded
traffic: it is exact for text, and what a
service adds out of sight, such as its own writing of tools and images, makes the count an estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .counts import Count
from .model_names import is_open, reasons_unseen
from .tokens import Counter
from .wire import Ask, Provider

if TYPE_CHECKING:
    import tiktoken

UNSEEN = frozenset(
    "tools functions response_format text web_search_options plugins previous_response_id conversation prompt "
    "instructions prediction chat_template_kwargs".split()
)
"""Options that put something into the prompt which is not in the messages."""


class Size:
    """Adds up texts, and remembers whether all of them were counted exactly."""

    def __init__(self, encoding: tiktoken.Encoding | None) -> None:
        self.encoding = encoding
        self.exact = encoding is not None
        self.tokens = 0

    def add(self, text: object, and_more: int = 0) -> None:
        """Add a text, and tokens that go with it."""
        counter = Counter(self.encoding)
        counter.feed(text if isinstance(text, str) else "")
        self.tokens += counter.count + and_more
        self.exact = self.exact and not counter.forced


def prompt_count(ask: Ask, provider: Provider, encoding: tiktoken.Encoding | None) -> Count:
    """The tokens of what is asked, in the model's vocabulary or by bytes; without roles it is its text alone."""
    size = Size(encoding)
    has_roles = getattr(provider, "has_roles", True)
    per_message, per_name = (4, -1) if ask.model == "gpt-3.5-turbo-0301" else (3, 1)
    for message in ask.messages:
        add_content(size, message.get("content"))
        if has_roles:
            size.add(message.get("role"), per_message)
            if message.get("name"):
                size.add(message.get("name"), per_name)
            add_calls(size, message)
    if has_roles:
        size.tokens += 3 - reasons_unseen(ask.model, provider.name)  # the answer's beginning; measured one less
        size.exact = size.exact and not is_open(ask.model)  # its servers put a page of their own before it
    asked = {**ask.options, **mapping(ask.options.get("extra_body"))}
    size.exact = size.exact and not any(asked.get(name) for name in UNSEEN)
    add_tools(size, asked.get("tools") or asked.get("functions"))
    return Count(size.tokens, "tokenizer" if size.exact else "estimate")


def size_of(text: str, encoding: tiktoken.Encoding | None) -> Count:
    """The tokens of a text alone. In a prompt its ends may melt into what stands beside it, by a token."""
    size = Size(encoding)
    size.add(text)
    return Count(size.tokens, "tokenizer" if size.exact else "estimate")


def add_content(size: Size, content: object) -> None:
    """The text of a message; images and files are more, by their size, which nobody here knows."""
    for part in content if isinstance(content, list) else [content]:
        text = part.get("text") if isinstance(part, Mapping) else part
        size.add(text)
        size.exact = size.exact and (isinstance(text, str) or part is None)


def add_calls(size: Size, message: Mapping[str, Any]) -> None:
    """Calls of tools and their results, about as they are written for the model."""
    calls = message.get("tool_calls")
    if calls or message.get("role") in ("tool", "function"):
        size.exact = False
    for call in calls if isinstance(calls, list) else []:
        function = mapping(mapping(call).get("function"))
        size.add(function.get("name"))
        size.add(function.get("arguments"), 3)


def add_tools(size: Size, tools: object) -> None:
    """Definitions of tools: OpenAI's cookbook has found these numbers for gpt-4o, and gives no formula."""
    if not isinstance(tools, list) or not tools:
        return
    for tool in tools:
        function = mapping(mapping(tool).get("function")) or mapping(tool)
        size.add(f"{function.get('name')}:{function.get('description', '')}", 7)
        add_fields(size, mapping(function.get("parameters") or function.get("input_schema")))
    size.tokens += 12


def add_fields(size: Size, schema: Mapping[str, Any]) -> None:
    """The fields of an object in a tool's schema, and theirs."""
    fields = mapping(schema.get("properties"))
    size.tokens += 3 if fields else 0
    for name, value in fields.items():
        field = mapping(value)
        size.add(f"{name}:{field.get('type', '')}:{field.get('description', '')}", 3)
        if isinstance(choices := field.get("enum"), list):
            size.tokens -= 3
            for choice in choices:
                size.add(str(choice), 3)
        add_fields(size, field)
        add_fields(size, mapping(field.get("items")))


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one: options are the user's and may have any shape."""
    return value if isinstance(value, Mapping) else {}
