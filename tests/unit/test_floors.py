"""Which file may import which: lower floors only, and some libraries in one place only."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

import nbstream

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "nbstream"

# A module imports only from lower floors. `package.*` is any file of the package that has no line of its own.
FLOORS = {
    "visible": 0,
    "errors": 0.5,
    "surrogates": 0,
    "events": 0,
    "framing": 1,
    "refusals": 1,
    "filling": 1,
    "forking": 0,
    "backoff": 1,
    "tokens": 1,
    "vocabulary": 1,
    "model_names": 1.2,
    "log_place": 1,
    "processes": 1,
    "wire": 2,
    "counts": 2,
    "prices": 2.2,
    "seam": 0,
    "attempt": 2.5,
    "folding": 2.6,
    "savings": 2.8,
    "filters": 2.8,
    "marks": 2.8,
    "frames": 3,
    "messages": 3,
    "rows": 3.1,
    "connection": 0.9,
    "network": 1,
    "mapped": 0.8,
    "prompts": 3,
    "proxies": 3,
    "prompt_size": 3,
    "display": 4,
    "attempts_table": 4.2,
    "store.schema": 4,
    "store.*": 4.1,
    "store": 4.5,
    "transport": 4,
    "guards.base": 4,
    "guards.periods": 4.1,
    "guards.echoes": 4.1,
    "guards.limits": 4.1,
    "guards.json_scanner": 4.1,
    "guards.json_schema": 4.2,
    "guards.max_cost": 4.2,
    "guards.*": 4.3,
    "guards.words": 4.7,
    "guards": 4.6,
    "providers.services": 4,
    "providers.address": 4.1,
    "providers.conversation": 4.1,
    "providers.reading": 4.1,
    "providers.base": 4.2,
    "providers.openai_chat": 4.3,
    "providers.openrouter": 4.35,
    "providers.*": 4.4,
    "providers": 4.6,
    "resuming": 4.7,
    "replay": 4.8,
    "demo.*": 5,
    "demo": 5,
    "pacer": 5,
    "page": 7,
    "plan": 5,
    "fetching": 5,
    "log_saver": 4.8,
    "log_writer": 5,
    "logged": 5.2,
    "printing": 1,
    "log_command": 5.4,
    "run": 5.5,
    "ending": 5.6,
    "rewatching": 4.8,
    "alike": 1.5,
    "chunked": 0,
    "gathering": 0,
    "receive_buffer": 0,
    "intake": 5.8,
    "recount": 5.8,
    "settling": 5.9,
    "supervisor": 6,
    "plotting": 6,
    "backtest_summary": 6.5,
    "spending_chart": 6.2,
    "spending_table": 6.4,
    "spending": 6.6,
    "experiment": 7,
    "backtesting": 7,
    "backtest_command": 7.5,
    "diffing": 3,
    "comparing": 7,
    "stop_routes": 7,
    "inbox": 7,
    "screen": 7,
    "retrying": 6.5,
    "chain": 7.5,
    "widget": 8,
    "generating": 8.5,
    "magics": 9,
    "overrun_command": 9,
    "vocab_command": 9,
    "": 9.1,  # nbstream/__init__.py
    "__main__": 9.2,
}

# Inside these packages the files may stand in any order that has no cycle.
UNORDERED = {"demo"}

KERNEL = {"widget", "page", "stop_routes"}
ONLY_IN = {
    "httpx": {"transport"},
    "httpcore": {"transport", "network", "connection", "mapped"},
    "sqlalchemy": {"store", "store.schema", "store.engine", "store.reading"},  # one package,
    "IPython": {*KERNEL, "magics"},
    "anywidget": KERNEL,
    "comm": KERNEL,
    "ipykernel": KERNEL,
    "ipywidgets": KERNEL,
}

LONGEST = 300
SOURCES = [
    path
    for folder in ("nbstream", "js/src", "tests")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".ts", ".css"} and "static" not in path.parts
]


def name_of(path: Path) -> str:
    """`providers/base.py` -> `providers.base`; a package is named by its `__init__.py`."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py"))}
each_module = pytest.mark.parametrize("module", MODULES, ids=lambda name: name or "__init__")


def floor(module: str) -> float:
    package, _, _ = module.rpartition(".")
    known = FLOORS.get(module, FLOORS.get(f"{package}.*" if package else module))
    assert known is not None, f"nbstream/{module.replace('.', '/')}.py has no floor: add it to FLOORS"
    return known


def unordered(module: str, other: str) -> bool:
    package = module.partition(".")[0]
    return package in UNORDERED and other.partition(".")[0] == package


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(MODULES[module].read_text("utf-8"))


def imports(module: str) -> Iterator[str]:
    """The full name of whatever the module imports, at the top, in functions and for types alike."""
    here = ["nbstream", *module.split(".")] if module else ["nbstream"]
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            up = node.level - (MODULES[module].name == "__init__.py")
            base = here[: len(here) - up] if node.level else []
            base = base + (node.module.split(".") if node.module else [])
            yield from (".".join([*base, alias.name]) for alias in node.names)


def own_imports(module: str) -> set[str]:
    """The modules of nbstream that the module imports; a name that is no module belongs to its package."""
    found = set()
    for name in imports(module):
        root, _, rest = name.partition(".")
        if root == "nbstream":
            found.add(rest if rest in MODULES else rest.rpartition(".")[0])
    return found


@each_module
def test_a_module_imports_only_from_lower_floors(module: str) -> None:
    wrong = [
        f"{name} (floor {floor(name)})"
        for name in own_imports(module)
        if floor(name) >= floor(module) and not unordered(module, name)
    ]
    assert not wrong, f"{module} (floor {floor(module)}) imports {', '.join(wrong)}"


def test_no_import_goes_round_in_a_circle() -> None:
    graph = {module: own_imports(module) - {module} for module in MODULES}
    TopologicalSorter(graph).prepare()


@each_module
def test_a_library_is_imported_only_where_it_belongs(module: str) -> None:
    libraries = {name.partition(".")[0] for name in imports(module)}
    wrong = [name for name in libraries if name in ONLY_IN and module not in ONLY_IN[name]]
    assert not wrong, f"{module} imports {', '.join(wrong)}"


@each_module
def test_a_module_says_what_it_is_for(module: str) -> None:
    assert ast.get_docstring(tree(module))


@each_module
def test_no_module_hides_a_public_function(module: str) -> None:
    public = getattr(nbstream, module) if module in nbstream.__all__ else None
    assert public is None or isinstance(public, ModuleType)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_stays_short(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST


def test_every_test_file_has_a_name_of_its_own() -> None:
    """pytest imports them by their bare names."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
