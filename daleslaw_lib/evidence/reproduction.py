"""Some archived runs of a figure, trained or drawn again, each beside what the archive says of it.

A run is expected to be the same to the last bit where the versions, the kind of device and the miniatures
of the manifest (`verification`) are those of its archive, and no other DANN of its ensemble had more
interneurons (`compare.padded`). Elsewhere early learning magnifies rounding: there a run has to start where
the archived one did, and to end no further from it than two seeds of its condition may lie apart.
"""

from __future__ import annotations

import math
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from scipy import stats

from .. import experiments, machine
from ..archive import reading
from ..archive.reading import Archive, ArchiveError
from ..experiments.configs import DrawConfig, RunConfig
from . import summary
from .compare import MADE_BY, padded

VERDICTS = ("same", "near", "off")
FALSE_ALARM = 0.001  # how often a sample in which nothing is wrong is called off, bounds alone
START = 1e-4  # relative: what rounding does to an evaluation before the first update
DRAWN = 1e-5  # relative: what it does to a measure of a matrix that is drawn


# --- which runs -----------------------------------------------------------------------------------


def figures() -> dict[str, list[str]]:
    """Which figures of the paper archived runs stand behind, as they are asked for, with their experiments.

    >>> figures()["6"]
    ['one_layer_mnist', 'ei_ratio', 'second_sample']
    """
    found = defaultdict(list)
    for name, experiment in experiments.EXPERIMENTS.items():
        word, _, number = experiment.figure.partition(" ")
        if word == "Figure":
            found[number.partition(",")[0]].append(name)
    return dict(sorted(found.items()))


def behind(figure: str) -> list[str]:
    """The experiments that are the evidence for a figure: "2a", "Fig. 2a", "Figure 2a"; or the one of that
    name.

    Raises: ValueError naming the figures there are.
    """
    if figure in experiments.EXPERIMENTS:
        return [figure]
    known, asked = figures(), figure.strip().lower()
    for word in ("figure", "fig.", "fig"):
        asked = asked.removeprefix(word).strip()
    if asked not in known:
        choices = f"{', '.join(known)}, or an experiment's name (daleslaw list)"
        raise ValueError(f"figure: expected one of {choices}, got {figure!r}")
    return known[asked]


def share_of(text: str) -> float:
    """The share of the evidence to be reproduced that a percentage names.

    >>> share_of("2%")
    0.02
    >>> share_of("0%")
    Traceback (most recent call last):
    ValueError: sample: expected a percentage above 0 and up to 100, such as 2%, got '0%'
    """
    try:
        value = float(text.strip().removesuffix("%"))
    except ValueError:
        value = math.nan
    if not 0 < value <= 100:
        raise ValueError(f"sample: expected a percentage above 0 and up to 100, such as 2%, got {text!r}")
    return value / 100


@dataclass(frozen=True)
class Sample:
    """Archived runs to be reproduced, drawn at random; in the order of the experiment."""

    archive: Archive
    runs: tuple[RunConfig | DrawConfig, ...]

    def __str__(self) -> str:
        a = self.archive
        return (
            f"{len(self.runs):,} of {len(a.configs):,} archived runs of {a.experiment.name}, {a.scale} scale"
        )


def samples(figure: str, share: float, seed: int, scale: str | None = None) -> list[Sample]:
    """Evidence to be reproduced: a share of the archived runs behind a figure, one of each experiment at
    least.

    `scale`: None for the largest archived. Another seed draws other runs.

    Raises: ValueError for an unknown figure or scale; ArchiveError if none is archived, or one is damaged.
    """
    names, rng, found = behind(figure), np.random.default_rng(seed), []
    scales = [s for s in experiments.SCALES if any(s in experiments.get(n).scales for n in names)]
    if scale is not None and scale not in scales:
        raise ValueError(f"scale: expected one of {', '.join(scales)}, got {scale!r}")
    for name in names:
        archived = reading.archived_scales(name)
        if archived and scale in (None, *archived):
            archive = reading.load(name, scale or archived[-1])
            if not archive.configs:
                again = experiments.again(name, archive.scale, "--fresh")
                raise ArchiveError(f"{name}: expected runs of its definition, got none; run: {again}")
            n = math.ceil(share * len(archive.configs) - 1e-9)
            chosen = sorted(rng.choice(len(archive.configs), size=n, replace=False))
            found.append(Sample(archive, tuple(archive.configs[k] for k in chosen)))
    if not found:
        at = f" at {scale} scale" if scale else ""
        again = experiments.again(names[0], scale or experiments.get(names[0]).scales[-1])
        raise ArchiveError(
            f"{figure}: expected an archive of {' or '.join(names)}{at}, got none; run: {again}"
        )
    return found


# --- again ------------------------------------------------------------------------------------------


