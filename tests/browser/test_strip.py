"""The strip of attempts shows whole chips, however narrow the page is and however many there are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from notebooks import Jupyter

pytestmark = pytest.mark.browser

ATTEMPTS = """
import nbstream
gen = nbstream.generate("Hello", nbstream.providers.Demo(tokens_per_s=0, first_token_s=0, seed=1), max_tokens=150)
gen.wait()
{}
gen
"""


@pytest.mark.parametrize("attempts", [2, 3, 7])
def test_the_strip_shows_whole_chips_at_every_width(servers: Callable[[str], Jupyter], attempts: int) -> None:
    again = f"for seed in range({attempts - 1}):\n    gen.retry(seed=seed)\n    gen.wait()"
    with servers("lab-ipykernel7").shared(ATTEMPTS.format(again)) as notebook:
        notebook.page.set_viewport_size({"width": 1500, "height": 900})
        notebook.start(0)
        notebook.page.wait_for_function(f"() => document.querySelectorAll('.nbstream-chip').length === {attempts}")
        notebook.button("help").wait_for()
        seen = notebook.page.evaluate(
            """() => {
                const widget = document.querySelector('section.nbstream');
                const box = name => widget.querySelector('.nbstream-' + name).getBoundingClientRect();
                return [360, 420, 500, 580, 640, 700, 800, 960, 1200].map(width => {
                    widget.style.width = width + 'px';
                    const strip = widget.querySelector('.nbstream-strip');
                    const chips = [...strip.children].map(chip => chip.offsetWidth + 4);
                    return [width, strip.clientWidth, strip.scrollWidth - strip.clientWidth,
                            Math.max(...chips), box('strip').y - box('retry').y,
                            box('tail').right <= box('footer').right];
                });
            }"""
        )
    for width, room, beyond, chip, lower, inside in seen:
        assert room >= chip, (width, room, chip)
        assert abs(lower) < 10, width  # beside Retry
        assert inside, width
        assert not beyond or room >= 0.35 * width, (width, room, beyond)
