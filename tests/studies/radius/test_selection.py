"""Choosing settings: what is chosen, from where in the grid, when, and on which data."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.evidence import starts
from daleslaw_lib.experiments import Experiment
from daleslaw_lib.studies import radius
from helpers.archives import in_memory

LIKE = next(
    run for run in experiments.get("radius_sweep").runs("smoke") if run.kind == "rnn" and not run.frozen
)
UPDATES = (0, 10, 20)


def archive(errors, rhos=(0.5, 1.0), lrs=(0.01, 0.1), seeds=2, diverged_at=None):
    """An archive in memory: `errors(rho, lr, seed, update)` on validation and test data;
    `diverged_at(rho, lr, seed)` is an update or -1.
    """
    runs = [
        replace(LIKE, rho=rho, lr=lr, seed=seed, hidden=8)
        for rho in rhos
        for lr in lrs
        for seed in range(seeds)
    ]
    found, curves = {}, []
    for run in runs:
        stop = -1 if diverged_at is None else diverged_at(run.rho, run.lr, run.seed)
        for update in UPDATES:
            lost = 0 <= stop <= update
            valid, test = (np.nan, np.nan) if lost else errors(run.rho, run.lr, run.seed, update)
            curves.append({"run_id": run.run_id, "update": update, "valid_error": valid, "test_error": test})
        final = {k: curves[-1][k] for k in ("valid_error", "test_error")}
        found[run] = final | {"diverged": stop >= 0, "diverged_at": stop}
    return in_memory(Experiment("tiny", "Tiny", "Figure 0", {}, ("kind", "rho")), found, curves)


def smaller_is_better(rho, lr, seed, update):
    """The larger lr is ahead at first, the smaller one in the end; test is valid + 0.01."""
    valid = 0.2 * rho + (0.3 if update < 20 else 0.0) + (lr if update == 20 else -lr) + 0.01 * seed
    return valid, valid + 0.01


def test_the_chosen_setting_has_the_lowest_mean_validation_error():
    table = radius.chosen(archive(smaller_is_better))
    assert table.lr.tolist() == [0.01, 0.01] and table.seeds.tolist() == [2, 2]
    assert table.valid_error.to_numpy() == pytest.approx([11.5, 21.5])
    assert table.test_error.to_numpy() == pytest.approx([12.5, 22.5])


def test_the_choice_may_include_the_radius():
    (row,) = radius.chosen(archive(smaller_is_better), settings=("rho", "lr", "clip")).itertuples()
    assert (row.rho, row.lr) == (0.5, 0.01)


def test_a_setting_with_a_diverged_seed_is_not_chosen():
    found = archive(smaller_is_better, diverged_at=lambda rho, lr, seed: 5 if (lr, seed) == (0.01, 1) else -1)
    assert radius.chosen(found).lr.tolist() == [0.1, 0.1]


def test_choices_at_either_end_of_the_grid_are_counted():
    edge = radius.at_the_edge(archive(smaller_is_better, lrs=(0.01, 0.05, 0.1)))
    assert edge.to_dict() == {"smallest": 2, "largest": 0, "of": 2}


def test_choosing_on_test_data_never_makes_the_test_error_worse():
    noise = np.random.default_rng(0).random((40, 2))

    def random(rho, lr, seed, update):
        return noise[int(100 * lr) + 13 * seed + int(2 * rho)]

    table = radius.flattery(archive(random, lrs=(0.01, 0.02, 0.05, 0.1)))
    assert (table.flattered >= 0).all() and table.flattered.max() > 0


def test_flattery_is_the_difference_of_two_choices():
    def opposed(rho, lr, seed, update):
        return (0.1, 0.3) if lr == 0.01 else (0.2, 0.25)  # validation and test disagree

    table = radius.flattery(archive(opposed))
    assert table.flattered.to_numpy() == pytest.approx([5, 5])


def test_presets_are_compared_seed_by_seed_at_each_radius():
    found = archive(smaller_is_better, lrs=(0.01,))
    faithful = found.runs.assign(
        preset="faithful", run_id=found.runs.run_id + "f", test_error=found.runs.test_error + 0.02
    )
    both = replace(found, runs=pd.concat([found.runs, faithful], ignore_index=True))
    table = radius.preset_difference(both, "rnn")
    assert table.shape == (2, 2)
    np.testing.assert_allclose(table, 2.0)


def test_initial_gains_are_those_of_the_runs_networks():
    found = archive(smaller_is_better, lrs=(0.01,), rhos=(0.5, 2.0))
    x = np.random.default_rng(1).random((4, 5, 28))
    gains = radius.initial_gains(found, x)
    assert set(gains.index) == set(found.runs.run_id)
    run = found.configs[0]
    ((_, network),) = starts.initial_networks([run])
    U, W = (getattr(network.layers[0], name)[0].detach().numpy().astype(float) for name in "UW")
    expected = radius.gains(W, radius.activity(U, W, x), rng=np.random.default_rng(run.seed))[1][-1]
    assert gains[run.run_id] == pytest.approx(expected, rel=1e-9)
    by_rho = found.runs.assign(gain=found.runs.run_id.map(gains)).groupby("rho").gain.min()
    assert by_rho[2.0] > 5 * by_rho[0.5]
