"""Attempts to rows, rows to a DataFrame with the columns that users and programs depend on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import prices
from .attempt import Attempt

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: Mapping[str, str] = {
    "attempt_id": "string",
    "generation_id": "string",
    "number": "Int64",
    "parent_id": "string",
    "relation": "string",
    "started_at": "datetime64[us, UTC]",
    "provider": "string",
    "model": "string",
    "base_url": "string",
    "options": "string",
    "prompt": "string",
    "status": "string",
    "ended_by": "string",
    "reason": "string",
    "finish_reason": "string",
    "input_tokens": "Int64",
    "input_source": "string",
    "received_tokens": "Int64",
    "received_source": "string",
    "output_tokens": "Int64",
    "output_source": "string",
    "reasoning_tokens": "Int64",
    "cached_tokens": "Int64",
    "overrun_tokens": "Int64",
    "cost_usd": "Float64",
    "cost_source": "string",
    "billing_after_stop": "string",
    "ttft_s": "Float64",
    "duration_s": "Float64",
    "tokens_per_s": "Float64",
    "stop_latency_ms": "Float64",
    "chunks": "Int64",
    "text": "string",
    "reasoning": "string",
    "error": "string",
    "tool_calls": "string",
}
"""Column and dtype, in order; what is not known is `<NA>`."""


COUNTS = {f"{name}_{part}": (name, part) for name in ("input", "received", "output") for part in ("tokens", "source")}


def row_of(attempt: Attempt, names: Iterable[str] = COLUMNS) -> dict[str, object]:
    """One row of these columns: the attempt's own fields, with each count split into its tokens and its source."""
    return {name: value_of(attempt, name) for name in names}


def value_of(attempt: Attempt, name: str) -> object:
    """What stands in a column; some, such as the text, are put together when they are asked for."""
    if name in COUNTS:
        count, part = COUNTS[name]
        return getattr(getattr(attempt, count), part)
    return getattr(attempt, name)


def frame_of(attempts: Sequence[Attempt]) -> pd.DataFrame:
    """Attempts as a DataFrame, with what they cost: the table of prices is loaded for those that may stand in it."""
    if any(prices.wanted(attempt.base_url) for attempt in attempts):
        prices.load()
    return to_frame(row_of(attempt) for attempt in attempts)


def to_frame(rows: Iterable[Mapping[str, object]], dtypes: Mapping[str, str] = COLUMNS) -> pd.DataFrame:
    """A DataFrame with all of these columns, nullable dtypes; what a row lacks is `<NA>`."""
    listed = list(rows)
    return from_columns({name: [row.get(name) for row in listed] for name in dtypes}, dtypes)


def from_columns(columns: Mapping[str, Sequence[object]], dtypes: Mapping[str, str] = COLUMNS) -> pd.DataFrame:
    """The same from whole columns, those given alone; a time may be a datetime or microseconds since 1970."""
    import pandas as pd

    return pd.DataFrame({name: to_array(values, dtypes[name]) for name, values in columns.items()}, copy=False)


def to_dicts(frame: pd.DataFrame, names: Sequence[str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows as dicts of these columns, or of all: times as datetimes, `None` for what is not known."""
    names = list(frame.columns) if names is None else names
    for values in zip(*(to_list(frame[name]) for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def to_list(column: pd.Series[Any]) -> list[Any]:
    """One column's values, `None` for what is not known."""
    plain = column.astype(object).where(column.notna(), None).tolist()
    if not str(column.dtype).startswith("datetime"):
        return plain
    return [None if time is None else time.to_pydatetime() for time in plain]


def to_array(values: Sequence[Any], dtype: str) -> Any:
    """One column. Where pandas would look at each value first, NumPy and Arrow take a third of its time."""
    import numpy as np
    import pandas as pd

    if dtype.startswith("datetime") and values and isinstance(values[0], int):
        return pd.to_datetime(np.array(values, dtype="int64"), unit="us", utc=True).as_unit("us")
    if dtype not in ("Int64", "Float64"):
        if dtype == "string" and pd.StringDtype().storage == "pyarrow":
            import pyarrow  # is there, if pandas itself would use it

            values = pyarrow.array(values, pyarrow.large_string())
        kind: Any = dtype  # pandas-stubs know other kinds by name alone
        return pd.array(values, dtype=kind)
    nothing = values.count(None) == len(values)  # NumPy is slow with `None`, and most columns have all or none
    numbers = np.full(len(values), np.nan) if nothing else np.array(values, dtype="float64")
    missing = np.isnan(numbers)
    if dtype == "Float64":
        return pd.arrays.FloatingArray(numbers, missing)
    return pd.arrays.IntegerArray(np.where(missing, 0, numbers).astype("int64"), missing)
