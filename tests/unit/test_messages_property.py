"""Whatever comes from a browser: nothing raises, nothing unknown is acted on, and the Stop among it comes first."""

from __future__ import annotations

from unittest.mock import Mock

from fuzzing import fuzzed
from hypothesis import given
from hypothesis import strategies as st

from nbstream import messages
from nbstream.inbox import Inbox
from nbstream.messages import FromBrowser
from nbstream.plan import make_plan, tally_for
from nbstream.providers import OpenAIChat
from nbstream.run import Run

KNOWN = ("att_1", "att_2")
STOP = {"type": "stop", "generation": "g", "nonce": "the stop", "attempt": "att_1"}

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from(KNOWN)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(scalars, inner, max_size=3), max_leaves=6
)
names = ("type", "generation", "nonce", "attempt", "other", "have", "text", "name", "guard")
fields = st.dictionaries(st.sampled_from(names) | st.text(max_size=5), values, max_size=9)
whole = st.fixed_dictionaries(
    {"type": st.sampled_from([*messages.FIELDS]), "generation": st.just("g"), "nonce": st.text(min_size=1, max_size=9)},
    optional={
        "attempt": st.sampled_from(KNOWN) | values,
        "other": st.sampled_from(KNOWN) | values,
        "have": st.lists(st.fixed_dictionaries({"attempt": st.just("att_1"), "seq": values, "length": values})),
        "name": st.sampled_from(messages.NAMES) | values,
        "guard": st.integers(-2, 200) | values,
        "text": values,
    },
)


PLAN = make_plan("Hello", OpenAIChat("x", base_url="http://127.0.0.1:9"), options={})


def a_run() -> Run:
    attempt = PLAN.attempt("g", 1, "first", None)
    return Run(attempt, PLAN.ask(attempt), PLAN.provider, tally_for(PLAN.provider), Mock())


@fuzzed(100)
@given(st.lists(values | fields | whole, max_size=8))
def test_no_soup_of_messages_keeps_a_stop_from_its_attempt(soup: list[object]) -> None:
    acted: list[FromBrowser] = []

    def act(message: FromBrowser, at: float) -> None:
        acted.append(message)
        if message["type"] != "stop":
            raise RuntimeError("the page is gone")

    runs = {name: a_run() for name in KNOWN}
    inbox = Inbox(runs, act)
    for content in [*soup, STOP]:
        inbox.put(content)
    inbox.empty()
    assert "att_1" in [message["attempt"] for message in acted if message["type"] == "stop"]
    assert runs["att_1"].ahead is not None
    stops = [message["type"] == "stop" for message in acted]
    assert stops == sorted(stops, reverse=True)
    assert {message.get(key, KNOWN[0]) for message in acted for key in ("attempt", "other")} <= set(KNOWN)
