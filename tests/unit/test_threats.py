"""The threats that nbstream stands up to, and the tests that hold each.

Trusted: the user's code, their notebook server, the package itself. Whoever may send messages to a kernel may run code
in it, so the control messages are no border; they are checked so that nothing odd breaks a stream. Not trusted: what a
model writes, what a server sends, what another program or person has put into a log, other programs and web pages.

THREATS
script, event handlers, markup, CSS, ids and names for clobbering, in the widget
    js/test/markdown.test.ts: %j, whole
    js/test/markdown.fuzz.test.ts: no soup makes an element, an address or a handler that is not ours
    js/test/house.test.ts: %s opens no way for markup
    js/test/house.test.ts: every rule of the style sheet stays under .nbstream
    tests/browser/test_hostile.py::test_hostile_text_is_only_text_in_the_live_widget
the same in a saved notebook, and TeX and Markdown that a viewer or nbconvert would act on
    tests/browser/test_hostile.py::test_hostile_text_is_only_text_in_a_saved_notebook
    tests/unit/test_visible.py::test_the_static_output_shows_what_steers
    tests/unit/test_threats.py::test_the_static_output_holds_no_element_of_the_models
the same in the tables of attempts and of spending
    tests/unit/test_threats.py::test_the_table_of_attempts_holds_no_element_of_the_models
    tests/unit/test_threats.py::test_the_table_of_spending_holds_no_element_of_the_models
the same in a DataFrame's HTML
    tests/unit/test_threats.py::test_a_dataframe_escapes_what_models_and_servers_say
    tests/browser/test_hostile.py::test_hostile_text_is_only_text_in_the_live_widget
javascript:, data: and relative links, credentials in links; images that carry data away
    js/test/markdown.test.ts: %j, character by character
    js/test/links.test.ts
    tests/browser/test_hostile.py::test_hostile_text_is_only_text_in_the_live_widget
a reading order turned (Trojan Source), in the widget, the static output, tables
    js/test/markdown.test.ts: U+%s, which turns the reading order, stands alone wherever it is
    tests/browser/test_hostile.py::test_hostile_text_is_only_text_in_the_live_widget
    tests/unit/test_visible.py::test_what_steers_is_named_and_the_rest_stays
    tests/unit/test_visible.py::test_history_prints_nothing_that_steers
    tests/unit/test_threats.py::test_a_cell_of_a_dataframe_keeps_its_text_to_itself
terminal escapes in reasons, errors, tracebacks, reprs, and in what the commands print
    tests/unit/test_visible.py::test_nothing_that_steers_is_left
    tests/unit/test_visible.py::test_what_a_server_says_steers_nothing
    tests/unit/test_visible.py::test_an_error_of_any_kind_is_harmless_in_a_traceback
    tests/unit/test_visible.py::test_a_guards_reason_may_quote_the_model
    tests/unit/test_visible.py::test_a_models_name_is_harmless_in_a_repr
    tests/unit/test_visible.py::test_the_demo_command_prints_nothing_that_steers
    tests/unit/test_visible.py::test_history_prints_nothing_that_steers
formulas in CSV, and texts that would make rows of their own
    tests/unit/test_visible.py::test_csv_is_exact_and_warns_of_texts_that_a_spreadsheet_would_compute
    tests/unit/test_visible.py::test_history_prints_nothing_that_steers
deep nesting and pathological Markdown
    js/test/markdown.test.ts: nested %s neither fail nor grow a tower of elements
    js/test/markdown.test.ts: 100 kB of %s holds back a bounded piece
    js/test/markdown.test.ts: many %s are drawn in steps that grow with the length alone
    js/test/markdown.test.ts: emphasis that was none gives its children back one by one: a call takes only so many
bytes, events and JSON that make no sense, without end, or nested without end
    tests/unit/test_formats_property.py::test_a_damaged_recording_raises_nothing
    tests/unit/test_formats_property.py::test_any_json_raises_nothing
    tests/unit/test_formats_property.py::test_deeply_nested_json_is_one_error
    tests/unit/test_formats_property.py::test_a_line_without_end_fills_no_memory
    tests/unit/test_framing_property.py::test_however_a_stream_is_cut_the_same_records_come_out
    tests/unit/test_framing.py::test_the_limit_of_a_line_is_the_same_however_it_is_cut
ids, names and words of any length
    tests/unit/test_visible.py::test_a_servers_ids_and_words_are_bounded
    tests/unit/test_visible.py::test_a_long_name_of_a_tool_does_not_come_back_with_each_piece
control messages with unknown ids, of wrong types, doubled, late, a million of them
    tests/unit/test_stop_routes.py::test_what_names_no_generation_is_dropped
    tests/unit/test_stop_routes.py::test_a_crafted_message_stops_nothing_and_breaks_nothing
    tests/unit/test_stop_routes.py::test_any_length_that_the_browser_claims_gets_a_text_that_can_be_sent
    tests/unit/test_stop_routes.py::test_a_message_for_another_generations_attempt_does_nothing
    tests/unit/test_stop_routes.py::test_a_million_messages_leave_the_loop_few_to_deal_with
    tests/unit/test_stop_routes.py::test_the_slowest_copy_of_a_retry_starts_nothing_however_late_it_comes
keys in traits, messages, reprs, errors, tracebacks, the log, a saved notebook
    tests/unit/test_keys_stay_secret.py::test_a_key_stays_secret_however_the_attempt_ends
    tests/unit/test_keys_stay_secret.py::test_an_error_before_anything_is_sent_does_not_say_the_key
    tests/unit/test_keys_stay_secret.py::test_a_traceback_with_its_locals_does_not_show_the_key
    tests/unit/test_keys_stay_secret.py::test_the_repr_of_what_holds_a_key_does_not_show_it
    tests/unit/test_keys_stay_secret.py::test_a_secret_is_not_pickled_but_a_copy_works
    tests/unit/test_log.py::test_no_key_is_in_the_log
    tests/kernel/test_keys_saved.py::test_no_key_is_in_a_saved_notebook_or_in_the_log
a key sent where it does not belong: redirects, other addresses
    tests/unit/test_keys_stay_secret.py::test_a_redirect_gets_no_key
    tests/unit/test_keys_stay_secret.py::test_a_key_of_the_environment_goes_to_no_other_address
base_url with credentials, NBSTREAM_LOG with a password
    tests/unit/test_keys_stay_secret.py::test_a_key_in_base_url_stays_secret
    tests/unit/test_keys_stay_secret.py::test_a_password_in_base_url_stays_secret_though_the_server_repeats_it
    tests/unit/test_log_place.py::test_a_place_is_shown_without_its_password
    tests/unit/test_log_place.py::test_a_place_is_shown_without_a_password_in_its_query
    tests/unit/test_log_place.py::test_a_value_that_means_nothing_is_told_what_to_write_instead
other users of the machine who read the log, its write-ahead log or its index
    tests/unit/test_log_places.py::test_the_file_and_its_folder_are_their_owners_alone
text that a database does not take: zeros, halves of characters
    tests/unit/test_store.py::test_text_that_a_database_may_not_like_is_stored
other programs and web pages that ask the embedded server
    tests/unit/test_demo_refusals.py::test_strangers_are_refused_on_every_route
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from faults.logs import an_attempt
from faults.server import PATIENCE

import nbstream
from nbstream import Replay
from nbstream.attempts_table import Attempts
from nbstream.display import static_bundle
from nbstream.log_writer import LogWriter

ROOT = Path(__file__).parents[2]
HOSTILE = '</td></pre><script>x</script><img src=x onerror=y><a href="javascript:z" id=i>\u202e"\'&lt;'
HELD = [line.strip() for line in (__doc__ or "").partition("THREATS\n")[2].splitlines() if line.startswith("    ")]


@pytest.mark.parametrize("test", sorted(set(HELD)))
def test_each_threat_is_held_by_a_test_that_exists(test: str) -> None:
    path, mark, name = re.split(r"(::|: |$)", test, maxsplit=1)
    source = (ROOT / path).read_text("utf-8")
    if mark == "::":
        assert f"def {name}(" in source
    else:
        assert f'"{name}"' in source or not name


def test_each_threat_is_held() -> None:
    threats = (__doc__ or "").partition("THREATS\n")[2].splitlines()
    for line, after in zip(threats, [*threats[1:], ""], strict=True):
        assert line.startswith("    ") or after.startswith("    "), f"no test holds: {line}"


class Elements(HTMLParser):
    """The elements of a page, and the text of each cell."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.cells: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


