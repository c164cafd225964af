r"""One draw as data, and what is measured on it: networks that are drawn and not trained. No torch.

A `DrawConfig` is to the spectra of Figure 3 what `configs.RunConfig` is to learning: a run, of which the
archive has a row. A `Drawing` makes a block of draws, and is to the runner what `training.Training` is.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from . import checkpoints
from .checks import one_of
from .configs import CHOICES, LEAST_HIDDEN, NUMBERS, digest
from .initialisation import (
    KINDS,
    PYTORCH_RHO,
    colei_weights,
    count_interneurons,
    dann_weights,
    effective_dann,
    rnn_weights,
    split_population,
)
from .spectra import eigenvalues, singular_values, svd_entropy

if TYPE_CHECKING:
    from .results import Archive

DEFAULT_RHO = {"rnn": PYTORCH_RHO, "colei": 1.5, "dann": PYTORCH_RHO}
MEASURES = ("entropy", "largest", "second", "edge", "radius", "mean_weight")


@dataclass(frozen=True, kw_only=True)
class DrawConfig:
    """All there is to say about one draw of a recurrent matrix; no field has a default.

    Names are those of `RunConfig`, None means the same, and so does the run's digest.

    Raises: ValueError, naming the field, unless every value is in range.
    """

    preset: str  # "faithful", "corrected", or "both"
    kind: str
    hidden: int  # N
    ei_ratio: float
    rho: float | None
    random_ix: bool | None  # DANN's W_ix is drawn (E5); None: it is the mean row of W_ex
    full_diagonal: bool | None  # ColEI's diagonal is as drawn (E8); None: it is zero
    seed: int

    def __post_init__(self):
        one_of("preset", self.preset, ("faithful", "corrected", "both"))
        one_of("kind", self.kind, KINDS)
        for name in ("hidden", "ei_ratio", "rho", "seed"):
            if getattr(self, name) is not None or name != "rho":
                object.__setattr__(self, name, NUMBERS[name](name, getattr(self, name)))
        if self.hidden < LEAST_HIDDEN[self.kind]:
            least = LEAST_HIDDEN[self.kind]
            raise ValueError(f"hidden: expected at least {least} units of {self.kind}, got {self.hidden}")
        if self.kind == "colei":
            split_population(self.hidden, self.ei_ratio)  # refuses an empty population
        for name, kind in {"random_ix": "dann", "full_diagonal": "colei"}.items():
            if getattr(self, name) is not None:
                one_of(name, getattr(self, name), CHOICES["random_ix"])
                if self.kind != kind:
                    raise ValueError(f"{name}: expected None for {self.kind}, got {getattr(self, name)!r}")

    @property
    def run_id(self) -> str:
        return digest({name: value for name, value in vars(self).items() if value is not None})

    @property
    def shape(self) -> tuple:
        """What the draws of one block have in common."""
        return self.kind, self.hidden

    @property
    def at_once(self) -> int:
        """Draws in a block: what is lost at most if the process is killed, half a minute or so."""
        return max(10**7 // self.hidden**2, 1)

    @property
    def updates(self) -> int:
        """A draw is one step of work, where a run that trains has as many as updates."""
        return 1


def draw_matrix(
    kind: str,
    n: int,
    ei_ratio: float,
    *,
    rho: float | None = None,
    random_ix: bool = False,
    zero_diagonal: bool = True,
    rng: np.random.Generator,
) -> np.ndarray:
    """The effective recurrent matrix `(n, n)` of one new network; `rho` None: the kind's default.

    Raises: ValueError as the function of `initialisation` that it calls.
    """
    rho = DEFAULT_RHO[one_of("kind", kind, KINDS)] if rho is None else rho
    if kind == "rnn":
        return rnn_weights(n, rho=rho, rng=rng)
    if kind == "colei":
        return colei_weights(n, ei_ratio, rho=rho, zero_diagonal=zero_diagonal, rng=rng)
    n_i = count_interneurons(n, ei_ratio)
    return effective_dann(*dann_weights(n, n_i, rho=rho, random_ix=random_ix, rng=rng))


def matrix(draw: DrawConfig) -> np.ndarray:
    """The matrix `(N, N)` of a draw: a function of its configuration."""
    return draw_matrix(
        draw.kind,
        draw.hidden,
        draw.ei_ratio,
        rho=draw.rho,
        random_ix=bool(draw.random_ix),
        zero_diagonal=not draw.full_diagonal,
        rng=np.random.default_rng([draw.seed, 2]),  # streams 0 and 1: a trained network's weights and data
    )


def above_the_bulk(draw: DrawConfig) -> int:
    """How many singular values are larger than the bulk: outlier, I group, the rest of the E mean.

    With as many inhibitory units as excitatory ones all but ColEI's outlier merge with the bulk. A DANN
    with a drawn W_ix has an outlier (E5), an RNN none.
    """
    if draw.kind == "colei":
        n_e, n_i = split_population(draw.hidden, draw.ei_ratio)
        return 1 if n_i >= n_e else n_i + 1
    return int(bool(draw.random_ix))


def measure(draw: DrawConfig) -> tuple[dict[str, float], np.ndarray, np.ndarray]:
    """`(figures, s, e)` of a draw: MEASURES by name, singular values and eigenvalues `(N,)`, largest first.

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
    """Of how many draws of a condition the eigenvalues are archived: about 1,000 points in all."""
    return max(1000 // hidden, 1)


class Drawing:
    """A block of draws on its way, one matrix after another.

    `history` is empty until all are drawn; then it has MEASURES as its one row, each `(M,)`. A checkpoint
    holds what has been drawn so far.

    Raises: ValueError unless the draws have one kind and size.
    """

    def __init__(self, block: Iterable[DrawConfig]):
        self.block = tuple(block)
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

    def save(self, path: Path) -> None:
        """All drawn so far, as one .npz; whole or not at all."""
        settings = {"updates": self.updates, "block": self._name()}
        state = {"update": self.update_index, "seconds": self.seconds, "settings": settings}
        content = {"figures": np.array(self._figures), "s": np.array(self._s), "e": np.array(self._e)}
        checkpoints.write(path, state, content)

    def load(self, path: Path) -> None:
        """Go to where `path` was written.

        Raises: ValueError if it is a checkpoint of other draws; then nothing has changed.
        """
        with np.load(path, allow_pickle=False) as file:
            state = json.loads(str(file["state"]))
            if state["settings"].get("block") != self._name():
                raise ValueError(
                    f"{path}: expected a checkpoint of these draws, got one of others; "
                    "delete it to start them again"
                )
            self.seconds = state["seconds"]
            self._figures = file["figures"].tolist()
            self._s, self._e = list(file["s"]), list(file["e"])

    def _name(self) -> str:
        return digest([asdict(draw) for draw in self.block])


# --- read back ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Drawn:
    """The archived draws of one condition."""

    runs: pd.DataFrame  # a row a draw
    s: np.ndarray  # (draws, N): singular values, largest first
    e: np.ndarray  # (few, N): eigenvalues of the first of them


CONDITION = ("preset", "kind", "hidden", "ei_ratio", "full_diagonal")


def archived(archive: Archive) -> dict[tuple, Drawn]:
    """Draws of each archived condition, by its values of CONDITION; in the order of the table."""
    runs = archive.runs
    numbers = pd.Series(np.arange(len(runs)), index=runs.run_id)
    curves = archive.curves.assign(run=archive.curves.run_id.map(numbers)).sort_values(["run", "rank"])
    columns = ("singular_value", "eigenvalue_real", "eigenvalue_imag")
    s, real, imaginary = (curves[name].to_numpy(np.float64) for name in columns)
    first = np.cumsum(runs.hidden) - runs.hidden  # rows of the table before each run's own
    found = {}
    for condition, group in runs.groupby(list(CONDITION), sort=False):
        rows = first[group.index].to_numpy()[:, None] + np.arange(group.hidden.iloc[0])  # (draws, N)
        kept = rows[np.isfinite(real[rows[:, 0]])]
        found[condition] = Drawn(group, s[rows], real[kept] + 1j * imaginary[kept])
    return found
