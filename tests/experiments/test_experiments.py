"""Experiments are data: every figure's runs at each scale, as the paper has them."""

import math
from collections import Counter
from dataclasses import asdict, fields
from functools import cache
from itertools import groupby

import pytest

from daleslaw_lib import experiments
from daleslaw_lib.command.runs import pairs
from daleslaw_lib.evaluation_times import N_LAST, evaluated_at
from daleslaw_lib.experiments import EXPERIMENTS, SCALES, Experiment, RunConfig
from daleslaw_lib.experiments.configs import DrawConfig
from daleslaw_lib.experiments.experiment import NEW_SEEDS, fields_that_select
from daleslaw_lib.running import runner
from helpers.configs import config

HOLDS_OUT = ("radius_sweep", "controls", "start_screen", "steps")
TRAINED = [name for name, experiment in EXPERIMENTS.items() if experiment.trains]


@cache
def runs_of(name: str, scale: str) -> tuple[RunConfig | DrawConfig, ...]:
    """The runs of a grid; of a halving those at length, which are reported."""
    experiment = experiments.get(name)
    if (halving := experiment.halving(scale)) is None:
        return experiment.runs(scale)
    return tuple(run for run in experiment.planned(scale) if halving.is_final(run.seed, run.updates))


def first_runs(name: str, scale: str = "paper") -> tuple[RunConfig | DrawConfig, ...]:
    """Those of the paper's own number of seeds; the runs on new seeds decide claims."""
    runs = runs_of(name, scale)
    return tuple(run for run in runs if run.seed < NEW_SEEDS or not EXPERIMENTS[name].trains)


def new_runs(name: str) -> tuple[RunConfig, ...]:
    return tuple(run for run in runs_of(name, "paper") if run.seed >= NEW_SEEDS)


@pytest.mark.parametrize(
    "scale, runs, seeds, updates, eval_every, n_train, source",
    [
        ("smoke", 10, 2, 250, 125, 4_000, "subset"),
        ("laptop", 15, 3, 9_360, 468, 60_000, "full"),
        ("paper", 25, 5, 46_800, 468, 60_000, "full"),
    ],
)
def test_the_first_result_is_as_documented_at_each_scale(
    scale, runs, seeds, updates, eval_every, n_train, source
):
    grid = first_runs("one_layer_mnist", scale)
    assert len(grid) == runs == len({run.run_id for run in grid})
    assert {run.seed for run in grid} == set(range(seeds))
    common = dict(
        updates=updates, eval_every=eval_every, n_train=n_train, source=source, n_valid=0, batch=32,
        layers=1, hidden=100, ei_ratio=9.0, rho=None, task="mnist", dtype="float32",
    )  # fmt: skip
    for run in grid:
        assert asdict(run) | common == asdict(run)


def test_each_kind_is_trained_with_its_published_settings():
    def setting(run):
        return run.kind, run.preset, run.lr, run.clip, run.clip_by, run.n_inhibitory

    grid = first_runs("one_layer_mnist")
    assert [key for key, _ in groupby(grid, setting)] == [
        ("rnn", "both", 0.01, None, "layer", None),
        ("colei", "faithful", 0.010772, 10.0, "tensor", None),
        ("colei", "corrected", 0.010772, 10.0, "layer", None),
        ("dann", "faithful", 0.010772, 5.0, "layer", 50),
        ("dann", "corrected", 0.010772, 5.0, "layer", None),
    ]


def test_46800_updates_are_25_epochs_and_end_in_an_evaluation():
    run = runs_of("one_layer_mnist", "paper")[0]
    assert run.updates == 24.96 * 1875 and run.updates % run.eval_every == 0


def test_every_experiment_has_unique_runs_and_a_definition_at_each_scale():
    for name, experiment in experiments.EXPERIMENTS.items():
        assert experiment.name == name and experiment.scales
        definitions = [experiment.definition(scale) for scale in experiment.scales]
        assert len(set(definitions)) == len(definitions)
        for scale in experiment.scales:
            ids = [run.run_id for run in runs_of(name, scale)]
            assert ids and len(set(ids)) == len(ids)


def test_a_definition_follows_the_runs_not_their_order():
    def definition(*runs):
        return Experiment("toy", "", "", {"smoke": lambda: runs}).definition("smoke")

    a, b = config(seed=0), config(seed=1)
    assert definition(a, b) == definition(b, a) == definition(a, b, a)
    assert definition(a, b) != definition(a) != definition(b)


