"""Archived runs as points: the table is the archive's, and a cell shows it."""

import base64
import json
import re

import numpy as np
import pytest
import traitlets

from daleslaw_lib.studies import entropy
from daleslaw_lib.widgets import page as widgets_page
from daleslaw_lib.widgets import playground
from helpers import trained
from helpers.trained import rows


@pytest.fixture(scope="module")
def series():
    return trained.series()


@pytest.fixture(scope="module")
def data(series):
    return entropy.points(series)


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


# --- in a cell ---------------------------------------------------------------------------------------


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
