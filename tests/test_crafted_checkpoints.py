"""Checkpoints that were made to do harm: refused in one line, in bounded time and memory, and left."""

import errno
import io
import json
import os
import zipfile

import numpy as np
import pytest

from daleslaw_lib import checkpoints
from daleslaw_lib.checkpoints import CheckpointError
from daleslaw_lib.jobs import drawing
from daleslaw_lib.training import load_checkpoint
from helpers import draws, odd
from helpers.training import assert_same, build, state_of, stop_at

UPDATES = 6
STATES = {
    "a negative update": {"update": -1},
    "an update past the end": {"update": 13},  # a loop that waits for the last one would never see it
    "an update beyond any number": {"update": 10**30},
    "half an update": {"update": 5.5},
    "an update in words": {"update": "6"},
    "a true update": {"update": True},
    "no update": {"update": None},
    "seconds in words": {"seconds": {"train": "1", "evaluate": 0.0}},
    "negative seconds": {"seconds": {"train": -1.0, "evaluate": 0.0}},
    "seconds without end": {"seconds": {"train": float("inf"), "evaluate": 0.0}},
    "seconds of other work": {"seconds": {"draw": 1.0}},
    "no seconds": {"seconds": {}},
    "seconds in a list": {"seconds": [["train", 1.0]]},
    "settings in a list": {"settings": []},
    "no settings": {"settings": {}},
    "settings of no length": {"settings": {"updates": "12"}},
    "an origin in words": {"origin": "here"},
    "an origin of numbers": {"origin": {"code": 3}},
}
TEXTS = {
    "a list": "[1, 2]",
    "a word": '"x"',
    "a number": "3",
    "nothing": "null",
    "half a text": '{"update": 3',
    "nested without end": '{"update":' + "[" * 100_000 + "]" * 100_000 + "}",
    "digits without end": '{"update":' + "9" * 5_000 + "}",
}
VALUES = {
    "words": lambda v: v.astype(str),
    "bytes": lambda v: v.astype(str).astype("S"),
    "complex numbers": lambda v: v.astype(complex),
    "truth values": lambda v: v.astype(bool),
    "times": lambda v: np.zeros(v.shape, "M8[s]"),
    "records": lambda v: np.zeros(v.shape, [("a", "f8"), ("b", "f8")]),
    "raw memory": lambda v: np.zeros(v.shape, "V8"),
    "unsigned numbers": lambda v: np.full(v.shape, 2**64 - 1, np.uint64),
    "no rows": lambda v: v[:0],
    "one number": lambda v: np.array(1.0),
    "an axis more": lambda v: v[..., None],
    "a shape of none": lambda v: np.zeros((0, 10**9)),
}
ARRAYS = ("history/update", "history/test_loss", "diverged_at", "loss_sum", "network/readout/b")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """State and arrays of a checkpoint after six updates of twelve."""
    path = tmp_path_factory.mktemp("made") / "run.npz"
    training = build()
    training.run(checkpoint=path, should_stop=stop_at(training, UPDATES))
    with np.load(path) as file:
        content = dict(file)
    return json.loads(str(content.pop("state"))), content


def refused(path, megabytes=50):
    """It is, and neither file nor training have changed."""
    training, before = build(), path.read_bytes()
    state = state_of(training)
    with odd.bounded(20, megabytes), pytest.raises(CheckpointError) as error:
        load_checkpoint(training, path)
    said = str(error.value)
    assert said.startswith(f"{path}: expected a checkpoint of this run, got one that cannot be used (")
    assert "\n" not in said and len(said) < len(str(path)) + 400
    assert training.update_index == 0 and path.read_bytes() == before
    assert_same(state_of(training), state)
    return said


def test_as_it_was_written_it_is_loaded(made, tmp_path):
    checkpoints.write(tmp_path / "run.npz", *made)
    training = build()
    load_checkpoint(training, tmp_path / "run.npz")
    assert training.update_index == UPDATES and training.run()


@pytest.mark.parametrize("name", STATES)
def test_a_state_that_cannot_be_is_refused(name, made, tmp_path):
    state, arrays = made
    checkpoints.write(tmp_path / "run.npz", state | STATES[name], arrays)
    refused(tmp_path / "run.npz")


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8"])
def test_weights_of_another_precision_are_refused(dtype, made, tmp_path):
    """Rounded on the way, they would give other numbers than an unbroken run."""
    state, arrays = made
    weights = [name for name in arrays if name.startswith(("network/", "adam/")) and arrays[name].ndim > 1]
    assert weights
    for name in weights:
        if arrays[name].dtype.kind == "f" and arrays[name].dtype != dtype:
            checkpoints.write(tmp_path / "run.npz", state, arrays | {name: arrays[name].astype(dtype)})
            assert f"its {name.partition('/')[2]} is of another type" in refused(tmp_path / "run.npz")


@pytest.mark.parametrize("name", TEXTS)
def test_a_state_of_another_form_is_refused(name, made, tmp_path):
    np.savez(tmp_path / "run.npz", state=np.array(TEXTS[name]), **made[1])
    refused(tmp_path / "run.npz")
    with pytest.raises(CheckpointError):
        checkpoints.read_state(tmp_path / "run.npz")


@pytest.mark.parametrize("array", ARRAYS)
def test_an_array_of_other_things_is_refused(array, made, tmp_path):
    state, arrays = made
    for name, change in VALUES.items():
        if (array, name) == ("network/readout/b", "truth values"):
            continue  # zeros and ones are numbers, too
        if array.startswith("network/") and name == "unsigned numbers":
            continue
        checkpoints.write(tmp_path / "run.npz", state, arrays | {array: change(arrays[array])})
        refused(tmp_path / "run.npz")


