"""What chapter 4 says of its archives."""

from dataclasses import replace

import numpy as np
import pytest

from daleslaw_lib.archive import reading
from daleslaw_lib.figures import learning_curves
from daleslaw_lib.studies import learning
from daleslaw_lib.studies.learning import figures, report
from helpers import trained
from helpers.sentences import assert_could_fail


@pytest.fixture(scope="module")
def sums():
    return reading.load("adding")


@pytest.fixture(scope="module")
def learned():
    return reading.load("replay")


def without(archive, rows):
    """The archive without the runs for which `rows` is true."""
    return archive.only(archive.runs.run_id[~rows])


def test_broken_runs_are_those_above_the_bound_or_diverged(sums):
    table = report.broken(sums).set_index(["network", "preset"])
    new = sums.runs[sums.runs.seed >= 100]
    for (kind, preset), name in {("rnn", "faithful"): "RNN", ("colei", "corrected"): "ColEI"}.items():
        runs = new[(new.kind == kind) & (new.preset == preset)]
        row = table.loc[(name, preset)]
        assert row.runs == len(runs) == 200
        assert row.broken == (runs.diverged | ~(runs.late_test_loss <= 0.159)).sum() > 0
        assert f"**{name}, {preset}**: {int(row.broken)} of 200 broken" in report.breakage(sums)


def test_a_diverged_run_counts_as_broken(sums):
    dann = sums.runs.kind == "dann"
    runs = sums.runs.assign(diverged=sums.runs.diverged | (dann & (sums.runs.seed == 100)))
    table = report.broken(replace(sums, runs=runs)).set_index("network")
    assert table.loc["DANN"].broken == report.broken(sums).set_index("network").loc["DANN"].broken + 1


def test_the_chance_of_a_broken_one_in_five_follows_the_rate(sums):
    row = report.broken(sums).iloc[0]
    assert f"{1 - (1 - row.broken / row.runs) ** 5:.0%}" in report.chance_in_five(sums)
    assert " 0% of the time" in report.chance_in_five(sums, "dann")


def test_clipping_mends_the_rnn_only_while_the_unclipped_one_breaks_more(sums):
    assert report.clipping_mends_the_rnn(sums)
    fine = (sums.runs.kind == "rnn") & (sums.runs.preset == "faithful") & (sums.runs.late_test_loss > 0.159)
    assert not report.clipping_mends_the_rnn(without(sums, fine))


def test_differences_are_of_seeds_that_both_kinds_have():
    archive = trained.one_layer_mnist()
    lines = report.differences(archive).splitlines()
    gap = report.gap(archive, "colei", "rnn", "corrected")
    assert len(lines) == 4 and f"{gap.mean:.2f} points" in lines[0] and f"of {gap.n} seeds" in lines[0]


def test_what_chapter_4_says_of_the_ends_follows_the_runs():
    archive = reading.load("one_layer_mnist")
    runs = archive.runs
    assert report.both_end_above_the_rnn(archive) and report.colei_ends_last(archive)
    assert report.only_unclipped_runs_broke(archive)
    assert not report.only_unclipped_runs_broke(without(archive, runs.diverged))
    assert "**RNN**: 2 of 30 broken" in report.breakage(archive)

    def with_errors(kind, error):
        rows = runs.assign(late_test_error=runs.late_test_error.where(runs.kind != kind, error))
        return replace(archive, runs=rows)

    assert not report.colei_ends_last(with_errors("colei", 0.03))
    assert not report.both_end_above_the_rnn(with_errors("dann", 0.02))
    assert not report.only_unclipped_runs_broke(with_errors("dann", 0.9))


def test_one_evaluation_is_off_by_the_largest_distance_of_the_two_readings():
    archive = reading.load("one_layer_mnist")
    runs = archive.runs[(archive.runs.kind == "dann") & (archive.runs.preset == "faithful")]
    off = 100 * (runs.test_error - runs.late_test_error).abs().max()
    assert f"{off:.2f} points for DANN" in report.one_evaluation(archive)


def test_the_ten_largest_and_the_others_make_up_the_change_of_entropy(learned):
    table = report.parts_of_entropy(learned)
    changes = report.changes(learned)
    colei = changes[changes.kind == "colei"]
    assert table.start.tolist() == pytest.approx(colei["entropy before"].tolist(), abs=1e-4)
    assert table.end.tolist() == pytest.approx(colei["entropy after"].tolist(), abs=1e-4)
    assert report.bulk_raises_entropy(learned) and report.colei_stays_apart(learned)
    assert "3 of 3 seeds of ColEI" in report.entropies(learned)


def test_the_strip_shows_a_bar_a_step_and_adds_the_marked_ones():
    figure = figures.adding_seen(seed=3)
    ax = figure.axes[0]
    assert len(ax.patches) == 20
    first, second = (float(text.get_text()) for text in ax.texts)
    total = float(ax.get_title().split("=")[1])
    assert total == pytest.approx(first + second, abs=0.011)