FRAME = {"style", "title", "tabindex", "role", "aria-label"}
"""Of the table and the frame that it scrolls in; a title holds the whole of what is cut."""


def test_the_static_output_holds_no_element_of_the_models() -> None:
    generation = nbstream.generate("Hello", Replay.text(HOSTILE, events_per_s=0))
    generation.wait(PATIENCE)
    row = {**generation.rows[0], "model": HOSTILE, "reason": HOSTILE, "ended_by": HOSTILE}
    page = Elements(static_bundle("gen_1", [row], HOSTILE)["text/html"])  # type: ignore[list-item]
    assert page.found == {"div", "style", "small", "pre", "table", "thead", "tbody", "tr", "th", "td"}
    assert page.attributes == {"class", "data-for", "dir"} | FRAME


def test_the_table_of_attempts_holds_no_element_of_the_models() -> None:
    attempt = an_attempt(HOSTILE, model=HOSTILE)
    attempt.reason = attempt.ended_by = HOSTILE  # type: ignore[assignment]
    page = Elements(Attempts([attempt])._repr_html_())
    assert page.found == {"div", "table", "thead", "tbody", "tr", "th", "td", "svg", "title", "path"}
    drawing = {"width", "height", "viewbox", "role", "d", "fill", "opacity", "stroke", "stroke-width"}
    assert page.attributes == {"class"} | FRAME | drawing
    assert "<U+202E>" in page.cells[-1]
    assert "\u202e" not in repr(Attempts([attempt]))