def test_the_first_result_trains_as_four_ensembles():
    """RNN, ColEI clipped in either way, and DANN with either number of interneurons."""
    grid = runs_of("one_layer_mnist", "paper")
    groups = experiments.ensembles(grid)
    assert [len(group) for group in groups] == [5, 5, 5, 10, 30, 30, 30, 60]  # first seeds, new seeds
    assert [run for group in groups for run in group] == list(grid)


# --- all of them -------------------------------------------------------------------------------


EVERY = [
    pytest.param(name, scale, id=f"{name}-{scale}") for name, e in EXPERIMENTS.items() for scale in e.scales
]


@pytest.mark.parametrize(
    "name, first, new",
    [
        ("adding", 5 * 5, 5 * 200),
        ("one_layer_mnist", 5 * 5, 5 * 30),
        ("three_layer_mnist", 4 * 5, 4 * 20),
        ("penn_treebank", 6 * 5, 0),
        ("penn_treebank_glove", 6 * 5, 0),
        ("radius_sweep", 0, 5 * 21 * 5),  # networks, radii, seeds; settings by halving
        ("spectra", 7 * (1000 + 100 + 20) + 6 * (200 + 20 + 4), 0),  # RNN, ColEI, DANN; the variants
        ("transplants", 9 * 5 + 4 * 30, 9 * 30),  # the factorial and ColEI; the ablation of ColEI
        ("size", 3 * 5, 3 * 30 + 2 * 3 * 5),  # 100 units; 300 and 1,000
        ("ei_ratio", 12 * 5, 12 * 30),
        ("second_sample", 0, 2 * 112 + 2 * 220),  # RNN and DANN; ColEI at two ratios
        ("entropy_grid", 0, 5 * 6 * 3 + 2 + 5),  # sizes, fractions, seeds; the two cells of the figure
        ("ii_ablation", 3 * 5, 3 * 30),
        ("replay", 3 * 3, 0),
        ("spectrum_parts", 0, 12 * 20),  # an RNN, four parts, three matrices; ColEI, three matrices
        ("controls", 0, 4 * 5 * 5),  # networks, learning rates, seeds
        ("one_cell", 0, 2 * 5 * 10),  # laws, variations, seeds
        ("jacobians", 6 * 3, 0),
        ("better_colei", 0, (3 + 3 + 8) * 20),  # RNN and controls, ColEI at three shares, the chosen starts
        ("identity_shares", 0, 3 * 20),  # an RNN, two shares
        ("better_layers", 0, 4 * 20),
        ("steps", 0, (2 * 3 + 3 * 3 + 4) * 5),  # exponentiated gradient, Adam, plain SGD
        ("fashion", 0, 3 * 20),
        ("long_adding", 0, 3 * 3 * 20),
    ],
)
def test_the_papers_scale_has_the_papers_seeds_first_and_then_those_that_decide(name, first, new):
    found = len(first_runs(name)), len(new_runs(name)) if name in TRAINED else 0
    assert found == (first, new) and len(runs_of(name, "paper")) == first + new


def is_evaluated(run, update):
    return evaluated_at(update, run.updates, run.eval_every, run.end_every)


@pytest.mark.parametrize("name", [n for n in TRAINED if n != "adding" and "paper" in EXPERIMENTS[n].scales])
def test_new_seeds_are_read_over_ten_evaluations_a_hundredth_of_the_run_apart(name):
    for run in new_runs(name):
        assert run.end_every == run.updates // 100
        rows = (
            [update for update in range(run.updates + 1) if is_evaluated(run, update)]
            if run.seed == 100
            else []
        )
        assert not rows or rows[-N_LAST:] == [run.updates - k * run.end_every for k in range(N_LAST)][::-1]


def test_no_experiment_is_left_out_above():
    assert len(EXPERIMENTS) == 25
    assert all("smoke" in e.scales for e in EXPERIMENTS.values())
    assert [name for name, e in EXPERIMENTS.items() if "paper" not in e.scales] == ["start_screen"]
    assert [name for name, e in EXPERIMENTS.items() if "laptop" not in e.scales] == ["second_sample"]
    assert [name for name in EXPERIMENTS if name not in TRAINED] == ["spectra"]


