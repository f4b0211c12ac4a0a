"""llama.cpp's own `/completion`: exact counts on every chunk, and the end told by `stop`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..events import Closing, Event, Finished, TextDelta, Usage
from ..wire import Ask
from .base import Format, same
from .conversation import prompt_of
from .openai_chat import read_timings
from .reading import finish, text_in, whole_number


class LlamaCppCompletion(Format):
    """`POST {base_url}/completion`, the prompt being one text without roles.

    https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
    """

    route = "completion"
    path = "/completion"
    home = "llamacpp"
    root = ""
    routes = "/completions?|/v1/completions|/v1/chat/completions|/v1"
    has_roles = False
    options = same(
        "temperature dynatemp_range dynatemp_exponent top_k top_p min_p typical_p n_predict n_indent n_keep stop seed "
        "repeat_penalty repeat_last_n presence_penalty frequency_penalty dry_multiplier dry_base dry_allowed_length "
        "dry_penalty_last_n dry_sequence_breakers xtc_probability xtc_threshold mirostat mirostat_tau mirostat_eta "
        "grammar json_schema ignore_eos logit_bias n_probs min_keep t_max_predict_ms id_slot cache_prompt "
        "return_tokens samplers timings_per_token return_progress post_sampling_probs response_fields lora",
        max_tokens="n_predict",
        max_completion_tokens="n_predict",
        max_output_tokens="n_predict",
        repetition_penalty="repeat_penalty",
        logprobs="n_probs",
    )
    lists = frozenset({"stop"})

    def body(self, ask: Ask) -> dict[str, Any]:
        """The one user message as the prompt."""
        return {"prompt": prompt_of(ask.messages), "stream": True} | self.placed(ask.options)

    def events(self, data: dict[str, Any]) -> Iterable[Event]:
        """What one chunk says: text, and how far it has got; the last one says why it ended."""
        if data.get("index"):
            return  # a second answer that nobody asked for
        if text := text_in(data.get("content")):
            yield TextDelta(text)
        ended = data.get("stop") is True
        if ended:
            raw = text_in(data.get("stop_type")) or old_stop(data)
            yield Finished(finish(raw), raw)
        prompt, output = whole_number(data.get("tokens_evaluated")), whole_number(data.get("tokens_predicted"))
        if prompt or output:
            # `tokens_cached` is what the slot holds afterwards, prompt and answer, not what was saved.
            yield Usage(prompt, output, source="final" if ended else "running")
        elif usage := read_timings(data):
            yield usage
        if ended:
            yield Closing()


def old_stop(data: dict[str, Any]) -> str:
    """Why it ended, as servers before 2025 told it."""
    return next((word for word in ("limit", "word", "eos") if data.get(f"stopped_{word}") is True), "stop")
