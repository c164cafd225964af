"""What learning does to singular values: archived runs that kept their spectra (`replay`). No torch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ...archive.reading import Archive
from ...initialisation.draw import KINDS


@dataclass(frozen=True)
class Course:
    """Chapter 4: one run as it went, an evaluation a row: `update`, `error` (%) and `entropy` `(T,)`, `s (T,
    N)`.

    `s` are the singular values of the first layer's recurrent matrix, largest first. From where a run
    diverged on everything but `update` is NaN.
    """

    kind: str
    seed: int
    update: np.ndarray
    error: np.ndarray
    entropy: np.ndarray
    s: np.ndarray


def courses(archive: Archive) -> list[Course]:
    """Chapter 4: every run of the archive, by kind and seed.

    Raises: ValueError if its runs kept no spectra.
    """
    if "singular_values" not in archive.curves:
        raise ValueError(
            f"archive: expected runs that keep their spectra, got those of {archive.experiment.name}"
        )
    return [course for kind in KINDS for course in _of_kind(archive, kind)]


def _of_kind(archive: Archive, kind: str) -> Iterator[Course]:
    runs = archive.runs[archive.runs.kind == kind].sort_values("seed")
    for run in runs.itertuples():
        curve = archive.curves[archive.curves.run_id == run.run_id].sort_values("update")
        s = np.stack([np.asarray(values, float) for values in curve.singular_values])
        error, entropy = (curve[name].to_numpy(float) for name in ("test_error", "entropy"))
        yield Course(kind, int(run.seed), curve["update"].to_numpy(), 100 * error, entropy, s)


def moved(course: Course, at: int = -1) -> float:
    """Chapter 4: how far the spectrum is from its start, |s - s_0|, at one of the course's rows.

    Sorted values are compared with sorted ones, so the matrix itself has moved at least as far.

    Source: Mirsky 1960: |s(A) - s(B)| <= |A - B|, the Frobenius norm.
    """
    return float(np.linalg.norm(course.s[at] - course.s[0]))


def turnover(course: Course, at: int = -1) -> float:
    """Chapter 4: `moved`, as a share of where it started: |s - s_0| / |s_0|."""
    return moved(course, at) / float(np.linalg.norm(course.s[0]))


def changes(archive: Archive) -> pd.DataFrame:
    """Chapter 4: a row a run: kind, seed; before learning and after it entropy, and the largest, second and
    median singular value; `moved` and `turnover`; the final `error` (%).

    Raises: ValueError as `courses`.
    """
    rows, final = [], 100 * archive.runs.set_index(["kind", "seed"]).late_test_error
    for c in courses(archive):
        row = {"kind": c.kind, "seed": c.seed, "entropy before": c.entropy[0], "entropy after": c.entropy[-1]}
        for name, rank in {"largest": 0, "second": 1, "median": c.s.shape[1] // 2}.items():
            row |= {f"{name} before": c.s[0, rank], f"{name} after": c.s[-1, rank]}
        rows.append(row | {"moved": moved(c), "turnover": turnover(c), "error": final[c.kind, c.seed]})
    return pd.DataFrame(rows)
