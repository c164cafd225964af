r"""What the sizes of the populations do to a ColEI network before it learns, and while it is clipped.

W = 1 mu^T + X: the means of a matrix's blocks, receiving population by sending population, make a small
matrix of their own, whose eigenvalues are those of the E-I loop (`loop_eigenvalues`). While excitation and
inhibition cancel in every receiving population that loop is silent; without I-to-I connections they
do not (`ablate`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from ...archive.reading import Archive
from ...checks import matrices, positive_integer
from ...evidence import summary
from ...experiments.configs import RunConfig, ensembles
from ...initialisation.colei import unscaled_colei_weights
from ...jobs.building import build, draw, load_task
from ...spectra import singular_values, svd_entropy

CPU = torch.device("cpu")


# --- before learning -------------------------------------------------------------------------------


def colei_entropy(n: int, n_i: int, *, draws: int, seed: int = 0) -> np.ndarray:
    """Chapter 7: normalised SVD entropy H `(draws,)` of ColEI matrices of n units, n_i of them inhibitory.

    Diagonal 0; not rescaled, as H does not see the scale.

    Raises: ValueError unless 0 < n_i < n.
    """
    n, n_i = positive_integer("n", n), positive_integer("n_i", n_i)
    if n_i >= n:
        raise ValueError(f"n_i: expected fewer than n = {n}, got {n_i}")
    found = []
    for k in range(draws):
        rng = np.random.default_rng([seed, n, n_i, k])
        found.append(svd_entropy(unscaled_colei_weights(n, (n - n_i) / n_i, rng=rng)))
    return np.array(found, dtype=float)


def ablate(W, count: int) -> np.ndarray:
    """Chapter 7: W `(..., n, n)` without connections among its last `count` units, and nothing else changed
    (E11).

    Raises: ValueError if W has fewer units.
    """
    W = matrices("W", W).copy()
    if not 0 <= count <= W.shape[-1]:
        raise ValueError(f"count: expected 0 to {W.shape[-1]} units, got {count}")
    if count:
        W[..., -count:, -count:] = 0
    return W


def loop_eigenvalues(W, sizes: Sequence[int]) -> np.ndarray:
    """Chapter 7: eigenvalues of the loop between populations: of the matrix of block means times the sender's
    size.

    `sizes` are the populations' numbers of units, in order; they add up to n.

    Shapes: `W (n, n)` -> complex `(populations,)`.
    Raises: ValueError if the sizes do not add up.
    """
    W = matrices("W", W)
    if sum(sizes) != len(W):
        raise ValueError(f"sizes: expected numbers that add up to {len(W)}, got {tuple(sizes)}")
    ends = np.cumsum([0, *sizes])
    blocks = [slice(a, b) for a, b in zip(ends, ends[1:])]
    sums = [[W[to, sender].sum(1).mean() for sender in blocks] for to in blocks]
    return np.linalg.eigvals(np.array(sums)).astype(complex)


@dataclass(frozen=True)
class Condition:
    """Chapter 7: a condition, what its runs start from, and where they end.

    Shapes: `s (runs, N)` singular values of W before learning, `H (runs,)`, `errors (runs,)` in per cent.
    """

    condition: dict
    s: np.ndarray
    H: np.ndarray
    errors: np.ndarray


def starts(archive: Archive, preset: str) -> list[Condition]:
    """Chapter 7: every condition of a preset (and of "both"), its initial spectra beside its final figures.

    Runs on new seeds, where a condition has any; those that diverged are left out.
    """
    configs = {run.run_id: run for run in archive.configs}
    found = []
    for condition in summary.conditions(archive):
        if condition["preset"] not in (preset, "both"):
            continue
        runs = summary.runs_of(archive, condition)
        runs = runs[~runs.diverged].sort_values("seed")
        W = initial_matrices([configs[name] for name in runs.run_id])
        s = singular_values(W)
        errors = summary.figure(runs, archive.experiment.quantity).to_numpy(float)
        found.append(Condition(condition, s, svd_entropy(singular_values=s), errors))
    return found


def initial_matrices(runs: Sequence[RunConfig]) -> np.ndarray:
    """Chapter 7: effective recurrent matrices `(runs, N, N)` of the first layer, before learning.

    Each is drawn alone: first and new seeds are evaluated at other times, and make no ensemble together.
    """
    return np.concatenate([draw([run], CPU).layers[0].W.detach().numpy() for run in runs])


# --- while it learns -------------------------------------------------------------------------------


def share_clipped(runs: Sequence[RunConfig], *, last: int) -> pd.DataFrame:
    """Chapter 7: train, and count how often clipping acts: its share of each run's last `last` updates, by
    tensor.

    Runs clip by tensor. A row a run and tensor: ei_ratio, seed, tensor, share.

    Raises: ValueError if a run does not clip by tensor, or has fewer updates.
    """
    last, rows = positive_integer("last", last), []
    for run in runs:
        if run.clip is None or run.clip_by != "tensor" or run.updates < last:
            raise ValueError(f"runs: expected {last} updates or more, clipped by tensor, got {run}")
    for ensemble in ensembles(runs):
        training = build(ensemble, load_task(ensemble[0], CPU), CPU)
        tensors = training.network.tensors()
        limit = torch.tensor([run.clip for run in ensemble]) * (1 - 1e-4)
        hits = {name: torch.zeros(len(ensemble)) for name in tensors}
        for update in range(ensemble[0].updates):
            training.advance()
            if update >= ensemble[0].updates - last:  # a clipped gradient has the limit for its norm
                for name, value in tensors.items():
                    hits[name] += torch.linalg.vector_norm(value.grad.flatten(1), dim=1) >= limit
        for name, count in hits.items():
            rows += [
                {"ei_ratio": run.ei_ratio, "seed": run.seed, "tensor": name, "share": float(h) / last}
                for run, h in zip(ensemble, count)
            ]
    return pd.DataFrame(rows)
