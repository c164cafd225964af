"""Runs are data: a run's name says everything about it, and bad settings are refused."""

import json
from dataclasses import FrozenInstanceError, asdict, fields, replace

import numpy as np
import pytest

from daleslaw_lib.evaluation_times import evaluated_at, evaluations
from daleslaw_lib.experiments.configs import OPTIONAL, PER_MEMBER, RunConfig, digest, ensembles
from daleslaw_lib.tasks import TASKS
from helpers.configs import GIVEN, SETTINGS, config

NAN, INF = float("nan"), float("inf")


TEXT = dict(task="penn_treebank", source="small", length=10, embedding=8)


# A change of each field by itself, from the settings above or, where they do not allow it, from others.
OTHERS = dict(
    preset="faithful", source="full", n_train=513, n_valid=1, kind="rnn", layers=2, hidden=11,
    ei_ratio=4.5, rho=1.5, n_inhibitory=2, lr=0.051, clip=None, clip_by="tensor", batch=17, updates=25,
    eval_every=9, seed=1, dtype="float64", dense=1, random_ix=True, lr_decay=0.9,
    spectra=True, end_every=2, optimiser="eg", mechanism=True,
)  # fmt: skip
CHANGES = {name: ({}, {name: value}) for name, value in OTHERS.items()} | {
    "task": (dict(source="full"), dict(task="of_my_own")),
    "length": (dict(task="adding", source="generated", length=8), dict(length=7)),
    "embedding": (TEXT, dict(embedding=3)),
    "input_init": (dict(kind="rnn"), dict(input_init="he")),
    "frozen": (dict(kind="rnn"), dict(frozen=True)),
    "ablated": (dict(kind="colei"), dict(ablated=1)),
    "vectors": (dict(kind="rnn", vectors="rnn", spectrum="rnn"), dict(vectors="colei")),
    "spectrum": (dict(kind="rnn", vectors="rnn", spectrum="rnn"), dict(spectrum="colei")),
    "parts": (dict(kind="rnn", vectors="rnn", spectrum="colei"), dict(parts="U")),
    "start": (dict(kind="rnn", start="identity", start_a=1.0), dict(start="orthogonal")),
    "start_a": (dict(kind="rnn", start="identity", start_a=1.0), dict(start_a=0.5)),
    "start_b": (dict(kind="colei", start="sparse", start_a=4.0, start_b=1.0), dict(start_b=0.5)),
}
FIELDS = [f.name for f in fields(RunConfig)]


# --- run ids -----------------------------------------------------------------------------------


@pytest.mark.parametrize("field", FIELDS)
def test_a_run_id_changes_with_any_field(field, monkeypatch):
    monkeypatch.setitem(TASKS, "of_my_own", replace(TASKS["mnist"], name="of_my_own"))
    settings, change = CHANGES[field]
    assert config(**settings | change).run_id != config(**settings).run_id


def test_a_run_id_is_a_digest_of_all_that_is_not_absent():
    assert config().run_id == digest(GIVEN) == config().run_id
    assert config(rho=1.5, lr_decay=0.9).run_id == digest(GIVEN | dict(rho=1.5, lr_decay=0.9))
    assert len(config().run_id) == 16


def test_a_run_keeps_its_name_for_good():
    assert config().run_id == "61ec2af8589697e3"  # archives know runs by their names: these must not change
    assert digest({"a": 1}) == "015abd7f5cc57a2d"


def test_a_digest_does_not_depend_on_the_order_of_names():
    assert digest({"a": 1, "b": None}) == digest({"b": None, "a": 1})


def test_equal_numbers_of_any_type_name_the_same_run():
    same = config(ei_ratio=4, clip=5, lr=np.float64(0.05), hidden=np.int64(10), seed=np.int32(0))
    assert same == config() and same.run_id == config().run_id
    assert json.loads(json.dumps(asdict(same))) == SETTINGS


def test_a_configuration_has_no_defaults_and_does_not_change():
    assert set(FIELDS) == set(SETTINGS)
    for name in SETTINGS:
        with pytest.raises(TypeError, match=name):
            RunConfig(**{k: v for k, v in SETTINGS.items() if k != name})
    with pytest.raises(FrozenInstanceError):
        config().lr = 1.0


