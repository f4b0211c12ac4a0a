"""backtest(): guards over the log, with its recorded timing; what each would have cut, and whether that was right."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pandas as pd
import pytest
from faults.logs import an_attempt
from faults.server import PATIENCE, Server, answer, chunk, drip, finish, headers, silence, text

import nbstream
from nbstream import Generation, SetupError, prices
from nbstream.attempt import Attempt
from nbstream.backtesting import COLUMNS, summary
from nbstream.counts import Count
from nbstream.folding import end
from nbstream.guards import MaxCost
from nbstream.guards.base import Check
from nbstream.log_writer import LogWriter
from nbstream.providers import Demo

Start = Callable[..., Generation]


@dataclass(frozen=True)
class AtTokens:
    """Cuts at so many received tokens."""

    limit: int

    def arm(self) -> Check:
        def check(attempt: Attempt, now: float) -> str | None:
            tokens = attempt.received.tokens or 0
            return f"{tokens} tokens are enough." if tokens >= self.limit else None

        return check


@dataclass(frozen=True)
class Silence:
    """Cuts after so many seconds without a delta."""

    seconds: float

    def arm(self) -> Check:
        def check(attempt: Attempt, now: float) -> str | None:
            last = attempt.deltas[-1].at if attempt.deltas else 0.0
            return "silent" if attempt.elapsed(now) - last >= self.seconds else None

        return check


def never(attempt: Attempt, now: float) -> str | None:
    return None


def says_loop(attempt: Attempt, now: float) -> str | None:
    return "It loops." if "loop loop" in attempt.tail(20) else None


def broken(attempt: Attempt, now: float) -> str | None:
    raise ValueError("no such thing")


@pytest.fixture(autouse=True)
def _no_own_prices() -> Iterator[None]:
    yield
    prices.clear()


@pytest.fixture
def database(tmp_path: object) -> str:
    return f"{tmp_path}/log.sqlite"


def logged(log: LogWriter, *attempts: Attempt) -> None:
    for attempt in attempts:
        attempt.received = Count(len(attempt.deltas), "running")  # a token each
        log.ended(attempt)
    assert log.flush(PATIENCE)


def stopped(attempt: Attempt, by: str = "person") -> Attempt:
    end(attempt, by, "Enough.", attempt.began + 0.02 * len(attempt.deltas))  # type: ignore[arg-type]
    return attempt


def only(frame: pd.DataFrame) -> pd.Series:
    assert len(frame) == 1
    return frame.iloc[0]


# ---- a live run and its replay


def test_a_guard_that_cut_a_live_attempt_cuts_its_replay_at_the_same_delta(
    server: Server, start: Start, log: LogWriter
) -> None:
    words = [chunk(f"word{number:02} ") for number in range(40)]
    server.script(headers(), drip(b"".join(words), size=len(words[0]), pause=0.002), silence())
    attempt = start(guards=[AtTokens(30)]).wait(PATIENCE)
    assert attempt.ended_by == "guard"
    row = only(nbstream.backtest(AtTokens(30)))
    assert row["would_cut"]
    assert (row["at_tokens"], row["at_characters"]) == (attempt.received.tokens, len(attempt.text))
    assert row["at_s"] == pytest.approx(attempt.deltas[-1].at, abs=1e-4)
    assert row["reason"] == attempt.reason
    assert row["tokens_saved"] == 0
    # one token is enough at the first delta, one more than came is never there
    assert only(nbstream.backtest(AtTokens(1)))["at_characters"] == len(attempt.deltas[0].text) < len(attempt.text)
    assert not only(nbstream.backtest(AtTokens((attempt.received.tokens or 0) + 1)))["would_cut"]


def test_a_live_cut_by_the_servers_own_count_replays_too(log: LogWriter) -> None:
    fast = Demo(tokens_per_s=300, first_token_s=0)
    attempt = nbstream.generate("What is coffee?", fast, guards=[AtTokens(25)], seed=3).wait(PATIENCE)
    assert (attempt.ended_by, attempt.received.source) == ("guard", "running")
    row = only(nbstream.backtest([AtTokens(25)]))
    assert (row["at_tokens"], row["at_characters"]) == (attempt.received.tokens, len(attempt.text))


def test_a_guard_that_cut_a_silent_attempt_cuts_its_replay_at_the_same_second(
    server: Server, start: Start, log: LogWriter
) -> None:
    server.script(headers(), text("one "), silence())
    attempt = start(guards=[Silence(0.5)]).wait(PATIENCE)
    assert attempt.ended_by == "guard"
    row = only(nbstream.backtest([Silence(0.5)]))
    assert row["would_cut"]
    assert row["at_s"] == pytest.approx(attempt.duration_s, abs=0.5)
    assert row["at_characters"] == 4


def test_silence_before_the_first_token_is_judged_too(log: LogWriter) -> None:
    waited = an_attempt(ended=False)
    end(waited, "error", "Timed out.", waited.began + 30.0)
    logged(log, waited)
    row = only(nbstream.backtest([Silence(10)]))
    assert (row["at_s"], row["at_tokens"], row["tokens_saved"]) == (10.0, 0, 0)


# ---- what a cut saves, and whether it was right


def test_a_killed_good_answer_is_told_from_a_caught_runaway(log: LogWriter) -> None:
    good, runaway = an_attempt(*["loop "] * 9), stopped(an_attempt(*["loop "] * 5, ended=False))
    good.finish_reason = "stop"
    logged(log, good, runaway)
    frame = nbstream.backtest([says_loop])
    assert frame["would_cut"].tolist() == [True, True]
    assert frame["ended_well"].tolist() == [True, False]
    assert frame["ended_by"].tolist() == ["model", "person"]
    assert frame["tokens_saved"].tolist() == [7, 3]
    line = only(summary(frame))
    assert (line["caught"], line["killed"], line["tokens_saved"]) == (1, 1, 10)


def test_an_answer_that_ran_into_its_limit_had_not_ended_well(log: LogWriter) -> None:
    cut_short = an_attempt("a ")
    cut_short.finish_reason = "length"
    logged(log, cut_short)
    assert not only(nbstream.backtest([never]))["ended_well"]


def test_each_guard_is_judged_as_if_it_were_the_only_one(log: LogWriter) -> None:
    logged(log, an_attempt(*["a "] * 10))
    frame = nbstream.backtest([AtTokens(3), never, AtTokens(7)])
    assert frame["guard"].tolist() == ["AtTokens(3)", "never", "AtTokens(7)"]
    assert frame["at_tokens"].tolist() == [3, pd.NA, 7]
    assert frame["tokens_saved"].tolist() == [7, 0, 3]


def test_two_guards_of_one_name_stay_two(log: LogWriter) -> None:
    logged(log, an_attempt("a "))
    assert nbstream.backtest([never, never])["guard"].tolist() == ["never", "never #2"]


def test_what_is_saved_has_a_price_where_one_is_known(log: LogWriter) -> None:
    attempts = [an_attempt(*["a "] * 10, model=model) for model in ("priced", "unpriced")]
    for attempt in attempts:
        attempt.input = Count(100, "final")
    logged(log, *attempts)
    prices.override("priced", input=5, output=1_000_000)
    frame = nbstream.backtest([AtTokens(4), never])
    assert frame["usd_saved"].tolist() == [pytest.approx(6.0), 0.0, pd.NA, 0.0]


def test_a_service_that_runs_on_saves_nothing_and_says_so(log: LogWriter) -> None:
    logged(log, an_attempt(*["a "] * 10, billing_after_stop="runs on"))
    row = only(nbstream.backtest([AtTokens(4)]))
    assert (row["would_cut"], row["tokens_saved"], row["usd_saved"]) == (True, 0, 0.0)
    assert "generate on" in row["note"]


# ---- what cannot be said


def test_an_attempt_whose_deltas_are_gone_is_a_row_that_says_so(log: LogWriter) -> None:
    lost = an_attempt()
    lost.received = Count(5, "final")
    log.ended(lost)
    row = only(nbstream.backtest([never]))
    assert row[["would_cut", "tokens_saved", "at_s"]].isna().all()
    assert "not in the log" in row["note"]


def test_an_id_that_is_not_in_the_log_is_a_row_that_says_so(log: LogWriter) -> None:
    row = only(nbstream.backtest([never], pd.DataFrame({"attempt_id": ["att_elsewhere"]})))
    assert (row["attempt_id"], row["note"]) == ("att_elsewhere", "Not in the log.")
    assert pd.isna(row["would_cut"])


def test_an_attempt_that_still_streams_is_judged_as_far_as_it_came(log: LogWriter) -> None:
    live = an_attempt(*["a "] * 5, ended=False)
    live.received = Count(5, "running")
    log.started(live)
    row = only(nbstream.backtest([AtTokens(3)]))
    assert (row["at_tokens"], row["tokens_saved"]) == (3, 2)
    assert pd.isna(row["ended_well"])
    assert "had not ended" in row["note"]


class Unarmed:
    def arm(self) -> Check:
        raise SetupError("the price is not known")


@pytest.mark.parametrize(("guard", "said"), [(broken, "ValueError: no such thing"), (Unarmed(), "price is not known")])
def test_a_guard_that_fails_is_told_in_its_row_and_hurts_no_other(log: LogWriter, guard: object, said: str) -> None:
    logged(log, an_attempt(*["a "] * 5))
    failed, fine = (row for _, row in nbstream.backtest([guard, AtTokens(3)]).iterrows())
    assert said in failed["note"]
    assert pd.isna(failed["would_cut"])
    assert fine["at_tokens"] == 3


def test_what_a_guard_could_not_have_watched_is_not_judged(log: LogWriter) -> None:
    logged(log, an_attempt(*["a "] * 10, model="unpriced", input=Count(5, "final")))
    row = only(nbstream.backtest([MaxCost(1)]))
    assert pd.isna(row["would_cut"])
    assert "unpriced is not known" in row["note"]


# ---- which attempts


def test_any_part_of_a_history_says_which_attempts_are_meant(log: LogWriter) -> None:
    logged(log, *[an_attempt("a ", attempt_id=f"att_{n}", model="m" if n % 2 else "other") for n in range(4)])
    assert nbstream.backtest(never)["attempt_id"].tolist() == [f"att_{n}" for n in range(4)]
    part = nbstream.history(model="m").iloc[::-1][["attempt_id"]]
    assert nbstream.backtest(never, part)["attempt_id"].tolist() == ["att_3", "att_1"]


def test_the_history_of_a_generation_is_a_history(server: Server, start: Start, log: LogWriter) -> None:
    server.script(*answer("one ", "two ", "three ")).script(*answer("one "))
    generation = start()
    generation.wait(PATIENCE)
    start().wait(PATIENCE)
    row = only(nbstream.backtest([AtTokens(1)], generation.history))
    assert row["attempt_id"] == generation.attempt.attempt_id


def test_a_log_that_is_kept_in_memory_is_replayed_too(
    server: Server, start: Start, log: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = LogWriter(lambda: None)
    monkeypatch.setattr("nbstream.log_writer.the_writer", off)
    attempt = an_attempt(*["a "] * 5)
    attempt.received = Count(5, "running")
    off.ended(attempt)
    assert only(nbstream.backtest([AtTokens(3)]))["at_tokens"] == 3


def test_the_columns_are_the_documented_ones_in_an_empty_log_too(log: LogWriter) -> None:
    frame = nbstream.backtest([never])
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == COLUMNS
    assert len(frame) == 0


def test_a_second_replay_gives_the_same_table(server: Server, start: Start, log: LogWriter) -> None:
    server.script(headers(), text("one two three"), finish(usage={"prompt_tokens": 5, "completion_tokens": 9}))
    start().wait(PATIENCE)
    guards = [AtTokens(2), Unarmed(), broken, lambda attempt, now: None]
    pd.testing.assert_frame_equal(nbstream.backtest(guards), nbstream.backtest(guards))


@pytest.mark.parametrize("bad", [[], ["repetition"], [AtTokens], 5])
def test_what_is_no_guard_is_refused(log: LogWriter, bad: object) -> None:
    with pytest.raises(SetupError, match="guard"):
        nbstream.backtest(bad)


@pytest.mark.parametrize("bad", [["att_1"], pd.DataFrame({"id": [1]})])
def test_what_is_no_history_is_refused(log: LogWriter, bad: object) -> None:
    with pytest.raises(SetupError, match="attempt_id"):
        nbstream.backtest(never, bad)  # type: ignore[arg-type]
