"""Every experiment of the book as data: which networks are trained, how, at which scale.

A `RunConfig` says everything about one training run. An `Experiment` is a name, the figure it
belongs to, and for each scale the list of its runs. Nothing here trains anything, or needs torch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from itertools import product
from numbers import Integral

from .checks import one_of, positive, positive_integer
from .initialisation import KINDS, split_population

SCALES = ("smoke", "laptop", "paper")


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """All there is to say about one training run; no field has a default.

    Raises: ValueError, naming the field, unless every value is in range.
    """

    preset: str  # label of what follows: "faithful" to the public code, "corrected", or "both" agree
    task: str  # "mnist"
    source: str  # "full" data, or the "subset" in the package
    n_train: int
    n_valid: int
    kind: str  # "rnn", "colei" or "dann"
    layers: int
    hidden: int  # recurrent units a layer
    ei_ratio: float  # excitatory units per inhibitory one
    rho: float | None  # spectral radius of W at initialisation; None: the kind's own
    n_inhibitory: int | None  # DANN's recurrent interneurons (E4); None: by ei_ratio
    lr: float
    clip: float | None  # largest norm of a gradient; None: no clipping
    clip_by: str  # "layer" or "tensor": whose norm (E3)
    batch: int
    updates: int
    eval_every: int  # updates from one evaluation to the next
    seed: int
    dtype: str  # "float32" or "float64"

    def __post_init__(self):
        one_of("preset", self.preset, ("faithful", "corrected", "both"))
        one_of("task", self.task, ("mnist",))
        one_of("source", self.source, ("full", "subset"))
        one_of("kind", self.kind, KINDS)
        one_of("clip_by", self.clip_by, ("layer", "tensor"))
        one_of("dtype", self.dtype, ("float32", "float64"))
        for name, check in NUMBERS.items():
            value = getattr(self, name)
            if value is not None or name not in OPTIONAL:
                object.__setattr__(self, name, check(name, value))  # 9 and 9.0 are one run
        if self.hidden < LEAST_HIDDEN[self.kind]:
            raise ValueError(
                f"hidden: expected at least {LEAST_HIDDEN[self.kind]} units of {self.kind}, got {self.hidden}"
            )
        if self.kind == "colei":
            split_population(self.hidden, self.ei_ratio)  # refuses to leave a population empty
        if self.batch > self.n_train:
            raise ValueError(f"batch: expected at most n_train = {self.n_train}, got {self.batch}")

    @property
    def run_id(self) -> str:
        """A digest of the whole configuration: the run's name in every table."""
        return digest(asdict(self))

    @property
    def shape(self) -> tuple:
        """What members of one ensemble have in common; runs that agree in it train together."""
        return tuple(getattr(self, f.name) for f in fields(self) if f.name not in PER_MEMBER)


def _not_negative(name: str, value) -> int:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}: expected a whole number >= 0, got {value!r}")
    return int(value)


NUMBERS = {
    **dict.fromkeys(("n_train", "layers", "hidden", "n_inhibitory"), positive_integer),
    **dict.fromkeys(("batch", "updates", "eval_every"), positive_integer),
    **dict.fromkeys(("n_valid", "seed"), _not_negative),
    **dict.fromkeys(("ei_ratio", "rho", "lr", "clip"), positive),
}
OPTIONAL = ("rho", "n_inhibitory", "clip")  # may be None
LEAST_HIDDEN = {"rnn": 1, "colei": 3, "dann": 2}  # with fewer units there is no such network
PER_MEMBER = ("ei_ratio", "rho", "n_inhibitory", "lr", "clip", "seed")


@dataclass(frozen=True)
class Published:
    """A number of the paper: `value` of `quantity` for one condition, and where it stands."""

    condition: str
    value: float
    quantity: str
    source: str


