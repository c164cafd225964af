"""What the tests of chapters 9 and 10 share: small runs, a screen that never ran, a table of predictors."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from daleslaw_lib.archive import tables
from daleslaw_lib.archive.reading import Archive
from daleslaw_lib.experiments import better_colei
from daleslaw_lib.experiments.better_colei import START_SCREEN
from daleslaw_lib.experiments.configs import RunConfig
from daleslaw_lib.experiments.experiment import PLAIN, SUBSET
from daleslaw_lib.studies.mechanism import predictors


def config(**changes) -> RunConfig:
    small = dict(
        preset="both",
        kind="colei",
        hidden=20,
        ei_ratio=4.0,
        lr=0.05,
        n_train=512,
        updates=20,
        eval_every=10,
        seed=0,
    )
    return RunConfig(**{**PLAIN, **SUBSET, **small, **changes})


def a_table(n_designs=12, seeds=4, noise=0.0):
    """Designs whose error is a line in H, and has nothing to do with any other predictor."""
    draws = np.random.default_rng(1)
    rows = []
    for design in range(n_designs):
        H = design / n_designs
        for seed in range(seeds):
            others = dict(zip(list(predictors.LABELS)[1:], draws.standard_normal(7)))
            error = 2 - 3 * H + noise * draws.standard_normal()
            rows.append({"design": f"d{design}", "seed": seed, "H": H, "log_error": error} | others)
    return pd.DataFrame(rows)


def a_screen(errors, diverged=()):
    """An archive of the whole screen; `errors(run)` gives validation errors."""
    runs = START_SCREEN.runs("laptop")
    table = pd.DataFrame(
        {"run_id": run.run_id, **asdict(run), "diverged": k in diverged, "late_valid_error": errors(run)}
        for k, run in enumerate(runs)
    )
    table = tables.typed(table.assign(late_test_error=table.late_valid_error))
    return Archive(START_SCREEN, "laptop", table, table[["run_id"]], {})


def order(run):
    """Starts in the order of STARTS, best first; rate 0.01 the best; ColEI last."""
    names = [start[:2] for start in better_colei.STARTS]
    place = names.index((run.start, run.start_a)) if (run.start, run.start_a) in names else len(names)
    return 0.02 + 0.001 * place + 0.0001 * (run.lr != 0.01) + 0.00001 * run.seed
