"""What archived runs started from: a function of a run's configuration, so drawn again, not stored.

Torch is imported only where a network is drawn: tables and claims need none, and a browser has none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ..archive.reading import Archive, under
from ..experiments.configs import RunConfig, ensembles
from ..initialisation.colei import colei_input_weights, unscaled_colei_weights
from ..initialisation.draw import weight_generator
from ..spectra import singular_values, svd_entropy
from ..tasks import TASKS

if TYPE_CHECKING:
    from ..networks.network import Network


def initial_networks(runs: list[RunConfig]) -> list[tuple[list[RunConfig], Network]]:
    """What archived runs started from: their networks, in ensembles of ten at most."""
    import torch

    from ..jobs.building import draw

    place = torch.device("cpu")
    return [(ensemble, draw(ensemble, place)) for ensemble in ensembles(runs, 10)]


def initial_spectra(archive: Archive, preset: str = "corrected") -> dict[str, np.ndarray]:
    """What archived runs started from: singular values `(runs, N)` of their recurrent matrices, by kind."""
    ids = set(under(archive.runs, preset).run_id)
    found: dict[str, list] = {}
    for ensemble, network in initial_networks([run for run in archive.configs if run.run_id in ids]):
        s = singular_values(network.layers[0].W.detach().numpy())
        found.setdefault(ensemble[0].kind, []).append(s)
    return {kind: np.concatenate(parts) for kind, parts in found.items()}


def initial_entropies(archive: Archive) -> pd.Series:
    """What archived runs started from: normalised SVD entropy of each one's recurrent matrix, by run_id."""
    found, others = {}, []
    for run in archive.configs:
        if run.kind == "colei" and run.ablated is None and run.embedding is None and run.start is None:
            found[run.run_id] = float(svd_entropy(singular_values=colei_shape(run)))
        else:
            others.append(run)
    for ensemble, network in initial_networks(others):
        H = svd_entropy(network.layers[0].W.detach().numpy())
        found |= {run.run_id: float(h) for run, h in zip(ensemble, H)}
    return pd.Series(found, name="entropy", dtype=float)


def colei_shape(run: RunConfig) -> np.ndarray:
    """What an archived ColEI run started from: the singular values `(N,)` of its W, but for their scale.

    The scale is that of spectral radius rho; the eigenvalues it takes would be most of the work.
    """
    return _colei_shape(run.hidden, run.ei_ratio, _inputs(run), run.seed)


@lru_cache(maxsize=4096)
def _colei_shape(n: int, ei_ratio: float, n_in: int, seed: int) -> np.ndarray:
    return singular_values(_colei_before_scaling(n, ei_ratio, n_in, seed))


def colei_before_scaling(run: RunConfig) -> np.ndarray:
    """What an archived ColEI run started from: its W `(N, N)`, before it is given its spectral radius."""
    return _colei_before_scaling(run.hidden, run.ei_ratio, _inputs(run), run.seed)


def _inputs(run: RunConfig) -> int:
    return TASKS[run.task].ends(run).n_in


def _colei_before_scaling(n: int, ei_ratio: float, n_in: int, seed: int) -> np.ndarray:
    rng = weight_generator(seed)
    colei_input_weights(n, n_in, rng=rng)  # W comes after U in the stream
    return unscaled_colei_weights(n, ei_ratio, rng=rng)