def test_a_network_of_each_kind_is_seen_at_every_row():
    image = np.random.default_rng(0).integers(0, 255, (28, 28)).astype("uint8")
    states = learning.states_while_reading(image, updates=1)
    assert list(states) == ["rnn", "colei"]
    assert all(h.shape == (28, 100) and (h >= 0).all() and h.any() for h in states.values())
    figure = figures.digit_seen(image, states, footer="")
    active = int((states["rnn"].max(0) > 0).sum())
    assert figure.axes[1].get_title() == f"RNN: {active} of 100 units answer"


def test_dann_is_judged_beside_clipped_rnns_and_that_it_matters_could_fail(sums):
    found = report.beside_a_clipped_rnn(sums)
    runs = sums.runs
    rnn, dann = (runs.kind == "rnn"), (runs.kind == "dann")
    clipped, unclipped = rnn & (runs.preset == "corrected"), rnn & (runs.preset == "faithful")
    a, b = (runs[rows & (runs.seed >= 100)].set_index("seed").late_test_loss for rows in (clipped, dann))
    learned = np.log(a[a <= 0.159]) - np.log(b[b <= 0.159])
    assert found.effect.mean == pytest.approx(learned.mean()) and found.n == learned.count()
    assert f"{np.exp(learned.mean()):.2f}, " in report.clipped_words(sums)
    assert "have not run" in report.clipped_words(without(sums, clipped))
    assert report.clipping_decides_for_dann(sums)
    changes = ((dann, 2), (clipped, 1.4), (unclipped, 0.5))
    assert_could_fail(report.clipping_decides_for_dann, sums, "late_test_loss", changes)


def test_that_dann_is_a_little_behind_on_digits_holds_and_could_fail():
    archive = reading.load("one_layer_mnist")
    assert report.dann_is_a_little_behind(archive)
    runs = archive.runs
    dann, faithful = runs.kind == "dann", runs.preset == "faithful"
    changes = (
        (dann, 0.85),  # level
        (dann & (runs.seed % 10 == 1), 0.7),  # ahead in three pairs
        (dann & faithful, 1.06),  # by a quarter
        ((runs.kind == "colei") & faithful, 1.2),  # a trap that costs a lot
    )
    assert_could_fail(report.dann_is_a_little_behind, archive, "late_test_error", changes)


def test_that_colei_wobbles_most_holds_and_could_fail():
    archive = reading.load("one_layer_mnist")
    assert report.colei_wobbles_most(archive)
    changes = ((archive.runs.kind == "rnn", 1.6),)
    assert_could_fail(report.colei_wobbles_most, archive, "test_error", changes)


@pytest.mark.parametrize(
    ("row", "kind", "factor"),
    [
        ("moved", "RNN", 1.5),
        ("turnover", "DANN", 0.5),
        ("turnover", "ColEI", 3),
        ("largest after", "RNN", 2),
        ("entropy after", "DANN", 1.1),
        ("largest after", "ColEI", 0.8),
        ("second after", "ColEI", 1.1),
    ],
)
def test_how_spectra_move_holds_and_could_fail(learned, monkeypatch, row, kind, factor):
    assert report.learning_moves_spectra(learned)
    table = report.before_and_after(learned)
    table.loc[row, kind] *= factor
    monkeypatch.setattr(report, "before_and_after", lambda archive: table)
    assert not report.learning_moves_spectra(learned)


def test_what_is_decided_with_three_layers_holds_and_could_fail():
    archive = reading.load("three_layer_mnist")
    assert report.three_layers_decided(archive)
    kind = archive.runs.kind
    changes = ((kind == "colei", 0.8), (kind == "dann", 1.1), (kind == "dann", 1.3))
    assert_could_fail(report.three_layers_decided, archive, "late_test_error", changes)


def test_how_words_begin_holds_and_could_fail():
    archive = reading.load("penn_treebank", "laptop")
    runs = archive.runs
    faithful = runs.preset == "faithful"
    assert report.words_begin(archive) and report.carrying_makes_no_difference(archive)
    changes = (
        (runs.kind == "colei", 0.9),  # level with the RNN, and not broken
        ((runs.kind == "colei") & faithful & (runs.seed == 0), 0.5),  # one learns
        (runs.kind == "dann", 2),  # behind
        ((runs.kind == "rnn") & faithful, 0.5),  # a trap that helps
    )
    assert_could_fail(report.words_begin, archive, "late_test_perplexity", changes)
    changes = ((runs.kind == "dann", 1.05),)
    assert_could_fail(report.carrying_makes_no_difference, archive, "late_test_carried_perplexity", changes)


def test_too_small_an_archive_is_refused_in_a_line(sums, learned):
    one_kind = without(sums, sums.runs.kind != "dann")
    for make in (report.clipping_mends_the_rnn, report.chance_in_five):
        with pytest.raises(ValueError, match="archive: expected"):
            make(one_kind)
    with pytest.raises(ValueError, match="expected runs of RNN and ColEI"):
        report.entropies(without(learned, learned.runs.kind == "rnn"))


def test_hundreds_of_curves_are_a_median_and_a_band(sums):
    ax = learning_curves(sums, preset="faithful").axes[0]
    assert len(ax.collections) == 3  # a band a kind
    few = without(sums, sums.runs.seed >= 5)
    assert not learning_curves(few, preset="faithful").axes[0].collections
