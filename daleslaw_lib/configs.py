"""One training run as data: everything there is to say about it, checked before any work starts.

No torch here, and nothing is trained: `experiments.py` makes lists of these, `runs.py` turns one
into networks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from numbers import Integral

from .checks import one_of, positive, positive_integer
from .initialisation import KINDS, count_interneurons, split_population

TASKS = {  # sources of each task's data
    "mnist": ("full", "subset"),
    "adding": ("generated",),
    "penn_treebank": ("full", "small", "glove"),
}


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """All there is to say about one training run; no field has a default.

    None means "does not apply" or "as usual", and is left out of the run's digest, so that a field
    added later, None for all runs there are, leaves their names as they are.

    Raises: ValueError, naming the field, unless every value is in range.
    """

    preset: str  # label of what follows: "faithful" to the public code, "corrected", or "both" agree
    task: str  # "mnist", "adding" or "penn_treebank"
    source: str  # of the task's data: see TASKS
    length: int | None  # time steps; None: the task's own (MNIST has 28)
    n_train: int  # items; of Penn Treebank, words
    n_valid: int
    kind: str  # "rnn", "colei" or "dann": what is trained
    layers: int  # recurrent ones
    dense: int | None  # ReLU layers between them and the readout
    hidden: int  # units a layer
    embedding: int | None  # width of word vectors (Penn Treebank): learned, or of source "glove" fixed
    ei_ratio: float  # excitatory units per inhibitory one
    rho: float | None  # spectral radius of W at initialisation; None: the kind's own
    n_inhibitory: int | None  # DANN's recurrent interneurons (E4); None: by ei_ratio
    random_ix: bool | None  # DANN's recurrent W_ix is drawn (E5); None: it is the mean row of W_ex
    input_init: str | None  # "he": an RNN's input weights are normal (E12); None: uniform
    vectors: str | None  # initial weights have the singular vectors of this kind of network ...
    spectrum: str | None  # ... and the singular values of this one; None: the trained kind's own
    frozen: bool | None  # entries of W keep their initial signs (E2, E9)
    ablated: int | None  # inhibitory units without connections among them (E11)
    lr: float
    lr_decay: float | None  # factor of lr at each evaluation (E15)
    clip: float | None  # largest norm of a gradient; None: no clipping
    clip_by: str  # "layer" or "tensor": whose norm (E3)
    batch: int
    updates: int
    eval_every: int  # updates from one evaluation to the next
    end_every: int | None  # the same for the last ten, whose mean is a run's final figure; None: eval_every
    spectra: bool | None  # the first layer's singular values are kept at each evaluation
    seed: int
    dtype: str  # "float32" or "float64"

    def __post_init__(self):
        one_of("preset", self.preset, ("faithful", "corrected", "both"))
        one_of("source", self.source, TASKS[one_of("task", self.task, tuple(TASKS))])
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
        if self.hidden < LEAST_HIDDEN[self.kind]:
            raise ValueError(
                f"hidden: expected at least {LEAST_HIDDEN[self.kind]} units of {self.kind}, got {self.hidden}"
            )
        self._check_kind()
        if self.end_every is not None and (N_LAST - 1) * self.end_every > self.updates:
            most = self.updates // (N_LAST - 1)
            raise ValueError(
                f"end_every: expected at most {most}, for {N_LAST} evaluations within {self.updates:,} "
                f"updates, got {self.end_every}"
            )
        if self.batch > self.n_train:
            raise ValueError(f"batch: expected at most n_train = {self.n_train}, got {self.batch}")

    def _check_kind(self):
        """Fields that only one kind of network has."""
        inhibitory = None
        if "colei" in (self.kind, self.vectors, self.spectrum):
            _, inhibitory = split_population(self.hidden, self.ei_ratio)  # refuses an empty population
        if (self.vectors is None) != (self.spectrum is None):
            raise ValueError(
                "vectors, spectrum: expected both or neither, "
                f"got vectors {self.vectors!r} and spectrum {self.spectrum!r}"
            )
        if self.vectors is not None:
            for name, own in dict(layers=1, dense=None, rho=None, input_init=None).items():
                if getattr(self, name) != own:
                    raise ValueError(f"{name}: expected {own} with vectors, got {getattr(self, name)!r}")
        only = {
            "rnn": ("frozen", "input_init", "vectors"),
            "colei": ("ablated",),
            "dann": ("random_ix", "n_inhibitory"),
        }
        for kind, names in only.items():
            for name in names:
                if self.kind != kind and getattr(self, name) is not None:
                    raise ValueError(f"{name}: expected None for {self.kind}, got {getattr(self, name)!r}")
        if self.ablated is not None and self.ablated > inhibitory:
            raise ValueError(f"ablated: expected at most {inhibitory} inhibitory units, got {self.ablated}")

    @property
    def run_id(self) -> str:
        """A digest of the whole configuration: the run's name in every table."""
        return digest({name: value for name, value in asdict(self).items() if value is not None})

    @property
    def shape(self) -> tuple:
        """What members of one ensemble have in common; runs that agree in it train together."""
        return tuple(getattr(self, f.name) for f in fields(self) if f.name not in PER_MEMBER)

    def evaluated_at(self, update: int) -> bool:
        """Whether a run is evaluated after so many updates; see `evaluated_at`."""
        return evaluated_at(update, self.updates, self.eval_every, self.end_every)

    @property
    def interneurons(self) -> int | None:
        """Recurrent interneurons of a DANN; None for the other kinds."""
        if self.kind != "dann":
            return None
        return (
            count_interneurons(self.hidden, self.ei_ratio) if self.n_inhibitory is None else self.n_inhibitory
        )


