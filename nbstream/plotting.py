"""The picture of the experiment: what was received of a stopped answer, and what was generated beyond it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import SetupError

if TYPE_CHECKING:
    import pandas as pd

RECEIVED, OVERRUN = "#4c78a8", "#e45756"


def plot(frame: pd.DataFrame) -> Any:
    """Draw the table of `nbstream.overrun`, a bar for each count; gives matplotlib's axes.

    Repeats are averaged. Where the overrun is not known the bar ends at what was received, and says so. Raises
    `SetupError` if matplotlib is not installed, or no run was stopped.
    """
    pyplot = matplotlib()
    import pandas as pd

    stopped = frame[frame["stop_after"].notna() & frame["received_tokens"].notna()]
    if stopped.empty:
        raise SetupError("There is nothing to draw: no run was stopped.")
    means = stopped.groupby("stop_after")[["received_tokens", "overrun_tokens"]].mean()
    received = [float(n) for n in means["received_tokens"]]
    overruns = [None if pd.isna(n) else float(n) for n in means["overrun_tokens"]]
    places = range(len(means))
    _, axes = pyplot.subplots(figsize=(max(4.5, 1.3 * len(means) + 1.5), 3.4), layout="constrained")
    axes.bar(places, received, 0.6, label="received", color=RECEIVED)
    axes.bar(places, [n or 0 for n in overruns], 0.6, received, label="overrun", color=OVERRUN)
    for place, got, more in zip(places, received, overruns, strict=True):
        words = f"{got:g} received\n" + ("overrun unknown" if more is None else f"{more:g} overrun")
        axes.annotate(words, (place, got + (more or 0)), (0, 3), textcoords="offset points", ha="center", va="bottom")
    axes.set_xticks(places, [str(count) for count in means.index])
    axes.set_xlabel("stopped once so many tokens had come")
    axes.set_ylabel("tokens")
    axes.set_ylim(0, 1.4 * max(1, *(got + (more or 0) for got, more in zip(received, overruns, strict=True))))
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="upper left", frameon=False, ncols=2)
    axes.set_title(title(frame), fontsize="medium", loc="left")
    return axes


def title(frame: pd.DataFrame) -> str:
    """The model, and how long its answer is when nobody stops it."""
    first = frame.iloc[0]
    name = first["model"] if first["model"] == first["provider"] else f"{first['provider']}:{first['model']}"
    whole = frame.loc[frame["stop_after"].isna(), "received_tokens"].dropna()
    return str(name) if whole.empty else f"{name}\na whole answer has {whole.mean():g} tokens"


def into(path: Path, draw: Callable[[pd.DataFrame], Any] = plot) -> Callable[[pd.DataFrame], None]:
    """What draws such a table into a file, checked before anything is paid for. Raises `SetupError`."""
    known = matplotlib().figure().canvas.get_supported_filetypes()
    if path.suffix[1:].lower() not in known:
        raise SetupError(
            f"A plot is saved by its ending as {', '.join(sorted(known))}; {path.name!r} has none of them."
        )
    if not path.parent.is_dir():
        raise SetupError(f"There is no folder {str(path.parent)!r} to save the plot in.")
    return lambda frame: draw(frame).figure.savefig(path, dpi=150)


def matplotlib() -> Any:
    """matplotlib's pyplot. Raises `SetupError` if it is not installed."""
    try:
        import matplotlib.pyplot as pyplot
    except ImportError:
        raise SetupError("A plot needs matplotlib: pip install matplotlib.") from None
    return pyplot
