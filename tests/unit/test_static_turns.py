"""The static outputs of a page are drawn one after another: each takes the page some milliseconds."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from nbstream.pacer import Budget
from nbstream.page import STATICS_PER_S, Page


class Output:
    """An output of a notebook that notes what it is given."""

    def __init__(self) -> None:
        self.shown: list[object] = []

    def update(self, bundle: object, *, raw: bool) -> None:
        self.shown.append(bundle)


class Still(Page):
    """A page that shows a word."""

    word = "first"

    def static(self) -> dict[str, str]:
        return {"text/plain": self.word}


@pytest.fixture(autouse=True)
def unused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Page, "drawn", Budget(STATICS_PER_S, burst=0))


def pages(many: int, watched: bool) -> list[tuple[Still, Output]]:
    made = []
    for _ in range(many):
        page, output = Still(), Output()
        page.handles, page.watched = [output], watched
        made.append((page, output))
    return made


def test_those_that_change_together_on_a_page_are_drawn_at_a_distance() -> None:
    async def main() -> None:
        several = pages(5, watched=True)
        for page, _ in several:
            page.show_static()
        assert [len(output.shown) for _, output in several] == [1, 0, 0, 0, 0]
        due = [page.redraw.when() for page, _ in several[1:] if page.redraw]
        assert [later - sooner for sooner, later in itertools.pairwise(due)] == pytest.approx(
            [1 / STATICS_PER_S] * 3, abs=1 / STATICS_PER_S / 2
        )
        for page, _ in several:
            if page.redraw:
                page.redraw.cancel()

    asyncio.run(main())


def test_where_nobody_looks_all_are_there_at_once() -> None:
    several = pages(5, watched=False)
    for page, _ in several:
        page.show_static()
    assert [len(output.shown) for _, output in several] == [1] * 5


def test_what_changes_while_it_waits_is_drawn_once_and_newest() -> None:
    async def main() -> list[object]:
        (first, _), (page, output) = pages(2, watched=True)
        first.show_static()
        page.show_static()
        page.word = "second"
        page.show_static()
        page.word = "third"
        while not output.shown:
            await asyncio.sleep(0)
        return output.shown

    assert asyncio.run(main()) == [{"text/plain": "third"}]
