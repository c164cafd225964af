"""The circuits in the page: a unit lights its column, by keyboard and pointing, without scripts as well."""

import pytest

from daleslaw_lib.studies import building
from helpers import on_any_screen
from helpers.web import CHROMIUM, INSTALL, NODE, answer, installed, needs, run

in_browser = needs(node=NODE, chromium=CHROMIUM, **{INSTALL: installed("playwright-core", "axe-core")})

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Circuits</title>
<meta name="viewport" content="width=device-width"></head><body><main><h1>Circuits</h1>{content}
</main></body></html>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page with spaces")
    (folder / "index.html").write_text(PAGE.format(content=building.circuits_html()), "utf-8")
    return answer(run("circuit/circuit.test.mjs", folder / "index.html", CHROMIUM))


def only(card, unit):
    """Whether in a kind's card this unit's arrows are lit, and its column, and no other."""
    return card == {"arrows": [unit], "columns": [unit]}


@in_browser
@pytest.mark.parametrize("scripts", ["scripts", "none"])
def test_at_first_one_unit_of_each_kind_is_lit_with_its_column(reader, scripts):
    assert [only(card, unit) for card, unit in zip(reader[scripts]["start"], (0, 6, 6))] == [True] * 3


@in_browser
@pytest.mark.parametrize("scripts", ["scripts", "none"])
def test_a_kind_is_one_stop_of_tab_and_arrow_keys_go_from_unit_to_unit(reader, scripts):
    found = reader[scripts]
    assert (
        found["focus"] == 1 and only(found["keyboard"][0], 2) and found["keyboard"][1:] == found["start"][1:]
    )
    assert only(found["next"][1], 5) and found["next"][0] == found["keyboard"][0]


@in_browser
@pytest.mark.parametrize("scripts", ["scripts", "none"])
def test_pointing_at_a_column_lights_its_unit_and_at_a_unit_its_column(reader, scripts):
    found = reader[scripts]
    assert only(found["column"][1], 1) and only(found["unit"][2], 7)
    assert only(found["unit"][1], 5)  # what was chosen there is lit again
    assert only(found["clicked"][2], 3)  # stays, with the pointer elsewhere


@in_browser
def test_everything_has_a_name_and_colours_that_can_be_read_in_light_and_dark(reader):
    assert reader["unnamed"] == 0 and reader["axe"] == [] and reader["axeDark"] == []
    assert reader["dark"][0] != reader["dark"][1]


@in_browser
def test_nothing_fails_and_nothing_outside_the_folder_is_asked_for(reader):
    assert reader["faults"] == [] and reader["outside"] == []


test_nothing_is_wider_than_the_screen = on_any_screen.nothing_is_wider_than_the_screen
test_no_line_is_cut = on_any_screen.no_line_is_cut
