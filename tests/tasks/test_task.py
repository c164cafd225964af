"""What a task says of itself is so; one from outside is looked at before it is known."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.evidence.summary import QUANTITIES
from daleslaw_lib.tasks import TASKS, Ends, Task, mnist, penn_treebank, register_task


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_the_arrays_of_a_miniature_are_as_the_task_says(task):
    found = task.checked_arrays(task.miniature)
    assert list(found) == ["train", "valid", "test"] and found["valid"] is None
    n = len(found["test"]) if task.form == "text" else len(found["test"][1])
    assert n == task.n_test(task.small["source"])


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_every_final_figure_of_a_task_has_words_for_readers(task):
    assert set(task.quantities) <= set(QUANTITIES)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_run_counts_as_broken_by_a_figure_that_its_experiments_report(task):
    reported = {
        e.quantity
        for e in experiments.EXPERIMENTS.values()
        if e.trains and any(run.task == task.name for run in e.runs(e.scales[0]))
    }
    assert set(task.broken) == reported


def test_every_source_has_digests_and_a_count_without_a_file(monkeypatch):
    monkeypatch.delenv("DALESLAW_DATA", raising=False)
    for task in TASKS.values():
        for source in task.sources:
            assert task.n_test(source) > 0
    assert set(mnist.TASK.digests("full")) == set(mnist.FILES.values())
    assert penn_treebank.TASK.digests("small") == {}


def test_fixed_word_vectors_are_not_read_before_they_are_needed(monkeypatch):
    monkeypatch.delenv("DALESLAW_DATA", raising=False)
    run = SimpleNamespace(source="glove", embedding=300, length=35)
    ends = TASKS["penn_treebank"].ends(run)
    assert (ends.n_in, ends.n_out, ends.T) == (300, 10_000, 35) and ends.vectors is not None


def test_what_a_network_must_know_of_text_is_its_words_and_of_sequences_their_ends():
    run = SimpleNamespace(source="small", embedding=8, length=10)
    words = penn_treebank.n_words("small")
    assert TASKS["penn_treebank"].network(run) == dict(n_in=8, n_out=words, every_step=True, words=words)
    assert TASKS["mnist"].network(run) == dict(n_in=28, n_out=10)


# --- tasks from outside ----------------------------------------------------------------------------


def copying(run):
    """The first number of each sequence."""
    found = {}
    for split, n in {"train": run.n_train, "test": 30}.items():
        x = np.random.default_rng(n).random((n, 5, 2))
        found[split] = x, x[:, 0, :1]
    return found


GIVEN = dict(
    name="copying", sources=("drawn",), form="sequences", loss="mean_squared_error", unit="units",
    ends=lambda run: Ends(2, 1, 5), arrays=copying, n_test=lambda source: 30,
    small=dict(source="drawn", length=None, embedding=None, n_train=50, batch=10),
)  # fmt: skip


def task(**changes) -> Task:
    return Task(**GIVEN | changes)


def test_a_task_of_ones_own_is_known_from_now_on_and_may_be_registered_again(registries):
    assert register_task(task()) is TASKS["copying"]
    assert register_task(task(unit="others")).unit == TASKS["copying"].unit == "others"


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(name="My task"), "name: expected small letters, digits and underscores, got 'My task'"),
        (dict(sources=()), "sources: expected names, one at least, got ()"),
        (dict(sources="drawn"), "sources: expected names, one at least, got 'drawn'"),
        (dict(unit=3), "unit: expected that of its loss, in words, got 3"),
        (dict(unit=""), "unit: expected that of its loss, in words, got ''"),
        (dict(form="images"), "form: expected one of sequences, text, got 'images'"),
        (dict(loss="hinge"), "loss: expected one of cross_entropy, mean_squared_error, got 'hinge'"),
        (dict(form="text"), "loss: expected cross_entropy of text, got mean_squared_error"),
        (
            dict(small={}),
            "small: expected source, length, embedding, n_train, batch, of a miniature run, got none",
        ),
        (
            dict(small=GIVEN["small"] | {"source": "full"}),
            "small: source: expected one of drawn, got 'full'",
        ),
        (dict(broken={"test_error": 1.0}), "broken: expected figures of test_loss, got test_error"),
        (dict(notes={"full": "a note"}), "notes: expected sources of drawn, got full"),
    ],
)
def test_a_task_that_does_not_fit_together_is_refused_with_the_name_of_the_field(changes, message):
    with pytest.raises(ValueError) as refused:
        task(**changes)
    assert str(refused.value) == message


def arrays(**changes):
    """The arrays of `copying`, some of them changed: split to function of (x, y)."""

    def make(run):
        found = copying(run)
        return {k: changes[k](*v) if k in changes else v for k, v in found.items()}

    return make


CLASSES = dict(loss="cross_entropy", ends=lambda run: Ends(2, 3, 5))


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(arrays=lambda run: {}), "copying: expected arrays of train, got none"),
        (
            dict(arrays=arrays(train=lambda x, y: (x[:, :4], y))),
            "copying, train: expected x (n, 5, 2), y (n, 1), got x (50, 4, 2), y (50, 1)",
        ),
        (
            dict(arrays=arrays(test=lambda x, y: (x, y[:, 0]))),
            "copying, test: expected x (n, 5, 2), y (n, 1), got x (30, 5, 2), y (30,)",
        ),
        (dict(arrays=arrays(train=lambda x, y: (x[:9], y[:9]))), "copying, train: expected 50 items, got 9"),
        (dict(n_test=lambda source: 31), "copying, test: expected 31 items, got 30"),
        (
            CLASSES | dict(arrays=arrays(train=lambda x, y: (x, np.arange(50) % 4))),
            "copying, train: expected whole numbers 0 to 2, got 0 to 3",
        ),
        (
            CLASSES | dict(arrays=arrays(train=lambda x, y: (x, y[:, 0]))),
            "copying, train: expected whole numbers 0 to 2, got float64",
        ),
        (
            dict(arrays=arrays(train=lambda x, y: (np.where(x < 0.5, np.nan, x), y))),
            "copying, train: expected finite numbers, got NaN or infinity",
        ),
        (
            dict(arrays=arrays(test=lambda x, y: (x, np.full_like(y, np.inf)))),
            "copying, test: expected finite numbers, got NaN or infinity",
        ),
        (
            dict(arrays=arrays(train=lambda x, y: (x * 1j, y))),
            "copying, train: expected finite numbers, got complex128",
        ),
        (
            dict(arrays=arrays(test=lambda x, y: (np.random.default_rng().random(x.shape), y))),
            "copying, test: expected the same arrays each time, got others; a generator with a seed of its "
            "own, made in `arrays`, repeats them",
        ),
        (dict(name="mnist"), "name: expected one that no task of the library has, got 'mnist'"),
    ],
)
def test_a_task_whose_arrays_are_not_as_it_says_is_not_registered(registries, changes, message):
    before = dict(TASKS)
    with pytest.raises(ValueError) as refused:
        register_task(task(**changes))
    assert str(refused.value) == message and TASKS == before


def test_words_that_the_vocabulary_lacks_are_refused(registries):
    text = replace(TASKS["penn_treebank"], name="tales", arrays=lambda run: dict(train=[0, 1, 999_999]))
    with pytest.raises(ValueError, match="tales, train: expected whole numbers 0 to .*, got 0 to 999999"):
        register_task(text)
    text = replace(text, arrays=lambda run: dict(train=[[0, 1]]))
    with pytest.raises(ValueError, match=r"tales, train: expected a row of words \(n,\), got shape \(1, 2\)"):
        register_task(text)


def test_only_a_task_is_registered():
    with pytest.raises(TypeError, match="task: expected a Task, got str"):
        register_task("copying")
