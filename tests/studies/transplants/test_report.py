"""What chapter 6 says agrees with what is archived."""

import re
from dataclasses import replace

import pytest

from daleslaw_lib.notebook import archive
from daleslaw_lib.statistics import estimate
from daleslaw_lib.studies import transplants
from daleslaw_lib.studies.transplants import report
from helpers.sentences import assert_could_fail


@pytest.fixture(scope="module")
def grafts():
    return archive("transplants", "paper")


def test_each_change_is_a_line_with_its_mean_and_both_of_the_papers_numbers(grafts):
    lines = report.of_rnn(grafts).splitlines()
    effects = transplants.of_rnn(grafts)
    assert len(lines) == len(effects) == 3
    for line, effect in zip(lines, effects):
        assert f"{effect.estimate.mean:.2f} points" in line
        assert all(f"{value:.2f}" in line for value in effect.published.values())


def test_the_rescue_is_told_from_both_baselines(grafts):
    *lines, empty, anew = report.of_colei(grafts).splitlines()
    fair = transplants.of_frozen(grafts)
    assert len(lines) == 3 and all(line.count("points (") == 2 for line in lines)
    assert f"{fair[0].estimate.mean:.2f} points" in lines[0]
    deciding = transplants.effects.of_colei_anew(grafts)
    assert not empty and [f"{e.estimate.mean:.2f} points" in anew for e in deciding] == [True] * 3
    assert min(e.estimate.mean for e in deciding) > 1.5


def test_what_vectors_cost_is_told_for_both_spectra_and_both_kinds_of_signs(grafts):
    said = report.corner(grafts)
    numbers = [float(x) for x in re.findall(r"(-?\d+\.\d+) points", said)]
    costs = [
        transplants.effects.gap(
            grafts, *(transplants.effects.cell(v, spectrum, frozen) for v in ("colei", "rnn"))
        ).mean
        for spectrum in ("rnn", "colei")
        for frozen in (None, True)
    ]
    assert numbers == pytest.approx(costs, abs=0.006) and "beside ColEI's own" in said
    assert "not all archived" in report.corner(grafts.only(grafts.runs.run_id[:3]))
    assert report.factors_are_not_all(grafts)


def test_the_order_of_effects_is_told_without_a_baseline(grafts):
    a, b, c = (e.estimate.mean for e in transplants.of_rnn(grafts))
    numbers = re.findall(r"(-?\d+\.\d+) points", report.order(grafts))
    assert [float(x) for x in numbers] == pytest.approx([a - b, a - c], abs=0.006)


def test_a_footer_counts_the_seeds_of_the_lines_that_are_shown(grafts):
    shown = transplants.of_rnn(grafts)
    assert f"{shown[0].estimate.n} seeds a line" in report.footer(grafts, shown)
    fewer = replace(shown[0], estimate=estimate(shown[0].estimate.values[:5]))
    assert f"5 to {shown[1].estimate.n} seeds a line" in report.footer(grafts, [fewer, *shown[1:]])


def test_the_depth_that_fits_is_told_with_its_numbers(grafts):
    others = [archive(name, "paper") for name in ("one_layer_mnist", "three_layer_mnist", "size")]
    said = report.which_rnn(grafts, *others)
    for e in transplants.baselines(grafts, *others[:2])[2:]:
        assert f"{e.estimate.mean:.2f} %" in said


def test_entropy_rises_as_parts_of_the_spectrum_are_levelled():
    values = [float(x) for x in re.findall(r"0\.\d{3}", report.parts_of_the_spectrum(draws=3))]
    drawn, no_outlier, low_group, neither = values
    assert drawn < low_group < no_outlier < neither


def cells(runs, vectors, spectrum, frozen):
    """The rows whose vectors and spectrum have these origins, with signs frozen or free."""
    signs = runs.frozen.eq(True) if frozen else ~runs.frozen.eq(True)
    return (runs.kind == "rnn") & (runs.vectors == vectors) & (runs.spectrum == spectrum) & signs


def test_that_three_layers_fit_and_one_does_not_holds_and_could_fail(grafts):
    one, three = (archive(name, "paper") for name in ("one_layer_mnist", "three_layer_mnist"))
    assert report.three_layers_fit(grafts, one, three)

    def flat(archive):
        return report.three_layers_fit(grafts, archive, three)

    assert_could_fail(flat, one, "late_test_error", ((one.runs.kind == "rnn", 0.7),))
    for factor in (0.8, 1.3):  # all below; a mean too far above
        curves = three.curves.assign(test_error=factor * three.curves.test_error)
        assert not report.three_layers_fit(grafts, one, replace(three, curves=curves))


def test_where_our_means_are_near_the_papers_holds_and_could_fail(grafts):
    assert report.near_the_paper(grafts)
    runs = grafts.runs
    changes = (
        (cells(runs, "rnn", "colei", False), 1.1),  # a third of a point off
        (cells(runs, "rnn", "rnn", False), 0.75),  # seeds at 1.65 %
        (runs.kind == "colei", 0.8),  # ColEI at its number
        (cells(runs, "colei", "rnn", True), 0.9),  # frozen, at the number of free signs
    )
    assert_could_fail(report.near_the_paper, grafts, "late_test_error", changes)


def test_what_a_rescue_takes_and_leaves_holds_and_could_fail(grafts):
    assert report.rescues_to_a_frozen_rnn(grafts)
    runs = grafts.runs
    changes = (
        (cells(runs, "colei", "rnn", True), 1.3),  # a rescue of one point
        (cells(runs, "rnn", "rnn", True), 0.8),  # a frozen RNN far ahead
        (cells(runs, "rnn", "colei", True), 0.8),  # vectors that do nearly as much
        (cells(runs, "colei", "colei", False), 1.3),  # signs that do little
    )
    assert_could_fail(report.rescues_to_a_frozen_rnn, grafts, "late_test_error", changes)


def test_that_pairing_reverses_no_answer_holds_and_could_fail(monkeypatch):
    """Two effects that go together seed by seed, a tenth apart: only the paired test sees it."""
    assert report.pairing_reverses_nothing(archive("transplants", "paper"))
    together = [effect([1.0, 2.0, 3.0, 4.0]), effect([1.1, 2.12, 3.09, 4.1])]
    monkeypatch.setattr(report.effects, "of_rnn", lambda archive: together)
    assert not report.pairing_reverses_nothing(archive("transplants", "paper"))


def effect(values):
    return transplants.effects.Effect("an effect", estimate(values), {})
