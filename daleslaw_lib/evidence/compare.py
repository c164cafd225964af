"""Two results folders side by side: the same runs, made on two machines or by two versions.

Early learning magnifies rounding, so a run repeats bit for bit only where library, torch, NumPy and processor
agree; elsewhere single runs differ and means over seeds agree within their scatter. So may a DANN that is
trained beside others with more interneurons than its own: its matrices are padded to theirs. The report says
what to expect beside what was found.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from .. import experiments
from ..archive import reading
from ..archive.reading import Archive
from ..experiments.configs import RunConfig, ensembles
from ..initialisation import KINDS
from ..statistics.contrasts import NONE, Interval, welch
from . import summary

MADE_BY = ("library_version", "torch", "numpy", "device", "threads")


@dataclass(frozen=True)
class Comparison:
    """One experiment at one scale in two folders.

    `shared` runs are in both, `same` of them with equal final figures, `lost` diverged in one alone;
    `largest` is the largest difference of the others, in the units of the page, 0 if there are none.
    `means`: a row a condition, both means and their difference with its interval, over the runs in both, or
    over all where none is. `expected`: what the versions make likely.
    """

    experiment: str
    scale: str
    quantity: str
    shared: int
    only_a: int
    only_b: int
    same: int
    lost: int
    largest: float
    means: pd.DataFrame
    expected: str

    def __str__(self) -> str:
        runs = f"{self.shared} runs in both ({self.only_a} in the first alone, {self.only_b} in the second)"
        lines = [f"{self.experiment}, {self.scale} scale: {runs}"]
        if self.shared:
            differ = self.shared - self.same - self.lost
            lines.append(
                f"  {self.same} the same to the last bit"
                + (f", {differ} differ, by {self.largest:.3g} at most" if differ else "")
                + (f", {self.lost} diverged in one alone" if self.lost else "")
            )
        if self.shared and (self.only_a or self.only_b) and len(self.means):
            lines.append("  Means of the runs in both:")
        for row in self.means.itertuples():
            lines.append(
                f"  {row.network}: {row.a:.4g} and {row.b:.4g}, difference {row.difference:+.3g}"
                + (f" ({row.low:.3g} to {row.high:.3g})" if np.isfinite(row.low) else "")
            )
        return "\n".join([*lines, f"  {self.expected}"])


def folders(a: Path, b: Path) -> Iterator[Comparison]:
    """Every experiment and scale that both folders hold.

    Raises: ValueError if one is no folder, or they share no archive; ArchiveError for a damaged one.
    """
    for name, path in (("A", a), ("B", b)):
        if not path.is_dir():
            raise ValueError(f"{name}: expected a folder of results, got {path}")
    found = False
    for name, experiment in experiments.EXPERIMENTS.items():
        for scale in experiment.scales:
            if all(reading.is_archived(folder / name / scale) for folder in (a, b)):
                found = True
                yield compare(*(reading.load_from(folder / name / scale) for folder in (a, b)))
    if not found:
        own = sorted(set(reading.strangers(a)) & set(reading.strangers(b)))
        got = f"only {', '.join(own)}, of your own (daleslaw --module FILE ...)" if own else "none"
        raise ValueError(f"A, B: expected an archive that is in both, got {got} in {a} and {b}")


def compare(a: Archive, b: Archive) -> Comparison:
    """Two archives of one experiment, run by run and in the mean."""
    quantity = a.experiment.quantity
    factor = summary.factor_of(quantity)
    pairs = a.runs[["run_id", quantity]].merge(b.runs[["run_id", quantity]], on="run_id")
    x, y = (factor * pairs[f"{quantity}_{side}"].to_numpy(float) for side in ("x", "y"))
    same, lost = (x == y) | (np.isnan(x) & np.isnan(y)), np.isnan(x) ^ np.isnan(y)
    off = np.abs(x - y)[~same & ~lost]
    in_both = [x.only(pairs.run_id) for x in (a, b)] if len(pairs) else [a, b]
    return Comparison(
        a.experiment.name, a.scale, quantity,
        shared=len(pairs), only_a=len(a.runs) - len(pairs), only_b=len(b.runs) - len(pairs),
        same=int(same.sum()), lost=int(lost.sum()), largest=float(max(off, default=0.0)),
        means=_means(*in_both), expected=_expected(a, b),
    )  # fmt: skip


def _means(a: Archive, b: Archive) -> pd.DataFrame:
    rows = []
    for condition in summary.conditions(a):
        values = [_figures(archive, condition) for archive in (a, b)]
        if not all(map(len, values)):
            continue
        gap: Interval = NONE
        if min(map(len, values)) > 1:
            gap = welch([(1.0, values[1]), (-1.0, values[0])])
        means = [float(np.mean(v)) for v in values]
        rows.append((summary.label_with_preset(condition), *means, means[1] - means[0], gap.low, gap.high))
    return pd.DataFrame(rows, columns=["network", "a", "b", "difference", "low", "high"])


def _figures(archive: Archive, condition: dict) -> np.ndarray:
    """The last evaluation of every run of a condition, whatever its seed: both folders are read alike."""
    runs = summary.matching(archive.runs, condition)
    runs = runs[~runs.diverged]
    quantity = archive.experiment.quantity
    return summary.factor_of(quantity) * runs[quantity].to_numpy(float)


def _expected(a: Archive, b: Archive) -> str:
    """What to expect from the machines and versions that made them, in a sentence."""
    made = [{name: {str(p.get(name)) for p in x.manifest["parts"]} for name in MADE_BY} for x in (a, b)]
    differing = [name.replace("_", " ") for name in MADE_BY if made[0][name] != made[1][name]]
    if not differing:
        but = (
            ", DANNs of unequal numbers of interneurons but for rounding" if any(map(padded, (a, b))) else ""
        )
        return f"made by the same versions on the same kind of device: runs should agree to the last bit{but}"
    return (
        f"made with another {', '.join(differing)}: single runs may differ, since early learning magnifies "
        "rounding; means over seeds should agree"
    )


def padded(archive: Archive) -> frozenset[str]:
    """Runs that others of their ensemble make wider, and whose numbers round otherwise without these.

    Which ensembles an archive was trained in is not known; it is taken to be all that can train together.
    """
    if not archive.experiment.trains:
        return frozenset()
    found = set()
    for runs in ensembles(archive.configs):
        if len(KINDS[runs[0].kind].draw.parts) > 1:
            widest = tuple(map(max, zip(*map(_interneurons, runs))))
            found |= {run.run_id for run in runs if _interneurons(run) != widest}
    return frozenset(found)


def _interneurons(run: RunConfig) -> tuple[int, int]:
    """Of the input's weights and of the recurrent ones."""
    usual = KINDS[run.kind].draw.inhibitory(run.hidden, run.ei_ratio)
    return usual, usual if run.n_inhibitory is None else run.n_inhibitory


def as_dict(found: Comparison) -> dict:
    """A comparison as plain data."""
    rows = [
        {
            name: None if isinstance(value, float) and not np.isfinite(value) else value
            for name, value in row.items()
        }
        for row in found.means.to_dict("records")
    ]
    return vars(found) | {"means": rows}
