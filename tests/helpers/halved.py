"""A toy halving: two points, four settings, two rungs, two seeds at length, one whole grid."""

from daleslaw_lib.experiments import Experiment
from daleslaw_lib.experiments.halving import Halving
from helpers.configs import SETTINGS

POINTS = (dict(kind="rnn", hidden=8), dict(kind="dann", hidden=8))
RATES = (1e-6, 1e-5, 0.05, 1e30)  # two that hardly learn, one that does, one that diverges
COMMON = SETTINGS | dict(n_valid=64, clip=None)
FINAL = dict(updates=24, eval_every=8)


def halving(**changes) -> Halving:
    given = dict(
        points=POINTS, settings=tuple(dict(lr=lr) for lr in RATES), common=COMMON, seed=90,
        rungs=((6, 2), (12, 1)), final=FINAL, seeds=(0, 1), whole=POINTS[:1],
    )  # fmt: skip
    return Halving(**given | changes)


HALVED = Experiment("toy", "A toy", "Figure 0", {"smoke": halving()})
# of two points: four settings, two, one whole grid of four, and one of two seeds
STAGES = (8, 4, 4, 4)