@dataclass(frozen=True)
class Experiment:
    """A named set of runs at each scale, and the paper's numbers they are compared with."""

    name: str
    title: str
    figure: str  # of the paper
    grids: Mapping[str, Callable[[], Iterable[RunConfig]]]
    published: tuple[Published, ...] = ()

    @property
    def scales(self) -> tuple[str, ...]:
        return tuple(scale for scale in SCALES if scale in self.grids)

    def runs(self, scale: str) -> tuple[RunConfig, ...]:
        """Every run of a scale, in a fixed order, each once.

        Raises: ValueError for a scale that the experiment does not have.
        """
        return tuple(dict.fromkeys(self.grids[one_of("scale", scale, self.scales)]()))

    def definition(self, scale: str) -> str:
        """A digest of all the runs of a scale: the archive records which definition it is of."""
        return digest(sorted(run.run_id for run in self.runs(scale)))


def ensembles(runs: Iterable[RunConfig]) -> list[list[RunConfig]]:
    """Group runs into those that can train together, in order of first appearance."""
    groups: dict[tuple, list[RunConfig]] = {}
    for run in runs:
        groups.setdefault(run.shape, []).append(run)
    return list(groups.values())


def digest(content) -> str:
    """First 16 hex digits of the SHA-256 of content as canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# --- Figure 6 at 10 % inhibition: the first result ---------------------------------------------


def _one_layer_mnist(*, seeds: int, **settings) -> Iterable[RunConfig]:
    """RNN as published; ColEI and DANN both as the public code has them and as mended.

    Faithful: ColEI clips each tensor by itself (E3); DANN's recurrence has N // 2 interneurons (E4).
    """
    common = dict(
        task="mnist", n_valid=0, layers=1, hidden=100, ei_ratio=9.0, rho=None, batch=32, dtype="float32"
    )  # fmt: skip
    colei = dict(kind="colei", lr=0.010772, clip=10.0, n_inhibitory=None)
    dann = dict(kind="dann", lr=0.010772, clip=5.0, clip_by="layer")
    conditions = (
        dict(kind="rnn", preset="both", lr=0.01, clip=None, clip_by="layer", n_inhibitory=None),
        dict(colei, preset="faithful", clip_by="tensor"),
        dict(colei, preset="corrected", clip_by="layer"),
        dict(dann, preset="faithful", n_inhibitory=50),
        dict(dann, preset="corrected", n_inhibitory=None),
    )
    for condition, seed in product(conditions, range(seeds)):
        yield RunConfig(**common, **settings, **condition, seed=seed)


ONE_LAYER_MNIST = Experiment(
    name="one_layer_mnist",
    title="RNN, ColEI and DANN on row-sequential MNIST, 1 layer x 100, 10 % inhibition",
    figure="Figure 6, middle",
    grids={
        "smoke": lambda: _one_layer_mnist(
            seeds=2, source="subset", n_train=4_000, updates=250, eval_every=125
        ),
        "laptop": lambda: _one_layer_mnist(
            seeds=3, source="full", n_train=60_000, updates=9_360, eval_every=468
        ),
        "paper": lambda: _one_layer_mnist(
            seeds=5, source="full", n_train=60_000, updates=46_800, eval_every=468
        ),
    },
    published=tuple(
        Published(kind, value, "final test error (%)", source)
        for kind, value, source in (
            ("rnn", 2.25, "Fig. 6"),  # read off the figure, after 56,250 updates
            ("rnn", 2.264, "Fig. 2d"),  # the best of 28 settings, 50,000 training images
            ("colei", 3.5, "Fig. 6"),
            ("colei", 3.946, "Fig. 4"),  # our setting exactly, read at update 46,800
            ("dann", 2.6, "Fig. 6"),
        )
    ),
)

EXPERIMENTS: dict[str, Experiment] = {e.name: e for e in (ONE_LAYER_MNIST,)}


def get(name: str) -> Experiment:
    """The experiment of that name.

    Raises: ValueError naming those there are.
    """
    return EXPERIMENTS[one_of("experiment", name, tuple(EXPERIMENTS))]
