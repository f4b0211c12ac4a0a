"""Runs a function in a process of its own: where memory is counted, threads that other tests left must take none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

R = TypeVar("R")


def alone(function: Callable[..., R], *args: object) -> R:
    """What the function gives there. It must be a function of a module, and can be handed on by pickle."""
    with ProcessPoolExecutor(1, get_context("spawn"), initializer=nobody_else) as process:
        return process.submit(function, *args).result()


def nobody_else() -> None:
    assert threading.active_count() == 1
