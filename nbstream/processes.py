"""Which process wrote what: an identity that a later process with the same number does not share."""

from __future__ import annotations

import hashlib
import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process on a host. `started` tells it from an earlier one with its number; empty is not known."""

    host: str
    pid: int
    started: str


def this_process() -> Process:
    """The process that asks."""
    return Process(host_name(), os.getpid(), started(os.getpid()) or "")


def alive(process: Process) -> bool | None:
    """Whether a process of this host still runs; `None` for another host's, which cannot be seen from here.

    Where the system does not tell when a process started, one with its number counts as alive.
    """
    if process.host != host_name() and not is_of_this_boot(process):
        return None
    begun = started(process.pid)
    return begun is not None and (begun == "" or process.started in ("", begun))


def is_of_this_boot(process: Process) -> bool:
    """Whether a process that named no machine, as earlier versions did, ran on this one since it was started."""
    return process.host == node_name() and process.started.partition(" ")[0] == boot_id() != ""


@cache
def host_name() -> str:
    """The host and which machine it is: two may share a name, and a database."""
    return f"{node_name()} {machine_id()}".rstrip()


@cache
def node_name() -> str:
    """The host's name, and on Linux the process namespace: two containers may share a name and not their processes."""
    try:
        return f"{platform.node()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return platform.node()


@cache
def machine_id() -> str:
    """What tells this machine from others, without telling its own secret number; else which start of it this is."""
    for path in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        try:
            if (own := Path(path).read_bytes().strip()) not in (b"", b"uninitialized"):
                return hashlib.sha256(b"nbstream " + own).hexdigest()[:16]
        except OSError:
            continue
    return boot_id()


def started(pid: int) -> str | None:
    """When a process started, in no unit that matters; `None` if there is none, empty if nobody tells."""
    if Path("/proc/self/stat").exists():
        return started_on_linux(pid)
    try:
        import psutil  # comes with ipykernel
    except ImportError:
        return "" if os.name == "nt" else exists(pid)
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else str(process.create_time())
    except psutil.AccessDenied:
        return ""
    except psutil.Error:
        return None


def started_on_linux(pid: int) -> str | None:
    """The boot and the clock ticks since it: unlike a time of day, both stay what they are when the clock is set."""
    try:
        # the name of the program stands in brackets and may hold anything
        state, *fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if state in "ZX" else f"{boot_id()} {fields[18]}"


@cache
def boot_id() -> str:
    """Which start of this machine it is."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""


def exists(pid: int) -> str | None:
    """Whether there is such a process is all that can be told."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        pass
    return ""
