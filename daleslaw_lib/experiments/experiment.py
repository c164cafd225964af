"""What an experiment is, what a claim about it is, and how its grid of runs is written down.

All of it is data: nothing is trained here, and nothing is tested (`evidence.claims` does that).
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from itertools import product

from .. import own_files
from ..checks import one_of
from .configs import DrawConfig, RunConfig, digest
from .halving import Halving

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
    `quantity` is the column of the runs table that the paper reports; by `chosen_on` the best of several
    settings is chosen. Where nothing `trains`, its runs are draws (`DrawConfig`). A grid that is a `Halving`
    gives every run that may come about, of which few do.
    """

    name: str
    title: str
    figure: str  # of the paper
    grids: Mapping[str, Callable[[], Iterable[RunConfig | DrawConfig]]]
    by: tuple[str, ...] = ("kind",)
    quantity: str = "test_error"
    chosen_on: str = "valid_error"
    published: tuple[Published, ...] = ()
    trains: bool = True
    _made: dict = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def scales(self) -> tuple[str, ...]:
        return tuple(scale for scale in SCALES if scale in self.grids)

    def runs(self, scale: str) -> tuple[RunConfig | DrawConfig, ...]:
        """Every run of a scale, in a fixed order, each once; made once, and kept.

        Raises: ValueError for a scale that the experiment does not have.
        """
        if one_of("scale", scale, self.scales) not in self._made:
            self._made[scale] = tuple(dict.fromkeys(self.grids[scale]()))
        return self._made[scale]

    def halving(self, scale: str) -> Halving | None:
        """The successive halving that chooses among the runs of a scale, if there is one."""
        grid = self.grids[one_of("scale", scale, self.scales)]
        return grid if isinstance(grid, Halving) else None

    def planned(self, scale: str) -> tuple[RunConfig | DrawConfig, ...]:
        """As many runs, of the same cost, as will be trained or drawn; without a halving, `runs`."""
        if (halving := self.halving(scale)) is None:
            return self.runs(scale)
        if ("planned", scale) not in self._made:
            self._made["planned", scale] = tuple(halving.planned())
        return self._made["planned", scale]

    def definition(self, scale: str) -> str:
        """A digest of all the runs of a scale: the archive records which definition it is of."""
        ids = sorted(run.run_id for run in self.runs(scale))
        halving = self.halving(scale)
        return digest(ids if halving is None else [*ids, halving.definition()])


# --- seeds and readings --------------------------------------------------------------------------

NEW_SEEDS = 100
"""Seeds from here on decide claims: they were declared before they ran, and how a run is read with them.

On earlier seeds that reading was first looked at, so they are shown apart.
"""


def new(n: int) -> range:
    """The first n of the seeds that decide an experiment's claims."""
    return range(NEW_SEEDS, NEW_SEEDS + n)


