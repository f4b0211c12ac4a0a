"""Which process still lives: its number alone does not tell."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

from nbstream.processes import Process, alive, host_name, started, this_process

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
