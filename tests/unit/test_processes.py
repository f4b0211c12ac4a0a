"""Which process still lives: its number alone does not tell."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from nbstream.processes import Process, alive, host_name, node_name, started, this_process

SLEEP = [sys.executable, "-c", "import sys; sys.stdin.read()"]


def child() -> tuple[subprocess.Popen[bytes], Process]:
    running = subprocess.Popen(SLEEP, stdin=subprocess.PIPE)
    return running, Process(host_name(), running.pid, started(running.pid) or "")


def test_this_process_lives() -> None:
    me = this_process()
    assert me.pid == os.getpid()
    assert me.started
    assert alive(me) is True


def test_another_process_lives_until_it_is_killed_even_if_nobody_has_taken_note() -> None:
    running, process = child()
    assert alive(process) is True
    running.kill()
    os.waitid(os.P_PID, running.pid, os.WEXITED | os.WNOWAIT)  # a zombie now
    assert alive(process) is False
    running.communicate()
    assert alive(process) is False


def test_a_later_process_with_the_same_number_is_another_one() -> None:
    assert alive(replace(this_process(), started="some other boot 17")) is False


def test_where_nobody_can_tell_when_it_started_a_process_counts_as_alive() -> None:
    assert alive(replace(this_process(), started="")) is True


def test_of_another_host_nothing_is_known() -> None:
    assert alive(replace(this_process(), host="elsewhere")) is None


def test_of_another_machine_with_the_same_name_nothing_is_known() -> None:
    theirs = Process(f"{node_name()} another machine", this_process().pid, "their boot 17")
    assert alive(theirs) is None


def test_the_secret_number_of_this_machine_is_not_told() -> None:
    own = Path("/etc/machine-id")
    assert host_name().startswith(node_name())
    assert not own.exists() or own.read_text().strip() not in host_name()


# ---- as earlier versions named a host


def test_a_process_that_names_no_machine_is_known_if_it_ran_since_this_one_was_started() -> None:
    me = this_process()
    assert alive(replace(me, host=node_name())) is True
    running, process = child()
    running.communicate()
    assert alive(replace(process, host=node_name())) is False


def test_of_a_process_that_names_no_machine_and_ran_before_nothing_is_known() -> None:
    assert alive(replace(this_process(), host=node_name(), started="some other boot 17")) is None