CURVES = {
    "backwards": lambda a: a | {"history/update": a["history/update"][::-1].copy()},
    "of a later update": lambda a: a | {"history/update": a["history/update"] + 7},
    "that begin late": lambda a: a | {"history/update": a["history/update"] + 1},
    "without rows": lambda a: {k: v[:0] if k.startswith("history/") else v for k, v in a.items()},
    "of a column more": lambda a: a | {"history/odd": a["history/test_loss"]},
    "of a column fewer": lambda a: {k: v for k, v in a.items() if k != "history/test_error"},
    "of lists": lambda a: a | {"history/test_loss": np.zeros((*a["history/test_loss"].shape, 5))},
    "with moments nobody has": lambda a: a | {"adam/x": np.zeros(3)},
    "diverged in the future": lambda a: a | {"diverged_at": np.full_like(a["diverged_at"], 10**9)},
    "diverged before time": lambda a: a | {"diverged_at": np.full_like(a["diverged_at"], -2)},
}


@pytest.mark.parametrize("name", CURVES)
def test_curves_that_no_training_leaves_are_refused(name, made, tmp_path):
    state, arrays = made
    checkpoints.write(tmp_path / "run.npz", state, CURVES[name](arrays))
    refused(tmp_path / "run.npz")


def header(shape, kind="<f8") -> bytes:
    file = io.BytesIO()
    what = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, what)
    return file.getvalue()


def zipped(path, members, packed=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", packed) as file:
        for name, parts in members:
            with file.open(name, "w", force_zip64=True) as member:
                for part in parts:
                    member.write(part)


ZIPS = {
    "a bomb": lambda path: zipped(
        path, [("more.npy", [header((1 << 23,)), *[bytes(1 << 20)] * 64])], zipfile.ZIP_DEFLATED
    ),
    "a shape of terabytes": lambda path: zipped(path, [("state.npy", [header((10**12,))])]),
    "a negative shape": lambda path: zipped(path, [("state.npy", [header((-1,))])]),
    "a header without end": lambda path: zipped(
        path, [("state.npy", [b"\x93NUMPY\x02\x00\xff\xff\xff\x7f"])]
    ),
    "an array twice": lambda path: zipped(
        path, [("state.npy", [header((), "<U2"), "{}".encode("utf-32-le")])] * 2
    ),
    "arrays without number": lambda path: zipped(path, [(f"{k}.npy", [b""]) for k in range(101)]),
    "what would be unpickled": lambda path: np.savez(path, state=np.array({"update": 3}, dtype=object)),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ZIPS)
def test_a_file_that_is_built_to_unpack_to_more_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "MOST_ARRAYS", 100)
    ZIPS[name](tmp_path / "run.npz")
    refused(tmp_path / "run.npz", megabytes=10)
    with odd.bounded(20, 10), pytest.raises(CheckpointError):
        checkpoints.read_state(tmp_path / "run.npz")


def test_an_array_that_no_training_has_is_not_read_into_memory(made, tmp_path):
    state, arrays = made
    checkpoints.write(tmp_path / "run.npz", state, arrays | {"more": np.zeros(3_000_000)})
    assert "bytes, got" in refused(tmp_path / "run.npz", megabytes=10)


@pytest.mark.parametrize("kind", odd.KINDS)
def test_what_stands_in_its_place_is_named_at_once_and_stays(kind, tmp_path):
    path, training = tmp_path / "run.npz", build()
    odd.put(path, kind)
    uses = (
        lambda: load_checkpoint(training, path),
        lambda: checkpoints.read_state(path),
        lambda: checkpoints.read_finished(path),
    )
    for use in uses:
        with odd.bounded(), pytest.raises(CheckpointError, match="got one that cannot be used") as error:
            use()
        assert "\n" not in str(error.value) and odd.is_there(path, kind)


@pytest.mark.parametrize("members", [2, 4])
def test_a_finished_one_of_another_number_of_members_is_refused(members, tmp_path):
    path, training = tmp_path / "run.npz", build(M=3)
    training.run(checkpoint=path)
    assert checkpoints.read_finished(path, members=3)[0]["update"][-1] == 12
    with pytest.raises(CheckpointError, match="its arrays are of other shapes"):
        checkpoints.read_finished(path, members=members)


def test_a_full_disk_names_the_checkpoint(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # which names no file

    monkeypatch.setattr(checkpoints.os, "fsync", full)
    with pytest.raises(OSError) as error:
        checkpoints.write(tmp_path / "run.npz", {}, {})
    assert error.value.filename == str(tmp_path / "run.npz") and not list(tmp_path.iterdir())


# --- of draws --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["figures", "s", "e"])
def test_a_crafted_checkpoint_of_draws_is_refused(name, tmp_path):
    block, path = draws.grid()[:4], tmp_path / "block.npz"
    whole = drawing.Drawing(block)
    whole.run(checkpoint=path, should_stop=lambda: whole.update_index == 2)
    with np.load(path) as file:
        arrays = dict(file)
    state = json.loads(str(arrays.pop("state")))
    changed = [
        arrays | {name: change(arrays[name])} for k, change in VALUES.items() if k != "complex numbers"
    ]
    spoilt = [(state, other) for other in changed]
    spoilt += [(state | STATES[k], arrays) for k in STATES if k != "seconds of other work"]
    spoilt.append((state | {"seconds": {"train": 1.0, "evaluate": 1.0}}, arrays))
    for content in spoilt:
        checkpoints.write(path, *content)
        again = drawing.Drawing(block)
        with odd.bounded(), pytest.raises(CheckpointError) as error:
            again.load(path)
        assert "\n" not in str(error.value) and again.update_index == 0
