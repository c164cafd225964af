"""Experiments are data: a run's name says everything about it, and bad settings are refused."""

import json
from dataclasses import FrozenInstanceError, asdict, fields, replace
from itertools import groupby

import numpy as np
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.experiments import Experiment, RunConfig

NAN, INF = float("nan"), float("inf")

SETTINGS = dict(
    preset="both", task="mnist", source="subset", n_train=512, n_valid=0, kind="dann", layers=1,
    hidden=10, ei_ratio=4.0, rho=None, n_inhibitory=None, lr=0.05, clip=5.0, clip_by="layer",
    batch=16, updates=24, eval_every=8, seed=0, dtype="float32",
)  # fmt: skip
OTHERS = dict(
    preset="faithful", task=None, source="full", n_train=513, n_valid=1, kind="rnn", layers=2,
    hidden=11, ei_ratio=4.5, rho=1.5, n_inhibitory=2, lr=0.051, clip=None, clip_by="tensor",
    batch=17, updates=25, eval_every=9, seed=1, dtype="float64",
)  # fmt: skip


def config(**changes) -> RunConfig:
    """A tiny run: 24 updates of 10 units on 512 embedded digits."""
    return RunConfig(**(SETTINGS | changes))


# --- run ids -----------------------------------------------------------------------------------


@pytest.mark.parametrize("field", [f.name for f in fields(RunConfig)])
def test_a_run_id_changes_with_any_field(field):
    if field == "task":  # there is one task so far
        changed = experiments.digest(asdict(config()) | {"task": "adding"})
    else:
        changed = replace(config(), **{field: OTHERS[field]}).run_id
    assert changed != config().run_id


def test_a_run_id_is_a_digest_of_the_whole_configuration():
    assert config().run_id == experiments.digest(SETTINGS) == config().run_id
    assert len(config().run_id) == 16


def test_a_digest_does_not_depend_on_the_order_of_names():
    assert experiments.digest({"a": 1, "b": None}) == experiments.digest({"b": None, "a": 1})
    assert experiments.digest({"a": 1}) == "015abd7f5cc57a2d"  # in every archive: must not change


def test_equal_numbers_of_any_type_name_the_same_run():
    same = config(ei_ratio=4, clip=5, lr=np.float64(0.05), hidden=np.int64(10), seed=np.int32(0))
    assert same == config() and same.run_id == config().run_id
    assert json.loads(json.dumps(asdict(same))) == SETTINGS


def test_a_configuration_has_no_defaults_and_does_not_change():
    for name in SETTINGS:
        with pytest.raises(TypeError, match=name):
            RunConfig(**{k: v for k, v in SETTINGS.items() if k != name})
    with pytest.raises(FrozenInstanceError):
        config().lr = 1.0


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
    grid = experiments.get("one_layer_mnist").runs(scale)
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

    grid = experiments.get("one_layer_mnist").runs("paper")
    assert [key for key, _ in groupby(grid, setting)] == [
        ("rnn", "both", 0.01, None, "layer", None),
        ("colei", "faithful", 0.010772, 10.0, "tensor", None),
        ("colei", "corrected", 0.010772, 10.0, "layer", None),
        ("dann", "faithful", 0.010772, 5.0, "layer", 50),
        ("dann", "corrected", 0.010772, 5.0, "layer", None),
    ]


def test_46800_updates_are_25_epochs_and_end_in_an_evaluation():
    run = experiments.get("one_layer_mnist").runs("paper")[0]
    assert run.updates == 24.96 * 1875 and run.updates % run.eval_every == 0


def test_every_experiment_has_unique_runs_and_a_definition_at_each_scale():
    for name, experiment in experiments.EXPERIMENTS.items():
        assert experiment.name == name and experiment.scales
        definitions = [experiment.definition(scale) for scale in experiment.scales]
        assert len(set(definitions)) == len(definitions)
        for scale in experiment.scales:
            ids = [run.run_id for run in experiment.runs(scale)]
            assert ids and len(set(ids)) == len(ids)


