"""What the transplants' archive says: paired differences, a factorial, and matrices under two laws."""

from dataclasses import replace

import numpy as np
import pytest

from daleslaw_lib import experiments, initialisation, statistics
from daleslaw_lib.experiments.transplants import MANY, cell, colei
from daleslaw_lib.initialisation import colei_weights, column_signs, draw_transplant, obeys_dale, rnn_weights
from daleslaw_lib.networks.network import weight_generator
from daleslaw_lib.spectra import singular_values, svd_entropy
from daleslaw_lib.studies import transplants
from daleslaw_lib.studies.transplants import report
from daleslaw_lib.studies.transplants.effects import PAIRS, WEIGHTS
from helpers.archives import in_memory

SEEDS = (0, 1, 2, 3)
RUNS = [
    replace(run, seed=seed) for run in experiments.get("transplants").runs("smoke")[::2] for seed in SEEDS
]


def archive(error, runs=RUNS):
    """An archive in memory: a run ends with `error(run)` per cent, and is 10 points worse before the end."""
    final = {run: error(run) / 100 for run in runs}
    curves = [
        dict(run_id=run.run_id, update=update, test_error=final[run] + (0.1 if update < 60 else 0))
        for update in range(0, 61, 5)
        for run in runs
    ]
    found = {run: {"test_error": e} for run, e in final.items()}
    return in_memory(experiments.get("transplants"), found, curves)


def additive(run, *, cost=(0.5, 1.0, 0.25), together=0.0):
    """More with each of ColEI's vectors, its spectrum, frozen signs, and with both of the first; noise."""
    has = run.vectors != "rnn", run.spectrum != "rnn", bool(run.frozen) or run.kind == "colei"
    noise = np.sin(10 * run.seed)
    return 5 + noise + float(np.dot(has, cost)) + together * (has[0] and has[1])


def by_label(effects):
    return {effect.label: effect for effect in effects}


def test_an_effect_is_a_difference_seed_by_seed():
    for effect, cost in zip(transplants.of_rnn(archive(additive)), (1.0, 0.5, 0.25)):
        assert effect.estimate.values == pytest.approx([cost] * len(SEEDS))
        assert effect.estimate.high - effect.estimate.low < 1e-9  # the seeds' own noise is gone


def test_what_is_taken_from_colei_is_what_it_costs():
    found = by_label(transplants.of_colei(archive(additive)))
    costs = {"RNN's spectrum": 1.0, "RNN's vectors": 0.5, "signs not frozen": 0.25}
    assert {name: e.estimate.mean for name, e in found.items()} == pytest.approx(costs)


def test_the_papers_numbers_stand_against_both_of_its_baselines():
    found = by_label(transplants.of_rnn(archive(additive)))
    assert found["ColEI's vectors"].published[transplants.PAPER] == pytest.approx(2.318 - 1.646)
    for effect in found.values():
        of_fig4, of_one_layer = (effect.published[k] for k in (transplants.PAPER, transplants.MATCHED))
        assert of_fig4 - of_one_layer == pytest.approx(2.25 - 1.646)


def test_effects_of_a_condition_that_is_not_archived_are_left_out():
    few = archive(additive, [run for run in RUNS if run.vectors == run.spectrum])
    assert [e.label for e in transplants.of_rnn(few)] == ["frozen signs"]
    assert transplants.factorial(few) == []
    assert transplants.comparisons([]).empty and transplants.table([]).empty


def test_the_factorial_recovers_main_effects_and_interactions():
    found = by_label(transplants.factorial(archive(lambda run: additive(run, together=0.6))))
    means = {name: effect.estimate.mean for name, effect in found.items()}
    assert means.pop("ColEI's vectors") == pytest.approx(0.5 + 0.3)
    assert means.pop("ColEI's spectrum") == pytest.approx(1.0 + 0.3)
    assert means.pop("frozen signs") == pytest.approx(0.25)
    assert means.pop("vectors × spectrum") == pytest.approx(0.3)
    assert len(means) == 3 and all(abs(mean) < 1e-9 for mean in means.values())


def test_factors_of_the_error_do_not_interact_on_a_logarithmic_scale():
    multiplied = archive(lambda run: np.exp(additive(run)))
    points = by_label(transplants.factorial(multiplied))["vectors × spectrum"].estimate.mean
    logs = by_label(transplants.factorial(multiplied, log=True))
    assert points > 1
    assert logs["vectors × spectrum"].estimate.mean == pytest.approx(0, abs=1e-9)
    assert logs["ColEI's spectrum"].estimate.mean == pytest.approx(1.0)


