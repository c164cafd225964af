"""The page on speed shows what the benchmarks wrote, and benchmarks count what the library counts."""

import json

import growth
import limit
import pytest

import figures as figures_speed
from daleslaw_lib import costs, experiments
from helpers import ROOT

BENCHMARKS = ROOT / "benchmarks"


def rows(power):
    """As growth.py writes them: time proportional to a power of whatever is changed."""
    return [
        dict(changed=changed, **numbers, contestant=name, seconds=1e-4 * numbers[changed] ** power)
        for changed, numbers in growth.settings()
        for name in (growth.CONTESTANTS if changed != "members" else growth.CONTESTANTS[:1])
    ]


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_exponents_are_those_of_power_laws(power):
    for by_contestant in growth.exponents(rows(power), "seconds").values():
        assert list(by_contestant.values()) == pytest.approx([power] * len(by_contestant))


def test_the_exponent_is_of_the_upper_half_of_the_range():
    x = [1, 2, 4, 8, 16]
    assert growth.exponent(x, [5, 5, 4, 8, 16]) == pytest.approx(1)


def test_every_axis_of_growth_has_a_panel_with_a_line_a_contestant():
    found = rows(1.0)
    figure = figures_speed.growth(found, "seconds", growth.exponents(found, "seconds"))
    panels = {ax.get_xlabel(): len(ax.get_lines()) for ax in figure.axes}
    assert panels == {name: 1 if key == "members" else 3 for key, name in figures_speed.AXES.items()}
    assert all(
        "exponent 1.00" in text.get_text() for ax in figure.axes for text in ax.get_legend().get_texts()
    )


def test_the_benchmark_counts_operations_as_the_library_does():
    for name, (layers, n) in (("one_layer_mnist", (1, 100)), ("three_layer_mnist", (3, 100))):
        run = next(run for run in experiments.get(name).runs("paper") if run.kind == "rnn")
        assert limit.update_flops(layers, n) == costs.update_flops(run)


def test_shares_are_of_the_rates_of_their_own_version():
    rates = dict(rnn=10.0, colei=5.0, dann=1.0, mm=200.0, bmm=100.0) | {"update flops": 10.0}
    slower = {key: value / 2 for key, value in rates.items()} | {"update flops": 10.0}
    table = figures_speed.limit_table({"a": {"now": rates, "before": slower}}, {"a": 0.8})
    assert list(table["share of mm"]) == ["50%", "25%", "5%"] and list(table["share of bmm"])[0] == "100%"
    assert set(table["× before"]) == {"2.00"} and set(table["aimed at"]) == {"80%"}


def test_what_was_measured_is_there_and_complete():
    grown = json.loads((BENCHMARKS / "growth.json").read_text())
    near = json.loads((BENCHMARKS / "limit.json").read_text())
    for quantity in figures_speed.QUANTITIES:
        found = {(row["changed"], row[row["changed"]]) for row in grown[quantity]}
        assert found == {(changed, numbers[changed]) for changed, numbers in growth.settings()}
    assert set(near["shapes"]) == set(limit.SHAPES) == set(limit.AIMED_AT)
    assert len(figures_speed.limit_table(near["shapes"], limit.AIMED_AT)) == 9
    assert figures_speed.pieces_table(near["pieces"]).loc["a whole update", "share"] == "100%"