def read_late(updates: int) -> dict[str, int]:
    """A run's configuration with its evaluations at each tenth of it, and each hundredth in the last."""
    return dict(updates=updates, eval_every=updates // 10, end_every=updates // 100)


# --- what experiments share ----------------------------------------------------------------------

PLAIN = dict(
    length=None, n_valid=0, layers=1, dense=None, hidden=100, embedding=None, ei_ratio=9.0, rho=None,
    n_inhibitory=None, random_ix=None, input_init=None, vectors=None, spectrum=None, parts=None, start=None,
    start_a=None, start_b=None, frozen=None, ablated=None, lr_decay=None, end_every=None, clip=None,
    optimiser=None, clip_by="layer", batch=32, spectra=None, mechanism=None, dtype="float32",
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


# --- commands -------------------------------------------------------------------------------------


def again(experiment: str, scale: str, *options: str) -> str:
    """The command that runs an experiment, as messages give it, with the reader's own files that it needs.

    >>> again("size", "laptop", "--fresh")
    'daleslaw run size --scale laptop --fresh'
    """
    return shlex.join(["daleslaw", *own_files.options(), "run", experiment, "--scale", scale, *options])


def _written(value) -> str:
    """The value of a run's field as `daleslaw run --only FIELD=VALUE` reads it."""
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    return str(value)


def fields_that_select(experiment: Experiment, scale: str, run: RunConfig) -> list[str]:
    """Fields of a run, as FIELD=VALUE, that tell it from all others of its experiment; none can be left out.

    With each of them after an `--only`, `daleslaw run` trains this run alone. They are in the order in which
    the experiment names its conditions, then as in `RunConfig`. Of a halving it is the run's id, since fields
    choose whole points there.
    """
    if experiment.halving(scale) is not None:
        return [f"run_id={run.run_id}"]
    runs, chosen = experiment.runs(scale), []

    def others(names) -> int:
        return sum(all(getattr(r, name) == getattr(run, name) for name in names) for r in runs) - 1

    for name in dict.fromkeys((*experiment.by, *(f.name for f in fields(run)))):
        if others([*chosen, name]) < others(chosen):
            chosen.append(name)
    for name in reversed(chosen):  # a later one may say it all
        if others(rest := [kept for kept in chosen if kept != name]) == 0:
            chosen = rest
    return [f"{name}={_written(getattr(run, name))}" for name in chosen]


# --- claims ---------------------------------------------------------------------------------------

CLAIMED = ("better", "better by", "no worse", "same")
MARGIN = math.log(1.2)  # a fifth of the error: what "no worse" and "same" allow, and "better by" asks for
Where = Mapping[str, object]


@dataclass(frozen=True)
class Term:
    """One condition of a claim: its weight, the fields of its runs, the paper's figure if there is one."""

    weight: float
    where: Where
    published: float | None = None


@dataclass(frozen=True)
class Claim:
    """A claim of the paper on one experiment's archive.

    `claimed` is one of CLAIMED; the effect is positive where the claim says so. `test`: "log",
    effects are logarithms of ratios; "difference", plain differences; "rank", minus Spearman's correlation
    of initial entropy and error over conditions. `best`: of these settings each condition is
    tested at the one that validation chose, alone. `learning`: False for a fact about random
    matrices. `published_p`: the paper's Welch p, from which its own uncertainty follows. `second`: the
    experiment with a second sample of seeds, which decides where the first leaves the claim open.
    """

    name: str
    text: str
    figure: str
    experiment: str
    terms: tuple[Term, ...]
    claimed: str = "better"
    preset: str = "faithful"
    quantity: str | None = None
    test: str = "log"
    margin: float = MARGIN
    learning: bool = True
    published_p: float | None = None
    best: tuple[str, ...] | None = None
    second: str | None = None

    def __post_init__(self):
        one_of("claimed", self.claimed, CLAIMED)
        one_of("test", self.test, ("log", "difference", "rank"))

    @property
    def ours(self) -> bool:
        """Whether it is this book's own, and not the paper's: its figure is then a chapter."""
        return self.figure.startswith("chapter")

    @property
    def published(self) -> float | None:
        """The paper's effect, on the scale of the test; None where it gives no figures."""
        return self._of_published(math.log if self.test == "log" else float)

    @property
    def published_points(self) -> float | None:
        """The paper's effect in points: a plain difference."""
        return self._of_published(float)

    def _of_published(self, scale: Callable[[float], float]) -> float | None:
        if not self.terms or any(term.published is None for term in self.terms):
            return None
        return sum(term.weight * scale(term.published) for term in self.terms)


# --- what claims share -----------------------------------------------------------------------------

RNN, COLEI, DANN = dict(kind="rnn"), dict(kind="colei"), dict(kind="dann")


def less(a: Where, b: Where, published: tuple[float, float] | None = None) -> tuple[Term, ...]:
    """a's figure is below b's: log b - log a is above zero; `published`: the paper's of a and of b."""
    of_a, of_b = published or (None, None)
    return (Term(1.0, b, of_b), Term(-1.0, a, of_a))


INTEREST = math.log(1.1)  # a tenth of the error: the smallest effect of interest


def own(
    name: str,
    text: str,
    chapter: int,
    experiment: str,
    terms: tuple[Term, ...],
    claimed="better by",
    **options,
):
    """A claim of this book's own: "better by" a tenth of the error, and a fifth for "no worse" and "same"."""
    if claimed == "better by":
        options = dict(margin=INTEREST) | options
    return Claim(name, text, f"chapter {chapter}", experiment, terms, claimed, **options)
