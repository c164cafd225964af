"""What an experiment is, and how its grid of runs is written down: tools of `experiments.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from .checks import one_of
from .configs import RunConfig, digest
from .drawing import DrawConfig

SCALES = ("smoke", "laptop", "paper")


@dataclass(frozen=True)
class Published:
    """A number of the paper: `value` of the experiment's quantity, and where it stands.

    `where` says for which runs: fields of `RunConfig` and their values.
    """

    value: float
    source: str
    where: Mapping[str, object]


@dataclass(frozen=True)
class Experiment:
    """A named set of runs at each scale, and the paper's numbers they are compared with.

    `by` are the fields of its runs that tell its conditions apart, besides the preset;
    `quantity` is the column of the runs table that the paper reports. Where nothing `trains`, its runs
    are draws (`drawing.DrawConfig`).
    """

    name: str
    title: str
    figure: str  # of the paper
    grids: Mapping[str, Callable[[], Iterable[RunConfig | DrawConfig]]]
    by: tuple[str, ...] = ("kind",)
    quantity: str = "test_error"
    published: tuple[Published, ...] = ()
    trains: bool = True

    @property
    def scales(self) -> tuple[str, ...]:
        return tuple(scale for scale in SCALES if scale in self.grids)

    def runs(self, scale: str) -> tuple[RunConfig | DrawConfig, ...]:
        """Every run of a scale, in a fixed order, each once.

        Raises: ValueError for a scale that the experiment does not have.
        """
        return tuple(dict.fromkeys(self.grids[one_of("scale", scale, self.scales)]()))

    def definition(self, scale: str) -> str:
        """A digest of all the runs of a scale: the archive records which definition it is of."""
        return digest(sorted(run.run_id for run in self.runs(scale)))


# --- seeds and readings --------------------------------------------------------------------------

NEW_SEEDS = 100
"""Seeds from here on decide claims: they were declared before they ran, and how a run is read with them.

On earlier seeds that reading was first looked at, so they are shown apart.
"""


def new(n: int) -> range:
    """The first n of the seeds that decide."""
    return range(NEW_SEEDS, NEW_SEEDS + n)


def read_late(updates: int) -> dict[str, int]:
    """A training read over its last ten evaluations: at each tenth of it, and each hundredth in the last."""
    return dict(updates=updates, eval_every=updates // 10, end_every=updates // 100)


# --- what experiments share ----------------------------------------------------------------------

PLAIN = dict(
    length=None, n_valid=0, layers=1, dense=None, hidden=100, embedding=None, ei_ratio=9.0, rho=None,
    n_inhibitory=None, random_ix=None, input_init=None, vectors=None, spectrum=None, frozen=None,
    ablated=None, lr_decay=None, end_every=None, clip=None, clip_by="layer", batch=32, spectra=None,
    dtype="float32",
)  # fmt: skip
DIGITS = dict(task="mnist", source="full", n_train=60_000)
SUBSET = dict(task="mnist", source="subset", n_train=4_000)


def grid(common: Mapping, conditions: Iterable[Mapping], seeds: Iterable[int] | int) -> Iterator[RunConfig]:
    """Every condition with every seed, or with seeds 0 to `seeds` - 1; a condition's settings override the
    common ones."""
    seeds = range(seeds) if isinstance(seeds, int) else tuple(seeds)
    for condition, seed in product(conditions, seeds):
        yield RunConfig(**{**PLAIN, **common, **condition, "seed": seed})


def published(source: str, by: str | None, values: Mapping[str, object]) -> list[Published]:
    """The numbers of one figure: values[kind], or values[kind][value of the field `by`]."""
    if by is None:
        return [Published(value, source, {"kind": kind}) for kind, value in values.items()]
    return [
        Published(value, source, {"kind": kind, by: x})
        for kind, row in values.items()
        for x, value in row.items()
    ]
