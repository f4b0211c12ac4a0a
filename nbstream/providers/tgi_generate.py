"""Text Generation Inference's own `/generate_stream`: one event for each token, so a count at any moment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..events import Closing, Event, Finished, TextDelta, Usage
from ..wire import Ask
from .base import Format, merged, same
from .conversation import prompt_of
from .reading import as_dict, finish, text_in, whole_number


class TgiGenerate(Format):
    """`POST {base_url}/generate_stream`, the prompt being one text without roles.

    https://huggingface.github.io/text-generation-inference
    """

    route = "generate_stream"
    path = "/generate_stream"
    home = "tgi"
    root = ""
    routes = "/generate_stream|/generate|/v1/chat/completions|/v1/completions|/v1"
    has_roles = False
    options = same(
        "temperature top_k top_p typical_p repetition_penalty frequency_penalty seed stop truncate watermark do_sample "
        "return_full_text decoder_input_details top_n_tokens grammar adapter_id max_new_tokens",
        under="parameters.",
        max_tokens="max_new_tokens",
        max_completion_tokens="max_new_tokens",
        max_output_tokens="max_new_tokens",
    )
    lists = frozenset({"parameters.stop"})

    def body(self, ask: Ask) -> dict[str, Any]:
        """The one user message as `inputs`; `details` is what asks for counts."""
        body = {"inputs": prompt_of(ask.messages), "parameters": {"details": True}}
        return merged(body, self.placed(ask.options))

    def events(self, data: dict[str, Any]) -> Iterable[Event]:
        """What one token says; end marks are tokens too, and no text. The last one brings the details."""
        token, details = as_dict(data.get("token")), as_dict(data.get("details"))
        if token.get("special") is not True and (text := text_in(token.get("text"))):
            yield TextDelta(text)
        if raw := text_in(details.get("finish_reason")):
            yield Finished(finish(raw), raw)
            yield Usage(whole_number(details.get("input_length")), whole_number(details.get("generated_tokens")))
            yield Closing()
        elif isinstance(data.get("generated_text"), str):  # the last token of a server that gives no details
            yield Finished("stop", "generated_text")
            yield Closing()
        elif (index := whole_number(data.get("index"))) is not None:  # counts from 1
            yield Usage(output_tokens=index, source="running")

    def whole(self, data: dict[str, Any]) -> Iterable[Event]:
        """The answer of `/generate` in one piece."""
        if text := text_in(data.get("generated_text")):
            yield TextDelta(text)
        yield from self.events({"details": data.get("details")})
