"""%%generate in a real InteractiveShell: what it asks for, what it refuses, what it completes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from faults.server import PATIENCE, Server, answer
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from nbstream import Generation, prices
from nbstream.attempt import Attempt
from nbstream.guards import JsonPrefix, MaxCost, MaxSeconds, MaxTokens, Pattern, Repetition, Stall


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    config = Config(HistoryManager={"enabled": False})
    shell = InteractiveShell(config=config)
    shell.extension_manager.load_extension("nbstream")
    yield shell
    shell.atexit_operations = lambda: None
    shell.history_manager.save_thread = None


@pytest.fixture
def ask(shell: InteractiveShell, server: Server) -> Any:
    """Run the magic against the scripted server and give the request's body."""

    def run(words: str, cell: str = "Hello", **names: object) -> dict[str, Any]:
        server.script(*answer("Hi"))
        shell.push(names)
        generation = shell.run_cell_magic("generate", f"test --base-url {server.base_url} {words}", cell)
        assert isinstance(generation, Generation)
        assert generation.wait(PATIENCE).ended_by == "model"
        return server.connection(0).json

    return run


def test_the_cell_is_the_prompt_with_its_expressions_filled_in(ask: Any) -> None:
    body = ask("", "\nWhy is {column!r} empty?\n\n{{no}} {model_said}\n", column="age", model_said="{column} $x")
    assert body["messages"] == [{"role": "user", "content": "Why is 'age' empty?\n\n{no} {column} $x"}]


def test_options_are_the_providers_own_by_their_names(ask: Any) -> None:
    body = ask(
        "--temperature 0.2 --max-tokens 300 --stop '[\"END\"]' --seed=-1 --extra-body '{\"top_k\": 3}' --user '\"7\"'"
    )
    known = {name: body[name] for name in ("temperature", "max_tokens", "stop", "seed", "top_k", "user")}
    assert known == {"temperature": 0.2, "max_tokens": 300, "stop": ["END"], "seed": -1, "top_k": 3, "user": "7"}


def test_a_value_in_braces_is_an_expression(ask: Any) -> None:
    assert ask("--max-tokens {limit*2} --stop {ends}", limit=50, ends=["A", "B"])["max_tokens"] == 100


def test_system_goes_before_the_prompt(ask: Any) -> None:
    body = ask("--system 'Be brief, {really}.'")
    assert body["messages"][0] == {"role": "system", "content": "Be brief, {really}."}


def test_name_binds_the_generation(ask: Any, shell: InteractiveShell) -> None:
    ask("--name gen")
    assert shell.user_ns["gen"].text == "Hi"


