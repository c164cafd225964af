"""A run that is stopped, or killed, and resumed ends bit for bit as one that was not."""

import os
import signal
import subprocess
import sys

import pytest
import torch

from daleslaw_lib.initialisation import KINDS
from daleslaw_lib.training import load_checkpoint, save_checkpoint
from daleslaw_lib.training import loop as module
from helpers import PYTHONPATH
from helpers.training import assert_same, build, state_of, stop_at


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stop", [1, 3, 5, 7, 11])  # within and between epochs, at an evaluation
def test_a_run_that_is_stopped_and_resumed_ends_bit_for_bit_the_same(kind, stop, tmp_path, device):
    unbroken = build(kind, layers=2, device=device)
    unbroken.run()
    path = tmp_path / "run.npz"
    stopped = build(kind, layers=2, device=device)
    assert stopped.run(checkpoint=path, should_stop=stop_at(stopped, stop)) is False
    resumed = build(kind, layers=2, device=device)
    load_checkpoint(resumed, path)
    assert resumed.update_index == stop
    assert resumed.run(checkpoint=path) is True
    assert_same(state_of(resumed), state_of(unbroken))


def test_a_run_may_be_stopped_again_and_again(tmp_path):
    unbroken, path = build(dtype=torch.float32), tmp_path / "folder" / "run.npz"
    unbroken.run()
    for stop in (0, 2, 4, 6, 8, 10, 12):
        resumed = build(dtype=torch.float32)
        if path.exists():
            load_checkpoint(resumed, path)
        assert resumed.run(checkpoint=path, should_stop=stop_at(resumed, stop)) is (stop == 12)
    assert_same(state_of(resumed), state_of(unbroken))
    assert resumed.seconds["train"] > stop * 1e-6  # time is summed over the pieces
    load_checkpoint(finished := build(dtype=torch.float32), path)
    assert finished.run() is True
    assert_same(state_of(finished), state_of(unbroken))


def test_a_diverged_member_stays_stopped_after_resuming(tmp_path):
    arguments, path = {"lr": [0.2, 1e300, 0.2], "clip": [None] * 3}, tmp_path / "run.npz"
    unbroken, stopped, resumed = (build(**arguments) for _ in range(3))
    unbroken.run()
    stopped.run(checkpoint=path, should_stop=stop_at(stopped, 9))
    load_checkpoint(resumed, path)
    resumed.run()
    assert resumed.diverged_at[1] > 0
    assert_same(state_of(resumed), state_of(unbroken))


KILLED = """
import os, signal, sys
from pathlib import Path
from daleslaw_lib.training import load_checkpoint
from helpers.training import build

path, when = Path(sys.argv[1]), sys.argv[2]
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
training = build("dann", layers=2)
if path.exists():
    load_checkpoint(training, path)
else:
    fsync = os.fsync
    def progress(training):
        if training.update_index == 7:
            if when == "between updates":
                kill()
            os.fsync = kill  # in the middle of writing the next checkpoint
    training.run(checkpoint=path, checkpoint_seconds=-1, on_progress=progress)
    raise SystemExit("not killed")
training.run(checkpoint=path)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("when", ["between updates", "within a save"])
def test_a_run_that_is_killed_and_resumed_ends_bit_for_bit_the_same(when, tmp_path):
    path = tmp_path / "run.npz"

    def run():
        return subprocess.run(
            [sys.executable, "-c", KILLED, str(path), when],
            env=os.environ | {"PYTHONPATH": PYTHONPATH}, capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    assert (killed := run()).returncode == -signal.SIGKILL, killed.stderr
    assert (resumed := run()).returncode == 0, resumed.stderr
    ended, unbroken = build("dann", layers=2), build("dann", layers=2)
    load_checkpoint(ended, path)
    unbroken.run()
    assert ended.update_index == 12
    assert_same(state_of(ended), state_of(unbroken))


def test_checkpoints_are_written_when_due_and_at_the_end(tmp_path, monkeypatch):
    saved, path = [], tmp_path / "run.npz"
    monkeypatch.setattr(module, "save_checkpoint", lambda training, path: saved.append(training.update_index))
    build().run(checkpoint=path, checkpoint_seconds=-1)
    build().run(checkpoint=path, checkpoint_seconds=1e9)
    build().run()
    assert saved == [*range(13), 12]


def test_saving_does_not_disturb_a_run(tmp_path):
    plain, saving = build(), build()
    plain.run(), saving.run(checkpoint=tmp_path / "run.npz", checkpoint_seconds=-1)
    assert_same(state_of(saving), state_of(plain))


def test_a_fresh_training_can_be_saved_and_restored(tmp_path):
    save_checkpoint(build(), tmp_path / "run.npz")
    load_checkpoint(restored := build(), tmp_path / "run.npz")
    unbroken = build()
    restored.run(), unbroken.run()
    assert_same(state_of(restored), state_of(unbroken))
