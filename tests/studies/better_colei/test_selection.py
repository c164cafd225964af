"""The choice of chapter 10 follows its rule, and what is written down follows the archive."""

from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import costs, experiments
from daleslaw_lib.archive import reading, tables
from daleslaw_lib.archive.reading import Archive
from daleslaw_lib.evidence import starts, summary
from daleslaw_lib.experiments import better_colei
from daleslaw_lib.experiments.better_colei import (
    BEST,
    CHOSEN_COLEI,
    CHOSEN_RNN,
    RATIOS,
    RNN_CONTROLS,
    START_SCREEN,
    Chosen,
)
from daleslaw_lib.experiments.experiment import DIGITS, grid
from daleslaw_lib.studies.better_colei import selection, table
from helpers.science import a_screen, order

OWN = (
    "spectrum_parts", "controls", "one_cell", "jacobians", "start_screen", "better_colei", "better_layers",
    "steps", "fashion", "long_adding", "identity_shares",
)  # fmt: skip


def test_the_best_starts_at_their_best_rates_go_on():
    choice = selection.chosen(a_screen(order))
    first = [Chosen(0.01, *start) for start in better_colei.STARTS[:4]]
    assert choice.best == {99.0: tuple(first[:2]), 9.0: tuple(first), 1.0: tuple(first[:2])}
    assert choice.colei == dict.fromkeys(RATIOS, Chosen(0.01))
    assert choice.rnn_controls["identity"] == Chosen(0.01, "identity", 1.0)


def test_the_rnns_radius_is_chosen_with_its_rate():
    def errors(run):
        return 0.01 if (run.kind, run.rho, run.lr) == ("rnn", 1.0, 0.02) else 0.05

    assert selection.chosen(a_screen(errors)).rnn == Chosen(0.02, rho=1.0)


def test_a_rate_at_which_a_run_diverged_is_not_taken():
    runs = START_SCREEN.runs("laptop")
    broken = {
        k for k, run in enumerate(runs) if run.lr == 0.01 and run.start == "permutation" and run.seed == 0
    }
    choice = selection.chosen(a_screen(order, broken))
    assert choice.best[9.0][0] == Chosen(0.005, "permutation", 1.0)


def test_an_archive_with_a_part_of_the_screen_is_refused():
    screen = a_screen(order)
    few = screen.only(screen.runs[screen.runs.start != "sparse"].run_id[:30])
    with pytest.raises(ValueError, match="archive: expected"):
        selection.chosen(few)


@pytest.mark.skipif(
    "laptop" not in reading.archived_scales("start_screen"), reason="the screen has not been run yet"
)
def test_what_is_written_down_is_what_the_archived_screen_chose():
    choice = selection.chosen(reading.load("start_screen", "laptop"))
    assert (BEST, CHOSEN_COLEI, CHOSEN_RNN, RNN_CONTROLS) == (
        choice.best,
        choice.colei,
        choice.rnn,
        choice.rnn_controls,
    )


@pytest.mark.skipif(
    "laptop" not in reading.archived_scales("start_screen"), reason="the screen has not been run yet"
)
def test_tables_of_the_screen_show_the_settings_that_go_on():
    """Tables chose by the last evaluation, where the rule goes by the late ones: other rates stood there."""
    best = summary.best_settings(reading.load("start_screen", "laptop")).runs
    for ratio in RATIOS:
        there = best[(best.kind == "colei") & np.isclose(best.ei_ratio, ratio)]
        for chosen in (CHOSEN_COLEI[ratio], *BEST[ratio]):
            rows = there[there.start.isna()] if chosen.start is None else there[there.start == chosen.start]
            rows = rows if chosen.a is None else rows[rows.start_a == chosen.a]
            assert set(rows.lr) == {chosen.lr}


# --- grids -----------------------------------------------------------------------------------------


def test_both_chapters_cost_less_than_six_hours_on_two_cores():
    """By operations, at the 2,600 updates a second of one layer of 100 units that two cores do."""
    (one,) = grid(dict(DIGITS, kind="rnn", preset="both", lr=0.01, updates=100, eval_every=100), [{}], 1)
    total = sum(
        costs.run_flops(run)
        for name in OWN
        for run in experiments.get(name).runs(experiments.get(name).scales[-1])
    )
    assert total / costs.update_flops(one) / 2_600 < 6 * 3600


def test_at_paper_scale_everything_is_on_seeds_that_decide_but_what_only_looks():
    for name in OWN:
        experiment = experiments.get(name)
        if name not in ("start_screen", "jacobians"):
            assert {run.seed >= 100 for run in experiment.runs("paper")} == {True}, name


