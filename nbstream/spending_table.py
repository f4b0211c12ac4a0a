"""The DataFrame of `spend()`, which shows itself in a cell under a picture of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from .errors import SetupError
from .spending_chart import picture


class Spending(pd.DataFrame):
    """A DataFrame in all it does: whatever is made from it is a plain one. Only its HTML has a picture on top."""

    def _repr_html_(self) -> str | None:
        table = super()._repr_html_()  # type: ignore[misc]  # pandas-stubs leave it out
        try:
            return picture(self) + str(table)
        except SetupError:  # no matplotlib, or nothing to draw
            return None if table is None else str(table)

    def _display_(self) -> Any:
        """The same in marimo, which asks this and no HTML of a DataFrame: the picture over marimo's own table."""
        import marimo  # it is there, if it asks

        plain = pd.DataFrame(self)
        try:
            return marimo.vstack([marimo.Html(picture(self)), plain])
        except SetupError:
            return plain


def table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> Spending:
    """Rows as such a DataFrame, with these columns and dtypes."""
    return Spending({name: pd.Series([row[name] for row in rows], dtype=dtype) for name, dtype in columns.items()})