@pytest.mark.parametrize("name, scale", EVERY)
def test_an_experiment_that_trains_has_runs_and_one_that_does_not_has_draws(name, scale):
    kind_of_run = RunConfig if EXPERIMENTS[name].trains else DrawConfig
    assert all(type(run) is kind_of_run for run in runs_of(name, scale))


@pytest.mark.parametrize("name, scale", EVERY)
def test_every_condition_is_run_with_the_same_seeds(name, scale):
    runs = runs_of(name, scale)
    by_condition = {}
    for run in runs:
        condition = tuple((k, v) for k, v in asdict(run).items() if k != "seed")
        by_condition.setdefault(condition, []).append(run.seed)
    for seeds in by_condition.values():
        first, new = ([seed for seed in seeds if (seed >= NEW_SEEDS) == late] for late in (False, True))
        if name == "spectra":
            first, new = seeds, []
        others = {"identity_shares": 20, "second_sample": 30}.get(
            name, 0
        )  # of the new seeds, what earlier runs had seen
        new_from = NEW_SEEDS + others
        assert first == list(range(len(first))) and new == list(range(new_from, new_from + len(new)))
    lengths = {len(seeds) for seeds in by_condition.values()}
    several = {"transplants": {5, 30}, "size": {5, 30}, "entropy_grid": {3, 5}, "adding": {205}}
    several |= {"one_cell": {10}, "second_sample": {112, 220}}
    if scale == "paper" and EXPERIMENTS[name].trains:
        assert lengths <= several.get(name, {5, 3, 20, 30})
    assert len(lengths) == 1 or scale == "paper" or name == "spectra"


@pytest.mark.parametrize("name", [n for n in TRAINED if "smoke" in EXPERIMENTS[n].scales])
def test_the_smoke_scale_needs_nothing_that_is_fetched(name):
    for run in runs_of(name, "smoke"):
        assert run.source in ("subset", "generated", "small", "drawn") and run.updates <= 400


@pytest.mark.parametrize("name, scale", [p for p in EVERY if p.values[0] in TRAINED])
def test_every_run_ends_in_an_evaluation(name, scale):
    assert all(is_evaluated(run, run.updates) for run in runs_of(name, scale))
    first = [run for run in runs_of(name, scale) if run.end_every is None]
    assert all(run.updates % run.eval_every == 0 for run in first)


@pytest.mark.parametrize("name, scale", EVERY)
def test_an_experiment_names_the_fields_that_tell_its_conditions_apart(name, scale):
    """But for learning rate and clip of the radius sweep, which are chosen by validation error."""
    experiment = experiments.get(name)
    assert set(experiment.by) <= {f.name for f in fields(RunConfig if experiment.trains else DrawConfig)}
    tuned = ("lr", "clip") if name == "radius_sweep" else ()
    for preset in ("faithful", "corrected"):
        conditions = Counter(
            tuple(getattr(run, field) for field in (*experiment.by, *tuned, "seed"))
            for run in runs_of(name, scale)
            if run.preset in (preset, "both")
        )
        assert set(conditions.values()) == {1}


@pytest.mark.parametrize("name", [n for n, e in EXPERIMENTS.items() if e.published])
def test_every_published_number_is_of_some_run(name):
    experiment = experiments.get(name)
    runs = [run for scale in experiment.scales for run in runs_of(name, scale)]
    for number in experiment.published:
        assert number.value > 0 and number.source.startswith("Fig. ")
        assert any(all(getattr(run, k) == v for k, v in number.where.items()) for run in runs), number


def test_only_the_experiments_without_a_published_number_have_none():
    of_the_paper = [e for e in EXPERIMENTS.values() if not e.figure.startswith("Chapter")]
    assert [e.name for e in of_the_paper if not e.published] == ["ii_ablation", "replay"]
    assert not any(e.published for e in EXPERIMENTS.values() if e not in of_the_paper)


# --- where text and code of the paper differ ---------------------------------------------------


def conditions(name, kind, *of, preset=None, scale="paper"):
    """The values of some fields among the runs of a kind, each once, in order."""
    runs = runs_of(name, scale)
    chosen = [run for run in runs if run.kind == kind and preset in (None, run.preset)]
    return list(dict.fromkeys(tuple(getattr(run, field) for field in of) for run in chosen))


@pytest.mark.parametrize("name", ["radius_sweep", "penn_treebank"])
def test_the_shipped_rnn_is_sign_frozen_and_danns_inhibition_drawn(name):  # E2, E5
    assert conditions(name, "rnn", "preset", "frozen") == [("faithful", True), ("corrected", None)]
    assert conditions(name, "dann", "preset", "random_ix") == [("faithful", True), ("corrected", None)]


