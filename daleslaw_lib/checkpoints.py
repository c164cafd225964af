"""How a checkpoint reaches the disk: whole, or not at all. No torch."""

from __future__ import annotations

import json
import os
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