def test_the_generation_is_what_the_cell_shows(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    found = shell.run_cell("%%generate demo --max-tokens 3\nHello;")
    assert isinstance(found.result, Generation)
    found.result.wait(PATIENCE)


def test_a_key_is_named_and_not_written(ask: Any, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-planted")
    ask("--key-variable MY_KEY")
    assert server.connection(0).headers["authorization"] == "Bearer sk-planted"


def test_a_guard_may_be_an_object_of_the_users_own(shell: InteractiveShell) -> None:
    def enough(attempt: Attempt, now: float) -> str | None:
        return "That is enough." if attempt.text else None

    shell.push({"enough": enough})
    generation = shell.run_cell_magic("generate", "demo --guard {enough}", "Hello")
    assert generation.wait(PATIENCE).reason == "That is enough."


@pytest.mark.parametrize(
    ("word", "guard"),
    [
        ("repetition", Repetition()),
        ("repetition=5", Repetition(5)),
        ("max_tokens=500", MaxTokens(500)),
        ("max-seconds=1.5", MaxSeconds(1.5)),
        ("stall=10", Stall(10)),
        ('"pattern=as an AI"', Pattern("as an AI")),
        ("json_prefix", JsonPrefix()),
    ],
)
def test_a_guard_may_be_a_word(word: str, guard: object, shell: InteractiveShell) -> None:
    generation = shell.run_cell_magic("generate", f"demo --guard {word} --max-tokens 1", "Hello")
    assert [armed.rule for armed in generation.last_run.guards] == [guard]
    generation.stop()


def test_max_cost_is_a_word_where_the_price_is_known(shell: InteractiveShell) -> None:
    with pytest.raises(UsageError, match=r"price of demo:demo is not known.*Nothing was sent"):
        shell.run_cell_magic("generate", "demo --guard max_cost=0.05", "Hello")
    prices.override("demo", input=1, output=2)
    try:
        generation = shell.run_cell_magic("generate", "demo --guard max_cost=0.05", "Hello")
    finally:
        prices.clear()
    assert [armed.rule for armed in generation.last_run.guards] == [MaxCost(0.05)]
    generation.stop()


def test_a_budget_is_a_word_too(shell: InteractiveShell) -> None:
    generation = shell.run_cell_magic("generate", "demo --budget max_tokens=3 --retries 1", "Hello")
    assert generation.wait(PATIENCE).reason == "The budget of 3 tokens for all attempts is used up."


def test_that_nothing_was_sent_is_said_once(shell: InteractiveShell) -> None:
    with pytest.raises(UsageError) as refused:
        shell.run_cell_magic("generate", "openai:gpt-4.1", "Hello")
    assert str(refused.value).count("Nothing was sent.") == 1


@pytest.mark.parametrize(
    ("line", "cell", "says"),
    [
        ("demo", "{nobody}", r"\{nobody\} in line 1 of the prompt failed with NameError.*Nothing was sent"),
        ("demo", "  \n", "prompt is empty"),
        ("opnai:m", "Hello", "Did you mean 'openai'"),
        ("gpt-4.1-mini", "Hello", "does not say whose model"),
        ("demo gpt", "Hello", "'gpt' is one word too many: the model is 'demo'"),
        ("demo --guard pattern=as an AI", "Hello", 'needs quotes, such as --guard "pattern=as an AI"'),
        ("demo --guard repetitoin", "Hello", "Did you mean 'repetition'"),
        ("demo --budget 500", "Hello", "no guard '500'"),
        ("demo --temprature 1", "Hello", "Did you mean 'temperature'"),
        ("demo --name 5", "Hello", "name of a variable, not '5'"),
        ("demo --name class", "Hello", "name of a variable"),
        ("demo --name", "Hello", "--name needs a value"),
        ("demo --seed 1 --seed 2", "Hello", "--seed is given twice"),
        ("demo --name a --name b", "Hello", "--name is given twice"),
        ("demo --api-key sk-1", "Hello", "saved with the notebook"),
        ("demo --model demo", "Hello", "The model is the first word"),
        ("demo --prompt x", "Hello", "what stands in the cell"),
        ("demo --key-variable NOT_SET", "Hello", "NOT_SET is not set. Set it"),
        ("demo --stop 'x", "Hello", "no closing quotation"),
        ("demo --max-tokens {nobody}", "Hello", "NameError"),
        ("demo --é.b 1", "Hello", "no name of an option"),
        ("demo --timeout -1", "Hello", "above 0"),
        ("openai:gpt-4.1", "Hello", r"OPENAI_API_KEY, or name another: --key-variable MY_KEY\. Nothing"),
        ("demo --top-q 1", "Hello", r"""goes into --extra-body '\{"top_q": \.\.\.\}'\. Nothing"""),
        ("opnai:m", "Hello", "server works with --base-url URL"),
        ("{5}", "Hello", "or a provider, not 5"),
    ],
)
def test_what_cannot_work_is_a_usage_error_and_nothing_is_sent(
    shell: InteractiveShell, line: str, cell: str, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        shell.run_cell_magic("generate", line, cell)


def test_an_error_has_no_traceback(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("%%generate demo\n{nobody} \x1b[31m")
    shown = "".join(capsys.readouterr())
    assert "UsageError: %%generate: {nobody} in line 1" in shown
    assert "Traceback" not in shown


def test_help_is_shown(shell: InteractiveShell, capsys: pytest.CaptureFixture[str]) -> None:
    assert shell.run_cell_magic("generate", "--help", "x") is None
    assert "--guard WORD" in capsys.readouterr().out


# ---- completion


def completions(shell: InteractiveShell, line: str, below: str = "\nHello") -> list[str]:
    with provisionalcompleter():
        found = list(shell.Completer.completions(line + below, len(line)))
    return [line[: one.start] + one.text for one in found]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%%generate op", ["%%generate openai:", "%%generate openrouter:"]),
        ("%%generate dem", ["%%generate demo"]),
        ("%%generate demo --temper", ["%%generate demo --temperature"]),
        ("%%generate ollama:m --num-c", ["%%generate ollama:m --num-ctx"]),
        ("%%generate azure:m --max-comp", ["%%generate azure:m --max-completion-tokens"]),
        ("%%generate --nam", ["%%generate --name"]),
        ("%%generate demo --retr", ["%%generate demo --retries"]),
        ("%%generate demo --budget max_t", ["%%generate demo --budget max_tokens="]),
        ("%%generate openai:gpt", []),
    ],
)
def test_words_are_completed(shell: InteractiveShell, line: str, expected: list[str]) -> None:
    assert completions(shell, line) == expected


def test_guards_are_completed(shell: InteractiveShell) -> None:
    assert completions(shell, "%%generate demo --guard st") == ["%%generate demo --guard stall"]
    assert completions(shell, "%%generate demo --guard=pa") == ["%%generate demo --guard=pattern"]


def test_other_lines_are_completed_as_before(shell: InteractiveShell) -> None:
    shell.push({"opening_line": 1})
    assert "opening_line" in completions(shell, "op")
    assert completions(shell, "%%generate demo\n{openin", "}")[-1:] == ["%%generate demo\n{opening_line"]


def test_loading_twice_and_unloading_leaves_nothing(shell: InteractiveShell) -> None:
    shell.extension_manager.reload_extension("nbstream")
    assert completions(shell, "%%generate dem") == ["%%generate demo"]
    shell.extension_manager.unload_extension("nbstream")
    assert "generate" not in shell.magics_manager.magics["cell"]
    assert completions(shell, "%%generate dem") == []


def test_a_refused_call_shows_its_sentence_and_no_inner_frames(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("import nbstream; nbstream.generate('Hello', 'nobody:x')")
    out = capsys.readouterr().out
    assert out.startswith("UnknownModel: ")
    assert "Traceback" not in out