def test_only_danns_have_interneurons_by_their_ratio_unless_told():
    assert config(kind="rnn").interneurons is config(kind="colei").interneurons is None
    assert config().interneurons == 2 and config(n_inhibitory=7).interneurons == 7


# --- ensembles ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings, message",
    [
        (dict(length=14), "length: expected None for mnist, got 14"),
        (dict(embedding=7), "embedding: expected None for mnist, got 7"),
        (TEXT | dict(length=None), "length: expected a number for penn_treebank, got None"),
        (TEXT | dict(embedding=None), "embedding: expected a number for penn_treebank, got None"),
        (dict(task="adding", source="generated"), "length: expected a number for adding, got None"),
        (dict(rho=1e200), "rho: expected a positive number from 1e-100 to 1e\\+100, got 1e\\+200"),
    ],
)
def test_what_a_task_does_not_read_or_cannot_do_without_is_refused(settings, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        config(**settings)


def test_an_ensemble_groups_only_runs_that_share_a_shape():
    members = [config(seed=1), config(lr=0.1), config(clip=None), config(rho=2.0)]
    members += [config(ei_ratio=9.0), config(n_inhibitory=3), config(random_ix=True)]
    strangers = [
        config(**change)
        for name, (before, change) in CHANGES.items()
        if name not in PER_MEMBER and not before
    ]
    groups = ensembles([config(), *strangers, *members])
    assert groups == [[config(), *members], *[[stranger] for stranger in strangers]]


def test_transplants_frozen_or_not_train_with_plain_networks():
    plain = config(kind="rnn")
    others = [dict(frozen=True), dict(input_init="he"), dict(vectors="colei", spectrum="rnn")]
    together = [plain, *(replace(plain, **other) for other in others)]
    assert ensembles(together) == [together]
    colei = [config(kind="colei"), config(kind="colei", ablated=2)]
    assert ensembles(colei) == [colei]


def test_an_ensemble_has_at_most_so_many_members_in_their_order():
    runs = [config(seed=s, kind=kind) for s in range(5) for kind in ("rnn", "dann")]
    rnns, danns = runs[::2], runs[1::2]
    assert ensembles(runs) == [rnns, danns]
    assert ensembles(runs, 2) == [rnns[:2], rnns[2:4], rnns[4:], danns[:2], danns[2:4], danns[4:]]
    assert ensembles(runs, 5) == ensembles(runs, 99) == ensembles(runs)
    with pytest.raises(ValueError, match="most: expected a whole number >= 1, got 0"):
        ensembles(runs, 0)


# --- bad input ---------------------------------------------------------------------------------


def refusal(**changes) -> str:
    with pytest.raises(ValueError) as error:
        config(**changes)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("value", [0, -3, -0.5, NAN, INF, -INF, "9", True, [1.0], 1j])
@pytest.mark.parametrize("name", ["ei_ratio", "rho", "lr", "lr_decay", "clip"])
def test_a_number_that_is_not_positive_and_finite_is_refused(name, value):
    assert refusal(**{name: value}) == f"{name}: expected a positive finite number, got {value!r}"


COUNTS = [
    "hidden", "layers", "n_train", "batch", "updates", "eval_every", "n_inhibitory", "length", "dense",
    "embedding", "ablated",
]  # fmt: skip


@pytest.mark.parametrize("value", [0, -1, 10.0, 2.5, NAN, INF, "10", True, [3]])
@pytest.mark.parametrize("name", COUNTS)
def test_a_count_that_is_not_a_whole_number_of_at_least_one_is_refused(name, value):
    assert refusal(**{name: value}) == f"{name}: expected a whole number >= 1, got {value!r}"


@pytest.mark.parametrize("value", [-1, 1.0, NAN, INF, "1", True, False, None])
@pytest.mark.parametrize("name", ["n_valid", "seed"])
def test_a_count_below_zero_is_refused(name, value):
    assert refusal(**{name: value}) == f"{name}: expected a whole number >= 0, got {value!r}"


@pytest.mark.parametrize("name", [name for name in GIVEN if name not in OPTIONAL])
def test_only_what_is_optional_may_be_absent(name):
    assert refusal(**{name: None}).startswith(f"{name}: expected ")


@pytest.mark.parametrize("name", ["preset", "task", "source", "kind", "clip_by", "dtype"])
def test_a_word_that_is_not_known_is_refused(name):
    assert refusal(**{name: "lstm"}).startswith(f"{name}: expected one of ")
    assert refusal(**{name: "lstm"}).endswith(", got 'lstm'")


@pytest.mark.parametrize("task", TASKS)
def test_a_source_of_another_task_is_refused(task):
    for source in {source for one in TASKS.values() for source in one.sources} - set(TASKS[task].sources):
        assert refusal(task=task, source=source).startswith("source: expected one of ")


@pytest.mark.parametrize(
    "kind, name, value",
    [
        ("dann", "frozen", True),
        ("colei", "frozen", True),
        ("colei", "input_init", "he"),
        ("dann", "input_init", "he"),
        ("rnn", "ablated", 1),
        ("dann", "ablated", 1),
        ("rnn", "random_ix", True),
        ("colei", "n_inhibitory", 2),
    ],
)
def test_a_field_of_another_kind_is_refused(kind, name, value):
    assert refusal(kind=kind, **{name: value}) == f"{name}: expected None for {kind}, got {value!r}"


@pytest.mark.parametrize("name", ["frozen", "random_ix"])
def test_a_switch_is_true_or_absent(name):
    """So that "off" has one name, and a run one digest."""
    kind = "rnn" if name == "frozen" else "dann"
    assert refusal(kind=kind, **{name: False}) == f"{name}: expected one of True, got False"
    on = config(kind=kind, **{name: True})
    assert {config(kind=kind, **{name: value}).run_id for value in (1, np.True_)} == {on.run_id}


def test_vectors_and_spectrum_come_together_and_to_an_rnn():
    message = "vectors, spectrum: expected both or neither, got vectors 'rnn' and spectrum None"
    assert refusal(kind="rnn", vectors="rnn") == message
    assert refusal(kind="rnn", spectrum="rnn").startswith("vectors, spectrum: expected both or neither")
    for kind in ("colei", "dann"):
        message = f"vectors: expected None for {kind}, got 'rnn'"
        assert refusal(kind=kind, vectors="rnn", spectrum="rnn") == message
    assert refusal(kind="rnn", vectors="dann", spectrum="rnn").startswith(
        "vectors: expected one of rnn, colei"
    )


@pytest.mark.parametrize("name, value", [("layers", 2), ("dense", 1), ("rho", 1.0), ("input_init", "he")])
def test_what_a_transplant_would_ignore_is_refused(name, value):
    settings = dict(kind="rnn", vectors="rnn", spectrum="colei")
    expected = 1 if name == "layers" else None
    assert refusal(**settings, **{name: value}) == f"{name}: expected {expected} with vectors, got {value!r}"


def test_more_ablated_units_than_inhibitory_ones_are_refused():
    assert config(kind="colei", ablated=2).ablated == 2
    assert refusal(kind="colei", ablated=3) == "ablated: expected at most 2 inhibitory units, got 3"


@pytest.mark.parametrize("ratio", [1e-9, 0.05])
def test_a_ratio_that_leaves_a_population_empty_is_refused(ratio):
    empty = "leaves both populations units, got 0 excit"
    assert empty in refusal(kind="colei", ei_ratio=ratio)
    assert empty in refusal(kind="rnn", vectors="rnn", spectrum="colei", ei_ratio=ratio)
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


# --- when a run is evaluated ---------------------------------------------------------------------


def rows_of(run):
    how = run.updates, run.eval_every, run.end_every
    return [update for update in range(run.updates + 1) if evaluated_at(update, *how)]


@pytest.mark.parametrize(
    "updates, eval_every, end_every", [(46_800, 4_680, 468), (56_250, 5_625, 562), (100, 7, 3)]
)
def test_the_last_ten_evaluations_are_dense_and_the_others_seldom(updates, eval_every, end_every):
    run = config(updates=updates, eval_every=eval_every, end_every=end_every)
    rows = rows_of(run)
    assert rows[-10:] == [updates - k * end_every for k in range(10)][::-1]
    assert all(update % eval_every == 0 for update in rows[:-10]) and rows[0] == 0
    assert len(rows) == evaluations(updates, eval_every, end_every)


@pytest.mark.parametrize("updates, eval_every", [(24, 8), (25, 8), (7, 7), (7, 9)])
def test_without_an_end_of_its_own_a_run_is_evaluated_evenly_and_last(updates, eval_every):
    run = config(updates=updates, eval_every=eval_every)
    rows = rows_of(run)
    assert rows == sorted({*range(0, updates + 1, eval_every), updates})
    assert len(rows) == evaluations(updates, eval_every, None)


def test_ten_evaluations_must_fit_into_a_run():
    with pytest.raises(
        ValueError, match="end_every: expected at most 2, for 10 evaluations within 24 updates, got 3"
    ):
        config(updates=24, end_every=3)


# --- runs that keep their spectra ----------------------------------------------------------------------


def test_a_run_without_spectra_has_the_name_it_had_before_there_were_any():
    assert "spectra" not in {k for k, v in vars(config()).items() if v is not None}
    assert config(spectra=True).run_id != config().run_id
    with pytest.raises(ValueError, match="spectra: expected one of True, got False"):
        config(spectra=False)


# --- starts, transplanted parts, other steps -----------------------------------------------------


@pytest.mark.parametrize(
    "changes, words",
    [
        (dict(kind="dann", start="identity", start_a=1.0), "start: expected None for dann, got 'identity'"),
        (dict(kind="rnn", start="sparse", start_a=3.0, start_b=1.0), "start: expected one of identity"),
        (dict(kind="rnn", start="identity"), "start_a: expected the gain of the start identity, got None"),
        (dict(kind="rnn", start_a=1.0), "start_a: expected None without a start, got 1.0"),
        (dict(kind="rnn", start="outlier", start_b=1.0), "start_b: expected None for the start outlier"),
        (
            dict(kind="rnn", start="identity", start_a=-1),
            "start_a: expected a positive finite number, got -1",
        ),
        (
            dict(kind="rnn", start="identity", start_a=1.0, rho=1.0),
            "rho: expected None with a start, got 1.0",
        ),
        (
            dict(kind="rnn", start="identity", start_a=1.0, vectors="rnn", spectrum="colei"),
            "vectors: expected None with a start",
        ),
        (dict(kind="colei", start="sparse", start_a=50.0, start_b=1.0), "inputs: expected at least 2"),
        (
            dict(kind="colei", hidden=3, ei_ratio=100.0, start="permutation", start_a=-2.0),
            "start_a: expected a",
        ),
        (dict(kind="rnn", parts="W"), "parts: expected None without vectors, got 'W'"),
        (
            dict(kind="rnn", vectors="rnn", spectrum="colei", parts="b"),
            "parts: expected one of W, U, readout",
        ),
        (dict(optimiser="sgd"), "optimiser: expected one of eg, adam, got 'sgd'"),
        (dict(mechanism=True, layers=3), "mechanism: expected None but for one layer on images, got True"),
    ],
)
def test_a_start_a_part_or_a_step_that_makes_no_sense_is_refused_in_a_line(changes, words):
    with pytest.raises(ValueError, match=words) as error:
        config(**changes)
    assert "\n" not in str(error.value)


def test_starts_and_parts_train_with_plain_networks_and_steps_apart():
    plain = config(kind="colei", hidden=20)
    others = [dict(start="permutation", start_a=1.0), dict(start="sparse", start_a=4.0, start_b=1.0)]
    together = [plain, *(replace(plain, **other) for other in others)]
    assert ensembles(together) == [together]
    assert len(ensembles([plain, replace(plain, optimiser="eg")])) == 2
