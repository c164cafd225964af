"""What a halving cut, and whether it was right to: as its archive tells, to live cells and figures."""

import numpy as np
import pytest

from daleslaw_lib.archive import reading
from daleslaw_lib.studies import radius
from daleslaw_lib.studies.radius import report
from helpers.halved import COMMON, RATES, halving

POINTS = tuple(dict(kind=kind, hidden=8, rho=1.0) for kind in ("rnn", "dann"))


@pytest.fixture(scope="module")
def archive():
    return radius.halve_here(halving(points=POINTS, whole=POINTS[:1], common=COMMON))


def test_each_rung_has_its_runs_and_what_went_on_is_what_the_next_one_has(archive):
    table = radius.rungs(archive)
    assert table.stage.value_counts().to_dict() == {0: 8, 1: 4, 2: 4, 3: 4}
    for kind in ("rnn", "dann"):
        one = table[table.kind == kind]
        assert set(one.lr[(one.stage == 0) & one.kept]) == set(one.lr[one.stage == 1])
        assert set(one.lr[(one.stage == 1) & one.kept]) == set(one.lr[one.stage == 3]) == {0.05}
        assert one.kept[one.stage == 3].all()
    assert not table.kept[(table.stage == 2)].any()
    assert table.error[table.lr == RATES[-1]].isna().all()


def test_the_winner_is_ranked_among_the_whole_grid_where_that_ran(archive):
    (row,) = radius.against_whole(archive).itertuples()
    runs = archive.runs[
        (archive.runs.kind == "rnn") & (archive.runs.seed == 90) & (archive.runs.updates == 24)
    ]
    errors = 100 * runs.set_index("lr").valid_error
    assert row.winner == pytest.approx(errors[0.05]) and row.best == pytest.approx(errors.min())
    assert row.rank == 1 + (errors < errors[0.05]).sum() and row.of == 4


def test_the_report_compares_the_winner_with_the_best(archive, monkeypatch):
    monkeypatch.setattr(reading, "load", lambda *_, whole: archive)
    assert "RNN at 1: number 1 of 4, " in report.halved(archive)


def test_an_archive_without_a_halving_is_refused():
    with pytest.raises(ValueError, match="archive: expected one of a halving, got replay"):
        radius.rungs(reading.load("replay"))


def test_the_figure_has_a_line_a_setting_a_cross_where_one_was_cut_and_a_mark_a_seed(archive):
    table = radius.rungs(archive)
    figure = radius.figures.rungs(table, "footer")
    assert [ax.get_title() for ax in figure.axes] == ["RNN, radius 1", "DANN, radius 1"]
    for ax, kind in zip(figure.axes, ("rnn", "dann")):
        one = table[table.kind == kind]
        crosses = np.concatenate([line.get_ydata() for line in ax.lines if line.get_marker() == "x"])
        cut = one[~one.kept & (one.stage < 2)].error
        assert sorted(crosses[~np.isnan(crosses)]) == sorted(cut.dropna())
        ends = ax.lines[-1]
        np.testing.assert_array_equal(ends.get_ydata(), one.error[one.stage == 3])
        assert ax.get_xlabel() == "updates" and list(ends.get_xdata()) == [24, 24]
