"""Checkpoints on disk: written whole or not at all, read with every byte checked. No torch."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np


def write(path: Path, state: dict, arrays: Mapping[str, np.ndarray]) -> None:
    """One .npz with the arrays by their names, and `state` as JSON under "state".

    Raises: OSError if it cannot be written; the file that was there is then as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(path.name + ".tmp")
    try:
        with open(temporary, "wb") as file:
            np.savez(file, state=np.array(json.dumps(state)), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


class CheckpointError(RuntimeError):
    """A checkpoint that cannot be read, or belongs to another run."""


def read_finished(path: Path) -> tuple[dict[str, list], np.ndarray, dict[str, float]]:
    """History, `diverged_at (M,)` and seconds of a training that is done, from its last checkpoint.

    Raises: CheckpointError if the file is damaged, or of a training that is not done.
    """
    state, content = read(path)
    if state["update"] != state["settings"]["updates"]:
        raise CheckpointError(unusable(path, f"it stands at update {state['update']}, before the last"))
    history = {k: list(v) for k, v in part(content, "history/").items()}
    return history, content["diverged_at"], state["seconds"]


def read_state(path: Path) -> dict:
    """The update a checkpoint was written at, and the seconds it took, without the arrays.

    Raises: CheckpointError if the file is damaged.
    """
    return read(path, lambda name: name == "state")[0]


def read(path: Path, wanted=lambda name: True) -> tuple[dict, dict[str, np.ndarray]]:
    """State and arrays of a checkpoint, every byte checked."""
    try:
        with zipfile.ZipFile(path) as file:
            if damaged := file.testzip():  # np.load stops short of a checksum where a header lies
                raise ValueError(f"{damaged} is damaged")
        with np.load(path, allow_pickle=False) as file:
            content = {name: file[name] for name in file.files if wanted(name)}
        state = json.loads(str(content.pop("state")))
        return state | {"update": int(state["update"]), "seconds": dict(state["seconds"])}, content
    except Exception as error:  # a damaged zip raises nearly anything, zlib.error for one
        raise CheckpointError(unusable(path, error)) from error


def part(content, prefix: str) -> dict:
    """The arrays whose names start so, by the rest of their names."""
    return {k.removeprefix(prefix): v for k, v in content.items() if k.startswith(prefix)}


def unusable(path, error) -> str:
    """What there is to say of a checkpoint that cannot be used, and what to do."""
    return (
        f"{path}: expected a checkpoint of this run, got one that cannot be used ({error}); "
        "delete it to start this run again"
    )
