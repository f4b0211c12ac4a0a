"""Where the log is kept: what `NBSTREAM_LOG` says, checked and made absolute; nothing is opened here."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .errors import SetupError, near

VARIABLE = "NBSTREAM_LOG"
LIKE_OFF = ("0", "false", "no", "none", "null", "disabled", "disable", "memory")
SCHEME = re.compile(r"([a-z][a-z0-9]+)(?:\+([a-z0-9_]+))?:/", re.IGNORECASE)

PASSWORD = re.compile(r"(://[^:@/?]*:).*(?=@)|([?&][^=&]*(?:pass|pwd|key|secret|token)[^=&]*=)[^&]*", re.IGNORECASE)
"""In a URL: what stands before the last @, which may hold one unescaped, and what a query calls so."""

Place = Path | str | None
"""The path of a SQLite file, any other database's SQLAlchemy URL, or `None`: memory alone."""


def place_of(value: str) -> Place:
    """What a value of `NBSTREAM_LOG` means; an empty one is the default. Raises `SetupError`.

    A relative path is one from where the process is now, for a kernel the notebook's folder, and stays there.
    """
    text = value.strip()
    if not text:
        return default_path()
    if text.lower() == "off":
        return None
    if text.lower() in LIKE_OFF:
        raise SetupError(f"{VARIABLE}={text} is neither a path nor a URL. To keep the log in memory, set it to 'off'.")
    if scheme := SCHEME.match(text):
        return url_place(text, scheme)
    if "://" in text:  # not shown: there may be a password in it
        raise SetupError(f"{VARIABLE} is neither a path nor a URL: no database is named like what stands before '://'.")
    try:
        path = Path(text).expanduser().absolute()
    except (RuntimeError, OSError) as error:  # nobody of that name; the folder that the process is in was removed
        raise SetupError(f"{VARIABLE}={text} is no path here: {error}") from None
    if os.path.isdir(path):  # unlike Path's own it raises nothing: a path that cannot be is told when it is opened
        raise SetupError(f"{VARIABLE}={text} is a folder. Name a file in it, such as {path / 'log.sqlite'}.")
    return path


def url_place(text: str, scheme: re.Match[str]) -> Place:
    """A URL: one of a SQLite file is its path, one of PostgreSQL goes to the driver that nbstream asks for."""
    name, driver = scheme[1].lower(), scheme[2]
    if "://" not in text:
        raise SetupError(f"{VARIABLE} has a URL with one slash; write {name}:// with two.{near(name, KNOWN)}")
    rest = text.partition("://")[2]
    if driver == "pysqlcipher":  # its URL has a password, and is none of a plain file
        return text
    if name == "sqlite" and "@" in rest.partition("/")[0]:
        raise SetupError(f"{VARIABLE} has a sqlite URL with a user or a password, which SQLite does not know.")
    if name == "sqlite" and rest and not rest.startswith("/"):
        raise SetupError(f"{VARIABLE} has a sqlite URL with two slashes; write sqlite:///{rest} with three.")
    if name == "sqlite" and "?" not in text:
        return place_of(rest[1:]) if rest.strip("/") not in ("", ":memory:") else None
    if name in ("postgres", "postgresql") and driver is None:
        return f"postgresql+psycopg://{rest}"
    return text


KNOWN = ("sqlite", "postgresql", "mysql", "mariadb", "oracle", "mssql")


def default_path() -> Path:
    """The file in the user's own data folder."""
    import platformdirs

    return platformdirs.user_data_path("nbstream", appauthor=False) / "log.sqlite"


def place() -> Place:
    """Where `NBSTREAM_LOG` says. Raises `SetupError`."""
    return place_of(os.environ.get(VARIABLE, ""))


def absent(place: Place) -> bool:
    """Whether a place is a file that is not there; one that cannot be looked at may be."""
    if isinstance(place, Path):
        try:
            place.stat()
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            pass
    return False


def shown(place: Place) -> str:
    """A place in words, without the password in it."""
    if not isinstance(place, str):
        return str(place or "memory")
    return PASSWORD.sub(lambda found: (found[1] or found[2]) + "***", place)
