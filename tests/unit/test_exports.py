"""The public names are the documented ones, and all of them are there."""

from __future__ import annotations

import pytest

import nbstream

DOCUMENTED = [
    "Attempt",
    "Generation",
    "NbstreamError",
    "ProviderError",
    "Replay",
    "SetupError",
    "backtest",
    "generate",
    "guards",
    "history",
    "live",
    "overrun",
    "prices",
    "providers",
    "spend",
    "stop",
    "stop_all",
]


def test_the_public_names_are_the_documented_ones() -> None:
    assert sorted(nbstream.__all__) == sorted(DOCUMENTED)


@pytest.mark.parametrize("name", nbstream.__all__)
def test_a_public_name_resolves(name: str) -> None:
    assert getattr(nbstream, name) is not None


def test_completion_offers_the_public_names() -> None:
    assert set(nbstream.__all__) <= set(dir(nbstream))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        getattr(nbstream, "no_such_name")  # noqa: B009