N_LAST = 10  # evaluations at the end of a run, whose mean is its final figure ...
LATE = 0.8  # ... but none before this share of its updates


def evaluated_at(update: int, updates: int, eval_every: int, end_every: int | None) -> bool:
    """Whether a training of `updates` is evaluated after `update` of them.

    It is before the first, then every `eval_every`, and after the last; with `end_every` the last ten
    evaluations are that far apart, and no other falls among them.
    """
    if update == updates:
        return True
    left = updates - update
    if end_every is None or left > (N_LAST - 1) * end_every:
        return update % eval_every == 0
    return left % end_every == 0


def evaluations(updates: int, eval_every: int, end_every: int | None) -> int:
    """How many evaluations such a training has."""
    if end_every is None:
        return 2 + (updates - 1) // eval_every
    before = updates - (N_LAST - 1) * end_every  # the first of the last ten
    return N_LAST + (1 + (before - 1) // eval_every if before > 0 else 0)


def _not_negative(name: str, value) -> int:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 0:
        raise ValueError(f"{name}: expected a whole number >= 0, got {value!r}")
    return int(value)


CHOICES = {
    "random_ix": (True,),
    "frozen": (True,),
    "spectra": (True,),
    "input_init": ("he",),
    "vectors": ("rnn", "colei"),
    "spectrum": ("rnn", "colei"),
}
NUMBERS = {
    **dict.fromkeys(("n_train", "layers", "hidden", "n_inhibitory", "dense"), positive_integer),
    **dict.fromkeys(("batch", "updates", "eval_every", "length", "embedding", "ablated"), positive_integer),
    "end_every": positive_integer,
    **dict.fromkeys(("n_valid", "seed"), _not_negative),
    **dict.fromkeys(("ei_ratio", "rho", "lr", "lr_decay", "clip"), positive),
}
OPTIONAL = ("rho", "n_inhibitory", "clip", "length", "dense", "embedding", "ablated", "lr_decay", "end_every")
LEAST_HIDDEN = {"rnn": 1, "colei": 3, "dann": 2}  # with fewer units there is no such network
PER_MEMBER = (
    "preset", "ei_ratio", "rho", "n_inhibitory", "random_ix", "input_init", "vectors", "spectrum",
    "frozen", "ablated", "lr", "clip", "seed",
)  # fmt: skip


def ensembles(runs: Iterable[RunConfig], most: int | None = None) -> list[list[RunConfig]]:
    """Group runs into those that can train together, in order of first appearance.

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
    """First 16 hex digits of the SHA-256 of content as canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
