"""What an attempt will ask, checked before anything is sent; a retry is a plan with changes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import resuming, vocabulary
from .attempt import Attempt, Relation, new_id
from .counts import UNKNOWN
from .errors import SetupError
from .messages import Resume
from .model_names import encoding_name
from .prompt_size import prompt_count, size_of
from .prompts import messages_of
from .providers import Format, resolve
from .providers.services import TABLE
from .tokens import Tally
from .wire import Ask, Message, Provider

OF_ALL = ("guards", "retries", "changes", "budget")
"""Words of `generate` that no retry changes."""


SECRET = re.compile(
    r"headers?$|authorization|passw(or)?d|secret|credential|(api|access|auth|private|subscription)[-_ ]?(key|token)",
    re.IGNORECASE,
)
"""Names of options whose texts are not for the log."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A provider, the messages, the options, and the partial answer to go on from, if there is one."""

    provider: Provider
    messages: tuple[Message, ...]
    options: Mapping[str, object] = field(repr=False)  # a header or the body may hold a key
    kept: str = ""

    @property
    def label(self) -> str:
        """The model as the header shows it."""
        if self.provider.name == self.provider.model:
            return self.provider.name
        return f"{self.provider.name} · {self.provider.model}"

    def changed(self, prompt: object, changes: Mapping[str, object]) -> Plan:
        """The same but for the changes. Raises `SetupError`."""
        for name in changes:
            if name in OF_ALL:
                raise SetupError(f"{name} holds for all attempts of a generation: give it to generate, not to a retry.")
        rest = dict(changes)
        named: dict[str, Any] = {name: rest.pop(name) for name in ("model", "base_url", "api_key") if name in rest}
        if named and "model" not in named:
            named = same_model(self.provider) | named
        provider = resolve(**named) if named else self.provider
        messages = self.messages
        if prompt is not None or "system" in rest:
            system = next((m["content"] for m in messages if m["role"] == "system"), None)
            others = [m for m in messages if m["role"] != "system"]
            messages = messages_of(others if prompt is None else prompt, rest.pop("system", system))
        options = {name: value for name, value in {**self.options, **rest}.items() if value is not None}
        # the beginning of an answer to another question is none
        kept = "" if prompt is not None else resuming.trimmed(self.kept, provider, resuming.way_of(provider, options))
        return checked(replace(self, provider=provider, messages=messages, options=options, kept=kept))

    def resumed(self, attempt: Attempt, text: object = None) -> Plan:
        """The same, to go on from the text of one of its attempts, or from another. Raises `SetupError`."""
        return checked(replace(self, kept=resuming.kept_of(attempt, text, self.provider, self.options)))

    @property
    def way(self) -> resuming.Way | None:
        """How its provider is handed a partial answer."""
        return resuming.way_of(self.provider, self.options)

    def ask(self, attempt: Attempt | None = None) -> Ask:
        """What the provider is told to ask, for an attempt that may be still to come."""
        messages, options = self.messages, self.options
        if self.kept:
            messages = resuming.continued(messages, self.kept, self.way)
            options = {**options, **resuming.added(self.provider, self.way)}
        return Ask(attempt.attempt_id if attempt else "", self.provider.model, messages, options)

    def attempt(self, generation_id: str, number: int, relation: Relation, parent: Attempt | None) -> Attempt:
        """A fresh attempt at this plan."""
        hides = getattr(self.provider, "hides_reasoning", None)
        said = resuming.answered(self.messages, self.kept) if self.kept else self.messages
        encoding = tally_for(self.provider).encoding
        return Attempt(
            attempt_id=new_id("att"),
            generation_id=generation_id,
            number=number,
            provider=self.provider.name,
            model=self.provider.model,
            base_url=self.provider.base_url,
            options=json.dumps(without_keys(self.options)),
            prompt=json.dumps(said, ensure_ascii=False),
            parent_id=parent.attempt_id if parent else None,
            relation=relation,
            billing_after_stop=getattr(self.provider, "billing_after_stop", "unknown"),
            hides_reasoning=bool(hides and hides(self.options)),
            input=prompt_count(self.ask(), self.provider, encoding),
            kept=self.kept,
            kept_tokens=size_of(self.kept, encoding) if self.kept else UNKNOWN,
            resumed_by=resuming.BY[self.way] if self.kept and self.way else None,
            seam=resuming.seam_for(self.kept, self.way) if self.kept else None,
        )


def resume_of(plan: Plan, attempt: Attempt) -> Resume:
    """What going on from an attempt that has ended means, for the button that does it."""
    return {
        "note": resuming.note(attempt, plan.way),
        "refusal": resuming.refusal(attempt, None, plan.way),
        "edited": resuming.refusal(attempt, "edited", plan.way),
    }


def make_plan(
    prompt: object,
    model: str | Provider | None,
    *,
    system: str | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    options: Mapping[str, object],
) -> Plan:
    """A plan from the words of `generate`. Raises `SetupError`."""
    messages = messages_of(prompt, system)
    return checked(Plan(resolve(model, base_url=base_url, api_key=api_key), messages, dict(options)))


def same_model(provider: Provider) -> dict[str, Any]:
    """What `resolve` is told of a model that another key or address is for. Raises `SetupError`."""
    if not isinstance(provider, Format) or provider.name == "demo":
        raise SetupError(f"Say which model is meant at another address or with another key: not {provider.name!r}.")
    if provider.name not in TABLE:
        return {"model": provider.model, "base_url": provider.base_url}
    model = f"{provider.name}/{provider.route}:{provider.model}"
    return {"model": model} if provider.location.known else {"model": model, "base_url": provider.base_url}


def checked(plan: Plan) -> Plan:
    """The plan, if its provider can ask it."""
    if check := getattr(plan.provider, "check", None):
        check(plan.options)
    plan.provider.request(plan.ask())
    return plan


def without_keys(options: Mapping[str, object]) -> dict[str, object]:
    """The options as they may be logged: a header may be a key, and some servers take one in the body."""
    return {
        name: "***" if SECRET.search(name) and not isinstance(value, int | float | None) else cleaned(value)
        for name, value in options.items()
    }


def cleaned(value: object) -> object:
    """An option's value, whatever it holds, without keys."""
    if isinstance(value, Mapping):
        return without_keys({str(name): inner for name, inner in value.items()})
    return [cleaned(inner) for inner in value] if isinstance(value, list | tuple) else value


def tally_for(provider: Provider) -> Tally:
    """A counter in the model's own vocabulary, if that is in memory; else one that estimates."""
    name = encoding_name(provider.model, provider.name)
    return Tally(vocabulary.ready(name) if name else None, name)
