"""The run explorer in the page: each command repeats its run, and keys are enough."""

import re

import pytest

from daleslaw_lib.command.runs import pairs
from daleslaw_lib.running import runner
from daleslaw_lib.studies import entropy
from daleslaw_lib.studies.entropy import run_explorer
from daleslaw_lib.widgets import page as widgets_page
from helpers import on_any_screen, trained
from helpers.trained import rows
from helpers.web import ask, in_browser, look, needs_node


@pytest.fixture(scope="module")
def series():
    return trained.series()


@pytest.fixture(scope="module")
def data(series):
    return entropy.points(series)


# --- the same in the page ----------------------------------------------------------------------------


@needs_node
def test_the_page_gives_each_run_the_command_that_selects_it(series, data):
    found = ask("runs", data=data, keys=["Home"])
    archives = [archive for archive, _ in series.values()]
    assert len(found) == 10
    for one in found:
        archive = archives[one["group"]]
        start = (
            f"DALESLAW_RESULTS=again daleslaw run {archive.experiment.name} --scale {archive.scale} --only "
        )
        assert one["command"].startswith(start)
        only = pairs(one["command"].removeprefix(start).split(" --only "))
        (run,) = runner.select(archive.experiment.runs(archive.scale), only)
        assert run.run_id == one["id"]


@needs_node
def test_arrow_keys_reach_every_run(data):
    keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]
    found = {one["id"]: one for one in ask("runs", data=data, keys=keys)}
    for key, by, ahead in (("ArrowRight", "H", 1), ("ArrowLeft", "H", -1), ("ArrowUp", "error", 1)):
        at = next(iter(found)) if by == "H" else min(found, key=lambda one: found[one]["error"])
        start = found[at]["leads"]["Home" if ahead == 1 else "End"] if by == "H" else at
        seen = [start]
        while (following := found[seen[-1]]["leads"][key]) != seen[-1]:
            seen.append(following)
            assert ahead * (found[seen[-1]][by] - found[seen[-2]][by]) >= 0
        assert set(seen) == set(found)


@needs_node
@pytest.mark.parametrize("colour, count", [("fraction", 3), ("size", 2), ("kind", 1)])
def test_a_class_has_a_colour_of_its_own(data, colour, count):
    found = ask("classes", data=data, colour=colour)
    assert len(found["list"]) == len(set(found["colours"])) == count
    assert all(re.fullmatch("#[0-9a-f]{6}", one) for one in found["colours"])


# --- in the browser ----------------------------------------------------------------------------------


PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>An explorer</title>
<meta name="viewport" content="width=device-width"><script defer src="figures.js"></script></head>
<body>{place}</body></html>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory, data):
    """What a reader with a browser sees on a page in a folder."""
    still = '<img alt="a still picture" src="data:,">'
    html = PAGE.format(place=widgets_page.place(run_explorer.NAME, still, data=data))
    return look(
        tmp_path_factory.mktemp("explorer"), run_explorer.NAME, "explorer/explorer.test.mjs", html, data
    )


@in_browser
def test_the_picture_gives_way_to_every_run_and_the_best_is_chosen(reader, data):
    start, grid = reader["start"], rows(data["groups"][0])
    best = min(grid, key=lambda row: row["error"])
    assert reader["still"] == 0 and start["points"] == 10 and start["curves"] == 1
    assert all(f"--only {pair}" in start["command"] for pair in best["only"])


@in_browser
def test_every_control_and_key_changes_the_picture(reader):
    assert len(reader["keys"]) == 15 and all(reader["keys"].values()), reader["keys"]
    assert "20" in reader["bySize"]["legend"] and reader["first"]["points"] == 8


@in_browser
def test_keys_show_a_runs_settings_and_enter_its_curve_and_command(reader, data):
    everyone = {row["id"]: row for group in data["groups"] for row in rows(group)}
    entropies = [row["H"] for row in everyone.values()]
    looked, chosen, last = (reader[name] for name in ("looked", "chosen", "last"))
    assert f"H = {max(entropies):.3f}" in looked["tip"]
    for state, H in ((chosen, min(entropies)), (last, max(entropies))):
        row = everyone[state["active"].split("-")[-1]]
        assert row["H"] == H and all(f"--only {pair}" in state["command"] for pair in row["only"])
        (said,) = state["selected"]
        assert f"entropy H {H:.3f}, test error {row['error']:.1f} per cent" in said
    assert last["curves"] == 1


@in_browser
def test_the_mouse_does_what_keys_do(reader):
    assert "error" in reader["hovered"]["tip"]
    assert reader["clicked"]["selected"] != reader["last"]["selected"]


@in_browser
def test_controls_are_labelled_the_choice_is_said_and_the_command_can_be_copied(reader):
    assert reader["unlabelled"] == 0 and reader["copied"] in ("Copied", "Selected")
    assert reader["spoken"]


@in_browser
def test_nothing_fails_and_nothing_outside_the_folder_is_asked_for(reader):
    assert reader["faults"] == [] and reader["outside"] == []


@in_browser
def test_in_a_notebook_colour_and_choice_go_both_ways(reader):
    assert reader["widget"] == {"found": [True, True, True, True], "left": 0}


test_nothing_is_wider_than_the_screen = on_any_screen.nothing_is_wider_than_the_screen
test_no_line_is_cut = on_any_screen.no_line_is_cut
test_the_dark_theme_has_other_colours_and_without_scripts_there_is_a_picture = (
    on_any_screen.the_dark_theme_has_other_colours_and_without_scripts_there_is_a_picture
)
