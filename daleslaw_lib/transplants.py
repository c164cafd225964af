"""What the transplants of Fig. 4 say: nine conditions, what one change does, main effects and interactions.

A condition is a network of free weights with somebody's singular vectors and somebody's singular values,
its signs frozen or not (`cell`), or ColEI itself (`colei`). Differences are taken seed by seed: so two
that share a baseline are not counted as independent (E23).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations, product

import numpy as np
import pandas as pd

from . import experiments, summary
from .initialisation import draw_transplant, obeys_dale
from .network import weight_generator
from .results import Archive
from .spectra import singular_values, spectral_radius, svd_entropy
from .summary import NAMES, Estimate, Row, estimate

FEW, MANY = 0.010772, 0.01  # learning rates of the runs with five seeds, and with thirty
FACTORS = {"vectors": "ColEI's vectors", "spectrum": "ColEI's spectrum", "frozen": "frozen signs"}


def cell(vectors: str, spectrum: str, frozen: bool | None = None, lr: float = FEW) -> dict:
    """The runs with free weights of these origins."""
    return dict(kind="rnn", vectors=vectors, spectrum=spectrum, frozen=frozen, lr=lr)


def colei(lr: float = FEW) -> dict:
    """ColEI itself: the signs of input, recurrence and readout are kept by construction."""
    return dict(kind="colei", lr=lr)


CELLS = tuple((v, s, f) for s, v, f in product(("rnn", "colei"), ("rnn", "colei"), (None, True)))
INTO_RNN = {  # what the paper puts into an RNN, one at a time
    "ColEI's spectrum": ("rnn", "colei", None),
    "ColEI's vectors": ("colei", "rnn", None),
    "frozen signs": ("rnn", "rnn", True),
}
INTO_COLEI = {  # and into ColEI, whose signs are otherwise frozen
    "RNN's spectrum": ("colei", "rnn", True),
    "RNN's vectors": ("rnn", "colei", True),
    "signs not frozen": ("colei", "colei", None),
}
READ_OFF = {"RNN's spectrum": 1.9, "RNN's vectors": 1.2, "signs not frozen": 1.0}  # Fig. 4, 30 seeds


@dataclass(frozen=True)
class Effect:
    """A change in words, what it does to the error seed by seed, and the paper's numbers by what they are."""

    label: str
    estimate: Estimate
    published: Mapping[str, float] = field(default_factory=dict)


def at(archive: Archive, lr: float) -> Archive:
    """The runs of one learning rate."""
    return archive.only(summary.matching(archive.runs, {"lr": lr}).run_id)


def errors(archive: Archive, where: Mapping[str, object]) -> pd.Series:
    """Final error (%) of each seed's run; empty if there is none."""
    return summary.by_seed(archive, "both", "test_error", **where)


def less(archive: Archive, a: Mapping[str, object], b: Mapping[str, object]) -> Estimate | None:
    """Error of condition `a` less that of `b`, seed by seed; None with fewer than two common seeds."""
    values = (errors(archive, a) - errors(archive, b)).dropna()
    return estimate(values) if len(values) > 1 else None


def rows(archive: Archive, lr: float = FEW) -> list[Row]:
    """A row for each archived one of the nine conditions, coloured by whose spectrum it has."""
    found = []
    for where in [*(cell(*c, lr=lr) for c in CELLS), colei(lr)]:
        values = errors(archive, where)
        if len(values) > 1:
            words = summary.label({name: v for name, v in where.items() if name != "lr"})
            numbers = tuple(value for value, _ in summary.published(archive, where))
            found.append(Row(words, where.get("spectrum", "colei"), estimate(values), numbers))
    return found


def starts(seeds=range(5), n: int = 100) -> pd.DataFrame:
    """A row a pair of vectors and spectrum: the networks that these seeds start from, means over seeds."""
    found = []
    for vectors, spectrum in product(("rnn", "colei"), repeat=2):
        for seed in seeds:
            drawn = draw_transplant(vectors, spectrum, 28, n, 10, rng=weight_generator(seed))
            W, U, readout = (drawn[name] for name in ("layer0/W", "layer0/U", "readout/W"))
            found.append(
                {
                    "vectors": NAMES[vectors],
                    "spectrum": NAMES[spectrum],
                    "H of W": float(svd_entropy(W)),
                    "largest s of W": singular_values(W)[0],
                    "spectral radius": float(spectral_radius(W)),
                    "columns of one sign": sum(obeys_dale(W[:, [j]])[0] for j in range(n)),
                    "largest s of U": singular_values(U)[0],
                    "of the readout": singular_values(readout)[0],
                }
            )
    return pd.DataFrame(found).groupby(["vectors", "spectrum"], sort=False).mean().round(2)