def test_a_definition_follows_the_runs_not_their_order():
    def definition(*runs):
        return Experiment("toy", "", "", {"smoke": lambda: runs}).definition("smoke")

    a, b = config(seed=0), config(seed=1)
    assert definition(a, b) == definition(b, a) == definition(a, b, a)
    assert definition(a, b) != definition(a) != definition(b)


# --- ensembles ---------------------------------------------------------------------------------


def test_an_ensemble_groups_only_runs_that_share_a_shape():
    members = [config(seed=1), config(lr=0.1), config(clip=None), config(rho=2.0)]
    members += [config(ei_ratio=9.0), config(n_inhibitory=3)]
    strangers = [
        replace(config(), **{name: OTHERS[name]})
        for name in SETTINGS
        if name not in experiments.PER_MEMBER and name != "task"
    ]
    groups = experiments.ensembles([config(), *strangers, *members])
    assert groups == [[config(), *members], *[[stranger] for stranger in strangers]]


def test_the_first_result_trains_as_five_ensembles():
    grid = experiments.get("one_layer_mnist").runs("paper")
    groups = experiments.ensembles(grid)
    assert [len(group) for group in groups] == [5] * 5
    assert [run for group in groups for run in group] == list(grid)


# --- bad input ---------------------------------------------------------------------------------


def refusal(**changes) -> str:
    with pytest.raises(ValueError) as error:
        config(**changes)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("value", [0, -3, -0.5, NAN, INF, -INF, "9", True, [1.0], 1j])
@pytest.mark.parametrize("name", ["ei_ratio", "rho", "lr", "clip"])
def test_a_number_that_is_not_positive_and_finite_is_refused(name, value):
    assert refusal(**{name: value}) == f"{name}: expected a positive finite number, got {value!r}"


@pytest.mark.parametrize("value", [0, -1, 10.0, 2.5, NAN, INF, "10", True, [3]])
@pytest.mark.parametrize(
    "name", ["hidden", "layers", "n_train", "batch", "updates", "eval_every", "n_inhibitory"]
)
def test_a_count_that_is_not_a_whole_number_of_at_least_one_is_refused(name, value):
    assert refusal(**{name: value}) == f"{name}: expected a whole number >= 1, got {value!r}"


@pytest.mark.parametrize("value", [-1, 1.0, NAN, INF, "1", True, False, None])
@pytest.mark.parametrize("name", ["n_valid", "seed"])
def test_a_count_below_zero_is_refused(name, value):
    assert refusal(**{name: value}) == f"{name}: expected a whole number >= 0, got {value!r}"


@pytest.mark.parametrize(
    "name", ["ei_ratio", "lr", "hidden", "layers", "n_train", "batch", "updates", "eval_every"]
)
def test_only_rho_clip_and_interneurons_may_be_left_to_the_kind(name):
    assert refusal(**{name: None}).startswith(f"{name}: expected a ")
    config(rho=None, clip=None, n_inhibitory=None)


@pytest.mark.parametrize("name", ["preset", "task", "source", "kind", "clip_by", "dtype"])
def test_a_word_that_is_not_known_is_refused(name):
    assert refusal(**{name: "lstm"}).startswith(f"{name}: expected one of ")
    assert refusal(**{name: "lstm"}).endswith(", got 'lstm'")


@pytest.mark.parametrize("ratio", [1e-9, 0.05])
def test_a_ratio_that_leaves_a_population_empty_is_refused(ratio):
    assert "leaves both populations units, got 0 excit" in refusal(kind="colei", ei_ratio=ratio)
    for kind in ("rnn", "dann"):
        config(kind=kind, ei_ratio=ratio)  # these have no such split


@pytest.mark.parametrize("kind, least", [("rnn", 1), ("dann", 2), ("colei", 3)])
def test_a_network_too_small_to_draw_is_refused(kind, least):
    config(kind=kind, hidden=least, ei_ratio=1.0)
    if least > 1:
        message = f"hidden: expected at least {least} units of {kind}, got {least - 1}"
        assert refusal(kind=kind, hidden=least - 1, ei_ratio=1.0) == message


def test_a_batch_larger_than_the_training_set_is_refused():
    assert refusal(batch=513) == "batch: expected at most n_train = 512, got 513"


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
