"""Networks, predictors and their comparison in chapter 9."""

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib.initialisation import colei_weights, draw_network, obeys_dale
from daleslaw_lib.jacobians import MEASURES
from daleslaw_lib.networks.network import Network
from daleslaw_lib.running import runner
from daleslaw_lib.spectra import singular_values, svd_entropy, without_column_means
from daleslaw_lib.studies.mechanism import networks, predictors
from helpers.science import a_table, config


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize("kind", ["rnn", "colei", "dann"])
def test_a_layer_has_the_effective_matrices_of_its_network(kind):
    arrays = draw_network(kind, 5, 20, 3, ei_ratio=4.0, rng=rng())
    layer, network = networks.layer(arrays, kind, 4.0), Network.from_arrays(kind, [arrays], ei_ratio=4.0)
    for ours, theirs in (
        (layer.U, network.layers[0].U),
        (layer.W, network.layers[0].W),
        (layer.V, network.readout.W),
    ):
        np.testing.assert_allclose(ours, theirs[0].detach().numpy(), rtol=1e-5, atol=1e-6)


def test_centred_columns_have_no_mean_and_the_flat_group_no_group():
    W = colei_weights(100, 9.0, rng=rng())
    assert np.abs(without_column_means(W).mean(0)).max() < 1e-15
    s, flat = singular_values(W), singular_values(networks.with_flat_group(W, 10))
    np.testing.assert_allclose(flat[1:12], s[11])
    np.testing.assert_allclose([flat[0], *flat[12:]], [s[0], *s[12:]])
    assert svd_entropy(singular_values=flat) > svd_entropy(W)


def test_every_variant_is_measured_for_every_seed_and_the_first_three_are_the_kinds():
    table = networks.measured(range(2), n=30, ei_ratio=4.0)
    assert len(table) == 2 * len(networks.VARIANTS) and set(MEASURES) < set(table)
    assert list(networks.VARIANTS)[:3] == ["RNN", "DANN", "ColEI"]
    assert np.isfinite(table[list(MEASURES)].to_numpy()).all()
    for name in ("ColEI", "ColEI, signed permutation"):
        assert obeys_dale(networks.VARIANTS[name](30, 4.0, rng()).W)[0]


def test_in_colei_changes_arrive_in_one_direction_and_in_an_rnn_in_several():
    means = networks.measured(range(4)).groupby("network").mean(numeric_only=True)
    assert means.participation["ColEI"] < 1.5 < 3 < means.participation["RNN"]
    assert means.participation["ColEI, signed permutation"] > 10
    assert means.log_gain["ColEI"] > means.log_gain["RNN"]  # it is not that gradients vanish faster


def test_participation_falls_with_the_number_of_steps():
    table = networks.over_steps(networks.VARIANTS["RNN"], (2, 5, 10), seeds=range(2))
    assert table.steps.tolist() == [2, 5, 10] and (np.diff(table.participation) < 0).all()


# --- predictors ------------------------------------------------------------------------------------


def test_predictors_are_of_the_network_that_a_run_starts_from():
    runs = [
        config(),
        config(start="permutation", start_a=1.0),
        config(kind="rnn"),
        config(kind="dann", seed=1),
    ]
    table = predictors.of_runs(runs)
    assert list(table.index) and set(table.index) == {run.run_id for run in runs}
    assert set(table) == set(predictors.LABELS) and np.isfinite(table.to_numpy()).all()
    permuted = table.loc[runs[1].run_id]
    assert permuted.H == pytest.approx(1, abs=1e-5) and permuted.inputs == pytest.approx(0, abs=1e-5)
    assert permuted.condition == pytest.approx(0, abs=1e-4) and permuted.stable == pytest.approx(
        np.log(20), abs=1e-4
    )


def test_a_predictor_that_is_right_predicts_designs_it_has_not_seen():
    table = a_table()
    assert predictors.left_out(table, ["H"]) == pytest.approx(1)
    assert predictors.left_out(table, ["radius"]) < 0.3
    compared = predictors.compare(table, draws=20)
    assert compared[predictors.LEFT_OUT].idxmax() == predictors.LABELS["H"]
    assert (compared.low <= compared.high).all() and len(compared) == len(predictors.LABELS)


def test_an_outlying_design_is_not_its_own_evidence():
    """One far point makes a line fit; left out, it is predicted badly."""
    H, error = [0.0, 0.1, -0.1, 0.1, -0.1, 9], [0, 0.2, 0.2, -0.2, -0.2, 5]
    table = pd.DataFrame({"design": list("abcdef"), "H": H, "log_error": error})
    assert predictors.left_out(table, ["H"]) < 0.2 < 0.95 < np.corrcoef(table.H, table.log_error)[0, 1]


def test_a_design_that_alone_decides_the_line_has_no_prediction():
    table = pd.DataFrame({"design": list("abcd"), "H": [0.0, 0, 0, 9], "log_error": [0.0, 1, 2, 3]})
    assert np.isnan(predictors.left_out(table, ["H"]))


@pytest.mark.parametrize("columns", [["H"], ["H", "radius"]])
def test_leaving_out_is_refitting_without(columns):
    table = a_table(noise=1.0)
    means = table.groupby("design")[[*columns, "log_error"]].mean()
    X, y = np.column_stack([np.ones(len(means)), means[columns]]), means.log_error.to_numpy()
    errors, guesses = [], []
    for k in range(len(means)):
        others = np.arange(len(means)) != k
        errors.append(y[k] - X[k] @ np.linalg.lstsq(X[others], y[others], rcond=None)[0])
        guesses.append(y[k] - y[others].mean())
    expected = 1 - np.sum(np.square(errors)) / np.sum(np.square(guesses))
    assert predictors.left_out(table, columns) == pytest.approx(expected)


def test_seeds_are_compared_within_their_design_alone():
    table = a_table(seeds=6)
    table["log_error"] += 0.01 * table.radius  # within a design radius decides, between designs H
    assert predictors.within(table, "radius") == pytest.approx(1)
    assert abs(predictors.within(table, "log_gain")) < 0.5


def test_too_few_designs_are_refused():
    with pytest.raises(ValueError, match="expected at least 5 designs, got 3"):
        predictors.compare(a_table(n_designs=3))


def test_archives_become_a_row_a_run_with_its_design():
    archive = runner.train_here(
        [
            config(seed=s, start=start, start_a=a)
            for start, a in ((None, None), ("identity", 1.0))
            for s in (0, 1)
        ]
    )
    by = archive.experiment.by
    table = predictors.of_archives([archive])
    assert len(table) == 4 and set(predictors.LABELS) < set(table)
    assert table.design.nunique() == (2 if "start" in by else 1)
    assert table.log_error.between(np.log(1), np.log(100)).all()


def test_without_outlier_and_group_colei_keeps_an_rnns_directions_and_without_one_of_them_it_does_not():
    W = colei_weights(100, 9, rng=rng())
    edge = singular_values(W)[11]
    assert singular_values(networks.without_either(W, 10))[0] < 1.1 * edge  # the other order leaves 3.4
    assert svd_entropy(networks.without_either(W, 10)) > 0.94
    table = networks.measured(range(3)).groupby("network").participation.median()
    one_of_them = table[["ColEI, column means removed", "ColEI, inhibitory group flattened"]]
    assert one_of_them.max() < 2 and min(table["ColEI, both"], table["RNN"]) > 3
