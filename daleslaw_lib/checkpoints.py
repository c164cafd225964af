"""Checkpoints on disk: written whole or not at all, read with every byte checked. No torch.

A checkpoint has a state: `update`; `seconds`; `settings`, which must be those of the run that resumes; and
its `origin`, digests by name of the runs it belongs to and of the code that wrote it.
"""

from __future__ import annotations

import json
import math
import os
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from . import regular_files
from .checks import in_short

MOST = 4_000_000_000  # bytes of one: three times what the largest ensemble of the book could write
MOST_ARRAYS = 10_000
SHORT = 200  # characters of what is wrong with one
WIDE = ("singular_values",)  # columns of a history that have a list for each member


def write(path: Path, state: dict, arrays: Mapping[str, np.ndarray]) -> None:
    """One .npz with the arrays by their names, and `state` as JSON under "state".

    Raises: OSError if it cannot be written; the file that was there is then unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with regular_files.anew(path) as file:
        np.savez(file, state=np.array(json.dumps(state)), **arrays)


def forget(path: Path) -> None:
    """Remove a checkpoint, and whatever a process killed while writing it left behind."""
    path.unlink(missing_ok=True)
    sweep(path)


def sweep(path: Path) -> None:
    """Remove what killed processes left of a checkpoint that nobody is writing now."""
    for left in path.parent.glob(f"{path.name}.*.tmp"):
        left.unlink(missing_ok=True)


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be read, or belongs to another run."""


def read_finished(
    path: Path, origin: Mapping[str, str] | None = None, members: int | None = None
) -> tuple[dict[str, list], np.ndarray, dict[str, float]]:
    """History, `diverged_at (M,)` and seconds of a training that is done, from its last checkpoint.

    Raises: CheckpointError if the file is damaged, of another origin, of another number of members, or of a
            training that is not done.
    """
    state, content = read(path, lambda name: name.startswith("history/") or name == "diverged_at")
    try:
        agree(state, origin=origin or {})
        if state["update"] != state["settings"]["updates"]:
            raise ValueError(f"it stands at update {state['update']}, before the last")
        M = len(content["diverged_at"]) if members is None else members
        history = history_of(content, state["update"], M)
        return {k: list(v) for k, v in history.items()}, content["diverged_at"], state["seconds"]
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(unusable(path, error)) from error


def read_state(path: Path, origin: Mapping[str, str] | None = None) -> dict:
    """The update a checkpoint was written at, and the seconds it took, without the arrays.

    Raises: CheckpointError if the file is damaged, or of another origin.
    """
    state = read(path, lambda name: name == "state")[0]
    try:
        agree(state, origin=origin or {})
    except ValueError as error:
        raise CheckpointError(unusable(path, error)) from error
    return state


def agree(state: Mapping, settings: Mapping | None = None, origin: Mapping[str, str] | None = None) -> None:
    """Check that a checkpoint's state has these settings and this origin, where they are given.

    Raises: ValueError saying what is different.
    """
    came, here = state["origin"], dict(origin or {})
    if "code" in here and came.get("code") != here["code"]:
        wrote = f"code {came['code']}" if "code" in came else "code that left no digest"
        raise ValueError(f"it was written by {wrote}, and this is {here['code']}")
    different = [name for name, value in (settings or {}).items() if state["settings"].get(name) != value]
    if different:
        raise ValueError(f"its {', '.join(different)} are others")
    if different := [name for name, value in here.items() if came.get(name) != value]:
        raise ValueError(f"its {', '.join(different)} are others")


def read(
    path: Path, wanted: Callable[[str], bool] = lambda name: True, most: int = MOST
) -> tuple[dict, dict[str, np.ndarray]]:
    """State and arrays of a checkpoint of at most `most` bytes, every byte checked.

    The state, which is always wanted, is of the form that `write` gives it.
    """
    try:
        with regular_files.opened(path, most) as file:
            _check_members(file)
            with np.load(file, allow_pickle=False) as arrays:
                content = {name: arrays[name] for name in arrays.files if name == "state" or wanted(name)}
        return _state_of(content.pop("state")), content
    except Exception as error:  # a damaged zip raises nearly anything, zlib.error for one
        raise CheckpointError(unusable(path, error)) from error


