"""Finds a Chromium that runs, installs one if there is none, and prints where it is.

On the PATH; else by the system's package manager, where that needs no password; else by Playwright.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC_APPS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
MANAGERS = {  # program -> commands, as root except brew
    "apt-get": (
        ["apt-get", "update"],
        ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"],
    ),
    "dnf": (["dnf", "install", "--assumeyes", "chromium"],),
    "apk": (["apk", "add", "chromium"],),
    "brew": (["brew", "install", "--cask", "chromium"],),
}


def main() -> int:
    """Print the path of a working Chromium; 1 if there is none and none could be installed."""
    path = find()
    for install in (with_package_manager, with_playwright):
        if path is None:
            install()
            path = find()
    if path is None:
        log("No Chromium on the PATH, and none could be installed (see above): install one and try again.")
        return 1
    print(path)
    return 0


def find() -> str | None:
    """The first Chromium that answers `--version`; a name on the PATH alone may be an empty snap stub."""
    return next((path for path in candidates() if runs(path)), None)


def candidates() -> Iterator[str]:
    for name in NAMES:
        if path := shutil.which(name):
            yield path
    yield from (path for path in MAC_APPS if Path(path).is_file())
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).is_file():
        yield own


def runs(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def with_package_manager() -> None:
    manager = next((name for name in MANAGERS if shutil.which(name)), None)
    if manager is None:
        return
    prefix: list[str] = []
    if manager != "brew" and os.geteuid() != 0:
        if not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
            log(f"Not root, and sudo asks for a password: {manager} is not used.")
            return
        prefix = ["sudo", "-n"]
    for command in MANAGERS[manager]:
        if not done([*prefix, "env", "DEBIAN_FRONTEND=noninteractive", *command]):
            return


def with_playwright() -> None:
    system = ["--with-deps"] if sys.platform == "linux" and os.geteuid() == 0 else []
    install = [sys.executable, "-m", "playwright", "install"]
    if not done([*install, *system, "chromium"]) and system:
        done([*install, "chromium"])


def done(command: list[str]) -> bool:
    """Run the command; show what it printed only if it failed."""
    log("Installing Chromium: " + " ".join(command))
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if run.returncode:
        log("\n".join(run.stdout.strip().splitlines()[-15:]))
    return run.returncode == 0


def log(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
