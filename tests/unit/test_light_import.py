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
