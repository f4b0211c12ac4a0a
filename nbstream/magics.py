"""The cell magic `%%generate`, after `%load_ext nbstream`."""

from __future__ import annotations

import inspect
import json
import keyword
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion, SimpleMatcherResult, context_matcher
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, cell_magic, magics_class, no_var_expand

from .errors import SetupError, near
from .filling import filled
from .generating import generate
from .guards.words import classes, guard_of
from .providers import Format, OpenAIChat, resolve
from .providers.address import key_named
from .providers.base import COMMON
from .providers.services import TABLE
from .widget import Generation

MAGIC = "%%generate"
NOTHING = " Nothing was sent."
OWN = ("system", "guard", "name", "base_url", "key_variable")
"""Options of the magic itself; any other is one of `generate`, or of the provider."""
ALSO = ("retries", "changes", "budget")
"""Options of `generate` that are offered as well."""
ELSEWHERE = {
    "prompt": "The prompt is what stands in the cell.",
    "model": f"The model is the first word: {MAGIC} openai:gpt-4.1-mini.",
    "guards": "Guards are given one by one: --guard repetition --guard max_tokens=500.",
    "api_key": "A key in a cell is saved with the notebook. Name a variable of the environment: --key-variable MY_KEY.",
}
IN_PYTHON = (
    (r"give generate\(api_key=\.\.\.\)", "name another: --key-variable MY_KEY"),
    (r"generate\(prompt, '([\w-]+)', base_url=\.\.\.\)", rf"{MAGIC} \1 --base-url URL"),
    (r"generate\(base_url=\.\.\.\)|base_url=\.\.\.", "--base-url URL"),
    (r"extra_body=\{'(\w+)': \.\.\.\}", r"""--extra-body '{"\1": ...}'"""),
)
"""What refusals advise in a call of Python, and its words here."""


@dataclass(slots=True)
class Words:
    """What stands behind `%%generate`."""

    model: Any = None
    own: dict[str, Any] = field(default_factory=dict)
    guards: list[Any] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)


@magics_class
class GenerateMagics(Magics):
    """The magic, for one shell."""

    @no_var_expand
    @cell_magic("generate")  # type: ignore[arg-type]  # its types know no name
    def generate(self, line: str, cell: str) -> Generation | None:
        """Stream a completion of what stands in the cell, with `{python expressions}` filled in.

            %%generate openai:gpt-4.1-mini --temperature 0.2 --guard repetition --name gen
            Tell me what is odd about this table, and why {column} is empty:
            {frame.head().to_markdown()}

        The first word is the model, as for `nbstream.generate`. `{{` and `}}` are braces. Nothing is sent if an
        expression fails.

            --name gen            the variable that the Generation is put into
            --system TEXT         instructions that go before the prompt
            --guard WORD          a rule that may end the attempt, such as repetition or max_tokens=500; any number
            --base-url URL        any OpenAI-compatible server
            --retries N           how often to try again by itself after a guard has ended an attempt
            --budget WORD         max_cost=0.05 or max_tokens=5000, over all attempts together
            --key-variable NAME   the environment variable with the key; the service's own unless given
            --OPTION VALUE        what else `generate` or the provider takes: --max-tokens 300, --stop '["END"]'

        A value is JSON, or else text; one in braces, such as {my_guard}, is a Python expression.
        """
        if line.split()[:1] in (["--help"], ["-h"]):
            print(inspect.getdoc(GenerateMagics.generate))
            return None
        try:
            words = read(line, self.evaluate)
            prompt = filled(cell.strip("\n"), self.evaluate)
            own = words.own
            api_key = key_named(own.get("key_variable"))
            generation = generate(
                prompt,
                words.model,
                system=own.get("system"),
                base_url=own.get("base_url"),
                guards=words.guards,
                api_key=api_key,
                **words.options,
            )
        except SetupError as error:
            said = in_words(str(error).removesuffix(NOTHING))
            raise UsageError(f"{MAGIC}: {said}{NOTHING}") from None
        if name := words.own.get("name"):
            self.shell.user_ns[name] = generation
        return generation

    shell: InteractiveShell

    def evaluate(self, source: str) -> Any:
        """The value of an expression in the user's namespace."""
        return eval(compile(source, "<prompt>", "eval"), self.shell.user_global_ns, self.shell.user_ns)


def in_words(said: str) -> str:
    """A refusal that advises in the words of the magic."""
    for call, words in IN_PYTHON:
        said = re.sub(call, words, said)
    return said


def read(line: str, evaluate: Any) -> Words:
    """The words of the line. Raises `SetupError`."""
    words = Words()
    rest = list(reversed(split(line)))
    while rest:
        word = rest.pop()
        if not word.startswith("--"):
            if words.model is not None:
                model = getattr(words.model, "model", words.model)
                raise SetupError(
                    f"{word!r} is one word too many: the model is {model!r}. The prompt goes below; "
                    f'a value with blanks in it needs quotes, such as --guard "pattern=as an AI".'
                )
            words.model = value(word, evaluate) if word.startswith("{") else word
            continue
        name, given, text = word[2:].partition("=")
        name = name.replace("-", "_")
        if not given and rest and not rest[-1].startswith("--"):
            given, text = "=", rest.pop()
        add(words, name, text if given else None, evaluate)
    return words


