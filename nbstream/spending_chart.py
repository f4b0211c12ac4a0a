"""The picture of `spend()`: tokens and dollars, by day and by model; what a stop avoided is drawn hollow on top."""

from __future__ import annotations

import base64
import html
import io
from typing import TYPE_CHECKING, Any

from .errors import SetupError
from .plotting import OVERRUN, RECEIVED, matplotlib
from .visible import visible

if TYPE_CHECKING:
    import pandas as pd

COLORS = {"kept": RECEIVED, "cancelled": OVERRUN, "lost": "#9a9a9a"}
AVOIDED = "#54a24b"
MOST_DAYS, MOST_MODELS = 31, 8
"""More than these make no picture that is read at one look: the newest days, the models that took most."""
NAME = 32


def plot(frame: pd.DataFrame) -> Any:
    """Draw the table of `nbstream.spend`; gives matplotlib's axes, tokens on top and dollars below.

    The left ones are by day, the right ones by model. Where no cost is known there are no dollars; where some attempts'
    is not, the picture says how many. Raises `SetupError` if matplotlib is not installed, or there is nothing to draw.
    """
    pyplot = matplotlib()
    return drawn(frame, lambda **size: pyplot.figure(**size))


def picture(frame: pd.DataFrame) -> str:
    """The same as an element of HTML. Raises `SetupError` as `plot`."""
    matplotlib()
    from matplotlib.figure import Figure  # not pyplot's: that one is shown again at the end of the cell

    axes = drawn(frame, lambda **size: Figure(**size))
    file = io.BytesIO()
    axes[0].figure.savefig(file, format="png", dpi=144)
    data = base64.b64encode(file.getvalue()).decode()
    words = html.escape(
        "Tokens and dollars kept, cancelled, lost and avoided, by day and by model: the table below as bars."
    )
    return f'<img alt="{words}" style="max-width:100%;width:52em" src="data:image/png;base64,{data}">'


def drawn(frame: pd.DataFrame, figure_of: Any) -> Any:
    """The axes, on a fresh figure."""
    if not len(frame):
        raise SetupError("There is nothing to draw: no attempt has ended in the time and with the filters given.")
    units = [
        unit
        for unit, unknown in (("tokens", "uncounted"), ("usd", "unpriced"))
        if frame[[f"{kind}_{unit}" for kind in (*COLORS, "avoided")]].notna().any(axis=None)
        and frame[unknown].sum() < frame["attempts"].sum()  # the sum of no attempts is 0, which is not known of any
    ]
    if not units:
        raise SetupError("There is nothing to draw: of no attempt the tokens or the cost are known.")
    figure = figure_of(figsize=(8.8, 0.6 + 2.3 * len(units)), layout="constrained")
    axes = figure.subplots(len(units), 2, squeeze=False, width_ratios=(3, 2))
    for unit, pair in zip(units, axes, strict=True):
        bars(pair[0], by_day(frame), unit)
        bars(pair[1], by_model(frame, unit), unit, flat=True)
    axes[0][0].legend(loc="upper left", frameon=False, ncols=4, fontsize="small", bbox_to_anchor=(-0.02, 1.2))
    notes = [
        f"{n} of {int(frame['attempts'].sum())} attempts {what}"
        for name, what in (("uncounted", "have no known count"), ("unpriced", "have no known cost"))
        if (n := int(frame[name].sum()))
    ]
    if notes:
        figure.supxlabel(
            "; ".join(notes) + ", so they are not in its bars", fontsize="small", x=0.01, ha="left", color="0.35"
        )
    return list(axes.flat)


def by_day(frame: pd.DataFrame) -> pd.DataFrame:
    """The newest days with their sums. A day without any attempt is left out."""
    days = frame.groupby("day").sum(numeric_only=True, min_count=1).tail(MOST_DAYS)
    return days.set_index(days.index.map("{:%m-%d}".format))


def by_model(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The models that took most, the one that took the most on top."""
    names = [label(*pair) for pair in zip(frame["provider"], frame["model"], strict=True)]
    models = frame.groupby(names).sum(numeric_only=True, min_count=1)
    order = models[[f"{kind}_{unit}" for kind in COLORS]].sum(axis=1).sort_values(kind="stable")
    return models.loc[order.index[-MOST_MODELS:]]


def label(provider: str, model: str) -> str:
    """A model's name as it is drawn: in one line, steering nothing, and no formula."""
    name = visible(model if model == provider else f"{provider}:{model}").replace("\n", " ")
    return (name if len(name) <= NAME else name[: NAME - 1] + "…").replace("$", r"\$")


def bars(axes: Any, sums: pd.DataFrame, unit: str, flat: bool = False) -> None:
    """One stack for each row: what was spent, and what was not on top of it, hollow."""
    places = range(len(sums))
    draw, start = (axes.barh, "left") if flat else (axes.bar, "bottom")
    base = [0.0] * len(sums)
    for kind in (*COLORS, "avoided"):
        sizes = [float(n) for n in sums[f"{kind}_{unit}"].fillna(0)]
        hollow = {
            "color": "none",
            "edgecolor": AVOIDED,
            "hatch": "///",
            "linewidth": [0.8 if size else 0 for size in sizes],
        }
        look = {"color": COLORS[kind]} if kind in COLORS else hollow
        words = kind if kind in COLORS else "avoided (estimate)"
        draw(places, sizes, 0.6, **{start: base}, label=words, **look)
        base = [low + size for low, size in zip(base, sizes, strict=True)]
    spent = sums[[f"{kind}_{unit}" for kind in COLORS]]
    for place in places:
        if spent.iloc[place].isna().any() and not spent.iloc[place].sum():
            at, turned = ((0, place), {"va": "center"}) if flat else ((place, 0), {"rotation": 90, "ha": "center"})
            axes.annotate(" not known", at, fontsize="small", color="0.35", **turned)
    # few bars are not made the broader for it
    spare = max(0, (3 if flat else 6) - len(sums)) / 2
    (axes.set_ylim if flat else axes.set_xlim)(-0.6 - spare, len(sums) - 0.4 + spare)
    ticks, amounts = (axes.set_yticks, axes.xaxis) if flat else (axes.set_xticks, axes.yaxis)
    step = 1 if flat else max(1, -(-len(sums) // 8))
    ticks(list(places)[::step], list(sums.index)[::step], fontsize="small")
    amounts.set_major_formatter((lambda n, _: f"\\${n:g}") if unit == "usd" else (lambda n, _: f"{n:,.0f}"))
    amounts.set_tick_params(labelsize="small")
    amounts.get_major_locator().set_params(nbins=4)
    axes.spines[["top", "right"]].set_visible(False)
    if not flat:
        axes.set_ylabel("US dollars" if unit == "usd" else "tokens", fontsize="small")
