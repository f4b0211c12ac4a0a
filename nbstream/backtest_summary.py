"""What a backtest says at one look: a line for each guard, and the picture of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import SetupError
from .plotting import OVERRUN, RECEIVED, matplotlib

if TYPE_CHECKING:
    import pandas as pd


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """The table of `nbstream.backtest` with a row for each guard, in the order of the guards.

    `attempts`: judged ones; `caught`: cut ones that had not ended well; `killed`: cut ones that had, which were good
    answers; `tokens_saved`; `usd_saved`: of the cut ones with a known price, `<NA>` where there is none;
    `not_judged`: those that could not be replayed, or at which the guard failed.
    """
    import pandas as pd

    cut = frame["would_cut"].fillna(False).astype(bool)
    well = frame["ended_well"].fillna(False).astype(bool)
    columns = {
        "attempts": frame["would_cut"].notna(),
        "caught": cut & ~well & frame["ended_well"].notna(),
        "killed": cut & well,
        "not_judged": frame["would_cut"].isna(),
    }
    counts = pd.DataFrame(columns).groupby(frame["guard"], sort=False).sum().astype("Int64")
    saved = frame[cut].groupby("guard", sort=False)
    counts.insert(3, "tokens_saved", saved["tokens_saved"].sum().reindex(counts.index).fillna(0).astype("Int64"))
    counts.insert(4, "usd_saved", saved["usd_saved"].sum(min_count=1).reindex(counts.index).astype("Float64"))
    return counts.reset_index()


def plot(frame: pd.DataFrame) -> Any:
    """Draw the table of `nbstream.backtest`: what each guard caught against the good answers it killed, and its saving.

    Gives matplotlib's two axes. Raises `SetupError` if matplotlib is not installed, or nothing could be replayed.
    """
    pyplot = matplotlib()
    lines = summary(frame)
    if not len(lines) or not lines["attempts"].sum():
        raise SetupError("There is nothing to draw: no attempt could be replayed.")
    places = list(range(len(lines)))
    names = [name if len(name) <= 28 else name[:27] + "…" for name in lines["guard"]]
    caught, killed, saved = (lines[name].astype(float).tolist() for name in ("caught", "killed", "tokens_saved"))
    figure, (left, right) = pyplot.subplots(
        1, 2, figsize=(9, 1.6 + 0.62 * len(lines)), layout="constrained", sharey=True, width_ratios=(3, 2)
    )
    left.barh([place - 0.19 for place in places], caught, 0.36, label="caught: had not ended well", color=RECEIVED)
    left.barh([place + 0.19 for place in places], killed, 0.36, label="killed: a good answer", color=OVERRUN)
    right.barh(places, saved, 0.5, color=RECEIVED)
    for place in places:
        written(left, caught[place], place - 0.19, f"{caught[place]:,.0f}")
        written(left, killed[place], place + 0.19, f"{killed[place]:,.0f}")
        usd = lines["usd_saved"].iloc[place]
        dollars = f", ${usd:,.2g}" if lines["usd_saved"].notna().iloc[place] else ""
        written(right, saved[place], place, f"{saved[place]:,.0f}{dollars}")
    left.set_yticks(places, names)
    left.invert_yaxis()
    for axes, most, label in ((left, max(caught + killed), "attempts cut"), (right, max(saved), "tokens saved")):
        axes.set_xlim(0, 1.3 * max(1, most))
        axes.set_xlabel(label)
        axes.locator_params(axis="x", nbins=4, integer=True)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside lower left", frameon=False, ncols=2)
    attempts = int(lines["attempts"].max())
    figure.suptitle(f"What the guards would have cut of {attempts:,} attempts", fontsize="medium", x=0.01, ha="left")
    return left, right


def written(axes: Any, value: float, place: float, words: str) -> None:
    """A number at the end of its bar."""
    axes.annotate(words, (value, place), (4, 0), textcoords="offset points", va="center", fontsize="small")
