"""Checkpoints on disk: written whole or not at all, read with every byte checked. No torch.

A checkpoint has a state: `update`; `seconds`; `settings`, which must be those of the run that resumes; and
its `origin`, digests by name of the runs it belongs to and of the code that wrote it.
"""

from __future__ import annotations

import json
import os
import secrets
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np


def write(path: Path, state: dict, arrays: Mapping[str, np.ndarray]) -> None:
    """One .npz with the arrays by their names, and `state` as JSON under "state".

    Until it is complete it has a temporary name that no other process uses and no file had before.

    Raises: OSError if it cannot be written; the file that was there is then unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:  # a new file, never through a link
            np.savez(file, state=np.array(json.dumps(state)), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


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
    path: Path, origin: Mapping[str, str] | None = None
) -> tuple[dict[str, list], np.ndarray, dict[str, float]]:
    """History, `diverged_at (M,)` and seconds of a training that is done, from its last checkpoint.

    Raises: CheckpointError if the file is damaged, of another origin, or of a training that is not done.
    """
    state, content = read(path)
    try:
        agree(state, origin=origin or {})
        if state["update"] != state["settings"]["updates"]:
            raise ValueError(f"it stands at update {state['update']}, before the last")
        history = {k: list(v) for k, v in part(content, "history/").items()}
        return history, content["diverged_at"], state["seconds"]
    except (ValueError, KeyError) as error:
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
    """Check that a state has these settings and this origin, where they are given.

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


def read(path: Path, wanted=lambda name: True) -> tuple[dict, dict[str, np.ndarray]]:
    """State and arrays of a checkpoint, every byte checked."""
    try:
        with zipfile.ZipFile(path) as file:
            if damaged := file.testzip():  # np.load does not reach the checksum if a header is wrong
                raise ValueError(f"{damaged} is damaged")
        with np.load(path, allow_pickle=False) as file:
            content = {name: file[name] for name in file.files if wanted(name)}
        state = json.loads(str(content.pop("state")))
        parts = {name: dict(state.get(name, {})) for name in ("seconds", "settings", "origin")}
        return state | parts | {"update": int(state["update"])}, content
    except Exception as error:  # a damaged zip raises nearly anything, zlib.error for one
        raise CheckpointError(unusable(path, error)) from error


def part(content, prefix: str) -> dict:
    """A checkpoint's arrays whose names start with a prefix, by the rest of their names."""
    return {k.removeprefix(prefix): v for k, v in content.items() if k.startswith(prefix)}


def unusable(path, error) -> str:
    """The message about a checkpoint that cannot be used: why, and what to do."""
    return (
        f"{path}: expected a checkpoint of this run, got one that cannot be used ({error}); "
        "delete it to start this run again"
    )