def seconds(sample: Sample, measure_for: float = 1.0) -> float:
    """What it will take to reproduce a sample here, in this process, measured on a few updates."""
    from .. import devices, planning

    place = devices.pick_device("auto")
    return planning.plan(sample.runs, place, measure_for, threads_of(sample)).seconds()


def threads_of(sample: Sample) -> int:
    """Threads to reproduce an archive's runs with: as many as it was made with, or as there are cores."""
    threads = max(int(part.get("threads", 1)) for part in sample.archive.manifest["parts"])
    return min(threads, machine.cores())


def run_again(sample: Sample) -> Archive:
    """The runs of a sample reproduced, in a results folder that is gone afterwards.

    Raises: as `running.runner.run`; where it would say how to go on, it says that nothing is kept.
    """
    from ..running import ChunkError, runner

    name, scale = sample.archive.experiment.name, sample.archive.scale
    only = {"run_id": frozenset(run.run_id for run in sample.runs)}
    with TemporaryDirectory(prefix="daleslaw-") as folder, _results_in(Path(folder)):
        try:
            runner.run(name, scale, only=only, threads=threads_of(sample))
        except runner.Interrupted as stopped:
            raise runner.Interrupted(
                "stopped; of what was run again nothing is kept", stopped.number
            ) from None
        except (ChunkError, reading.ArchiveError) as error:
            reason, _, _ = str(error).partition("; to continue:")
            raise type(error)(f"{reason}; of what was run again nothing is kept") from None
        return reading.load(name, scale, whole=True)


@contextmanager
def _results_in(folder: Path) -> Iterator[None]:
    """Archives are written to, and read from, this folder meanwhile."""
    before = os.environ.get("DALESLAW_RESULTS")
    os.environ["DALESLAW_RESULTS"] = str(folder)
    try:
        yield
    finally:
        os.environ.pop("DALESLAW_RESULTS")
        if before is not None:
            os.environ["DALESLAW_RESULTS"] = before


# --- side by side -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Again:
    """Evidence that a run repeats, or not: as it is archived, and made anew.

    `archived`, `again`: the figure that the page shows, in its units. `verdict`: "same" to the last bit,
    "near" within what is expected, "off" beyond it, and `why`. `to_the_bit`: whether that was expected.
    """

    run_id: str
    words: str
    archived: float
    again: float
    to_the_bit: bool
    verdict: str
    why: str

    def __str__(self) -> str:
        return f"{self.words}: {_shown(self.archived)}, again {_shown(self.again)}: {self.why}"


def beside(sample: Sample, again: Archive) -> list[Again]:
    """Evidence that a sample repeats, or not: each archived run beside the same one made anew."""
    pair = _Pair(sample.archive, again, len(sample.runs))
    return [pair.judged(run) for run in sample.runs]


