"""`import nbstream` is cheap: the heavy libraries come when they are first needed."""

from __future__ import annotations

import subprocess
import sys

HEAVY = [
    "anywidget",
    "genai_prices",
    "httpx",
    "ipywidgets",
    "matplotlib",
    "numpy",
    "pandas",
    "sqlalchemy",
    "starlette",
    "tiktoken",
    "uvicorn",
]


def test_import_loads_no_heavy_library() -> None:
    code = f"import sys, nbstream; print([name for name in {HEAVY} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


IMPORTING = """
import builtins, threading
import nbstream

elsewhere = []
plain = builtins.__import__

def noted(name, *rest, **more):
    package = name.partition(".")[0]
    if package in ("sqlalchemy", "starlette", "uvicorn") and threading.current_thread() is not threading.main_thread():
        import sys
        if package not in sys.modules:
            elsewhere.append(package)
    return plain(name, *rest, **more)

builtins.__import__ = noted
nbstream.generate("Hello", "demo", max_tokens=3).wait()
nbstream.history()
print(elsewhere)
"""


def test_libraries_that_a_cell_may_import_too_are_imported_on_its_own_thread() -> None:
    """Two threads that import one package by different names meet half-way, and the user's import fails."""
    ran = subprocess.run([sys.executable, "-c", IMPORTING], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
