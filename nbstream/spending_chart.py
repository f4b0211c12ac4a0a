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
GREY = "#787878"
"""Of all words and lines: 4.3 to 1 on white and on JupyterLab's dark ground, which the picture lets through."""
ON_ANY_GROUND: Any = {
    "axes.facecolor": "none",
    **dict.fromkeys(("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), GREY),
}
MOST_DAYS, MOST_MODELS = 31, 8
"""More than these make no picture that is read at one look: the newest days, the models that took most."""
NAME = 36
WIDTH = 3.8
"""Inches of a half of the picture; at 96 dots each, two stand side by side from 750 on."""


def plot(frame: pd.DataFrame) -> Any:
    """Draw the table of `nbstream.spend`; gives matplotlib's axes, tokens on top and dollars below.

    The left ones are by day, the right ones by model. Where no cost is known there are no dollars; where some attempts'
    is not, the picture says how many. Raises `SetupError` if matplotlib is not installed, or there is nothing to draw.
    """
    pyplot = matplotlib()
    units = units_of(frame)
    figure = pyplot.figure(figsize=(2.3 * WIDTH, 0.6 + 2.3 * len(units)), layout="constrained")
    axes = figure.subplots(len(units), 2, squeeze=False, width_ratios=(3, 2))
    days_on(axes[:, 0], frame, units)
    models_on(axes[:, 1], frame, units)
    return list(axes.flat)


def picture(frame: pd.DataFrame) -> str:
    """The same as an element of HTML: two halves, one under the other on a narrow page. Raises as `plot`."""
    matplotlib()
    from matplotlib import rc_context
    from matplotlib.figure import Figure  # not pyplot's: that one is shown again at the end of the cell

    units = units_of(frame)
    halves = []
    with rc_context(ON_ANY_GROUND):
        for draw, words in ((days_on, "by day"), (models_on, "by model")):
            figure = Figure(figsize=(WIDTH, 0.6 + 2.2 * len(units)), layout="constrained", facecolor="none")
            draw(figure.subplots(len(units), 1, squeeze=False)[:, 0], frame, units)
            halves.append(image(figure, words))
    return f'<div style="display: flex; flex-wrap: wrap; gap: 0.5em">{"".join(halves)}</div>'


def image(figure: Any, words: str) -> str:
    """A figure as an element of HTML, as large as its letters are meant to be."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=192)
    data = base64.b64encode(file.getvalue()).decode()
    alt = html.escape(f"Tokens and dollars kept, cancelled, lost and avoided, {words}: the table below as bars.")
    look = f"width: {96 * WIDTH:.0f}px; max-width: 100%; height: auto; background: none"
    return f'<img alt="{alt}" style="{look}" src="data:image/png;base64,{data}">'


def units_of(frame: pd.DataFrame) -> list[str]:
    """What there is to draw of: tokens, dollars. Raises `SetupError` if there is nothing."""
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
    return units


def days_on(axes: Any, frame: pd.DataFrame, units: list[str]) -> None:
    """The days, the legend above them and what is not known below."""
    for unit, one in zip(units, axes, strict=True):
        bars(one, by_day(frame), unit)
    axes[0].legend(
        loc="lower left",
        frameon=False,
        ncols=4,
        fontsize="small",
        bbox_to_anchor=(-0.02, 1.0),
        columnspacing=0.9,
        handlelength=1.1,
        handletextpad=0.4,
        borderpad=0,
    )
    notes = [
        f"{n} of {int(frame['attempts'].sum())} attempts {what}"
        for name, what in (("uncounted", "have no known count"), ("unpriced", "have no known cost"))
        if (n := int(frame[name].sum()))
    ]
    if notes:
        said = ";\n".join(notes) + ",\nso they are not in its bars"
        axes[0].figure.supxlabel(said, fontsize="small", x=0.01, ha="left", color=GREY)


def models_on(axes: Any, frame: pd.DataFrame, units: list[str]) -> None:
    """The models."""
    for unit, one in zip(units, axes, strict=True):
        bars(one, by_model(frame, unit), unit, flat=True)


def by_day(frame: pd.DataFrame) -> pd.DataFrame:
    """The newest days with their sums. A day without any attempt is left out."""
    days = frame.groupby("day").sum(numeric_only=True, min_count=1).tail(MOST_DAYS)
    return days.set_index(days.index.map("{:%m-%d}".format))


def by_model(frame: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The models that took most, the one that took the most on top; none of which there is nothing to draw."""
    names = [label(*pair) for pair in zip(frame["provider"], frame["model"], strict=True)]
    models = frame.groupby(names).sum(numeric_only=True, min_count=1)
    drawn = models[[f"{kind}_{unit}" for kind in (*COLORS, "avoided")]].sum(axis=1)
    models = models[drawn > 0] if (drawn > 0).any() else models
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
        draw(places, sizes, 0.4 if flat else 0.6, **{start: base}, label=words, **look)
        base = [low + size for low, size in zip(base, sizes, strict=True)]
    spent = sums[[f"{kind}_{unit}" for kind in COLORS]]
    for place, name in enumerate(sums.index):
        if flat:  # above its bar, which has the whole width so
            axes.annotate(name, (0, place + 0.25), (1, 1), textcoords="offset points", fontsize="small", va="bottom")
        elif spent.iloc[place].isna().any() and not spent.iloc[place].sum():
            axes.annotate(" not known", (place, 0), fontsize="small", color=GREY, rotation=90, ha="center")
    # few bars are not made the broader for it
    spare = max(0, (3 if flat else 6) - len(sums)) / 2
    (axes.set_ylim if flat else axes.set_xlim)(-0.6 - spare, len(sums) - 0.4 + spare)
    step = max(1, -(-len(sums) // 6))
    if flat:
        axes.set_yticks([])
    else:
        axes.set_xticks(list(places)[::step], list(sums.index)[::step], fontsize="small")
    amounts = axes.xaxis if flat else axes.yaxis
    amounts.set_major_formatter((lambda n, _: f"\\${n:g}") if unit == "usd" else (lambda n, _: f"{n:,.0f}"))
    amounts.set_tick_params(labelsize="small")
    amounts.get_major_locator().set_params(nbins=4)
    axes.spines[["top", "right"]].set_visible(False)
    if not flat:
        axes.set_ylabel("US dollars" if unit == "usd" else "tokens", fontsize="small")
