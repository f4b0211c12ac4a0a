"""nbstream.spend(): what was kept, cancelled and avoided, by day and model; what is not known is in no sum."""

from __future__ import annotations

import base64
import builtins
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from faults.logs import an_attempt
from PIL import Image

import nbstream
from nbstream import Attempt, SetupError, prices
from nbstream.attempt import EndedBy
from nbstream.counts import UNKNOWN, Count
from nbstream.folding import end
from nbstream.log_writer import LogWriter
from nbstream.spending import COLUMNS, plot

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_prices() -> Iterator[None]:
    prices.override("m", input=1, output=2)
    yield
    prices.clear()


def ended(by: EndedBy, output: int | None, days: int = 0, **fields: Any) -> Attempt:
    """An attempt with 10 tokens in, and out what is given."""
    options = fields.pop("options", {})
    attempt = an_attempt(
        "x", ended=False, started_at=NOON - timedelta(days=days), options=json.dumps(options), **fields
    )
    attempt.input = Count(10, "final")
    attempt.received = attempt.output = UNKNOWN if output is None else Count(output, "final")
    attempt.billing_after_stop = "stops"
    end(attempt, by, "", attempt.began + 1)
    return attempt


def spent(log: LogWriter, *attempts: Attempt, **filters: Any) -> list[dict[str, Any]]:
    for attempt in attempts:
        log.ended(attempt)
    frame = nbstream.spend(**filters)
    return [
        {str(name): None if value is pd.NA else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def test_the_columns_have_the_documented_dtypes(log: LogWriter) -> None:
    log.ended(ended("model", 5))
    for frame in (nbstream.spend(), nbstream.spend(provider="nobody")):
        assert frame.dtypes.astype(str).to_dict() == COLUMNS


def test_each_attempt_is_in_the_sum_of_how_it_ended(log: LogWriter) -> None:
    (row,) = spent(
        log, *(ended(by, n) for by, n in (("model", 1), ("person", 2), ("guard", 4), ("error", 8), ("kernel", 16)))
    )
    assert (row["kept_tokens"], row["cancelled_tokens"], row["lost_tokens"]) == (1, 6, 24)
    assert (row["attempts"], row["input_tokens"]) == (5, 50)
    assert row["kept_usd"] == pytest.approx((10 + 2 * 1) / 1e6)
    assert row["cancelled_usd"] == pytest.approx((20 + 2 * 6) / 1e6)
    assert row["lost_usd"] == pytest.approx((20 + 2 * 24) / 1e6)


def test_days_and_models_have_rows_of_their_own_oldest_first(log: LogWriter) -> None:
    rows = spent(log, ended("model", 1), ended("model", 2, days=1), ended("model", 4, model="n"), ended("model", 8))
    assert [(row["model"], row["kept_tokens"]) for row in rows] == [("m", 2), ("m", 9), ("n", 4)]
    assert rows[1]["day"] - rows[0]["day"] == timedelta(days=1)


def test_a_day_is_the_local_one(log: LogWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    monkeypatch.setenv("TZ", "Pacific/Kiritimati")  # 14 hours ahead
    time.tzset()
    try:
        (row,) = spent(log, ended("model", 1))
    finally:
        monkeypatch.undo()
        time.tzset()
    assert row["day"] == pd.Timestamp("2026-11-22")


def test_a_cost_that_is_not_known_is_in_no_sum_and_counted(log: LogWriter) -> None:
    (known,) = spent(log, ended("model", 5), ended("person", 5))
    prices.clear()
    (row,) = spent(log, ended("model", 7), ended("person", 7))
    assert (row["kept_usd"], row["cancelled_usd"]) == (known["kept_usd"], known["cancelled_usd"])
    assert (row["unpriced"], row["uncounted"], row["attempts"]) == (2, 0, 4)


def test_where_no_cost_is_known_the_sum_is_not_known_and_where_there_is_nothing_it_is_none(log: LogWriter) -> None:
    prices.clear()
    (row,) = spent(log, ended("model", 7))
    assert row["kept_usd"] is None
    assert row["cancelled_usd"] == 0
    assert row["kept_tokens"] == 7


def test_tokens_that_are_not_known_are_in_no_sum_and_counted(log: LogWriter) -> None:
    (row,) = spent(log, ended("error", None), ended("model", 3))
    assert (row["lost_tokens"], row["kept_tokens"], row["uncounted"]) == (None, 3, 1)


def test_what_a_stop_avoided_is_told_by_its_finished_siblings(log: LogWriter) -> None:
    rows = spent(
        log, ended("person", 40), ended("model", 100), ended("model", 900, generation_id="gen_2"), ended_by="person"
    )
    assert [(row["avoided_tokens"], row["kept_tokens"]) for row in rows] == [(60, 0)]
    assert rows[0]["avoided_usd"] == pytest.approx(60 * 2 / 1e6)


def test_what_a_stop_avoided_is_told_by_its_limit(log: LogWriter) -> None:
    (row,) = spent(log, ended("guard", 40, options={"max_tokens": 300}))
    assert row["avoided_tokens"] == 260


def test_where_nothing_can_be_said_of_a_stop_what_it_avoided_is_not_known(log: LogWriter) -> None:
    (row,) = spent(log, ended("person", 40))
    assert (row["avoided_tokens"], row["avoided_usd"]) == (None, None)


def test_a_stop_after_the_usual_length_avoided_nothing(log: LogWriter) -> None:
    (row,) = spent(log, ended("person", 40), ended("model", 30))
    assert (row["avoided_tokens"], row["avoided_usd"]) == (0, 0)


def test_without_a_stop_nothing_was_avoided(log: LogWriter) -> None:
    (row,) = spent(log, ended("model", 40))
    assert (row["avoided_tokens"], row["avoided_usd"]) == (0, 0)


def test_an_attempt_that_has_not_ended_is_not_counted(log: LogWriter) -> None:
    log.started(an_attempt("so far", ended=False))
    assert spent(log) == []


def test_filters_choose(log: LogWriter) -> None:
    both = (ended("model", 1), ended("model", 2, days=3, model="n"))
    assert [row["kept_tokens"] for row in spent(log, *both, since=NOON - timedelta(days=1))] == [1]
    assert [row["kept_tokens"] for row in spent(log, model="test:n")] == [2]


def test_a_filter_that_is_unknown_is_told_so_by_the_functions_own_name() -> None:
    with pytest.raises(SetupError, match=r"spend\(\) has no filter 'modle'.*Did you mean 'model'"):
        nbstream.spend(modle="x")


def test_what_is_made_of_it_is_a_plain_dataframe(log: LogWriter) -> None:
    log.ended(ended("model", 1))
    frame = nbstream.spend()
    assert {
        type(made)
        for made in (frame[["model"]], frame.head(1), frame.copy(), frame.groupby("model").sum(numeric_only=True))
    } == {pd.DataFrame}


# ---- the picture


def test_in_a_cell_it_is_a_picture_over_the_table(log: LogWriter) -> None:
    log.ended(ended("model", 1))
    shown = nbstream.spend()._repr_html_()
    pictures, _, table = shown.partition("</div>")
    assert pictures.count('src="data:image/png;base64,') == 2
    assert "kept_tokens" in table


def test_its_halves_stand_one_under_the_other_on_a_narrow_page(log: LogWriter) -> None:
    log.ended(ended("model", 1))
    assert nbstream.spend()._repr_html_().startswith('<div style="display: flex; flex-wrap: wrap')


def test_the_page_shows_through_the_picture(log: LogWriter) -> None:
    log.ended(ended("model", 1))
    for data in re.findall('base64,(.*?)"', nbstream.spend()._repr_html_()):
        assert Image.open(io.BytesIO(base64.b64decode(data))).getpixel((0, 0)) == (255, 255, 255, 0)


def test_a_model_with_nothing_to_draw_has_no_bar(log: LogWriter) -> None:
    for attempt in (ended("model", 7), ended("model", None, model="unknown")):
        log.ended(attempt)
    _, models, *_ = plot(nbstream.spend())
    assert [note.get_text() for note in models.texts] == ["test:m"]


MARIMO = """
import nbstream
nbstream.generate("Hello", nbstream.Replay.text("Hello world")).wait(30)
print(nbstream.spend()._display_().text)
print(type(nbstream.spend(provider="nobody")._display_()))
"""


def test_in_marimo_it_is_the_picture_over_marimos_own_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a process of its own: who imports marimo gets its comms from then on."""
    monkeypatch.setenv("NBSTREAM_LOG", str(tmp_path / "log.sqlite"))
    shown = subprocess.run([sys.executable, "-c", MARIMO], capture_output=True, text=True, check=True).stdout
    assert shown.count("data:image/png;base64,") == 2
    assert "marimo-table" in shown
    assert shown.endswith("<class 'pandas.DataFrame'>\n")


def test_the_picture_has_dollars_only_where_some_are_known(log: LogWriter) -> None:
    log.ended(ended("person", 5, options={"max_tokens": 300}))
    assert [axes.get_ylabel() for axes in plot(nbstream.spend())] == ["tokens", "", "US dollars", ""]
    frame = nbstream.spend().assign(**{name: pd.NA for name in COLUMNS if name.endswith("_usd")})
    assert [axes.get_ylabel() for axes in plot(frame)] == ["tokens", ""]


def test_where_no_attempt_has_a_price_there_are_no_dollars(log: LogWriter) -> None:
    prices.clear()
    log.ended(ended("person", 5, options={"max_tokens": 300}))
    frame = nbstream.spend()
    assert frame["lost_usd"].tolist() == [0.0], "nothing was lost, which costs nothing"
    assert [axes.get_ylabel() for axes in plot(frame)] == ["tokens", ""]


def test_the_bars_are_the_sums(log: LogWriter) -> None:
    for attempt in (ended("model", 7, days=1), ended("model", 5), ended("person", 3, options={"max_tokens": 10})):
        log.ended(attempt)
    days, models, *_ = plot(nbstream.spend())
    assert [[bar.get_height() for bar in part] for part in days.containers] == [[7, 5], [0, 3], [0, 0], [0, 3]]
    assert [[bar.get_width() for bar in part] for part in models.containers] == [[12], [3], [0], [3]]


def test_the_picture_says_of_how_many_attempts_something_is_not_known(log: LogWriter) -> None:
    for attempt in (ended("model", 7), ended("error", None)):
        log.ended(attempt)
    (note,) = (axes.figure._supxlabel.get_text() for axes in plot(nbstream.spend())[:1])
    assert note.startswith("1 of 2 attempts have no known count")


@pytest.mark.parametrize("name", ["$x_", "$\\frac{$", "a\nb", "\u202eback", "<script>", "x" * 300, "\x1b[31m"])
def test_a_models_name_is_drawn_as_it_is(log: LogWriter, name: str) -> None:
    log.ended(ended("model", 7, model=name))
    shown = nbstream.spend()._repr_html_()
    assert shown.startswith("<div style=")
    assert "<script>" not in shown


def test_many_days_and_models_still_make_one_picture(log: LogWriter) -> None:
    for place in range(60):
        log.ended(ended("model", 7, days=place, model=f"m{place % 20}"))
    days, models, *_ = plot(nbstream.spend())
    assert (len(days.containers[0]), len(models.containers[0])) == (31, 8)


def test_an_empty_one_is_the_table_alone_and_cannot_be_plotted(log: LogWriter) -> None:
    frame = nbstream.spend(provider="nobody")
    assert "<img" not in frame._repr_html_()
    with pytest.raises(SetupError, match="nothing to draw"):
        plot(frame)


def test_without_matplotlib_it_is_the_table_alone(log: LogWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    log.ended(ended("model", 1))
    frame = nbstream.spend()
    real = builtins.__import__

    def absent(name: str, *words: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *words)

    with monkeypatch.context() as here:
        for name in [name for name in sys.modules if name.startswith("matplotlib.pyplot")]:
            here.delitem(sys.modules, name)
        here.setattr(builtins, "__import__", absent)
        assert frame._repr_html_().startswith("<div>")
        with pytest.raises(SetupError, match="pip install matplotlib"):
            plot(frame)


@pytest.fixture(autouse=True)
def _no_figures_left() -> Iterator[None]:
    yield
    from matplotlib import pyplot

    pyplot.close("all")
