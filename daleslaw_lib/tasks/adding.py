"""The adding problem: remember two marked numbers in a long row of numbers, and add them.

At each step the input is (value, marker): the value uniform in [0, 1], the marker 1 at two steps and
0 elsewhere, one in each half of the sequence. The target is the sum of the two marked values, asked
for at the last step. Without looking at the input the best answer is 1, wrong by 1/6 on average.

Source:  Hochreiter and Schmidhuber 1997; the paper, Fig. 2a.
Differs: the paper's data set is not public (E16); ours is drawn here, the same for every seed. Where
         the markers stand there is not stated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..checks import count, generator, size
from .task import Ends, Task

__all__ = ["MEAN_LOSS", "N_IN", "N_OUT", "N_TEST", "TASK", "Adding", "load", "sequences"]

N_IN, N_OUT = 2, 1
N_TEST = 1_000
MEAN_LOSS = 1 / 6  # mean squared error of always saying 1: the variance of a sum of two uniforms
SEED = 20  # of the data set, whatever a run's seed


@dataclass(frozen=True, eq=False)
class Adding:
    """Sequences and targets: x_* float64 (n, T, 2), y_* float64 (n, 1)."""

    x_train: np.ndarray
    y_train: np.ndarray
    x_valid: np.ndarray
    y_valid: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def sequences(n: int, T: int, *, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """n problems of T steps: x `(n, T, 2)`, y `(n, 1)`.

    Raises: ValueError unless n >= 1 and T >= 2.
    """
    n, T, rng = size("n", n), size("T", T), generator(rng)
    if T < 2:
        raise ValueError(f"T: expected at least 2 steps, one for each marker, got {T}")
    values = rng.random((n, T))
    marked = np.stack([rng.integers(0, T // 2, n), rng.integers(T // 2, T, n)], axis=1)
    markers = np.zeros((n, T))
    np.put_along_axis(markers, marked, 1, axis=1)
    return np.stack([values, markers], axis=2), (values * markers).sum(1, keepdims=True)


def load(n_train: int, n_valid: int = 0, *, T: int = 20) -> Adding:
    """The data set: the same for every caller who asks for the same sizes.

    Raises: ValueError for a size out of range.
    """
    n_train, n_valid, T, drawn = size("n_train", n_train), count("n_valid", n_valid), size("T", T), {}
    for k, (split, n) in enumerate({"train": n_train, "valid": n_valid, "test": N_TEST}.items()):
        rng = np.random.default_rng([SEED, T, k])
        x, y = sequences(max(n, 1), T, rng=rng)
        drawn |= {f"x_{split}": x[:n], f"y_{split}": y[:n]}
    return Adding(**drawn)


def _arrays(run) -> dict:
    sums = load(run.n_train, run.n_valid, T=run.length)
    return {"train": (sums.x_train, sums.y_train), "valid": (sums.x_valid, sums.y_valid),
            "test": (sums.x_test, sums.y_test)}  # fmt: skip


TASK = Task(
    name="adding",
    sources=("generated",),
    form="sequences",
    loss="mean_squared_error",
    unit="mean squared error",
    ends=lambda run: Ends(N_IN, N_OUT, run.length),
    arrays=_arrays,
    n_test=lambda source: N_TEST,
    small=dict(source="generated", length=20, embedding=None, n_train=512, batch=64),
    broken={"test_loss": 0.159},  # nine tenths of what predicting the mean costs
)
