"""Installs the peers, each group in an environment of its own, and says which versions came and what did not.

`python -m bench.peers` makes `.venv/bench` anew; `make bench` does so before it measures.
"""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

from .place import PEERS, ROOT

PIP_S = 900
ENVIRONMENTS = {
    "sdk": ["openai", "anthropic", "httpx", "httpx-sse"],
    "litellm": ["litellm"],  # pins an older openai
    "notebook": ["jupyterlab", "ipykernel", "ipywidgets", "anywidget", "panel", "chatlas"],
}
NPM = ["marked"]
LOOP = "uvloop"
VERSIONS = PEERS / "peers.json"


def install() -> None:
    """Make all environments; what fails is written down, not raised."""
    shutil.rmtree(PEERS, ignore_errors=True)
    PEERS.mkdir(parents=True)
    found: dict[str, str] = {}
    for name, packages in ENVIRONMENTS.items():
        print(f"installing in .venv/bench/{name}: {', '.join(packages)}", flush=True)
        venv.create(PEERS / name, with_pip=True)
        extra = own_dependencies() if name == "notebook" else []
        if failed := pip(name, [*packages, *extra]):  # one that cannot be had shall not cost the others
            found |= {one: f"not installed: {why}" for one in packages if (why := pip(name, [one]))}
            assert not extra or not pip(name, extra), failed
        found |= versions(name, [one for one in packages if one not in found])
    found |= install_npm() | {LOOP: install_loop()}
    VERSIONS.write_text(json.dumps(found, indent=2) + "\n")
    for package, version in found.items():
        print(f"{package:20} {version}")


def python(name: str) -> Path:
    """The interpreter of an environment."""
    return PEERS / name / "bin" / "python"


def known() -> dict[str, str]:
    """The version of each peer, or why it is not there."""
    if not VERSIONS.is_file():
        raise SystemExit(f"The peers are not installed: run `make bench-peers` (it fills {PEERS.relative_to(ROOT)}).")
    told: dict[str, str] = json.loads(VERSIONS.read_text())
    return told


def missing(package: str) -> str | None:
    """Why a peer cannot be measured, `None` if it can."""
    version = known().get(package, "not installed")
    return version if version.startswith("not installed") else None


def own_dependencies() -> list[str]:
    """What nbstream needs, for the environment where it runs beside the peers."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        needed: list[str] = tomllib.load(file)["project"]["dependencies"]
    return needed


def pip(name: str, packages: list[str]) -> str | None:
    """Install the newest versions; the last line of what pip says if it cannot."""
    command = [str(python(name)), "-m", "pip", "install", "--quiet", "--upgrade", *packages]
    return run(command)


def run(command: list[str], folder: Path = ROOT) -> str | None:
    """Run something; what it said last if it failed."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PIP_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (done.stderr or done.stdout).strip().splitlines()
    return None if done.returncode == 0 else next((line for line in said if "ERROR" in line), "it failed")[:200]


def versions(name: str, packages: list[str]) -> dict[str, str]:
    """What stands in an environment."""
    code = f"import importlib.metadata as m, json; print(json.dumps({{p: m.version(p) for p in {packages!r}}}))"
    told = subprocess.run([str(python(name)), "-c", code], capture_output=True, text=True, check=True).stdout
    return dict(json.loads(told))


def install_loop() -> str:
    """The version of uvloop, in a folder that nbstream's own interpreter can take it from."""
    folder = PEERS / LOOP
    if failed := run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), LOOP]):
        return f"not installed: {failed}"
    [found] = importlib.metadata.distributions(name=LOOP, path=[str(folder)])
    return str(found.version)


def install_npm() -> dict[str, str]:
    """The browser's peers, in a folder of their own: the project's own packages stay as they are."""
    folder = PEERS / "npm"
    folder.mkdir()
    (folder / "package.json").write_text('{"private": true}\n')
    quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--loglevel=error"]
    if failed := run(["npm", "install", *quiet, *(f"{package}@latest" for package in NPM)], folder):
        return dict.fromkeys(NPM, f"not installed: {failed}")
    manifests = {one: json.loads((folder / "node_modules" / one / "package.json").read_text()) for one in NPM}
    return {one: str(manifest["version"]) for one, manifest in manifests.items()}


if __name__ == "__main__":
    install()
