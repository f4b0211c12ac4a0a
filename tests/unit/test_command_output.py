"""What the command line does where its output cannot go: a reader that left, a full disk, an encoding without é."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from faults.logs import an_attempt, writing_to
from faults.server import PATIENCE


@pytest.fixture
def log_file(tmp_path: Path) -> str:
    path = str(tmp_path / "log.sqlite")
    with writing_to(path) as log:
        log.ended(an_attempt("déjà vu " * 20_000, model="modèle"))
        assert log.flush(PATIENCE)
    return path


def run(log_file: str, *words: str, stdout: int, **env: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "nbstream", "history", *words],
        env=os.environ | {"NBSTREAM_LOG": log_file} | env,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", [[], ["--csv"], ["--jsonl", "--text"]])
def test_a_reader_that_has_left_ends_it_quietly(words: list[str], log_file: str) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    assert run(log_file, *words, stdout=writes) == (141, "")
    os.close(writes)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
@pytest.mark.parametrize("words", [[], ["--csv", "--text"]])
def test_a_full_disk_is_told_in_a_sentence(words: list[str], log_file: str) -> None:
    with open("/dev/full", "w") as full:
        code, told = run(log_file, *words, stdout=full.fileno())
    assert (code, told) == (1, "nbstream: the output cannot be written: No space left on device.\n")


@pytest.mark.parametrize("words", [[], ["--csv"], ["--jsonl"]])
def test_a_character_that_the_output_cannot_have_is_told_in_a_sentence(words: list[str], log_file: str) -> None:
    code, told = run(log_file, *words, stdout=subprocess.DEVNULL, PYTHONIOENCODING="ascii")
    assert code == 1
    assert told == "nbstream: the output's encoding, ascii, has no '\\xe8': set PYTHONIOENCODING=utf-8.\n"
