"""Archived runs as points: the table is the archive's, each command repeats its run, keys are enough."""

import base64
import json
import re
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import pytest
import traitlets
from test_laboratory import CHROMIUM, NODE, WEB, ask, in_browser, needs_node

from daleslaw_lib import experiments
from daleslaw_lib.__main__ import _pairs
from daleslaw_lib.experiments import EXPERIMENTS
from daleslaw_lib.running import runner
from daleslaw_lib.studies import entropy
from daleslaw_lib.studies.entropy import run_explorer
from daleslaw_lib.widgets import page as widgets_page
from daleslaw_lib.widgets import playground

SMOKE = experiments.get("entropy_grid").runs("smoke")


def trained(*changes):
    short = dict(n_train=256, updates=4, eval_every=2)
    return entropy.as_grid(runner.train_here(replace(SMOKE[0], **short, **one) for one in changes))


@pytest.fixture(scope="module")
def series():
    """Two archives in memory: a grid of ColEI, and two of other radii read before the end."""
    grid = trained(
        *(dict(hidden=n, ei_ratio=r, seed=k) for n in (12, 20) for r in (1.0, 5.0) for k in (0, 1))
    )
    radii = trained(dict(hidden=12, rho=0.5), dict(hidden=12, rho=1.0))
    return {
        "the grid": (grid, entropy.runs_with_predictors(grid)),
        "elsewhere": (radii, entropy.at_update(radii, 2)),
    }


@pytest.fixture(scope="module")
def data(series):
    return entropy.points(series)


def rows(group):
    return [dict(zip(run_explorer.COLUMNS, row)) for row in group["runs"]]


# --- the table ---------------------------------------------------------------------------------------


def test_points_are_the_archives_runs_with_their_errors_and_curves(series, data):
    for group, (archive, table) in zip(data["groups"], series.values(), strict=True):
        assert group["updates"] == [0, 2, 4] and group["provenance"] == archive.provenance
        errors = 100 * archive.curves.pivot(index="update", columns="run_id", values="test_error")
        assert [row["id"] for row in rows(group)] == table.run_id.tolist()
        for row, found in zip(rows(group), table.itertuples()):
            assert row["H"] == pytest.approx(found.entropy, abs=1e-4)
            assert row["error"] == pytest.approx(errors[row["id"]][group["read"][0]], abs=0.01)
            assert row["curve"] == pytest.approx(errors[row["id"]].tolist(), abs=0.01)
    assert [group["read"] for group in data["groups"]] == [[4], [2]]


def test_points_say_what_kind_of_network_it_is(data):
    first, other = rows(data["groups"][0])[0], rows(data["groups"][1])[0]
    assert (first["kind"], first["hidden"], first["inhibitory"], first["percent"]) == ("colei", 12, 6, 50)
    assert first["rho"] is None and other["rho"] == 0.5


def test_a_run_that_the_archive_has_not_is_refused(series):
    archive, table = series["the grid"]
    with pytest.raises(ValueError, match="the grid: expected runs of live cell, got nobody"):
        entropy.points({"the grid": (archive, table.assign(run_id="nobody"))})


def test_a_number_that_is_not_finite_is_refused(series):
    archive, table = series["the grid"]
    with pytest.raises(ValueError, match="expected a finite entropy and error, got .* and nan"):
        entropy.points({"the grid": (archive, table.assign(error=np.nan))})


@pytest.mark.parametrize(
    "experiment, scale", [(e.name, s) for e in EXPERIMENTS.values() if e.trains for s in e.scales]
)
def test_the_fields_of_a_run_select_it_and_no_other(experiment, scale):
    definition = experiments.get(experiment)
    runs = definition.runs(scale)
    for run in {runs[0], runs[len(runs) // 2], runs[-1]}:
        only = entropy.fields_that_select(definition, scale, run)
        assert runner.select(runs, _pairs(only)) == (run,)
        for left_out in only:
            assert len(runner.select(runs, _pairs([pair for pair in only if pair != left_out]))) > 1


# --- in a cell ---------------------------------------------------------------------------------------


@pytest.fixture
def shown(monkeypatch):
    bundles = []
    monkeypatch.setattr(widgets_page, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def test_a_cell_shows_a_place_with_the_data_and_a_picture(shown, series, data):
    entropy.show_runs(series, colour="size")
    (bundle,) = shown
    page = bundle["text/html"]
    assert page.startswith('<div class="run-explorer" data-colour="size"><img alt="Test error')
    held = re.search(r'<script type="application/json">(.*?)</script>', page)[1]
    assert json.loads(held) == json.loads(json.dumps(data))
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert (playground.WIDGET_VIEW in bundle) == (widgets_page.anywidget is not None)


def test_data_in_a_page_cannot_end_its_script():
    page = widgets_page.place("x", "", data={"name": "</script><b>"})
    assert page.count("</script>") == 1 and "<b>" not in page


def test_a_setting_out_of_range_is_refused_by_name(shown, series):
    with pytest.raises(ValueError, match="colour: expected one of fraction, size, kind, got 'red'"):
        entropy.show_runs(series, colour="red")
    assert shown == []


@pytest.mark.skipif(widgets_page.anywidget is None, reason="missing: the package anywidget")
def test_the_widget_holds_the_data_and_what_is_selected(data):
    widget = entropy.RunExplorer(data, colour="kind")
    widget.set_state({"selected": "a run"})  # as a message
    assert (widget.colour, widget.selected, widget.data) == ("kind", "a run", data)
    with pytest.raises(traitlets.TraitError):
        widget.runs = "some"


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
        only = _pairs(one["command"].removeprefix(start).split(" --only "))
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
<meta name="viewport" content="width=device-width"><script defer src="run-explorer.js"></script></head>
<body>{place}</body></html>"""


@pytest.fixture(scope="module")
def reader(tmp_path_factory, data):
    """What a reader with a browser sees on a page in a folder."""
    folder = tmp_path_factory.mktemp("explorer")
    shutil.copy(widgets_page.script(run_explorer.NAME), folder)
    (folder / "widget.mjs").write_text(widgets_page.module(run_explorer.NAME), "utf-8")
    (folder / "data.json").write_text(json.dumps(data), "utf-8")
    still = '<img alt="a still picture" src="data:,">'
    page = PAGE.format(place=widgets_page.place(run_explorer.NAME, still, data=data))
    (folder / "index.html").write_text(page, "utf-8")
    command = [NODE, "explorer.mjs", folder / "index.html", CHROMIUM]
    done = subprocess.run(command, cwd=WEB, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


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
@pytest.mark.parametrize("width", [320, 360, 700, 1440])
def test_nothing_is_wider_than_the_screen(reader, width):
    assert max(reader["widths"][str(width)]) <= width


@in_browser
def test_the_dark_theme_has_other_colours_and_without_scripts_there_is_a_picture(reader):
    assert reader["dark"][0] != reader["dark"][1]
    assert reader["withoutScripts"] == "a still picture"


@in_browser
def test_in_a_notebook_colour_and_choice_go_both_ways(reader):
    assert reader["widget"] == {"found": [True, True, True, True], "left": 0}