@pytest.mark.parametrize("name", [n for n in TRAINED if n not in ("entropy_grid", "start_screen")])
def test_colei_clips_by_tensor_as_shipped_and_the_others_by_layer(name):  # E3
    assert all(by == "tensor" for (by,) in conditions(name, "colei", "clip_by", preset="faithful"))
    for kind in ("rnn", "dann"):
        assert all(by == "layer" for (by,) in conditions(name, kind, "clip_by"))


def test_the_shipped_rnn_of_the_adding_problem_does_not_clip():  # E3
    assert conditions("adding", "rnn", "preset", "clip") == [("faithful", None), ("corrected", 7.0)]


def test_half_of_the_interneurons_are_there_at_every_ratio_as_shipped():  # E4
    assert conditions("ei_ratio", "dann", "preset", "ei_ratio", "n_inhibitory") == [
        ("faithful", 99.0, 50),
        ("corrected", 99.0, None),
        ("faithful", 9.0, 50),
        ("corrected", 9.0, None),
        ("both", 1.0, None),
    ]


def test_the_ablation_is_of_three_units_as_shipped_and_of_all_ten():  # E11
    of = ("preset", "ablated")
    assert conditions("ii_ablation", "colei", *of) == [("both", None), ("faithful", 3), ("corrected", 10)]


def test_only_the_rnn_of_the_size_sweep_has_normal_input_weights():  # E12
    for name in TRAINED:
        drawn = {
            value for (value,) in conditions(name, "rnn", "input_init", scale=EXPERIMENTS[name].scales[0])
        }
        assert drawn <= ({"he"} if name == "size" else {None})


def test_radii_are_halved_for_networks_without_column_signs():  # E13
    for scale in ("smoke", "laptop", "paper"):
        radii = [rho for (rho,) in conditions("radius_sweep", "colei", "rho", scale=scale)]
        assert radii == sorted(radii)
        for kind in ("rnn", "dann"):
            assert conditions("radius_sweep", kind, "rho", scale=scale) == [(rho / 2,) for rho in radii]


@pytest.mark.parametrize("scale", SCALES)
def test_only_the_radius_sweep_holds_out_digits(scale):  # E14
    """And of chapters 9 and 10 what chooses rates."""
    for name in (n for n in TRAINED if scale in EXPERIMENTS[n].scales):
        for run in runs_of(name, scale):
            if run.task == "mnist":
                assert bool(run.n_valid) == (name in HOLDS_OUT)
                assert run.n_train + run.n_valid == (4_000 if run.source == "subset" else 60_000)


def test_the_learning_rate_of_the_adding_problem_falls_by_eight_steps_an_epoch():  # E15
    run = runs_of("adding", "paper")[0]
    epoch = run.n_train // run.batch
    assert epoch == 141 and run.lr_decay ** (epoch / run.eval_every) == pytest.approx(0.99**8)


def test_transplants_are_all_pairs_frozen_and_free_and_the_four_of_the_ablation_again():
    kinds = ("rnn", "colei")
    factorial = [(v, s, frozen) for v in kinds for s in kinds for frozen in (None, True)]
    rows = conditions("transplants", "rnn", "lr", "vectors", "spectrum", "frozen")
    assert rows == [(0.010772, *row) for row in factorial] + [
        (0.01, "colei", "rnn", True),
        (0.01, "rnn", "colei", True),
        (0.01, "colei", "colei", None),
    ]
    assert conditions("transplants", "colei", "lr", "vectors") == [(0.010772, None), (0.01, None)]


