"""The pacer: nothing is lost or swapped, and the number of messages is bounded. Its clock is played by hand."""

from __future__ import annotations

import asyncio
import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest

from nbstream.pacer import BURST, MESSAGES_PER_S, METERS_PER_S, TEXTS_PER_S, Budget, Pacer


class Loop(asyncio.AbstractEventLoop):
    """As much of a loop as a pacer asks for; time moves when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[asyncio.TimerHandle] = []

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: object, **more: object
    ) -> asyncio.TimerHandle:  # type: ignore[override]
        timer = asyncio.TimerHandle(self.now + delay, callback, args, self)
        heapq.heappush(self.timers, timer)
        return timer

    def until(self, now: float) -> None:
        """Let time pass, and what is due happen."""
        while self.timers and self.timers[0].when() <= now:
            timer = heapq.heappop(self.timers)
            self.now = timer.when()
            if not timer.cancelled():
                timer._run()
        self.now = now


class Screen:
    """What was sent: pieces of text, and how often the meter."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.texts: list[tuple[str, str]] = []
        self.meters = 0
        self.times: list[float] = []
        self.pacer = Pacer(loop, self.text, self.meter)

    def text(self, channel: str, text: str, with_meter: bool) -> None:
        self.texts.append((channel, text))
        self.meters += with_meter
        self.times.append(self.loop.now)

    def meter(self) -> None:
        self.meters += 1
        self.times.append(self.loop.now)


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    before = set(Pacer.live)
    Pacer.live.clear()
    monkeypatch.setattr(Pacer, "budget", Budget())
    yield Loop()
    Pacer.live.clear()
    Pacer.live.update(before)


@pytest.fixture
def screen(loop: Loop) -> Screen:
    return Screen(loop)


def test_the_first_piece_after_a_pause_goes_out_at_once(loop: Loop, screen: Screen) -> None:
    screen.pacer.add("text", "a")
    loop.until(loop.now + 5)
    screen.pacer.add("text", "b")
    assert screen.texts == [("text", "a"), ("text", "b")]


def test_what_follows_is_gathered_and_comes_by_itself(loop: Loop, screen: Screen) -> None:
    for letter in "abcd":
        screen.pacer.add("text", letter)
    assert screen.texts == [("text", "a")]
    loop.until(loop.now + 1)
    assert screen.texts == [("text", "a"), ("text", "bcd")]


def test_a_second_of_text_is_at_most_thirty_messages_and_four_meters(loop: Loop, screen: Screen) -> None:
    start = loop.now
    for place in range(1000):
        loop.until(start + place / 1000)
        screen.pacer.add("text", f"{place},")
    loop.until(start + 0.9999)
    screen.pacer.close()
    assert "".join(text for _, text in screen.texts) == "".join(f"{place}," for place in range(1000))
    assert len(screen.texts) <= 32
    assert 4 <= screen.meters <= 5
    assert len(screen.times) == len(screen.texts), "the numbers came with the text"


def test_what_gushes_is_sent_sixteen_times_a_second(loop: Loop, screen: Screen) -> None:
    start = loop.now
    for place in range(1000):
        loop.until(start + place / 1000)
        screen.pacer.add("text", "a word ")
    loop.until(start + 0.9999)
    assert 15 <= len(screen.texts) <= 18


def test_numbers_that_wait_for_their_turn_go_with_the_next_text(loop: Loop, screen: Screen) -> None:
    screen.pacer.add("text", "a")
    screen.pacer.note()
    loop.until(loop.now + 0.1)
    screen.pacer.add("text", "b")
    assert (screen.texts, screen.meters) == ([("text", "a"), ("text", "b")], 2)
    assert len(screen.times) == 2
    loop.until(loop.now + 1)
    assert screen.meters == 2


def test_numbers_go_with_a_text_that_is_about_to_go(loop: Loop, screen: Screen) -> None:
    screen.pacer.add("text", "a")
    screen.pacer.add("text", "b")
    loop.until(screen.pacer.next_text - 0.001)
    screen.pacer.note()
    loop.until(loop.now + 5)
    assert (len(screen.times), len(screen.texts), screen.meters) == (2, 2, 2)


