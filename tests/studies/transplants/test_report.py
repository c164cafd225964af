"""What chapter 6 says agrees with what is archived."""

import re
from dataclasses import replace

import pytest

from daleslaw_lib.notebook import archive
from daleslaw_lib.statistics import estimate
from daleslaw_lib.studies import transplants
from daleslaw_lib.studies.transplants import report


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
    lines = report.of_colei(grafts).splitlines()
    fair = transplants.of_frozen(grafts)
    assert len(lines) == 3 and all(line.count("points (") == 2 for line in lines)
    assert f"{fair[0].estimate.mean:.2f} points" in lines[0]


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