def split(line: str) -> list[str]:
    """The words, as a shell would have them."""
    try:
        return shlex.split(line)
    except ValueError as error:
        raise SetupError(f"The line cannot be read: {str(error).lower()}.") from None


def add(words: Words, name: str, text: str | None, evaluate: Any) -> None:
    """One option. Raises `SetupError`."""
    if name in ELSEWHERE:
        raise SetupError(f"--{name.replace('_', '-')}: {ELSEWHERE[name]}")
    if name == "guard":
        words.guards.append(guard(needed(name, text), evaluate))
    elif name in OWN:
        if name in words.own:
            raise SetupError(f"--{name.replace('_', '-')} is given twice.")
        words.own[name] = needed(name, text)
        if name == "name" and (not text or not text.isidentifier() or keyword.iskeyword(text)):
            raise SetupError(f"--name takes the name of a variable, not {text!r}.")
    elif not name.isidentifier():
        raise SetupError(f"--{name} is no name of an option.{near(name, [*OWN, *ALSO, *COMMON])}")
    elif name in words.options:
        raise SetupError(f"--{name.replace('_', '-')} is given twice.")
    else:
        words.options[name] = True if text is None else option(name, text, evaluate)


def option(name: str, text: str, evaluate: Any) -> Any:
    """The value of an option of `generate`. Raises `SetupError`."""
    return guard(text, evaluate) if name == "budget" else value(text, evaluate)


def needed(name: str, text: str | None) -> str:
    """The value of an option that does not go without."""
    if text is None:
        raise SetupError(f"--{name.replace('_', '-')} needs a value.")
    return text


def value(text: str, evaluate: Any) -> Any:
    """JSON, a Python expression in braces, or the text itself."""
    try:
        return json.loads(text, parse_constant=no_number)
    except (ValueError, RecursionError):
        pass
    if not (text.startswith("{") and text.endswith("}")):
        return text
    try:
        return evaluate(text[1:-1].strip())
    except Exception as error:
        raise SetupError(f"{text} failed with {type(error).__name__}: {error}.") from None


def no_number(word: str) -> Any:
    """NaN and Infinity are no JSON, though Python takes them."""
    raise ValueError(word)


def guard(text: str, evaluate: Any) -> Any:
    """A guard by its word, or an object of the user's own in braces."""
    if text.startswith("{"):
        return value(text, evaluate)
    return guard_of(text)


# ---- completion


@context_matcher()  # type: ignore[untyped-decorator]
def matcher(context: CompletionContext) -> SimpleMatcherResult:
    """What may stand at the cursor in the line of the magic."""
    before = context.text_until_cursor
    if context.cursor_line or not before.startswith(f"{MAGIC} "):
        return {"completions": []}
    *words, fragment = before[len(MAGIC) :].split(" ")
    found = [
        SimpleCompletion(text, type="magic")
        for text in sorted(offers([w for w in words if w], fragment))
        if text.startswith(fragment)
    ]
    return {"completions": found, "matched_fragment": fragment, "suppress": True, "ordered": True}


def offers(words: list[str], fragment: str) -> Iterable[str]:
    """The whole words that are known for this place."""
    last = words[-1] if words else ""
    if fragment.startswith("--guard="):
        return [f"--guard={word}" for word in classes()]
    if last == "--guard":
        return classes()
    if last == "--budget":
        return ["max_cost=", "max_tokens="]
    if fragment.startswith("-"):
        return [f"--{name.replace('_', '-')}" for name in (*OWN, *ALSO, *options_of(words))]
    if last.startswith("--") and "=" not in last:
        return []
    return [] if model_in(words) else [*(f"{name}:" for name in TABLE), "demo"]


def model_in(words: list[str]) -> str | None:
    """The model among the words before the cursor: the one that is no option's value."""
    previous = ""
    for word in words:
        if not word.startswith("--") and (not previous.startswith("--") or "=" in previous):
            return word
        previous = word
    return None


def options_of(words: list[str]) -> list[str]:
    """The options of the model's provider, or those that most have."""
    kind: Mapping[str, str] = OpenAIChat.options
    try:
        provider = resolve(model_in(words), api_key="-" if model_in(words) not in (None, "demo") else None)
    except SetupError:
        provider = None
    if isinstance(provider, Format):
        kind = provider.options
    return sorted((COMMON | set(kind)) - {"n"})


# ---- loading


def load(shell: Any) -> None:
    """Bring the magic and its completion into a shell."""
    unload(shell)
    shell.register_magics(GenerateMagics)
    shell.Completer.custom_matchers.append(matcher)


def unload(shell: Any) -> None:
    """Take both away again."""
    shell.magics_manager.magics["cell"].pop("generate", None)
    matchers = shell.Completer.custom_matchers
    matchers[:] = [one for one in matchers if getattr(one, "__module__", "") != __name__]
