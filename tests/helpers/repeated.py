"""Small trainings and draws, of which every number is compared: here, or written by a process of its own.

python -m helpers.repeated FILE [THREADS]
"""

import locale
import sys

import numpy as np
import torch

from daleslaw_lib.experiments.configs import RunConfig
from daleslaw_lib.experiments.experiment import PLAIN
from daleslaw_lib.initialisation import KINDS, draw_matrix
from daleslaw_lib.jobs.building import build, load_task
from daleslaw_lib.spectra import eigenvalues, singular_values

CPU = torch.device("cpu")
COMMON = dict(PLAIN, preset="both", lr=0.05, updates=6, eval_every=2, clip=0.5, batch=32)
DIGITS = dict(task="mnist", source="subset", n_train=512)


def runs(kind, seeds, **changes) -> list[RunConfig]:
    return [RunConfig(**COMMON | DIGITS | dict(kind=kind, seed=seed) | changes) for seed in seeds]


def training_of(configs):
    return build(configs, load_task(configs[0], CPU), CPU)


def numbers_of(training) -> dict[str, np.ndarray]:
    """All parameters and figures, members first."""
    history = {name: np.array(rows) for name, rows in training.history.items() if name != "update"}
    return training.network.arrays() | {name: rows.swapaxes(0, 1) for name, rows in history.items()}


def trained(configs) -> dict[str, np.ndarray]:
    training = training_of(configs)
    training.run()
    return numbers_of(training)


def drawn(kind) -> dict[str, np.ndarray]:
    W = np.stack([draw_matrix(kind, 100, 9.0, rng=np.random.default_rng(seed)) for seed in range(3)])
    return {"W": W, "eigenvalues": eigenvalues(W), "singular values": singular_values(W)}


def everything() -> dict[str, np.ndarray]:
    return {
        f"{kind}/{name}": value
        for kind in KINDS
        for name, value in (drawn(kind) | trained(runs(kind, range(3)))).items()
    }


if __name__ == "__main__":
    locale.setlocale(locale.LC_ALL, "")
    torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    np.savez(sys.argv[1], **everything(), decimal_point=locale.localeconv()["decimal_point"])
