"""What chapter 7 says agrees with what is archived."""

import pytest

from daleslaw_lib.evidence import summary
from daleslaw_lib.notebook import archive
from daleslaw_lib.studies.size import report


@pytest.fixture(scope="module")
def ratios():
    return archive("ei_ratio", "paper")


def test_few_interneurons_are_compared_with_many(ratios):
    a, b = (dict(kind="dann", ei_ratio=ratio, preset="corrected") for ratio in (99.0, 1.0))
    gap = summary.difference(ratios, a, b)
    assert f"One interneuron less fifty: {gap.mean:.2f} points" in report.interneurons(ratios)


def test_clipping_is_told_at_every_ratio(ratios):
    said = report.clipping(ratios)
    assert all(f"at {share} " in said for share in report.PERCENT.values()) and "a factor of" in said


def test_inhibition_is_told_under_either_rule_of_clipping(ratios):
    assert report.inhibition(ratios).count("50 % less RNN") == 2


def test_a_size_is_a_median_of_each_kind_and_broken_runs_are_counted():
    found = archive("size", "laptop")
    said = report.sizes(found)
    broken = int((100 * found.runs.late_test_error > 45).sum())
    assert said.count("N = ") == found.runs.hidden.nunique() and f"({broken} broken)" in said


def test_the_ablation_wakes_the_loop():
    found = archive("ii_ablation", "paper")
    assert report.ablations(found).count("points (") == 2
    rows = report.loops(found).splitlines()[2:]
    radius = [float(row.split("|")[2].split(" to ")[1]) for row in rows]
    assert radius[0] == pytest.approx(1.5, abs=0.01) and radius[2] > 2 * radius[0]


def test_populations_add_up_to_the_network():
    assert [sum(report.populations(k)) for k in (0, 3, 10)] == [100, 100, 100]
