"""The runner: an experiment becomes an archive, whatever stops it on the way."""

import errno
import io
import os
import re
import signal
import subprocess
import threading
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from daleslaw_lib import experiments, jobs, training, verification
from daleslaw_lib.archive import reading, writing
from daleslaw_lib.checkpoints import CheckpointError, read_state
from daleslaw_lib.running import archivist, progress, remaining, runner
from daleslaw_lib.tasks import data, mnist
from helpers.archives import archive_of, checkpoints, same_tables, snapshot
from helpers.toy import (
    PROBE,
    SMOKE,
    TOTAL,
    TOY,
    UPDATES,
    driver,
    environment,
    interrupted,
    raises,
    refusal,
    send,
    stop_at,
)

pytestmark = pytest.mark.usefixtures("one_thread", "root")

# --- stopped, and resumed ----------------------------------------------------------------------


FEW, MANY = 5, UPDATES + 10  # in the first ensemble, in the second


@pytest.mark.parametrize("k", [FEW, UPDATES, MANY])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_stopped_by_a_signal_resumes_to_the_same_tables(number, k, root, finished):
    path, handlers = root / "toy" / "smoke", signal.getsignal(number)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(runner.Interrupted) as stopped:
        stop_at(patch, k, send(number))
        runner.run(*SMOKE)
    at = k % UPDATES
    assert str(stopped.value) == (
        f"stopped at update {at} of 24; to continue: daleslaw run toy --scale smoke --resume"
    )
    assert signal.getsignal(number) is handlers and len(checkpoints(path)) == 1
    assert reading.is_archived(path) == (k >= UPDATES)  # the first ensemble was whole
    runner.run(*SMOKE, resume=True)
    assert same_tables(path, finished / "toy" / "smoke") and not checkpoints(path)


def test_a_run_stopped_many_times_ends_with_the_same_tables(root, finished):
    interrupted(3)
    for k in (1, 9, 12, 2, 15):
        interrupted(k, resume=True)
    runner.run(*SMOKE, resume=True)
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


def test_a_killed_run_resumes_to_the_same_tables(root, finished, tmp_path):
    command = [*driver(tmp_path, "SIGKILL", at=UPDATES + 10), "run", "toy"]
    done = subprocess.run(command, env=environment(root), capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL and done.stderr == ""
    path = root / "toy" / "smoke"
    assert runner.progress_of(*SMOKE) == [("dann (both)", 9, 24)]
    assert set(reading.load("toy").runs.kind) == {"rnn"}
    with pytest.raises(reading.ArchiveError, match="add --resume"):
        runner.run(*SMOKE)
    runner.run(*SMOKE, resume=True)
    assert same_tables(path, finished / "toy" / "smoke")


def test_a_finished_ensemble_is_not_trained_or_evaluated_again(root, monkeypatch):
    interrupted(MANY)
    assert runner.progress_of(*SMOKE) == [("dann (both)", 10, 24)]
    trained = stop_at(monkeypatch, -1, None)
    evaluate, evaluated = training.Training.evaluate, []
    monkeypatch.setattr(
        training.Training, "evaluate", lambda t: (evaluated.append((t.network.kind, t.updates)), evaluate(t))
    )
    outcome = runner.run(*SMOKE, resume=True)
    assert [t.network.kind for t in trained] == ["dann"] * 14
    assert [kind for kind, updates in evaluated if updates > PROBE] == ["dann"] * 2  # at 16 and 24
    assert (outcome.n_trained, outcome.n_kept) == (2, 3)


def test_resume_starts_where_there_is_nothing_to_resume(root, finished):
    runner.run(*SMOKE, resume=True)
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


def test_the_training_time_of_all_parts_is_counted(root):
    interrupted(MANY)
    (checkpoint,) = checkpoints(root / "toy" / "smoke")
    before = sum(read_state(checkpoint)["seconds"].values())
    first = reading.load("toy").seconds
    outcome = runner.run(*SMOKE, resume=True)
    assert outcome.seconds > before
    assert reading.load("toy").seconds == pytest.approx(first + outcome.seconds, abs=0.11)  # rounded


def test_an_interrupt_while_the_tables_are_written_keeps_the_checkpoints(root, finished):
    with pytest.MonkeyPatch.context() as patch, pytest.raises(runner.Interrupted) as stopped:
        patch.setattr(writing, "write", lambda *_: raises(KeyboardInterrupt)())
        runner.run(*SMOKE)
    assert str(stopped.value).endswith("to continue: daleslaw run toy --scale smoke --resume")
    trained = []
    with pytest.MonkeyPatch.context() as patch:
        trained = stop_at(patch, -1, None)
        runner.run(*SMOKE, resume=True)
    assert {t.network.kind for t in trained} == {"dann"}  # the other was waiting to be written
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


def test_an_experiment_runs_outside_the_main_thread(root, finished):
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(runner.run(*SMOKE)))
    thread.start()
    thread.join()
    assert same_tables(outcomes[0].path, finished / "toy" / "smoke")


