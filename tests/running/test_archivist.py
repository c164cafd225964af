"""From an experiment to an archive: tables, manifest, and what is recorded of each run."""

import itertools
import time
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from daleslaw_lib import experiments, jobs, training, verification
from daleslaw_lib.archive import manifests, reading
from daleslaw_lib.experiments import Experiment
from daleslaw_lib.running import archivist, runner
from daleslaw_lib.tasks import mnist
from daleslaw_lib.training import loop
from helpers.archives import checkpoints, file_of, same_tables
from helpers.configs import config
from helpers.toy import SMOKE, TOY, UPDATES

pytestmark = pytest.mark.usefixtures("one_thread", "root")


def test_an_experiment_becomes_tables_and_a_manifest(root):
    outcome = runner.run(*SMOKE)
    assert outcome.path == root / "toy" / "smoke" and outcome.seconds > 0
    assert (outcome.n_trained, outcome.n_kept, outcome.n_dropped) == (5, 0, 0)
    archive, expected = reading.load("toy"), TOY.runs("smoke")
    assert list(archive.runs.run_id) == [run.run_id for run in expected]
    for row, run in zip(archive.runs.to_dict("records"), expected):
        for name, value in vars(run).items():
            absent = value is None and (pd.isna(row[name]) or row[name] is False)
            assert absent or row[name] == value, name
    assert archive.runs.part.eq(0).all()
    good = archive.runs[~archive.runs.diverged]
    assert good.test_error.between(0, 1).all() and good.test_loss.gt(0).all()
    assert good.diverged_at.eq(-1).all()
    assert not checkpoints(outcome.path) and not list(outcome.path.glob("*.tmp"))


def test_every_run_has_a_learning_curve_that_ends_in_its_final_figures(archived):
    archive = reading.load("toy")
    for row in archive.runs.itertuples():
        curve = archive.curves[archive.curves.run_id == row.run_id]
        assert list(curve["update"]) == [0, 8, 16, 24]
        for name in ("train_loss", "test_loss", "test_error"):
            final = np.float32(getattr(row, name))
            np.testing.assert_array_equal(curve[name].iloc[-1], final)


def test_the_manifest_says_what_was_run_by_what_on_what_and_when(archived):
    m = reading.load("toy").manifest
    assert (m["experiment"], m["scale"], m["schema"]) == ("toy", "smoke", 3)
    assert m["definition"] == TOY.definition("smoke")
    (part,) = m["parts"]
    assert part["torch"] == torch.__version__ and part["numpy"] == np.__version__
    assert part["device"].startswith("CPU ") and part["device"].endswith(", 1 thread")
    assert part["threads"] == 1 and part["library_version"] and "commit" in part
    assert part["started"] <= part["finished"] and part["started"].endswith("+00:00")
    assert part["wall_seconds"] > 0 and part["runs"] == 5
    assert m["data"] == mnist.digests("subset")
    assert set(m["fingerprint"]) == {p.run_id for p in jobs.all_probes(TOY.runs("smoke"))}
    assert len(m["fingerprint"]) == 2
    for name in reading.TABLES:
        assert m["tables"][name]["sha256"] == manifests.sha256(file_of(archived, f"{name}.parquet"))


def test_a_part_trained_in_a_few_milliseconds_has_them_in_its_manifest(root, monkeypatch):
    """A fast machine is done with a small chunk in less than a tenth of a second."""
    ticks = itertools.count(step=0.0005)
    monkeypatch.setattr(
        loop, "time", SimpleNamespace(perf_counter=lambda: next(ticks), monotonic=time.monotonic)
    )
    runner.run(*SMOKE)
    (part,) = reading.load("toy").manifest["parts"]
    assert 0 < part["wall_seconds"] < 0.05


def test_a_clock_that_is_set_back_leaves_no_part_that_ended_before_it_began(root, monkeypatch):
    times = iter(["2024-05-06T07:08:09+00:00", *["2024-05-06T06:59:00+00:00"] * 9])
    monkeypatch.setattr(archivist, "now", lambda: next(times))
    runner.run(*SMOKE)
    (part,) = reading.load("toy").manifest["parts"]
    assert part["started"] == part["finished"] == "2024-05-06T07:08:09+00:00"
    assert verification.verify(*SMOKE) == []


def test_a_diverged_member_is_recorded_and_the_others_finish(archived):
    runs = reading.load("toy").runs.set_index(["kind", "seed"])
    assert list(runs.diverged) == [False, False, True, False, False]
    lost = runs.loc[("rnn", 2)]
    assert 0 < lost.diverged_at < UPDATES and np.isnan(lost.test_error)
    assert runs.drop(index=("rnn", 2)).test_loss.notna().all()
    curves = reading.load("toy").curves
    curve = curves[curves.run_id == lost.run_id].set_index("update").test_loss
    assert np.isfinite(curve[0]) and curve[8:].isna().all()


def test_the_validation_split_is_archived_where_there_is_one(monkeypatch):
    run = config(n_valid=100, updates=4)
    toy = Experiment("toy", "", "", {"smoke": lambda: [run]})
    monkeypatch.setattr(experiments, "EXPERIMENTS", {"toy": toy})
    runner.run(*SMOKE)
    row = reading.load("toy").runs.iloc[0]
    assert 0 <= row.valid_error <= 1 and row.valid_loss > 0


def test_an_experiment_gives_the_same_tables_every_time(archived, finished):
    runner.run(*SMOKE, fresh=True)
    assert same_tables(archived, finished / "toy" / "smoke")


def test_many_evaluations_are_thinned_to_their_first_and_last():
    toy = [config(updates=300, eval_every=1, hidden=2, batch=1)]
    splits = jobs.load_task(toy[0], torch.device("cpu"))
    few = training.Sequences(splits.test.x[:, :10], splits.test.y[:10])
    going = jobs.build(toy, replace(splits, test=few), torch.device("cpu"))
    going.run()
    table = jobs.curves_table([toy], [going])
    assert len(table) == 201 and list(table["update"].iloc[[0, -1]]) == [0, 300]
