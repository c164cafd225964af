"""What is measured on a draw, and a block of draws on its way. No torch.

A `Drawing` makes a block of draws (`experiments.DrawConfig`); the runner takes it as it does a
`training.Training`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd

from .. import checkpoints
from ..checkpoints import CheckpointError, agree, read, unusable
from ..experiments.configs import DrawConfig, digest
from ..initialisation.draw import drawing
from ..initialisation.kind import Draw
from ..spectra import eigenvalues, singular_values, svd_entropy

MEASURES = ("entropy", "largest", "second", "edge", "radius", "mean_weight")


def matrix(draw: DrawConfig) -> np.ndarray:
    """The matrix `(N, N)` of a job that draws and does not train."""
    return _drawing(draw).matrix(draw.hidden)


def _drawing(draw: DrawConfig) -> Draw:
    rng = np.random.default_rng([draw.seed, 2])  # streams 0 and 1: a trained network's weights and data
    options = dict(random_ix=draw.random_ix, full_diagonal=draw.full_diagonal)
    return drawing(draw.kind, draw.ei_ratio, rho=draw.rho, rng=rng, **options)


def above_the_bulk(draw: DrawConfig) -> int:
    """Of a job that draws: how many singular values are larger than the bulk, which its kind says."""
    return _drawing(draw).above_the_bulk(draw.hidden)


def measure(draw: DrawConfig) -> tuple[dict[str, float], np.ndarray, np.ndarray]:
    """What a job that draws finds: MEASURES by name, singular values and eigenvalues `(N,)`, largest first.

    entropy: normalised SVD entropy H; largest, second: singular values; edge: the largest of the bulk;
    radius: the largest modulus of an eigenvalue; mean_weight: mean |W_ij|.
    """
    W = matrix(draw)
    s, e = singular_values(W), eigenvalues(W)
    e = e[np.argsort(-np.abs(e), kind="stable")]
    values = (
        svd_entropy(singular_values=s), s[0], s[1], s[above_the_bulk(draw)], np.abs(e[0]), np.abs(W).mean()
    )  # fmt: skip
    return dict(zip(MEASURES, map(float, values))), s, e


def planes(hidden: int) -> int:
    """In how many jobs that draw eigenvalues are kept, of a condition: about 1,000 points in all."""
    return max(1000 // hidden, 1)


class Drawing:
    """A block of draws on its way, one matrix after another.

    `history` is empty until all are drawn; then it has MEASURES as its one row, each `(M,)`. A checkpoint
    holds what has been drawn so far.

    Args:   origin: what its checkpoints carry besides, and must agree with (see `checkpoints`).
    Raises: ValueError unless the draws have one kind and size.
    """

    def __init__(self, block: Iterable[DrawConfig], *, origin: Mapping[str, str] | None = None):
        self.block, self.origin = tuple(block), dict(origin or {})
        if len({draw.shape for draw in self.block}) != 1:
            got = len({draw.shape for draw in self.block})
            raise ValueError(f"block: expected draws of one kind and size, got {got}")
        self.history: dict[str, list] = {"update": []}
        self.seconds = {"draw": 0.0}
        self.diverged_at = np.full(len(self.block), -1)
        self._figures: list[list[float]] = []  # of each draw so far: MEASURES
        self._s: list[np.ndarray] = []  # of each draw so far: (N,)
        self._e: list[np.ndarray] = []  # of those whose eigenvalues are kept

    @property
    def updates(self) -> int:
        return len(self.block)

    @property
    def update_index(self) -> int:
        return len(self._s)

    def advance(self) -> None:
        """The next draw."""
        start, draw = time.perf_counter(), self.block[self.update_index]
        figures, s, e = measure(draw)
        self._figures.append([figures[name] for name in MEASURES])
        self._s.append(s)
        if draw.seed < planes(draw.hidden):
            self._e.append(e)
        self.seconds["draw"] += time.perf_counter() - start

    def run(
        self,
        *,
        checkpoint: Path | None = None,
        on_progress: Callable[[Drawing], None] = lambda drawing: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Go on to the last draw. True when it is made, False when `should_stop` said so.

        Raises: OSError if a checkpoint, written at the end and at a stop, cannot be.
        """
        while True:
            at_end = self.update_index == self.updates
            stop = not at_end and should_stop()
            on_progress(self)
            if at_end:
                figures = zip(MEASURES, np.array(self._figures).T)
                self.history = {"update": [0]} | {name: [values] for name, values in figures}
            if checkpoint and (at_end or stop):
                self.save(checkpoint)
            if at_end or stop:
                return at_end
            self.advance()

    def release(self) -> None:
        """Nothing to let go of: the spectra are the result."""

    def table(self) -> pd.DataFrame:
        """A row a singular value: run_id, rank, singular_value and, of few draws, eigenvalue_real, _imag.

        Eigenvalues by falling modulus, so that their rank is not that of the singular value beside them.
        Sixteen bits a number: 0.05 % in a histogram; figures of the draws are exact elsewhere.
        """
        parts, kept = [], iter(self._e)
        for draw, s in zip(self.block, self._s):
            e = next(kept) if draw.seed < planes(draw.hidden) else np.full(len(s), np.nan + 1j * np.nan)
            columns = {"singular_value": s, "eigenvalue_real": e.real, "eigenvalue_imag": e.imag}
            columns = {name: values.astype(np.float16) for name, values in columns.items()}
            rank = np.arange(1, len(s) + 1, dtype=np.int16)
            parts.append(pd.DataFrame({"run_id": draw.run_id, "rank": rank} | columns))
        return pd.concat(parts, ignore_index=True)

    @property
    def must_agree(self) -> dict:
        """What a checkpoint must agree with."""
        return {"updates": self.updates, "draws": digest([asdict(draw) for draw in self.block])}

    def save(self, path: Path) -> None:
        """All drawn so far, as one .npz; whole or not at all."""
        state = {"update": self.update_index, "seconds": self.seconds}
        state |= {"settings": self.must_agree, "origin": self.origin}
        content = {"figures": np.array(self._figures), "s": np.array(self._s), "e": np.array(self._e)}
        checkpoints.write(path, state, content)

    def load(self, path: Path) -> None:
        """Go to where `path` was written.

        Raises: CheckpointError if the file is damaged, or of other draws or origin; then nothing has changed.
        """
        most = 64 * self.updates * (self.block[0].hidden + len(MEASURES)) + 10_000_000  # with a wide margin
        state, content = read(path, most=most)
        try:
            agree(state, self.must_agree, self.origin)
            n, N = state["update"], self.block[0].hidden
            kept = sum(draw.seed < planes(draw.hidden) for draw in self.block[:n])
            if set(state["seconds"]) != set(self.seconds):
                raise ValueError("its seconds are of another work")
            for name, shape in {"figures": (n, len(MEASURES)), "s": (n, N), "e": (kept, N)}.items():
                if content[name].shape != (shape if shape[0] else (0,)):
                    raise ValueError("its arrays are of other shapes")
                if content[name].dtype.kind != ("c" if name == "e" and kept else "f"):
                    raise ValueError("its arrays hold other things than numbers")
        except (ValueError, KeyError, TypeError) as error:
            raise CheckpointError(unusable(path, error)) from error
        self.seconds = state["seconds"]
        self._figures, self._s, self._e = content["figures"].tolist(), list(content["s"]), list(content["e"])
