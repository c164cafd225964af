"""Tiny draws, and an experiment of them."""

from daleslaw_lib.experiments import Experiment
from daleslaw_lib.experiments.configs import DrawConfig

SETTINGS = dict(
    preset="both", kind="colei", hidden=20, ei_ratio=4.0, rho=None, random_ix=None, full_diagonal=None, seed=0
)  # fmt: skip
SMOKE = ("toy", "smoke")


def draw(**changes) -> DrawConfig:
    return DrawConfig(**(SETTINGS | changes))


def grid():
    """Two shapes, and a block that mixes conditions: 7 draws of ColEI, 4 of DANN."""
    dann = dict(kind="dann", hidden=251)  # eigenvalues of three draws are kept
    colei = [draw(seed=s) for s in range(4)] + [draw(full_diagonal=True, seed=s) for s in range(3)]
    return [*colei, *(draw(**dann, seed=s) for s in range(4))]


TOY = Experiment(
    "toy", "A toy", "Figure 0", {"smoke": grid}, ("kind", "full_diagonal"), "largest", trains=False
)  # fmt: skip
