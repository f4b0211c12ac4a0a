"""The pacer: nothing is lost or swapped, and the number of messages is bounded. Its clock is played by hand."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Iterator

import pytest

from nbstream.pacer import Pacer


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
        self.texts: list[tuple[str, str]] = []
        self.meters = 0
        self.pacer = Pacer(loop, lambda channel, text: self.texts.append((channel, text)), self.meter)

    def meter(self) -> None:
        self.meters += 1


@pytest.fixture
def loop() -> Iterator[Loop]:
    before = set(Pacer.live)
    Pacer.live.clear()
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
    assert screen.meters <= 5


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
    # two seconds; each stream's first piece goes out at once
    assert sum(len(screen.texts) for screen in screens) <= 2 * 400 + 200
    assert sum(screen.meters for screen in screens) <= 2 * 100 + 200