def test_a_turn_that_is_given_back_is_free_for_another() -> None:
    budget, other = Budget(), Budget()
    for _ in range(3):
        budget.take(1000.0)
    budget.give_back()
    for _ in range(2):
        other.take(1000.0)
    assert budget.free == pytest.approx(other.free)


def test_channels_keep_their_order_and_neighbours_are_joined(loop: Loop, screen: Screen) -> None:
    screen.pacer.add("reasoning", "0")
    for channel, text in [("reasoning", "1"), ("reasoning", "2"), ("text", "3"), ("text", "4"), ("reasoning", "5")]:
        screen.pacer.add(channel, text)
    screen.pacer.flush()
    assert screen.texts == [("reasoning", "0"), ("reasoning", "12"), ("text", "34"), ("reasoning", "5")]


def test_close_sends_the_rest_and_nothing_comes_afterwards(loop: Loop, screen: Screen) -> None:
    screen.pacer.add("text", "a")
    screen.pacer.add("text", "b")
    screen.pacer.close()
    sent = list(screen.texts)
    loop.until(loop.now + 5)
    assert screen.texts == sent == [("text", "a"), ("text", "b")]
    assert screen.pacer not in Pacer.live


def test_a_flush_with_nothing_gathered_sends_nothing(screen: Screen) -> None:
    screen.pacer.flush()
    assert (screen.texts, screen.meters) == ([], 0)


def test_many_streams_share_what_the_notebook_server_lets_through(loop: Loop) -> None:
    screens = [Screen(loop) for _ in range(200)]
    start = loop.now
    for place in range(200):
        loop.until(start + place / 100)
        for screen in screens:
            screen.pacer.add("text", "x")
    loop.until(start + 3)
    assert busiest_second(screens) <= 500
    assert all("".join(text for _, text in screen.texts) == "x" * 200 for screen in screens)


def test_twenty_streams_send_half_of_what_the_notebook_server_lets_through(loop: Loop) -> None:
    screens = [Screen(loop) for _ in range(20)]
    start = loop.now
    for place in range(500):
        loop.until(start + place / 100)
        for screen in screens:
            screen.pacer.add("text", f"{place},")
    loop.until(start + 6)
    times = sorted(time for screen in screens for time in screen.times if time > start + 1)
    assert sum(time < start + 3 for time in times) / 2 <= TEXTS_PER_S + METERS_PER_S + 20
    whole = "".join(f"{place}," for place in range(500))
    assert all("".join(text for _, text in screen.texts) == whole for screen in screens)


def test_streams_that_no_page_shows_slow_no_other(loop: Loop, screen: Screen) -> None:
    unseen = [Screen(loop) for _ in range(200)]
    start = loop.now
    for place in range(100):
        loop.until(start + place / 100)
        screen.pacer.add("text", "x")
    assert len(unseen) == 200
    assert len(screen.texts) >= 29


def busiest_second(screens: list[Screen]) -> int:
    """Most messages in any second, wherever it begins."""
    times = sorted(time for screen in screens for time in screen.times)
    return max(bisect_left(times, time + 1) - place for place, time in enumerate(times))


def test_silent_streams_that_tell_the_time_stay_within_the_limit_and_are_all_heard_of(loop: Loop) -> None:
    screens = [Screen(loop) for _ in range(800)]
    start = loop.now
    for second in range(10):
        loop.until(start + second)
        for screen in screens:
            screen.pacer.note()
    loop.until(start + 10)
    assert busiest_second(screens) <= 500
    assert all(later - sooner <= 3 for screen in screens for sooner, later in pairwise(screen.times))


def test_what_is_sent_at_once_makes_what_is_paced_wait(loop: Loop, screen: Screen) -> None:
    for _ in range(BURST + MESSAGES_PER_S):
        Pacer.budget.take(loop.now)
    screen.pacer.add("text", "a")
    loop.until(loop.now + 0.99)
    assert screen.texts == []
    loop.until(loop.now + 0.02)
    assert screen.texts == [("text", "a")]


def test_numbers_that_change_are_sent_once_they_are_due(loop: Loop, screen: Screen) -> None:
    screen.pacer.note()
    screen.pacer.note()
    screen.pacer.note()
    assert screen.meters == 1
    loop.until(loop.now + 5)
    assert screen.meters == 2
