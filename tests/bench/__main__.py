"""Measures everything beside the peers and prints one table: `python -m bench [--quick] [--only GROUP …] [--profile]`.

The run's JSON and Markdown go to bench-results/, the newest ones as latest.json and latest.md; those of a full run with
`--publish` to tests/bench/RESULTS.json and RESULTS.md, too.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from . import peers, table
from .given import QUICK, Given, environment
from .place import PUBLISHED, RESULTS, ROOT
from .rows import Row

GROUPS = (
    *("pipeline", "stop_latency", "overrunning", "many", "importing", "counting", "reading_back", "bundle"),
    *("browser_stream", "browser_clicks", "browser_many"),
)
OWN = ("httpx", "anywidget", "ipywidgets", "tiktoken", "SQLAlchemy", "pandas", "jupyterlab", "ipykernel", "playwright")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="five minutes, for ratios from run to run")
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=GROUPS, metavar="GROUP", help=", ".join(GROUPS))
    parser.add_argument("--profile", action="store_true", help="where the pipeline's time goes, instead of the table")
    parser.add_argument("--publish", action="store_true", help=f"write {PUBLISHED.relative_to(ROOT)} and its JSON, too")
    asked = parser.parse_args()
    if asked.publish and (asked.quick or asked.profile or asked.only != GROUPS):
        parser.error("--publish is for a full run of all groups")
    peers.known()
    with environment() as env:
        if asked.profile:
            print(profile(env), end="")
            return 0
        given = replace(QUICK if asked.quick else Given(), env=env)
        run = measured(given, "quick" if asked.quick else "full", asked.only)
    keep(run, asked.publish)
    print("\n" + table.markdown(run), end="")
    return 1 if run["failures"] else 0


def measured(given: Given, kind: str, groups: tuple[str, ...]) -> dict[str, Any]:
    """All groups, one after the other; one that fails is told of and does not cost the others."""
    began, started = time.monotonic(), datetime.now(UTC)
    rows: list[Row] = []
    failures: list[str] = []
    more: dict[str, Any] = {}
    for group in (*groups, "profile") if kind == "full" and "pipeline" in groups else groups:
        at = time.monotonic()
        print(f"{group} …", end=" ", flush=True)
        try:
            if group == "profile":
                more["profile"] = profile(given.env, 10)
            else:
                rows += importlib.import_module(f"bench.{group}").measure(given)
        except Exception as error:
            traceback.print_exc()
            failures.append(f"{group}: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}")
        print(f"{time.monotonic() - at:.0f} s", flush=True)
        RESULTS.mkdir(exist_ok=True)  # a long run that is cut off leaves what it has
        (RESULTS / "under-way.json").write_text(json.dumps([row.to_json() for row in rows], indent=1) + "\n")
    return {
        "nbstream": described(),
        "started": started.isoformat(timespec="seconds"),
        "kind": kind,
        "took_s": time.monotonic() - began,
        "machine": machine(),
        "versions": {"python": platform.python_version(), **{one: importlib.metadata.version(one) for one in OWN}}
        | {f"peer {name}": version for name, version in peers.known().items()},
        "rows": [row.to_json() for row in rows],
        "failures": failures,
        **more,
    }


def profile(env: dict[str, str], *lines: int) -> str:
    """Where the pipeline's time goes, in a process of its own."""
    own = os.environ | env | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    command = [sys.executable, "-m", "bench.profiling", *map(str, lines)]
    return subprocess.run(command, env=own, stdout=subprocess.PIPE, text=True, check=True).stdout


def described() -> str:
    """The version, and the commit where there is one."""
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--exclude", "*"]
    told = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()
    return f"{importlib.metadata.version('nbstream')} {told}".strip()


def machine() -> str:
    """The processor, its cores, and how busy it was when the run had ended: a busy machine's ratios are worth less."""
    try:
        with open("/proc/cpuinfo") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {os.cpu_count()} cores, {platform.system()}, load {os.getloadavg()[0]:.1f}"


def keep(run: dict[str, Any], publish: bool) -> None:
    """Write what was measured."""
    RESULTS.mkdir(exist_ok=True)
    name = f"{run['started'].replace(':', '').partition('+')[0]}-{run['kind']}"
    for stem in (name, "latest"):
        (RESULTS / f"{stem}.json").write_text(json.dumps(run, indent=1) + "\n")
        (RESULTS / f"{stem}.md").write_text(table.markdown(run))
    if publish and not run["failures"]:
        PUBLISHED.with_suffix(".json").write_text(json.dumps(run, indent=1) + "\n")
        PUBLISHED.write_text("# A full run of `make bench`\n\n" + table.markdown(run))
        print(f"published as {PUBLISHED.relative_to(ROOT)} and .json")
    print(f"kept as bench-results/{name}.json and .md")


if __name__ == "__main__":
    sys.exit(main())