def test_the_table_of_spending_holds_no_element_of_the_models(log: LogWriter) -> None:
    log.ended(an_attempt("x", model=HOSTILE, provider=HOSTILE))
    page = Elements(nbstream.spend()._repr_html_())
    assert page.found <= {*TABLE, "img"}
    assert page.attributes <= {"border", "class", "style", "scoped", "alt", "src"}


TABLE = {"div", "style", "table", "thead", "tbody", "tr", "th", "td", "p"}


def test_a_dataframe_escapes_what_models_and_servers_say(log: LogWriter) -> None:
    attempt = an_attempt(HOSTILE, model=HOSTILE, prompt=HOSTILE)
    attempt.reason = attempt.error = HOSTILE
    log.ended(attempt)
    generation = nbstream.generate(HOSTILE, Replay.text(HOSTILE, events_per_s=0))
    generation.wait(PATIENCE)
    for frame in (nbstream.history(text=True), generation.history):
        page = Elements(frame._repr_html_())
        assert page.found <= TABLE
        assert page.attributes <= {"border", "class", "style", "scoped"}


def test_a_cell_of_a_dataframe_keeps_its_text_to_itself() -> None:
    """Each cell is laid out alone, so what turns the order in one turns nothing in the next."""
    generation = nbstream.generate("Hello", Replay.text("\u202eturned", events_per_s=0))
    generation.wait(PATIENCE)
    page = Elements(generation.history[["attempt_id", "text", "reason"]]._repr_html_())
    assert sum("\u202e" in cell for cell in page.cells) == 1
    assert len(page.cells) == 3