class _Pair:
    """Two archives, the first of which holds all runs of the second and more."""

    def __init__(self, archive: Archive, again: Archive, n: int):
        self.archive, self.again, self.n = archive, again, n
        settings = {field.name for field in fields(again.configs[0])}
        ours, theirs = again.runs, archive.runs
        self.figures = [
            name
            for name in ours.select_dtypes("number")
            if name in theirs and name not in {*settings, "part"} and not name.startswith("late_")
        ]
        self.quantity = archive.experiment.quantity
        self.factor = summary.factor_of(self.quantity)

    def judged(self, run: RunConfig | DrawConfig) -> Again:
        a, b = (x.runs.set_index("run_id").loc[run.run_id] for x in (self.archive, self.again))
        to_the_bit = self._to_the_bit(run.run_id, int(a["part"]))
        verdict, why = self._verdict(run.run_id, a, b, to_the_bit)
        values = [self.factor * float(row.get(self.quantity, math.nan)) for row in (a, b)]
        return Again(run.run_id, self._words(a), *values, to_the_bit, verdict, why)

    def _verdict(self, run_id: str, a: pd.Series, b: pd.Series, to_the_bit: bool) -> tuple[str, str]:
        different = [name for name in self.figures if not _same(a[name], b[name])]
        curves = self._curves(run_id)
        different += [
            f"the curve of {name.replace('_', ' ')}" for name, (x, y) in curves.items() if not _same(x, y)
        ]
        late = [
            name
            for name in b.index
            if name.startswith("late_") and name in a and not _close(a[name], b[name])
        ]
        if not different and not late:
            return "same", "the same to the last bit"
        where = ", ".join(name.replace("_", " ") for name in different or late)
        if not different:  # means of evaluations that are the same
            return "off", f"not what its own evaluations give ({where})"
        if to_the_bit:
            return "off", f"differs where it should be the same to the last bit ({where})"
        return self._within_bounds(a, b, curves)

    def _within_bounds(self, a: pd.Series, b: pd.Series, curves: Mapping[str, tuple]) -> tuple[str, str]:
        if not self.archive.experiment.trains:
            wrong = [n for n in self.figures if not _close(a[n], b[n], DRAWN)]
            return (
                ("off", f"further off than rounding ({', '.join(wrong)})")
                if wrong
                else ("near", "within rounding")
            )
        for name, (x, y) in curves.items():
            if name != "train_loss" and len(x) and not _close(x[0], y[0], START):
                return "off", f"starts elsewhere: {name.replace('_', ' ')} {x[0]:.6g}, again {y[0]:.6g}"
        if bool(a["diverged"]) != bool(b["diverged"]):
            known = self._others(a).diverged.any() and not self._others(a).diverged.all()
            return ("near", "diverged once, as other seeds do") if known else ("off", "diverged only once")
        low, high = self._bounds(a)
        if math.isnan(low):
            return "near", "starts alike; too few other seeds to bound its end"
        inside = low <= self.factor * float(b[self.quantity]) <= high
        words = f"{_shown(low)} to {_shown(high)}, as far as two seeds may lie apart"
        return ("near", f"within {words}") if inside else ("off", f"outside {words}")

    def _bounds(self, a: pd.Series) -> tuple[float, float]:
        """Where a run may end that starts like this one and rounds otherwise: at worst like another seed.

        By Student's t on the scatter of the other seeds, of logarithms where all are positive, as claims are
        judged; corrected for the size of the sample.
        """
        others = self._others(a)
        ends = others[~others.diverged][self.quantity].dropna().to_numpy(float)
        x, at = self.factor * ends, self.factor * float(a[self.quantity])
        if len(x) < 2 or math.isnan(at):
            return math.nan, math.nan
        logs = at > 0 and (x > 0).all()
        scatter = (np.log(x) if logs else x).std(ddof=1)
        half = stats.t.ppf(1 - FALSE_ALARM / (2 * self.n), len(x) - 1) * scatter * math.sqrt(2)
        return (
            (at / math.exp(min(half, 700)), at * math.exp(min(half, 700))) if logs else (at - half, at + half)
        )

    def _others(self, a: pd.Series) -> pd.DataFrame:
        runs = summary.matching(self.archive.runs, summary.condition_of(self.archive, a))
        return runs[runs.run_id != a.name]

    def _words(self, a: pd.Series) -> str:
        return f"{summary.label_with_preset(summary.condition_of(self.archive, a))}, seed {a['seed']}"

    def _to_the_bit(self, run_id: str, part: int) -> bool:
        """Whether all that decides about rounding is what it was, as far as the manifests know."""
        now, then = self.again.manifest, self.archive.manifest
        made = [{name: str(p.get(name)) for name in MADE_BY} for p in (then["parts"][part], now["parts"][0])]
        return made[0] == made[1] and self._same_miniatures and run_id not in self._padded

    @cached_property
    def _padded(self) -> frozenset[str]:
        return padded(self.archive)

    @cached_property
    def _same_miniatures(self) -> bool:
        recorded = self.archive.manifest["fingerprint"]
        return all(
            make in recorded and _same(recorded[make], value)
            for make, value in self.again.manifest["fingerprint"].items()
        )

    def _curves(self, run_id: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Each number of the curves, archived and again, at the rows that both have."""
        a, b = (x.curves[x.curves.run_id == run_id] for x in (self.archive, self.again))
        key = "update" if "update" in a else "rank"
        if not {key} <= set(a) & set(b):
            return {}
        rows = a.merge(b, on=key, suffixes=("", "_again"))
        names = [n for n in a.select_dtypes("number") if n != key and f"{n}_again" in rows]
        return {n: (rows[n].to_numpy(), rows[f"{n}_again"].to_numpy()) for n in names}


def _same(a, b) -> bool:
    return np.array_equal(np.asarray(a, float), np.asarray(b, float), equal_nan=True)


def _close(a: float, b: float, relative: float = 1e-5) -> bool:
    return bool(np.isclose(a, b, rtol=relative, atol=1e-12, equal_nan=True))


def _shown(value: float) -> str:
    return "diverged" if math.isnan(value) else f"{value:.5g}"


def in_short(found: Sequence[Again]) -> str:
    """How many reproduced runs are the same, near and off, in a line."""
    counts = {verdict: sum(one.verdict == verdict for one in found) for verdict in VERDICTS}
    return (
        f"{len(found):,} run{'s' * (len(found) != 1)} again: {counts['same']} the same to the last bit, "
        f"{counts['near']} within what is expected, {counts['off']} beyond it"
    )


def as_dict(one: Again) -> dict:
    """Whether an archived run repeats, as plain data."""
    numbers = {n: v if math.isfinite(v) else None for n in ("archived", "again") for v in [getattr(one, n)]}
    return vars(one) | numbers