def _check_members(file) -> None:
    """See that every array is there whole, and that together they are no larger than their file.

    Nothing is packed by `write`: what is would unpack to any size.
    """
    with zipfile.ZipFile(file) as packed:
        members = packed.infolist()
        if len(members) > MOST_ARRAYS:
            raise ValueError(f"expected at most {MOST_ARRAYS:,} arrays, got {len(members):,}")
        if len({member.filename for member in members}) < len(members):
            raise ValueError("it has an array twice")
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("expected arrays as they are, got packed ones")
        if sum(member.file_size for member in members) > os.fstat(file.fileno()).st_size:
            raise ValueError("its arrays are larger than it is")
        for member in members:
            with packed.open(member) as array:
                if regular_files.array_bytes(array) != member.file_size - array.tell():
                    raise ValueError(f"{member.filename} is of another length than it says")
        if damaged := packed.testzip():  # np.load does not reach the checksum if a header is wrong
            raise ValueError(f"{damaged} is damaged")
    file.seek(0)


def _state_of(array: np.ndarray) -> dict:
    """The state, with numbers, settings and digests where they should be.

    Raises: ValueError if something else is there.
    """
    if array.shape != () or array.dtype.kind != "U":
        raise ValueError(f"its state: expected text, got {array.dtype} of shape {array.shape}")
    state = json.loads(str(array))
    if not isinstance(state, dict):
        raise ValueError(f"its state: expected a table of names, got {type(state).__name__}")
    parts = {name: state.get(name, {}) for name in ("seconds", "settings", "origin")}
    for name, entries in parts.items():
        if not isinstance(entries, dict):
            raise ValueError(f"its {name}: expected a table of names, got {type(entries).__name__}")
    update, updates = state["update"], parts["settings"].get("updates")
    if type(updates) is not int or type(update) is not int or not 0 <= update <= updates < 2**53:
        raise ValueError("expected an update from 0 to the last one, got another")
    if not all(type(v) in (int, float) and 0 <= v < math.inf for v in parts["seconds"].values()):
        raise ValueError("expected seconds >= 0, got others")
    if not all(isinstance(value, str) for value in parts["origin"].values()):
        raise ValueError("its origin holds no digests")
    return state | parts


def history_of(content: Mapping[str, np.ndarray], update: int, members: int) -> dict[str, np.ndarray]:
    """The history in the arrays of a checkpoint: a row an evaluation, of so many members each.

    Raises: ValueError, KeyError if it cannot be that of a training that stands at this update.
    """
    history, diverged_at = part(content, "history/"), content["diverged_at"]
    at = history["update"]
    if at.shape == (0,) and update == 0 and set(history) == {"update"}:  # nothing is evaluated yet
        return {"update": at.astype(int)}
    if at.ndim != 1 or at.dtype.kind != "i" or len(at) == 0 or at[0] != 0 or at[-1] > update:
        raise ValueError("its evaluations are of other updates")
    if (at[1:] <= at[:-1]).any():
        raise ValueError("its evaluations do not go forward")
    columns = {name: values for name, values in history.items() if name != "update"}
    if {values.shape[:2] for values in columns.values()} - {(len(at), members)}:
        raise ValueError("its arrays are of other shapes")
    if wide := [name for name, values in columns.items() if (values.ndim > 2) != (name in WIDE)]:
        raise ValueError(f"its {wide[0]} is of another shape")
    if any(values.dtype.kind != "f" for values in columns.values()):
        raise ValueError("its history holds other things than numbers")
    if diverged_at.shape != (members,):
        raise ValueError("its arrays are of other shapes")
    if diverged_at.dtype.kind != "i" or (diverged_at < -1).any() or (diverged_at > update).any():
        raise ValueError("its members diverged at other updates")
    return history


def part(content, prefix: str) -> dict:
    """A checkpoint's arrays whose names start with a prefix, by the rest of their names."""
    return {k.removeprefix(prefix): v for k, v in content.items() if k.startswith(prefix)}


def unusable(path, error) -> str:
    """The message about a checkpoint that cannot be used: why, in one short line, and what to do."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return (
        f"{path}: expected a checkpoint of this run, got one that cannot be used "
        f"({in_short(said, SHORT)}); delete it to start this run again"
    )