def test_interactions_in_points_are_those_of_factors_where_there_are_factors_and_else_a_part():
    multiplied = archive(lambda run: np.exp(0.3 * additive(run)))
    shares = transplants.effects.by_factors_alone(multiplied)
    assert shares.to_dict() == pytest.approx(dict.fromkeys(shares.index, 1.0)) and len(shares) == 4
    assert not report.factors_are_not_all(multiplied)
    more = archive(lambda run: np.exp(0.3 * additive(run, together=0.6)))
    assert 0 < transplants.effects.by_factors_alone(more)["vectors × spectrum"] < 0.8
    assert transplants.effects.by_factors_alone(more.only(more.runs.run_id[:1])).empty


def first_comparison(size):
    """Spectrum against vectors; the baseline has noise of this size, every condition a little of its own."""

    def error(run):
        plain = run.vectors == run.spectrum == "rnn" and not run.frozen
        own = 0.3 * np.cos(7 * run.seed + 3 * (run.vectors == "rnn") + 5 * (run.spectrum == "rnn"))
        return additive(run) + own + (size * np.cos(run.seed) if plain else 0)

    return transplants.comparisons(transplants.of_rnn(archive(error))).iloc[0]


def test_a_noisy_baseline_moves_welchs_test_and_not_the_paired_one():
    quiet, loud = first_comparison(0), first_comparison(2)
    welch = [float(row["Welch p (paper)"].split()[0]) for row in (quiet, loud)]
    assert welch[1] > 2 * welch[0]
    assert loud["paired p"] == quiet["paired p"] and loud["r"] > 0.9 > quiet["r"]


def test_every_comparison_has_the_papers_p():
    for effects in (transplants.of_rnn(archive(additive)), transplants.of_colei(archive(additive))):
        table = transplants.comparisons(
            [replace(e, estimate=statistics.estimate(np.arange(4.0) ** k)) for k, e in enumerate(effects, 1)]
        )
        assert len(table) == 3 and table["Welch p (paper)"].str.contains(r"\(").all()


def test_the_papers_reading_is_the_last_evaluation_alone():
    a = archive(additive)
    a = replace(a, runs=a.runs.assign(late_test_error=a.runs.test_error + 0.2))
    plain = cell("rnn", "rnn")
    one, ten = (transplants.errors(found, plain) for found in (transplants.at_the_end(a), a))
    assert (ten - one).to_numpy() == pytest.approx(20.0)


def test_the_rescue_is_also_measured_from_the_network_that_differs_in_one_thing():
    found = by_label(transplants.of_frozen(archive(additive)))
    costs = {"RNN's spectrum": 1.0, "RNN's vectors": 0.5, "signs not frozen": 0.25}
    assert {name: e.estimate.mean for name, e in found.items()} == pytest.approx(costs)


def test_a_run_can_be_read_as_if_it_had_stopped_earlier():
    a = archive(additive)
    plain = cell("rnn", "rnn")
    early = transplants.errors(transplants.until(a, 55), plain)
    assert (early - transplants.errors(a, plain)).to_numpy() == pytest.approx(10.0)


def test_neither_the_outlier_nor_the_inhibitory_group_alone_makes_colei_uneven():
    s = singular_values(colei_weights(100, 9, rng=np.random.default_rng(1)))
    H = {
        parts: float(
            svd_entropy(singular_values=transplants.levelled(s, 10, outlier=parts[0], group=parts[1]))
        )
        for parts in [(False, False), (True, False), (False, True), (True, True)]
    }
    alone = max(H[True, False], H[False, True]) - H[False, False]
    assert 0 < alone < 0.07 < 0.1 < H[True, True] - H[False, False]


def test_nine_conditions_are_shown_each_with_its_spectrums_colour():
    rows = transplants.rows(archive(additive))
    assert [row.kind for row in rows] == ["rnn"] * 4 + ["colei"] * 5
    assert [len(row.published) for row in rows] == [1, 1, 1, 1, 1, 1, 1, 0, 1]
    table = transplants.conditions(archive(additive))
    assert table.index[0] == "RNN" and table.index[-1] == "ColEI" and len(table) == 9


def test_panels_hold_a_curve_a_seed_of_what_is_archived():
    few = archive(additive, [run for run in RUNS if not run.frozen])
    panels = transplants.panels(few)
    assert len(panels) == 4
    assert [list(variants) for variants in panels.values()] == [["free"]] * 3 + [["free", "ColEI itself"]]
    kind, table = panels["RNN vectors, ColEI spectrum"]["free"]
    assert kind == "colei" and list(table.columns) == list(SEEDS) and table.index[-1] == 60


