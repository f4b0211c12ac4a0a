"""NBSTREAM_LOG: what its values mean, and what is said about those that mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from nbstream import SetupError
from nbstream.log_place import place, place_of, shown

HERE = Path.cwd()


@pytest.mark.parametrize(
    ("value", "means"),
    [
        ("off", None),
        ("OFF", None),
        ("runs.sqlite", HERE / "runs.sqlite"),
        ("logs/runs.db", HERE / "logs" / "runs.db"),
        ("~/runs.db", Path.home() / "runs.db"),
        ("/data/runs.db", Path("/data/runs.db")),
        ("sqlite:///runs.db", HERE / "runs.db"),
        ("sqlite:////data/runs.db", Path("/data/runs.db")),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("sqlite:///runs.db?timeout=9", "sqlite:///runs.db?timeout=9"),
        ("postgresql://me@db/team", "postgresql+psycopg://me@db/team"),
        ("postgres://me@db/team", "postgresql+psycopg://me@db/team"),
        ("postgresql+pg8000://me@db/team", "postgresql+pg8000://me@db/team"),
        ("sqlite+pysqlcipher://:key@//x.db", "sqlite+pysqlcipher://:key@//x.db"),
        ("mysql+pymysql://me@db/team", "mysql+pymysql://me@db/team"),
    ],
)
def test_a_value_is_a_path_a_url_or_off(value: str, means: object) -> None:
    assert place_of(value) == means


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("false", "set it to 'off'"),
        ("0", "set it to 'off'"),
        ("/", "is a folder"),
        ("sqlite://runs.db", "with three"),
        ("postgresql:/me@db/team", "with two"),
        ("sqlite://:planted@/x.db", "a user or a password"),
        ("~nosuchuser/x", "is no path here"),
        ("postgressql:/me@db/team", "Did you mean 'postgresql'"),
        ("postgres-ql://me:planted@db/team", "no database is named like"),
        ("'postgresql://me:planted@db/team'", "no database is named like"),
    ],
)
def test_a_value_that_means_nothing_is_told_what_to_write_instead(value: str, says: str) -> None:
    with pytest.raises(SetupError, match=says) as told:
        place_of(value)
    assert "planted" not in str(told.value)


def test_a_relative_path_stays_where_it_was_when_the_process_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = place_of("runs.sqlite")
    monkeypatch.chdir("/")
    assert before == tmp_path / "runs.sqlite"


@pytest.mark.parametrize("value", ["", "  "])
def test_without_a_value_it_is_a_file_in_the_users_data_folder(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBSTREAM_LOG", value)
    found = place()
    assert isinstance(found, Path)
    assert found.is_relative_to(Path.home())
    assert found.parts[-2:] == ("nbstream", "log.sqlite")


@pytest.mark.parametrize("password", ["secret", "se%40cret", "s:e/c", "s@e@c", "s?e"])
def test_a_place_is_shown_without_its_password(password: str) -> None:
    assert shown(f"postgresql+psycopg://me:{password}@db/team") == "postgresql+psycopg://me:***@db/team"


def test_the_key_of_an_encrypted_file_is_not_shown() -> None:
    assert shown("sqlite+pysqlcipher://:planted@//x.db") == "sqlite+pysqlcipher://:***@//x.db"


@pytest.mark.parametrize("name", ["password", "passwd", "sslpassword", "PWD", "token"])
def test_a_place_is_shown_without_a_password_in_its_query(name: str) -> None:
    url = f"postgresql+psycopg://db/team?user=me&{name}=planted&sslmode=require"
    assert shown(url) == f"postgresql+psycopg://db/team?user=me&{name}=***&sslmode=require"