# --- nothing that was there is lost ------------------------------------------------------------


@pytest.mark.parametrize("arguments", [{}, {"resume": True}])
def test_an_archive_is_replaced_only_when_asked(archived, arguments):
    before = snapshot(archived)
    assert refusal(**arguments) == (
        f"{archived}: holds a finished archive; add --fresh to run toy at smoke scale again and replace it"
    )
    assert snapshot(archived) == before


def test_checkpoints_are_touched_only_when_asked(root):
    interrupted()
    path = root / "toy" / "smoke"
    before = snapshot(path)
    assert refusal() == (
        f"{path}: holds checkpoints of an interrupted run; "
        "add --resume to go on from them, or --fresh to start again"
    )
    assert snapshot(path) == before


def test_resume_and_fresh_together_are_refused(root):
    interrupted()
    before = snapshot(root)
    message = refusal(ValueError, resume=True, fresh=True)
    assert message == "resume, fresh: expected at most one of the two, got both"
    assert snapshot(root) == before


def test_fresh_starts_again(root, finished):
    interrupted()
    with pytest.MonkeyPatch.context() as patch:
        trained = stop_at(patch, -1, None)
        runner.run(*SMOKE, fresh=True)
    assert len(trained) == 2 * UPDATES
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


@pytest.mark.parametrize("k", [FEW, MANY])
def test_a_fresh_run_that_fails_leaves_the_old_archive(archived, k):
    before = archive_of(archived)
    for failure in (RuntimeError("out of memory"), MemoryError(), AssertionError()):
        with pytest.MonkeyPatch.context() as patch, pytest.raises(type(failure)):
            stop_at(patch, k, raises(failure))
            runner.run(*SMOKE, fresh=True)
        assert archive_of(archived) == before
    assert verification.verify(*SMOKE) == []


def test_a_fresh_run_that_is_interrupted_leaves_the_old_archive_until_it_is_resumed(archived):
    before = archive_of(archived)
    interrupted(fresh=True)
    assert archive_of(archived) == before
    assert "holds checkpoints of an interrupted run" in refusal()
    runner.run(*SMOKE, resume=True)
    assert (archived / "manifest.json").read_bytes() != before["manifest.json"]
    assert archive_of(archived)["runs.parquet"] == before["runs.parquet"]