def test_five_seeds_and_thirty_do_not_mix():
    a = archive(lambda run: 100 * run.lr)
    assert transplants.errors(a, colei()).to_numpy() == pytest.approx(1.0772)
    assert transplants.errors(a, colei(MANY)).to_numpy() == pytest.approx(1.0)


def test_baselines_tell_depth_apart():
    plain = [r for r in experiments.get("one_layer_mnist").runs("smoke") if r.kind == "rnn"]
    one = archive(lambda run: 2 + 0.1 * run.seed, plain)
    three = archive(lambda run: 1 + 0.1 * run.seed, plain)
    means = [e.estimate.mean for e in transplants.baselines(archive(additive), one, three)]
    assert means[1::2] == pytest.approx([2.05, 1.05])
    # of the three evaluations in the last fifth two are 10 points worse
    assert means[2] == pytest.approx(1.05 + 20 / 3) and len(means) == 4


def test_the_start_follows_the_spectrum_and_signs_survive_no_exchange():
    table = transplants.starts(seeds=range(2), n=40)
    for name in ("H", "largest s", "largest s of U", "of the readout"):
        by_spectrum = table[name].unstack()
        assert (by_spectrum.loc["RNN"] == by_spectrum.loc["ColEI"]).all(), name
    assert table["columns of one sign"].tolist() == [0, 0, 0, 40]


def test_columns_of_one_sign_count_zeros_for_either():
    W = np.array([[1.0, -1, 0, 1], [0, -2, 0, -1]])
    assert initialisation.columns_of_one_sign(W) == 3


@pytest.mark.parametrize("k", [1, 3, 8])
def test_effective_inputs_count_inputs_of_one_size(k):
    W = 0.7 * sum(np.roll(np.eye(8), shift, axis=1) for shift in range(k))
    assert transplants.effective_inputs(W) == pytest.approx(k)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("power", [1, 4])
def test_a_matrix_of_one_sign_a_column_has_no_more_inputs_than_its_spectrum_allows(seed, power):
    W = colei_weights(30, 4, rng=np.random.default_rng(seed)) ** power
    assert transplants.effective_inputs(W) <= transplants.most_inputs(singular_values(W)) + 1e-9


def test_mixed_signs_are_free_of_that_bound():
    W = rnn_weights(100, rng=np.random.default_rng(0))
    assert transplants.effective_inputs(W) > 10 * transplants.most_inputs(singular_values(W))


def test_the_compromise_obeys_dale_and_has_the_wanted_spectrum():
    rng = np.random.default_rng(0)
    W, s, signs = (
        colei_weights(40, 9, rng=rng),
        singular_values(rnn_weights(40, rng=rng)),
        column_signs(40, 9),
    )
    found, history = transplants.compromise(W, s, signs, 400)
    assert obeys_dale(found)[0] and (found * signs >= 0).all()
    assert history[-1][0] < 0.02 * s[0] < history[0][0] and len(history) == 400
    assert history[-1][1] == pytest.approx(transplants.effective_inputs(found))
    np.testing.assert_allclose(singular_values(found), s, atol=0.02 * s[0])


@pytest.mark.parametrize("names", [(), WEIGHTS[:1], WEIGHTS])
def test_an_exchange_touches_the_named_matrices_alone(names):
    changed = transplants.exchange(3, names, n=20)
    own, other = (draw_transplant(k, k, 28, 20, 10, rng=weight_generator(3)) for k in ("colei", "rnn"))
    for name in own:
        if name in names:
            np.testing.assert_allclose(singular_values(changed[name]), singular_values(other[name]))
        else:
            np.testing.assert_array_equal(changed[name], own[name])


def test_exchanging_all_is_the_archives_transplant():
    all_three = transplants.exchange(1, WEIGHTS, n=20)
    drawn = draw_transplant("colei", "rnn", 28, 20, 10, rng=weight_generator(1))
    for name, w in drawn.items():
        np.testing.assert_allclose(all_three[name], w, atol=1e-12)


def test_trained_arrays_give_a_test_error_each_whatever_the_company():
    members = [transplants.exchange(seed, (), n=12) for seed in (0, 1)]
    together = transplants.train_arrays("rnn", members, (0, 1), updates=4)
    alone = transplants.train_arrays("rnn", members[1:], (1,), updates=4)
    assert together.shape == (2,) and ((0 <= together) & (together <= 100)).all()
    assert alone[0] == pytest.approx(together[1], abs=0.2)


def test_all_four_pairs_are_conditions_of_the_archive():
    found = {(run.vectors, run.spectrum) for run in RUNS if run.vectors}
    assert found == set(PAIRS)
