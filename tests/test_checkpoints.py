"""Checkpoints: what is damaged or of another run is refused, and no failed save loses the last one."""

import errno
import os

import numpy as np
import pytest
import torch

from daleslaw_lib.checkpoints import CheckpointError
from daleslaw_lib.training import Splits, load_checkpoint
from helpers.training import assert_same, build, sequences, state_of, stop_at


def checkpoint_of(tmp_path, updates=6, **settings):
    path = tmp_path / "run.npz"
    training = build(**settings)
    training.run(checkpoint=path, should_stop=stop_at(training, updates))
    return path


def assert_refused(path, training):
    """One line that names the file, which stays as it is, like the training."""
    content, before = path.read_bytes(), state_of(training)
    with pytest.raises(CheckpointError) as error:
        load_checkpoint(training, path)
    assert str(error.value).startswith(f"{path}: expected a checkpoint of this run, got")
    assert "\n" not in str(error.value)
    assert path.read_bytes() == content and training.update_index == 0
    assert_same(state_of(training), before)


@pytest.mark.parametrize("length", [0, 1, 3, 4, 100, 0.1, 0.5, 0.9, 0.99, -200, -22, -1])
def test_a_truncated_checkpoint_is_refused(tmp_path, length):
    path = checkpoint_of(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[: int(length * len(content)) if 0 < length < 1 else length])
    assert_refused(path, build())


def test_no_flipped_bit_goes_unnoticed(tmp_path):
    path = checkpoint_of(tmp_path, M=1)
    content, training = path.read_bytes(), build(M=1)
    expected = state_of(training)
    load_checkpoint(training, path)
    good = state_of(training)
    rng = np.random.default_rng(0)
    for position in rng.choice(len(content), 500, replace=False):
        damaged = bytearray(content)
        damaged[position] ^= 1 << int(rng.integers(8))
        path.write_bytes(damaged)
        training = build(M=1)
        try:
            load_checkpoint(training, path)
        except CheckpointError as error:
            assert "\n" not in str(error)
            assert_same(state_of(training), expected)
        else:  # a bit that means nothing, such as one of the file's time
            assert_same(state_of(training), good)


def test_a_header_that_lies_about_its_array_is_refused(tmp_path):
    path = checkpoint_of(tmp_path, M=20)  # arrays too large to be read, and checked, at one go
    content, position = path.read_bytes(), 0
    while (position := content.find(b"'<f8'", position + 1)) > 0:  # half the bytes are then not read
        path.write_bytes(content[:position] + b"'<f4'" + content[position + 5 :])
        assert_refused(path, build(M=20))


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"not a checkpoint\n", b"\x93NUMPY\x01\x00", bytes(1000)]
)
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, content):
    path = tmp_path / "run.npz"
    path.write_bytes(content)
    assert_refused(path, build())


def test_what_would_unpickle_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    np.savez(path, state=np.array({"update": 3}, dtype=object))
    assert_refused(path, build())


@pytest.mark.parametrize("name", ["state", "diverged_at", "loss_sum", "history/update", "network/readout/b"])
@pytest.mark.parametrize("change", ["missing", "of another shape"])
def test_a_checkpoint_with_a_part_missing_or_misshapen_is_refused(tmp_path, name, change):
    path = checkpoint_of(tmp_path)
    with np.load(path) as file:
        content = dict(file)
    part = content.pop(name)
    if change == "of another shape":
        content[name] = np.array("[]") if name == "state" else part[..., None]
    np.savez(path, **content)
    assert_refused(path, build())


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "rnn"},
        {"M": 2},
        {"layers": 2},
        {"seeds": [5, 6, 7]},
        {"lr": [0.2, 0.2, 0.1]},
        {"clip": [0.5, 0.5, None]},
        {"clip_by": "tensor"},
        {"batch": 10},
        {"updates": 5},  # the checkpoint is past its end
        {"eval_every": 4},
        {"dtype": torch.float32},
        {"data": Splits(sequences(40, 0), sequences(30, 1))},
    ],
    ids=lambda other: next(iter(other)),
)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, other):
    assert_refused(checkpoint_of(tmp_path, kind="colei"), build(**{"kind": "colei"} | other))


@pytest.mark.parametrize("at", ["savez", "fsync", "replace"])
def test_a_save_that_fails_leaves_the_earlier_checkpoint_whole(tmp_path, monkeypatch, at):
    path = checkpoint_of(tmp_path)
    before = path.read_bytes()
    training = build()
    load_checkpoint(training, path)

    def disk_is_full(file, *_, **__):
        if at == "savez":
            file.write(b"PK half a checkpoint")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(np if at == "savez" else os, at, disk_is_full)
        with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
            training.run(checkpoint=path)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]  # nothing half-written is left behind

    again, unbroken = build(), build()
    load_checkpoint(again, path)
    again.run(checkpoint=path), unbroken.run()
    assert_same(state_of(again), state_of(unbroken))
