"""The log's tables, their version, and the steps from each version to the next.

    nbstream_attempt   a row for each attempt: the columns of `history()` but for text and reasoning, and what it was
                       resumed from (`kept`, the beginning of its text) and how
    nbstream_part      the text that streamed in, from delta `start` on; an attempt that has ended has one part
    nbstream_kernel    the processes that write, so that a dead one's open attempts can be closed
    nbstream_version   one row

Times are microseconds since 1970, UTC: the same in every database, and read the fastest.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ..errors import SetupError
from ..frames import COLUMNS

VERSION = 3
TEXTS = ("text", "reasoning")
LOCK = 0x6E627374  # PostgreSQL's advisory locks have numbers, not names: "nbst"

ID = sa.String(64)
TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "string": sa.Text,
    "Int64": sa.BigInteger,
    "Float64": sa.Double,
    "datetime64[us, UTC]": sa.BigInteger,
}

metadata = sa.MetaData()

version = sa.Table("nbstream_version", metadata, sa.Column("version", sa.Integer, nullable=False))

kernels = sa.Table(
    "nbstream_kernel",
    metadata,
    sa.Column("kernel_id", ID, primary_key=True),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("pid", sa.BigInteger, nullable=False),
    sa.Column("started", sa.Text, nullable=False),
    sa.Column("seen_at", sa.BigInteger, nullable=False),
)

attempts = sa.Table(
    "nbstream_attempt",
    metadata,
    sa.Column("attempt_id", ID, primary_key=True),
    sa.Column("kernel_id", ID, nullable=False),
    *(
        sa.Column(name, ID if name.endswith("_id") else TYPES[dtype])
        for name, dtype in COLUMNS.items()
        if name not in ("attempt_id", *TEXTS)
    ),
    sa.Column("response_id", sa.Text),
    sa.Column("kept", sa.Text),
    sa.Column("resumed", sa.Text),
    sa.Index("nbstream_attempt_started_at", "started_at"),
)
still_open = attempts.c.ended_by.is_(None)
sa.Index("nbstream_attempt_open", attempts.c.kernel_id, sqlite_where=still_open, postgresql_where=still_open)

parts = sa.Table(
    "nbstream_part",
    metadata,
    sa.Column("attempt_id", ID, primary_key=True),
    sa.Column("start", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("reasoning", sa.Text, nullable=False),
    sa.Column("tool", sa.Text, nullable=False),
    sa.Column("marks", sa.LargeBinary, nullable=False),
)

# What leads from a version to the next. A column that is added to `COLUMNS` needs a step here and a new VERSION.
STEPS: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE nbstream_attempt ADD COLUMN response_id TEXT",
        "ALTER TABLE nbstream_attempt ADD COLUMN tool_calls TEXT",
        "ALTER TABLE nbstream_part ADD COLUMN tool TEXT NOT NULL DEFAULT ''",
    ),
    2: (
        "ALTER TABLE nbstream_attempt ADD COLUMN kept TEXT",
        "ALTER TABLE nbstream_attempt ADD COLUMN resumed TEXT",
    ),
}


def version_of(connection: sa.Connection) -> int:
    """The version of a database's log; 0 where there is none. Raises `SetupError` for one of a newer nbstream."""
    if not sa.inspect(connection).has_table(version.name):
        return 0
    found = connection.execute(sa.select(sa.func.max(version.c.version))).scalar()
    if (found or 0) > VERSION:
        raise SetupError(
            f"The log was written by a newer nbstream: its version is {found}, and this nbstream knows {VERSION}. "
            "Upgrade nbstream here, or set NBSTREAM_LOG to another file."
        )
    return int(found or 0)


def upgrade(connection: sa.Connection) -> None:
    """Bring a log to this version, whatever it is now; call it in a transaction that keeps others out."""
    found = version_of(connection)
    if found == VERSION:
        return
    if found == 0:
        metadata.create_all(connection)
        connection.execute(version.insert().values(version=VERSION))
        return
    for step in range(found, VERSION):
        for statement in STEPS[step]:
            connection.execute(sa.text(statement))
    connection.execute(version.update().values(version=VERSION))
