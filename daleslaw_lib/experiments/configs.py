"""One training run as data: everything there is to say about it, checked before any work starts.

No torch here, and nothing is trained: an experiment's file makes lists of these, `jobs`
turns one into networks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cached_property

from ..checks import count, one_of, positive, positive_integer, scale
from ..evaluation_times import N_LAST
from ..initialisation import starts
from ..initialisation.draw import KINDS
from ..initialisation.populations import count_interneurons
from ..tasks import TASKS


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """All there is to say about one training run; no field has a default.

    None means "does not apply" or "as usual", and is left out of the run's digest, so that a field
    added later, None for all runs there are, leaves their names as they are.

    Raises: ValueError, naming the field, unless every value is in range.
    """

    preset: str  # label of what follows: "faithful" to the public code, "corrected", or "both" agree
    task: str  # a name in `tasks.TASKS`: "mnist", "adding", "penn_treebank"
    source: str  # of the task's data: one of its `sources`
    length: int | None  # time steps; None: the task's own (MNIST has 28)
    n_train: int  # items; of Penn Treebank, words
    n_valid: int
    kind: str  # a name in `initialisation.KINDS`, "rnn", "colei", "dann": what is trained
    layers: int  # recurrent ones
    dense: int | None  # ReLU layers between them and the readout
    hidden: int  # units a layer
    embedding: int | None  # width of word vectors (Penn Treebank): learned, or fixed
    ei_ratio: float  # excitatory units per inhibitory one
    rho: float | None  # spectral radius of W at initialisation; None: the kind's own
    n_inhibitory: int | None  # DANN's recurrent interneurons (E4); None: by ei_ratio
    random_ix: bool | None  # DANN's recurrent W_ix is drawn (E5); None: it is the mean row of W_ex
    input_init: str | None  # "he": an RNN's input weights are normal (E12); None: uniform
    vectors: str | None  # initial weights have the singular vectors of this kind of network ...
    spectrum: str | None  # ... and the singular values of this one; None: the trained kind's own
    parts: str | None  # which matrix alone is transplanted: "W", "U" or "readout"; None: all three
    start: str | None  # where else than at its kind's own W a network starts: see starts.STARTS ...
    start_a: float | None  # ... and the one or two numbers
    start_b: float | None  # that it has
    frozen: bool | None  # entries of W keep their initial signs (E2, E9)
    ablated: int | None  # inhibitory units without connections among them (E11)
    lr: float
    lr_decay: float | None  # factor of lr at each evaluation (E15)
    clip: float | None  # largest norm of a gradient; None: no clipping
    optimiser: str | None  # how to step: "eg" (exponentiated gradient) or "adam"; None: plain SGD
    clip_by: str  # "layer" or "tensor": whose norm (E3)
    batch: int
    updates: int
    eval_every: int  # updates from one evaluation to the next
    end_every: int | None  # the same for the last ten, whose mean is a run's final figure; None: eval_every
    spectra: bool | None  # the first layer's singular values are kept at each evaluation
    mechanism: bool | None  # and what changes and gradients do in it on real digits, and its weights
    seed: int
    dtype: str  # "float32" or "float64"

    def __post_init__(self):
        one_of("preset", self.preset, ("faithful", "corrected", "both"))
        one_of("source", self.source, TASKS[one_of("task", self.task, TASKS)].sources)
        one_of("kind", self.kind, KINDS)
        one_of("clip_by", self.clip_by, ("layer", "tensor"))
        one_of("dtype", self.dtype, ("float32", "float64"))
        for name, choices in CHOICES.items():
            if getattr(self, name) is not None:
                value = one_of(name, getattr(self, name), choices)
                object.__setattr__(self, name, choices[choices.index(value)])  # 1 is True
        for name, check in NUMBERS.items():
            value = getattr(self, name)
            if value is not None or name not in OPTIONAL:
                object.__setattr__(self, name, check(name, value))  # 9 and 9.0 are one run
        self._check_task()
        _enough_units(self)
        self._check_kind()
        if self.end_every is not None and (N_LAST - 1) * self.end_every > self.updates:
            most = self.updates // (N_LAST - 1)
            raise ValueError(
                f"end_every: expected at most {most}, for {N_LAST} evaluations within {self.updates:,} "
                f"updates, got {self.end_every}"
            )
        if self.batch > self.n_train:
            raise ValueError(f"batch: expected at most n_train = {self.n_train}, got {self.batch}")

    def _check_task(self):
        """Fields that some tasks read and others do not, as a task's miniature run says."""
        for name in ("length", "embedding"):
            value, read = getattr(self, name), TASKS[self.task].small[name] is not None
            if (value is not None) != read:
                wanted = "a number" if read else "None"
                raise ValueError(f"{name}: expected {wanted} for {self.task}, got {value!r}")

    def _check_kind(self):
        """Fields that only one kind of network has."""
        inhibitory = None
        for kind in dict.fromkeys((self.kind, self.vectors, self.spectrum)):
            if kind is not None:
                n = KINDS[kind].draw.inhibitory(self.hidden, self.ei_ratio)  # refuses an empty population
                inhibitory = n if kind == self.kind else inhibitory
        if (self.vectors is None) != (self.spectrum is None):
            raise ValueError(
                "vectors, spectrum: expected both or neither, "
                f"got vectors {self.vectors!r} and spectrum {self.spectrum!r}"
            )
        if self.vectors is not None:
            for name, own in dict(layers=1, dense=None, rho=None, input_init=None).items():
                if getattr(self, name) != own:
                    raise ValueError(f"{name}: expected {own} with vectors, got {getattr(self, name)!r}")
        if self.parts is not None and self.vectors is None:
            raise ValueError(f"parts: expected None without vectors, got {self.parts!r}")
        if self.mechanism is not None and (self.task, self.layers, self.dense) != ("mnist", 1, None):
            raise ValueError(f"mechanism: expected None but for one layer on images, got {self.mechanism!r}")
        self._check_start()
        _no_option_of_another_kind(self)
        if self.ablated is not None and self.ablated > inhibitory:
            raise ValueError(f"ablated: expected at most {inhibitory} inhibitory units, got {self.ablated}")

    def _check_start(self):
        if self.start is None:
            for name in ("start_a", "start_b"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{name}: expected None without a start, got {getattr(self, name)!r}")
            return
        for name in ("rho", "vectors"):
            if getattr(self, name) is not None:
                raise ValueError(f"{name}: expected None with a start, got {getattr(self, name)!r}")
        starts.check(self.kind, self.start, self.start_a, self.start_b, self.hidden, self.ei_ratio)

    @cached_property
    def run_id(self) -> str:
        """A digest of the whole configuration: the run's name in every table."""
        return _name_of(self)

    @property
    def shape(self) -> tuple:
        """What members of one ensemble have in common; runs that agree in it train together."""
        return tuple(getattr(self, f.name) for f in fields(self) if f.name not in PER_MEMBER)

    @property
    def interneurons(self) -> int | None:
        """Recurrent interneurons of a DANN; None for the other kinds."""
        if "n_inhibitory" not in KINDS[self.kind].options:
            return None
        return (
            count_interneurons(self.hidden, self.ei_ratio) if self.n_inhibitory is None else self.n_inhibitory
        )


def _name_of(config: RunConfig | DrawConfig) -> str:
    """A digest of all that applies to a run; values are plain, so that nothing need be copied."""
    values = ((f.name, getattr(config, f.name)) for f in fields(config))
    return digest({name: value for name, value in values if value is not None})


def _enough_units(config: RunConfig | DrawConfig) -> None:
    """With fewer there is no such network."""
    least = KINDS[config.kind].draw.LEAST
    if config.hidden < least:
        raise ValueError(f"hidden: expected at least {least} units of {config.kind}, got {config.hidden}")


def _no_option_of_another_kind(config: RunConfig | DrawConfig) -> None:
    own = KINDS[config.kind].options
    for name in dict.fromkeys(option for kind in KINDS.values() for option in kind.options):
        if name not in own and (value := getattr(config, name, None)) is not None:
            raise ValueError(f"{name}: expected None for {config.kind}, got {value!r}")


CHOICES = {
    "random_ix": (True,),
    "frozen": (True,),
    "spectra": (True,),
    "mechanism": (True,),
    "parts": ("W", "U", "readout"),
    "start": starts.NAMES,
    "optimiser": ("eg", "adam"),
    "input_init": ("he",),
    "vectors": ("rnn", "colei"),
    "spectrum": ("rnn", "colei"),
}
NUMBERS = {
    **dict.fromkeys(("n_train", "layers", "hidden", "n_inhibitory", "dense"), positive_integer),
    **dict.fromkeys(("batch", "updates", "eval_every", "length", "embedding", "ablated"), positive_integer),
    "end_every": positive_integer,
    **dict.fromkeys(("n_valid", "seed"), count),
    "rho": scale,
    **dict.fromkeys(("ei_ratio", "lr", "lr_decay", "clip", "start_a", "start_b"), positive),
}
OPTIONAL = (
    "rho", "n_inhibitory", "clip", "length", "dense", "embedding", "ablated", "lr_decay", "end_every",
    "start_a", "start_b",
)  # fmt: skip
PER_MEMBER = (
    "preset", "ei_ratio", "rho", "n_inhibitory", "random_ix", "input_init", "vectors", "spectrum",
    "parts", "start", "start_a", "start_b", "frozen", "ablated", "lr", "clip", "seed",
)  # fmt: skip


def ensembles(runs: Iterable[RunConfig], most: int | None = None) -> list[list[RunConfig]]:
    """An experiment's runs in groups that can train together, in order of first appearance.

    `most`: members of an ensemble at most; None: no limit.
    """
    groups: dict[tuple, list[RunConfig]] = {}
    for run in runs:
        groups.setdefault(run.shape, []).append(run)
    if most is None:
        return list(groups.values())
    most = positive_integer("most", most)
    return [group[i : i + most] for group in groups.values() for i in range(0, len(group), most)]


def digest(content) -> str:
    """A configuration as 16 hex digits: the first of the SHA-256 of canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


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
        _enough_units(self)
        KINDS[self.kind].draw.inhibitory(self.hidden, self.ei_ratio)  # refuses an empty population
        for name in ("random_ix", "full_diagonal"):
            if getattr(self, name) is not None:
                one_of(name, getattr(self, name), CHOICES["random_ix"])
        _no_option_of_another_kind(self)

    @cached_property
    def run_id(self) -> str:
        return _name_of(self)

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
        """One: a draw is a single step of work, where a training has one for every update."""
        return 1
