"""What would fail in an archive's miniatures is said before anything is trained, not after."""

from dataclasses import replace

import pytest

from daleslaw_lib import experiments
from daleslaw_lib.experiments import Experiment
from daleslaw_lib.running import chunks, runner
from daleslaw_lib.tasks import TASKS
from daleslaw_lib.training import Training
from helpers.configs import config
from helpers.toy import PROBE

pytestmark = pytest.mark.usefixtures("one_thread", "root", "registries")


@pytest.fixture
def trained(monkeypatch):
    """Updates of runs that are no miniatures, as they happen."""
    advance, done = Training.advance, []

    def counted(self):
        advance(self)
        if self.updates > PROBE:
            done.append(self.update_index)

    monkeypatch.setattr(Training, "advance", counted)
    return done


@pytest.fixture
def toy(monkeypatch):
    def toy(**changes):
        """A task that differs from MNIST in this, and an experiment of one run on it."""
        monkeypatch.setitem(TASKS, "digits", replace(TASKS["mnist"], name="digits", **changes))
        runs = lambda: [config(task="digits")]  # noqa: E731
        monkeypatch.setitem(experiments.EXPERIMENTS, "toy", Experiment("toy", "", "", {"smoke": runs}))

    return toy


def fails(run):
    if run.batch == 64:  # the miniature's
        raise KeyError("no such file")
    return TASKS["mnist"].arrays(run)


def test_a_miniature_that_does_not_train_is_said_before_anything_is_trained(toy, trained, root):
    toy(arrays=fails)
    with pytest.raises(ValueError) as refused:
        runner.run("toy", "smoke")
    assert (
        str(refused.value) == "dann of digits: expected a miniature that trains, got KeyError: 'no such file'"
    )
    assert trained == [] and not list(root.rglob("*.npz"))


def test_a_miniature_whose_settings_are_out_of_range_is_said_before_anything_is_trained(toy, trained):
    toy(small=TASKS["mnist"].small | {"batch": 1_000})
    with pytest.raises(ValueError, match="batch: expected at most n_train = 512, got 1000"):
        runner.run("toy", "smoke")
    assert trained == []


def test_fresh_leaves_the_archive_where_a_miniature_does_not_train(toy, trained):
    toy()
    runner.run("toy", "smoke")
    n = len(trained)
    toy(arrays=fails)
    with pytest.raises(ValueError, match="expected a miniature that trains"):
        runner.run("toy", "smoke", fresh=True)
    assert len(trained) == n and len(runner.reading.load("toy", "smoke").runs) == 1


def test_a_worker_that_does_not_know_a_kind_or_task_says_how_it_would(toy, monkeypatch, tmp_path):
    toy()
    run = config(task="digits")
    monkeypatch.delitem(TASKS, "digits")
    chunk = chunks.Chunk((run,), tmp_path / "a.npz", "cpu", 1, False, chunks.library())
    assert chunks.train(chunk) == {
        "failed": "ChunkError: task: expected one that the worker knows, got 'digits'; register it in a "
        "file, and name that: daleslaw --module FILE"
    }
