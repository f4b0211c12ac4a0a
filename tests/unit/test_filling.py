"""Python expressions in a prompt: filled in once, with the errors named."""

from __future__ import annotations

from typing import Any

import pytest

from nbstream import SetupError, filling
from nbstream.filling import filled

NAMES: dict[str, Any] = {
    "x": 5,
    "price": 1.23456,
    "text": "a {x} b {{y}}",
    "d": {"a:b": 1, "}": 2},
    "width": 8,
    "names": ["n", "m"],
}


def fill(text: str) -> str:
    return filled(text, lambda source: eval(source, NAMES))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no braces", "no braces"),
        ("{x}", "5"),
        ("{x}{x} {x + 1}", "55 6"),
        ("{{x}} and {{{x}}}", "{x} and {5}"),
        ("a lone } stays", "a lone } stays"),
        ("{price:.2f}", "1.23"),
        ("{price:{width}.2f}|", "    1.23|"),
        ("{names!r}", "['n', 'm']"),
        ("{names[0]!r:>6}|", "   'n'|"),
        ("{d['a:b']} {d['}']}", "1 2"),
        ("{ {'k': x}['k'] }", "5"),
        ("{', '.join(n for n in names)}", "n, m"),
        ("{[n for n in names if n != 'm']}", "['n']"),
        ("{(lambda: x)()}", "5"),
        ("{f'{x}!'}", "5!"),
        ("{\nx\n}", "5"),
        ("{x  # why not\n}", "5"),
        ('{"""a\nb"""}', "a\nb"),
    ],
)
def test_an_expression_gives_its_value(text: str, expected: str) -> None:
    assert fill(text) == expected


def test_what_an_expression_gives_is_not_looked_at_again() -> None:
    assert fill("{text}") == "a {x} b {{y}}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("one\ntwo {nobody}", r"\{nobody\} in line 2 of the prompt failed with NameError: name 'nobody'"),
        ("{1 / 0}", r"\{1 / 0\} in line 1 .* ZeroDivisionError"),
        ('{"a": 1}', "in line 1 .*failed with ValueError.*Write {{ and }} for braces"),
        ("int main() { return 0; }", "in line 1 of the prompt is no Python expression: 'return 0; }'.*Write {{ and }}"),
        ("{", "no Python expression"),
        ("{}", "no Python expression"),
        ("{x", "no Python expression: 'x'"),
        ("{x = 5}", "no Python expression"),
        ("{x!q}", "no Python expression"),
        ("{x:nonsense}", r"failed with ValueError"),
    ],
)
def test_an_expression_that_fails_is_named(text: str, says: str) -> None:
    with pytest.raises(SetupError, match=says):
        fill(text)


def test_nothing_is_evaluated_that_stands_outside_of_braces() -> None:
    assert fill("x $x ${{x}} %s") == "x $x ${x} %s"


def test_a_long_text_after_a_lone_brace_is_not_searched_for_ever() -> None:
    with pytest.raises(SetupError):
        fill("{ " + "a} b: " * 100_000)


def test_an_interrupt_is_not_taken_for_an_error() -> None:
    def interrupted(source: str) -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        filled("{x}", interrupted)


def test_braces_that_could_be_read_in_a_million_ways_are_given_up() -> None:
    read: list[int] = []
    patched = pytest.MonkeyPatch()
    patched.setattr(filling, "is_expression", lambda source: bool(read.append(1)))
    with patched.context(), pytest.raises(SetupError, match="no Python expression"):
        fill("{" + ":}" * 999)
    patched.undo()
    assert len(read) < 5000
