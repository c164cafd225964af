"""Archives that take seconds to make, made once for all tests that look at them."""

from dataclasses import replace
from functools import cache
from tempfile import TemporaryDirectory

import pytest

from daleslaw_lib import experiments, verification
from daleslaw_lib.archive import reading
from daleslaw_lib.experiments import Published
from daleslaw_lib.running import runner
from daleslaw_lib.studies import entropy
from daleslaw_lib.studies.entropy import run_explorer


@cache
def one_layer_mnist():
    """Eight updates of the first result, at smoke scale."""
    runs = [
        replace(run, n_train=256, updates=8, eval_every=4, hidden=12)
        for run in experiments.get("one_layer_mnist").runs("smoke")
    ]
    found = runner.train_here(runs)
    published = (Published(2.25, "Fig. 6", {"kind": "rnn"}),)
    return replace(found, experiment=replace(found.experiment, published=published))


@cache
def replay():
    """The experiment at smoke scale, through the runner and back from the disk."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DALESLAW_RESULTS", folder)
        runner.run("replay", "smoke", threads=1, quiet=True)
        assert verification.verify("replay", "smoke") == []
        return reading.load("replay", "smoke")


def entropy_grid(*changes):
    """A run of the entropy grid for each change, four updates long."""
    first, short = (
        experiments.get("entropy_grid").runs("smoke")[0],
        dict(n_train=256, updates=4, eval_every=2),
    )
    return entropy.as_grid(runner.train_here(replace(first, **short, **one) for one in changes))


@cache
def series():
    """Two archives in memory: a grid of ColEI, and two of other radii read before the end."""
    grid = entropy_grid(
        *(dict(hidden=n, ei_ratio=r, seed=k) for n in (12, 20) for r in (1.0, 5.0) for k in (0, 1))
    )
    radii = entropy_grid(dict(hidden=12, rho=0.5), dict(hidden=12, rho=1.0))
    return {
        "the grid": (grid, entropy.runs_with_predictors(grid)),
        "elsewhere": (radii, entropy.at_update(radii, 2)),
    }


def rows(group):
    """The points of one of the explorer's groups, by name of column."""
    return [dict(zip(run_explorer.COLUMNS, row)) for row in group["runs"]]
