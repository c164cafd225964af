"""What an archive says: final errors by condition, with their uncertainty, beside the paper's.

Runs are the unit: an interval is over seeds, by Student's t, and a difference between two
conditions is taken seed by seed where they share seeds (the same order of data).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from .initialisation import KINDS
from .network import Network
from .results import Archive, under
from .spectra import singular_values
from .tasks import mnist

NAMES = {"rnn": "RNN", "colei": "ColEI", "dann": "DANN"}


@dataclass(frozen=True)
class Estimate:
    """A mean over runs with its 95 % interval; `n` runs, of which `values` are the figures."""

    mean: float
    low: float
    high: float
    values: tuple[float, ...]

    @property
    def n(self) -> int:
        return len(self.values)

    def __str__(self) -> str:
        return f"{self.mean:.2f} ({self.low:.2f} to {self.high:.2f})"


def estimate(values) -> Estimate:
    """Mean and 95 % t-interval of at least two finite values.

    Raises: ValueError for fewer, or for NaN: leave out diverged runs, and say so, before.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise ValueError(f"values: expected at least two finite numbers, got {values.tolist()}")
    mean, error = values.mean(), stats.sem(values)
    half = stats.t.ppf(0.975, len(values) - 1) * error
    return Estimate(float(mean), float(mean - half), float(mean + half), tuple(values.tolist()))


def final_errors(archive: Archive, kind: str, preset: str) -> Estimate:
    """Final test error (%) of one kind under one preset, runs that did not diverge, in order of seed.

    "both" stands for either preset: a kind in which they agree is found under any.
    """
    return estimate(_errors_by_seed(archive, kind, preset))


def estimates(archive: Archive) -> dict[str, dict[str, Estimate]]:
    """`final_errors` of every preset and kind in the archive: `estimates[preset][kind]`."""
    pairs = archive.runs[["preset", "kind"]].drop_duplicates().itertuples(index=False)
    found: dict[str, dict[str, Estimate]] = {}
    for preset, kind in pairs:
        found.setdefault(preset, {})[kind] = final_errors(archive, kind, preset)
    return found


def paired_difference(archive: Archive, a: tuple[str, str], b: tuple[str, str]) -> Estimate:
    """Final test error (%) of `a` less that of `b`, (kind, preset) each, seed by seed."""
    return estimate((_errors_by_seed(archive, *a) - _errors_by_seed(archive, *b)).dropna())


def _errors_by_seed(archive, kind, preset):
    runs = under(archive.runs, preset)
    chosen = runs[(runs.kind == kind) & ~runs.diverged]
    return 100 * chosen.set_index("seed").test_error.sort_index()


def beside_the_paper(archive: Archive) -> pd.DataFrame:
    """A row a condition: our final test error (%), mean, median, interval, range; the paper's."""
    published: dict[str, list[str]] = {}
    for p in archive.experiment.published:
        published.setdefault(p.condition, []).append(f"{p.value:.3g} ({p.source})")
    rows = []
    for kind in KINDS:
        presets = archive.runs[archive.runs.kind == kind].preset.unique()
        for preset in presets:
            ours = final_errors(archive, kind, preset)
            total = ((archive.runs.kind == kind) & (archive.runs.preset == preset)).sum()
            rows.append(
                {
                    "network": NAMES[kind],
                    "preset": preset,
                    "mean (%)": f"{ours.mean:.2f}",
                    "95 % interval of the mean": f"{ours.low:.2f} to {ours.high:.2f}",
                    "median (%)": f"{np.median(ours.values):.2f}",
                    "lowest to highest seed": f"{min(ours.values):.2f} to {max(ours.values):.2f}",
                    "runs": f"{ours.n}" + (f" of {total}" if ours.n < total else ""),
                    "paper (%)": ", ".join(published.get(kind, [])),
                }
            )
    return pd.DataFrame(rows)


def initial_spectra(archive: Archive, preset: str = "corrected") -> dict[str, np.ndarray]:
    """Singular values `(seeds, N)`, by kind, of the recurrent matrices that the archived runs started from.

    Initial weights are a function of a run's configuration, so they are drawn again, not stored.
    """
    runs = under(archive.runs, preset)
    found = {}
    for kind, group in runs.groupby("kind", sort=False):
        network = Network.draw(
            kind,
            mnist.N_IN,
            int(group.hidden.iloc[0]),
            mnist.N_CLASSES,
            seeds=list(group.seed),
            ei_ratio=list(group.ei_ratio),
            n_inhibitory=[None if pd.isna(n) else int(n) for n in group.n_inhibitory],
        )
        found[kind] = singular_values(network.layers[0].W.detach().numpy())
    return found