# --- one change at a time --------------------------------------------------------------------------

PAPER, MATCHED = "paper", "paper's number, less its one-layer RNN"


def of_rnn(archive: Archive, *, matched: bool = False) -> list[Effect]:
    """What each change adds to an RNN's error.

    `matched` adds the paper's own number less 2.264 %, its RNN of one layer, beside that less 1.646 % (E1).
    """
    changes = ((name, cell(*c), cell("rnn", "rnn")) for name, c in INTO_RNN.items())
    return _effects(archive, changes, matched=matched)


def of_colei(archive: Archive, lr: float = MANY) -> list[Effect]:
    """How much each change takes from ColEI's error."""
    published = READ_OFF if lr == MANY else {}
    changes = ((name, colei(lr), cell(*c, lr=lr)) for name, c in INTO_COLEI.items())
    return _effects(archive, changes, published)


def _effects(archive, changes, read_off=(), *, matched=False) -> list[Effect]:
    found = []
    for name, a, b in changes:
        if (difference := less(archive, a, b)) is None:
            continue
        numbers = {PAPER: read_off[name]} if name in read_off else {}
        if (ours := [summary.published(archive, where) for where in (a, b)]) and all(ours):
            (of_a, _), (of_b, _) = ours[0][0], ours[1][0]
            numbers = {PAPER: of_a - of_b}
            if matched:
                numbers[MATCHED] = of_a - one_layer_rnn()
        found.append(Effect(name, difference, numbers))
    return found


def one_layer_rnn() -> float:
    """The paper's error (%) of a one-layer RNN at PyTorch's initialisation, Fig. 2d."""
    published = experiments.get("radius_sweep").published
    return next(p.value for p in published if p.where == {"kind": "rnn", "rho": 1 / np.sqrt(3)})


def baselines(archive: Archive, one: Archive | None = None, three: Archive | None = None) -> list[Effect]:
    """Final errors of every RNN that could be the one of Fig. 4, by depth and setting (E1)."""
    found = {"1 layer, as the transplants": errors(archive, cell("rnn", "rnn"))}
    for other, words in ((one, "1 layer, of chapter 4"), (three, "3 layers")):
        if other is not None:
            found[words] = summary.by_seed(other, "both", kind="rnn")
    return [Effect(words, estimate(values)) for words, values in found.items() if len(values) > 1]


# --- all changes together --------------------------------------------------------------------------


def factorial(archive: Archive, lr: float = FEW) -> list[Effect]:
    r"""Main effects and interactions of the 2 x 2 x 2 conditions, seed by seed; none if a cell is missing.

    For a set A of factors: (1/4) sum_cells y prod_{k in A} x_k, x_k = +1 with factor k and -1 without. For
    one factor this is the mean of the four cells that have it less that of the others; for two it is half of
    what one's effect gains if the other is there.
    """
    table = pd.concat({c: errors(archive, cell(*c, lr=lr)) for c in CELLS}, axis=1).dropna()
    if len(table) < 2:
        return []
    x = np.array([[+1 if level in ("colei", True) else -1 for level in c] for c in table.columns])
    found = []
    for order in (1, 2, 3):
        for chosen in combinations(range(3), order):
            values = table.to_numpy() @ x[:, chosen].prod(1) / 4
            words = list(FACTORS.values()) if order == 1 else list(FACTORS)
            names = " × ".join(words[k] for k in chosen)
            found.append(Effect(names.replace("frozen", "freeze") if order > 1 else names, estimate(values)))
    return found


def table(effects: list[Effect], quantity: str = "change of error (points)") -> pd.DataFrame:
    """A row an effect: ours with its 95 % t-interval, seeds of its sign, the paper's numbers."""
    out = []
    for e in effects:
        row = {"change": e.label, quantity: f"{e.estimate:}", "seeds above 0": _above(e.estimate)}
        out.append(row | {name: f"{value:+.2f}" for name, value in e.published.items()})
    return pd.DataFrame(out).set_index("change") if out else pd.DataFrame()


def _above(e: Estimate) -> str:
    return f"{sum(value > 0 for value in e.values)} of {e.n}"
