"""nbstream: supervised generation in a notebook.

    import nbstream

    gen = nbstream.generate("Introduce the GPT model structure in as much detail as possible.")
    gen                    # the widget: text streams in; Stop, Retry, attempt strip
    gen.history            # DataFrame, one row per attempt, cancelled ones included
    nbstream.history()     # the same for everything ever logged here
    nbstream.spend()       # tokens and dollars kept, cancelled and avoided, by day and model

The names below are loaded when first used, so that importing nbstream costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import guards, prices, providers
    from .attempt import Attempt
    from .backtesting import backtest
    from .errors import NbstreamError, ProviderError, SetupError
    from .experiment import overrun
    from .generating import generate
    from .logged import history
    from .replay import Replay
    from .spending import spend
    from .supervisor import live, stop, stop_all
    from .widget import Generation

__version__ = "0.1.0"

HOMES = {
    "Attempt": "attempt",
    "Generation": "widget",
    "NbstreamError": "errors",
    "ProviderError": "errors",
    "Replay": "replay",
    "SetupError": "errors",
    "backtest": "backtesting",
    "generate": "generating",
    "guards": None,
    "history": "logged",
    "live": "supervisor",
    "overrun": "experiment",
    "prices": None,
    "providers": None,
    "spend": "spending",
    "stop": "supervisor",
    "stop_all": "supervisor",
}

__all__ = [
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


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(f"module 'nbstream' has no attribute {name!r}")
    home = HOMES[name]
    value = (
        importlib.import_module(f".{name}", __name__)
        if home is None
        else getattr(importlib.import_module(f".{home}", __name__), name)
    )
    globals()[name] = value
    return value


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext nbstream`: the cell magic `%%generate`."""
    from .magics import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext nbstream`."""
    from .magics import unload

    unload(shell)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