def no_space(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device", "some/file")


def test_a_disk_that_fills_up_keeps_the_last_checkpoint(root, finished):
    interrupted(FEW)
    before = snapshot(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(np, "savez", no_space)
        stop_at(patch, 2, send(signal.SIGINT))
        message = refusal(resume=True)
    assert message == (
        "some/file: cannot be written (No space left on device); what was there before is kept; "
        "to continue: daleslaw run toy --scale smoke --resume"
    )
    assert snapshot(root) == before
    runner.run(*SMOKE, resume=True)
    assert same_tables(root / "toy" / "smoke", finished / "toy" / "smoke")


@pytest.mark.parametrize("name", ["to_parquet", "replace"])
def test_a_disk_that_is_full_at_the_end_keeps_archive_and_checkpoints(archived, name, finished):
    before, moved = archive_of(archived), os.replace
    with pytest.MonkeyPatch.context() as patch:
        if name == "to_parquet":
            patch.setattr(pd.DataFrame, "to_parquet", no_space)
        else:
            full = lambda a, b: no_space() if Path(b).suffix == ".json" else moved(a, b)  # noqa: E731
            patch.setattr(os, "replace", full)
        assert refusal(fresh=True).endswith("daleslaw run toy --scale smoke --resume")
    assert archive_of(archived) == before and len(checkpoints(archived)) == 2 + 1  # and the mark
    runner.run(*SMOKE, resume=True)
    assert same_tables(archived, finished / "toy" / "smoke") and not checkpoints(archived)


def test_data_that_cannot_be_had_stops_a_fresh_run_before_anything_is_discarded(archived, monkeypatch):
    interrupted(fresh=True)
    before = snapshot(archived)

    def missing(*_, **__):
        raise data.DataError("mnist: no good copy")

    monkeypatch.setattr(mnist, "load", missing)
    monkeypatch.setattr(jobs.building, "build", lambda *_: pytest.fail("a training was built"))
    for arguments in ({"fresh": True}, {"resume": True}):
        assert refusal(data.DataError, **arguments) == "mnist: no good copy"
    assert snapshot(archived) == before


def test_data_that_are_damaged_later_are_not_called_a_full_disk(root):
    def damaged(*_):
        raise data.DataError("mnist_subset.npz: the file is damaged")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archivist.Archivist, "_manifest", damaged)  # as the tables are written
        assert refusal(data.DataError) == "mnist_subset.npz: the file is damaged"
    assert len(checkpoints(root / "toy" / "smoke")) == 1


@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", None])
def test_a_damaged_checkpoint_is_refused_before_training_and_left(archived, which, damage):
    interrupted(fresh=True)  # which keeps those of whole ensembles too
    path = archived
    file = remaining.checkpoint_of(path, experiments.ensembles(TOY.runs("smoke"))[which])
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2] if damage is None else damage)
    before = snapshot(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs.building, "build", lambda *_: pytest.fail("a training was built"))
        message = refusal(CheckpointError, resume=True)
    assert message.startswith(f"{file}: expected a checkpoint of this run, got one that cannot be")
    assert message.endswith("delete it to start this run again") and snapshot(path) == before


def test_a_checkpoint_of_another_network_is_refused_and_left(archived):
    interrupted(fresh=True)
    rnn, dann = (remaining.checkpoint_of(archived, e) for e in experiments.ensembles(TOY.runs("smoke")))
    dann.write_bytes(rnn.read_bytes())
    before = dann.read_bytes()
    assert refusal(CheckpointError, resume=True).startswith(f"{dann}: expected a checkpo")
    assert dann.read_bytes() == before


def test_two_runners_on_one_experiment_are_refused(root):
    path = root / "toy" / "smoke"
    with writing.claimed(path):
        message = refusal()
    assert re.fullmatch(
        rf"{re.escape(str(path))}: expected to be its only runner, got another one at work on it "
        rf"\(process {os.getpid()} on .+, since 20..-..-.. ..:..:.. UTC\)",
        message,
    )


# --- bad arguments, before any work ------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(device="tpu"), "device: expected one of auto, cpu, cuda, got 'tpu'"),
        (dict(threads=0), "threads: expected a whole number >= 1, got 0"),
        (dict(threads=-1), "threads: expected a whole number >= 1, got -1"),
        (dict(threads=1.5), "threads: expected a whole number >= 1, got 1.5"),
        (dict(threads=True), "threads: expected a whole number >= 1, got True"),
    ],
)
def test_a_bad_argument_is_refused_before_a_folder_is_made(arguments, message, root):
    assert refusal(ValueError, **arguments) == message
    assert not root.exists()


@pytest.mark.parametrize("arguments", [("toys", "smoke"), ("toy", "laptop"), ("toy", "")])
def test_an_unknown_experiment_or_scale_is_refused_before_a_folder_is_made(arguments, root):
    with pytest.raises(ValueError, match="expected one of"):
        runner.run(*arguments)
    assert not root.exists()


# --- progress ----------------------------------------------------------------------------------