def test_spectra_are_of_three_sizes_and_three_ratios_with_a_fifth_of_the_draws_for_the_variants():
    draws = Counter(
        (run.hidden, run.kind, run.ei_ratio, run.random_ix or run.full_diagonal)
        for run in runs_of("spectra", "paper")
    )
    sizes, ratios = {100: 1000, 300: 100, 1000: 20}, (99.0, 9.0, 1.0)
    expected = {(n, "rnn", 9.0, None): k for n, k in sizes.items()}
    for kind in ("colei", "dann"):
        expected |= {(n, kind, r, None): k for n, k in sizes.items() for r in ratios}
        expected |= {(n, kind, r, True): k // 5 for n, k in sizes.items() for r in ratios}
    assert draws == expected


def test_danns_inhibition_is_drawn_in_the_faithful_spectra_and_colei_is_in_both_presets():  # E5, E8
    assert set(conditions("spectra", "dann", "preset", "random_ix")) == {
        ("corrected", None),
        ("faithful", True),
    }
    assert set(conditions("spectra", "colei", "preset", "full_diagonal")) == {("both", None), ("both", True)}


def test_fractions_of_the_entropy_grid_run_from_one_to_fifty_per_cent():
    grid = conditions("entropy_grid", "colei", "hidden", "ei_ratio")
    assert {hidden for hidden, _ in grid} == {100, 200, 300, 400, 500, 1000}
    assert [ratio for hidden, ratio in grid if hidden == 1000] == [99.0]
    ratios = sorted({ratio for _, ratio in grid})
    assert ratios[0] == 1.0 and ratios[-1] == 99.0 and len(ratios) == 6
    assert [1 / (1 + ratio) for ratio in ratios[::-1]] == pytest.approx(
        [0.01 + k * 0.49 / 5 for k in range(6)],
        abs=1e-4,  # the ratio is rounded
    )


def test_the_radii_of_three_standard_initialisations_are_among_those_of_the_sweep():
    radii = {rho for (rho,) in conditions("radius_sweep", "rnn", "rho")}
    assert {1 / math.sqrt(3), 1.0, math.sqrt(2)} <= radii  # PyTorch, Xavier, He


# --- bad input -------------------------------------------------------------------------------


def test_an_unknown_experiment_or_scale_is_refused_with_the_known_ones():
    with pytest.raises(ValueError) as error:
        experiments.get("two_layer_cifar")
    known = ", ".join(experiments.EXPERIMENTS)
    assert str(error.value) == f"experiment: expected one of {known}, got 'two_layer_cifar'"
    for scale in ("huge", "", None):
        with pytest.raises(ValueError) as error:
            experiments.get("one_layer_mnist").runs(scale)
        message = f"scale: expected one of smoke, laptop, paper, got {scale!r}"
        assert str(error.value) == message


def test_a_scale_that_one_experiment_lacks_is_refused():
    toy = Experiment("toy", "", "", {"paper": lambda: [config()], "smoke": lambda: [config()]})
    assert toy.scales == ("smoke", "paper")  # smallest first
    with pytest.raises(ValueError, match="scale: expected one of smoke, paper, got 'laptop'"):
        toy.runs("laptop")


@pytest.mark.parametrize(
    "name, where, expected",
    [
        ("one_layer_mnist", dict(kind="colei"), dict(kind="colei", preset="corrected")),
        ("transplants", dict(kind="rnn", frozen=None), dict(vectors="rnn", frozen=None)),
        ("ei_ratio", dict(kind="dann", ei_ratio=99.0), dict(ei_ratio=99.0, n_inhibitory=None)),
        ("entropy_grid", None, dict(kind="colei", hidden=50)),
    ],
)
def test_a_live_cells_run_is_a_mended_one_of_the_smoke_scale_with_its_changes(name, where, expected):
    run = experiments.like(name, where, seed=7, lr=0.1, updates=10, eval_every=5)
    assert {field: getattr(run, field) for field in expected} == expected
    assert (run.seed, run.lr, run.updates, run.source) == (7, 0.1, 10, "subset")
    assert run.n_train == 4_000


@pytest.mark.parametrize("where", [dict(kind="dann", ei_ratio=3.0), dict(kind="lstm")])
def test_a_run_like_none_is_refused(where):
    with pytest.raises(ValueError, match="where: expected fields of a run of ei_ratio at smoke scale, got"):
        experiments.like("ei_ratio", where)


def test_a_changed_setting_is_checked_like_any_other():
    with pytest.raises(ValueError, match="^lr: expected"):
        experiments.like("size", lr=-1)


# --- one run of many ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, scale", [(name, scale) for name in TRAINED for scale in EXPERIMENTS[name].scales]
)
def test_the_fields_of_a_run_select_it_and_no_other(name, scale):
    runs = runs_of(name, scale)
    for run in {runs[0], runs[len(runs) // 2], runs[-1]}:
        only = fields_that_select(EXPERIMENTS[name], scale, run)
        assert runner.select(runs, pairs(only)) == (run,)
        for left_out in only:
            assert len(runner.select(runs, pairs([pair for pair in only if pair != left_out]))) > 1