def test_four_starts_go_on_at_ten_per_cent_and_two_at_the_other_shares():
    assert {ratio: len(starts) for ratio, starts in BEST.items()} == {99.0: 2, 9.0: 4, 1.0: 2}
    runs = experiments.get("better_colei").runs("paper")
    dale = {
        (run.ei_ratio, run.start, run.start_a, run.start_b)
        for run in runs
        if run.kind == "colei" and run.start
    }
    assert len(dale) == 8 and len(runs) == 20 * (
        8 + 3 + 3
    )  # with ColEI at three shares; RNN and its controls


def test_of_the_starts_from_an_identity_the_better_one_on_the_screen_goes_on_where_none_had():
    scores = selection.scores(reading.load("start_screen"))
    for ratio, found in better_colei.IDENTITIES.items():
        assert not any(start.start.startswith("identity") for start in BEST[ratio])
        at = scores[(scores.kind == "colei") & np.isclose(scores.ei_ratio, ratio)]
        best = at[at.start.fillna("").str.startswith("identity")].sort_values("valid").iloc[0]
        assert (best.start, best.start_a, best.lr) == (found.start, found.a, found.lr)
    seeds = {run.seed for run in experiments.get("better_colei").runs("paper")}
    assert not seeds & {run.seed for run in experiments.get("identity_shares").runs("paper")}


def test_the_runs_of_a_start_are_those_of_an_rnn_but_for_kind_and_start():
    runs = experiments.get("better_colei").runs("paper")
    rnn = next(run for run in runs if run.kind == "rnn" and run.start is None)
    for run in runs:
        different = {k for k, v in asdict(run).items() if v != getattr(rnn, k)}
        assert different <= {"kind", "ei_ratio", "start", "start_a", "start_b", "lr", "seed", "rho"}


@pytest.mark.parametrize(
    "claim", [c for c in experiments.CLAIMS if c.figure.startswith("chapter")], ids=lambda c: c.name
)
def test_every_statement_has_a_smallest_effect_of_interest(claim):
    assert claim.experiment in OWN and claim.published is None
    assert claim.test == "rank" or claim.margin > 0 and claim.claimed in ("better by", "no worse", "same")
    assert "%" not in claim.text or "inhibition" in claim.text


def test_labels_say_the_start_its_numbers_and_the_step():
    condition = dict(kind="colei", start="sparse", start_a=3.0, start_b=1.0, optimiser="eg", ei_ratio=9.0)
    label = "ColEI, with few inputs (inputs 3, gain 1), exponentiated gradient, ratio 9"
    assert summary.label(condition) == label
    assert (
        summary.label(dict(kind="rnn", start="permutation", start_a=1.0)) == "RNN, from permutation (gain 1)"
    )
    part = dict(kind="rnn", vectors="rnn", spectrum="colei", parts="U", start=None)
    assert summary.label(part) == "RNN vectors, ColEI spectrum, in U alone"


def test_initial_entropies_are_of_the_start_not_of_colei():
    runs = [r for r in experiments.get("one_cell").runs("smoke")]
    table = tables.typed(pd.DataFrame({"run_id": r.run_id, **asdict(r), "diverged": False} for r in runs))
    made = Archive(experiments.get("one_cell"), "smoke", table, table[["run_id"]], {})
    H = starts.initial_entropies(made)
    means = table.assign(H=table.run_id.map(H)).groupby(["start", "start_a"]).H.mean()
    assert means["gamma", 0.5] < means["gamma", 2.0] and np.isfinite(means).all()


def test_what_the_screen_says_is_the_best_of_each_share_beside_colei():
    scores = selection.scores(a_screen(order))
    lines = table.screened(scores).splitlines()
    shares = [line.split("**")[1] for line in lines if line.startswith("- ")]
    assert shares == ["1 % inhibitory", "10 % inhibitory", "50 % inhibitory", "RNN"]
    at_ten = scores[(scores.kind == "colei") & (scores.ei_ratio == 9.0)]
    own, best = at_ten[at_ten.start.isna()].iloc[0], at_ten[at_ten.start.notna()].iloc[0]
    assert f"ColEI {own.test:.1f} %, its best start {best.test:.1f} % (" in lines[1]
    assert lines[-1].startswith(f"Means of {scores.seeds.iloc[0]} seeds")


def test_of_the_committed_screen_every_share_has_a_start_that_is_far_ahead_of_colei():
    scores = selection.scores(reading.load("start_screen", "laptop"))
    for _, there in scores[scores.kind == "colei"].groupby("ei_ratio"):
        own, started = there[there.start.isna()], there[there.start.notna()]
        assert started.test.iloc[0] < 0.5 * own.test.iloc[0]
