"""Wheel and sdist carry all they should."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BUNDLE = [f"nbstream/static/{name}" for name in ("widget.js", "widget.css", "extras.js", "tools.js")]
DEMO = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "nbstream" / "demo").rglob("*")
    if path.is_file() and path.suffix != ".pyc"
)


def build(source: Path, target: Path, *options: str, path: str | None = None) -> Path:
    env = os.environ | ({"PATH": path} if path else {})
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(target), *options]
    run = subprocess.run(command, cwd=source, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return target


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def wheel(dist: Path) -> list[str]:
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as archive:
        return archive.namelist()


@pytest.fixture(scope="module")
def sdist(dist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked source distribution."""
    target = tmp_path_factory.mktemp("sdist")
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        archive.extractall(target, filter="data")
    return next(target.iterdir())


def test_the_wheel_holds_the_front_end(wheel: list[str]) -> None:
    assert set(BUNDLE) <= set(wheel)


def test_the_wheel_holds_the_demo_model_and_its_data(wheel: list[str]) -> None:
    assert any("corpus" in name for name in DEMO)
    assert any("vocabulary" in name for name in DEMO)
    assert set(DEMO) <= set(wheel)


def test_the_wheel_is_marked_as_typed(wheel: list[str]) -> None:
    assert "nbstream/py.typed" in wheel


def test_the_wheel_holds_the_package_alone(wheel: list[str]) -> None:
    assert {name.partition("/")[0].partition("-")[0] for name in wheel} == {"nbstream"}


def test_the_sdist_holds_the_front_end_and_its_sources(sdist: Path) -> None:
    for name in [*BUNDLE, "js/package-lock.json", "js/src/widget.ts", "js/hatch_build.py"]:
        assert (sdist / name).is_file(), name
    assert not (sdist / "js" / "node_modules").exists()


def test_a_wheel_from_the_sdist_needs_no_npm(sdist: Path, tmp_path: Path) -> None:
    target = build(sdist, tmp_path, "--target", "wheel", path=str(tmp_path))
    with zipfile.ZipFile(next(target.glob("*.whl"))) as archive:
        assert set(BUNDLE) <= set(archive.namelist())


def test_the_lock_file_names_no_download_address() -> None:
    packages = json.loads((ROOT / "js" / "package-lock.json").read_text("utf-8"))["packages"]
    assert [name for name, package in packages.items() if "resolved" in package] == []