@pytest.fixture
def bars(monkeypatch):
    """Every bar made, with the counts that it was ever at."""
    made = []

    class Recorded(progress.tqdm):
        def __init__(self, *arguments, **options):
            options |= {"file": io.StringIO(), "mininterval": 0}  # every update is a sample
            super().__init__(*arguments, **options)
            self.counts, self.postfixes = [], []
            made.append(self)

        def update(self, n=1):
            super().update(n)
            self.counts.append(self.n)

        def set_postfix_str(self, *arguments, **options):
            super().set_postfix_str(*arguments, **options)
            self.postfixes.append(self.postfix)

    monkeypatch.setattr(progress, "tqdm", Recorded)
    return made


def test_progress_counts_every_network_update_once(bars):
    runner.run(*SMOKE, quiet=False)
    (bar,) = bars
    rnns = [3 * k for k in range(UPDATES + 1)]
    assert bar.counts == rnns + [3 * UPDATES + 2 * k for k in range(UPDATES + 1)]
    assert (bar.total, bar.n, bar.initial) == (TOTAL, TOTAL, 0)


def test_progress_names_the_latest_error_of_each_kind(bars):
    runner.run(*SMOKE, quiet=False)
    runs = reading.load("toy").runs
    errors = 100 * runs.groupby("kind").test_error.median()
    assert bars[0].postfixes[-1] == f"rnn={errors.rnn:.2f} %, dann={errors.dann:.2f} %"
    assert bars[0].postfixes[0].startswith("rnn=") and "dann" not in bars[0].postfixes[0]


@pytest.mark.parametrize("k", [FEW, MANY])
def test_progress_of_a_resumed_run_starts_where_it_was_and_ends_at_the_total(bars, k):
    interrupted(k)
    runner.run(*SMOKE, resume=True, quiet=False)
    bar = bars[-1]
    done_before = 3 * k if k < UPDATES else 2 * (k - UPDATES)
    total = TOTAL if k < UPDATES else 2 * UPDATES  # what is archived is not in it
    assert bar.initial == done_before  # what the rate leaves out
    assert bar.n == bar.total == total and max(bar.counts) == total
    assert bar.counts == sorted(bar.counts) and bar.counts[0] == done_before


def test_progress_of_a_fresh_run_that_is_resumed_counts_what_waits_to_be_archived(archived, bars):
    interrupted(MANY, fresh=True)
    runner.run(*SMOKE, resume=True, quiet=False)
    done_before = 3 * UPDATES + 2 * (MANY - UPDATES)
    assert (bars[-1].initial, bars[-1].n, bars[-1].total) == (done_before, TOTAL, TOTAL)


def test_progress_of_a_resumed_run_does_not_rate_what_was_done_before(bars):
    interrupted(MANY)
    runner.run(*SMOKE, resume=True, quiet=False)
    assert 0 < bars[-1]._ema_dn() <= 3  # network-updates at a time; never the 20 of before


def test_a_quiet_run_prints_nothing(capfd, bars):
    runner.run(*SMOKE, quiet=True)
    assert capfd.readouterr() == ("", "") and bars[0].counts == []


def test_progress_of_says_how_far_each_ensemble_is(root):
    assert runner.progress_of(*SMOKE) == []
    interrupted(FEW)
    assert runner.progress_of(*SMOKE) == [("rnn (both)", 5, 24)]


def test_runs_are_chosen_by_their_ids_too():
    """One as text, as the command line gives it; several as a set, which `reproduce` gives."""
    runs = TOY.runs("smoke")
    assert runner.select(runs, {"run_id": runs[3].run_id}) == (runs[3],)
    several = frozenset((runs[4].run_id, runs[1].run_id))
    assert runner.select(runs, {"run_id": several}) == (runs[1], runs[4])
    with pytest.raises(ValueError, match="^only: expected to leave some runs"):
        runner.select(runs, {"run_id": frozenset({"none"})})


@pytest.mark.parametrize("runs, got", [([], "none"), (3, "3"), ("runs", "'r'"), ([None], "None")])
def test_what_a_live_cell_cannot_train_is_refused_in_a_line(runs, got):
    with pytest.raises(ValueError) as refused:
        runner.train_here(runs)
    assert str(refused.value) == f"runs: expected RunConfigs, one at least, got {got}"
