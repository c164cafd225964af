"""What a task is: all that the library knows of it, in one object. NumPy only.

A task's functions are given a run as it is (`experiments.RunConfig`). Of its fields they read `source`,
`length`, `n_train`, `n_valid`, `embedding` and `dtype`, and no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np

from ..checks import named, one_of

FORMS = ("sequences", "text")
LOSSES = ("cross_entropy", "mean_squared_error")  # those of `training.losses`
SETTINGS = ("source", "length", "embedding", "n_train", "batch")  # what a task says of its miniature

Arrays = Mapping[str, object]


def measures(form: str, loss: str) -> tuple[str, ...]:
    """What is measured of a network on data of a form: the loss, and what it says of words or of classes."""
    if form == "text":
        return "loss", "perplexity", "carried_loss", "carried_perplexity"
    return ("loss", "error") if loss == "cross_entropy" else ("loss",)


@dataclass(frozen=True)
class Ends:
    """What a network meets at its two ends: n_in numbers at each of T steps, and n_out that it gives back.

    Of text, n_out is the number of different words, and `vectors` makes the fixed table `(n_out, n_in)` of
    their vectors; None where they are learned.
    """

    n_in: int
    n_out: int
    T: int
    vectors: Callable[[], np.ndarray] | None = None


@dataclass(frozen=True)
class Task:
    """All that is known of a task.

    name:    in configurations and tables, such as "mnist".
    sources: where its data may come from, such as ("full", "subset").
    form:    "sequences": inputs `(n, T, n_in)`, read at the last step, with targets `(n,)`, classes, or
             `(n, n_out)`, values; "text": a row of words `(n,)`, each a number, read at every step.
    loss:    one of LOSSES; `unit` is what it is measured in.
    ends:    `ends(run)`, an `Ends`.
    arrays:  `arrays(run)`, {"train": .., "valid": .., "test": ..}: of sequences pairs (x, y), of text rows of
             words; "valid" may be absent, or empty.
    n_test:  `n_test(source)`, how many items, or words, there are to test with; known without a file.
    small:   SETTINGS of a miniature run, of which fingerprints are made: less than a second of work. Where
             its length or embedding is None, so is that of every run; else each has its own.
    digests: `digests(source)`, the SHA-256 of every file that is read, by name.
    broken:  a run whose final figure is above this has hardly learned: {"test_error": 45.0}.
    notes:   what the footer of a figure says of a source: {"glove": "GloVe vectors"}.

    Raises: ValueError, naming the field, unless all of it fits together.
    """

    name: str
    sources: tuple[str, ...]
    form: str
    loss: str
    unit: str
    ends: Callable[..., Ends]
    arrays: Callable[..., Arrays]
    n_test: Callable[[str], int]
    small: Mapping[str, object]
    digests: Callable[[str], Mapping[str, str]] = lambda source: {}
    broken: Mapping[str, float] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        named("name", self.name)
        if isinstance(self.sources, str) or not self.sources:
            raise ValueError(f"sources: expected names, one at least, got {self.sources!r}")
        if not (isinstance(self.unit, str) and self.unit):
            raise ValueError(f"unit: expected that of its loss, in words, got {self.unit!r}")
        one_of("form", self.form, FORMS)
        one_of("loss", self.loss, LOSSES)
        if self.form == "text" and self.loss != "cross_entropy":
            raise ValueError(f"loss: expected cross_entropy of text, got {self.loss}")
        if set(self.small) != set(SETTINGS):
            got = ", ".join(self.small) or "none"
            raise ValueError(f"small: expected {', '.join(SETTINGS)}, of a miniature run, got {got}")
        one_of("small: source", self.small["source"], self.sources)
        if unknown := sorted(set(self.broken) - set(self.quantities)):
            raise ValueError(f"broken: expected figures of {', '.join(self.quantities)}, got {unknown[0]}")
        if unknown := sorted(set(self.notes) - set(self.sources)):
            raise ValueError(f"notes: expected sources of {', '.join(self.sources)}, got {unknown[0]}")

    @property
    def miniature(self) -> SimpleNamespace:
        """What its functions read of the miniature run."""
        return SimpleNamespace(task=self.name, n_valid=0, dtype="float64", **self.small)

    @property
    def measures(self) -> tuple[str, ...]:
        """What is measured of a network on each split."""
        return measures(self.form, self.loss)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The final figures of its runs: columns of the runs table."""
        return tuple(f"test_{name}" for name in self.measures)

    def network(self, run) -> dict:
        """What `Network.draw` must know of the task: n_in, n_out, and for text the words."""
        ends = self.ends(run)
        sizes = dict(n_in=ends.n_in, n_out=ends.n_out)
        if self.form != "text":
            return sizes
        words = dict(words=ends.n_out) if ends.vectors is None else dict(table=ends.vectors())
        return sizes | dict(every_step=True) | words

    def checked_arrays(self, run) -> dict[str, object]:
        """`arrays(run)`, with all three splits; None for a "valid" without items.

        Raises: ValueError, naming task and split, unless shapes are as `form`, `ends` and `n_test` say.
        """
        given, ends = self.arrays(run), self.ends(run)
        counts = {"train": run.n_train, "valid": run.n_valid, "test": self.n_test(run.source)}
        found = {}
        for split, count in counts.items():
            if split not in given and count:
                raise ValueError(f"{self.name}: expected arrays of {split}, got none")
            found[split] = None
            if count:
                found[split] = self._checked(split, given[split], ends)
            n = len(given[split] if self.form == "text" else given[split][1]) if split in given else 0
            if n != count:
                raise ValueError(f"{self.name}, {split}: expected {count:,} items, got {n:,}")
        return found

    def _checked(self, split: str, arrays, ends: Ends):
        return self._words(split, arrays, ends) if self.form == "text" else self._pair(split, arrays, ends)

    def _pair(self, split: str, pair, ends: Ends) -> tuple[np.ndarray, np.ndarray]:
        x, y = map(np.asarray, pair)
        classes = self.loss == "cross_entropy"
        shape = (len(y),) if classes else (len(y), ends.n_out)
        if x.shape != (len(y), ends.T, ends.n_in) or y.shape != shape:
            wanted = f"x (n, {ends.T}, {ends.n_in}), y {'(n,)' if classes else f'(n, {ends.n_out})'}"
            raise ValueError(f"{self.name}, {split}: expected {wanted}, got x {x.shape}, y {y.shape}")
        self._finite(split, x)
        self._below(split, y, ends.n_out) if classes else self._finite(split, y)
        return x, y

    def _words(self, split: str, words, ends: Ends) -> np.ndarray:
        words = np.asarray(words)
        if words.ndim != 1:
            raise ValueError(f"{self.name}, {split}: expected a row of words (n,), got shape {words.shape}")
        self._below(split, words, ends.n_out)
        return words

    def _finite(self, split: str, numbers: np.ndarray) -> None:
        real = numbers.dtype.kind in "biuf"
        if not real or not np.isfinite([numbers.min(initial=0), numbers.max(initial=0)]).all():
            got = "NaN or infinity" if real else numbers.dtype
            raise ValueError(f"{self.name}, {split}: expected finite numbers, got {got}")

    def _below(self, split: str, numbers: np.ndarray, n_out: int) -> None:
        whole = numbers.dtype.kind in "iu"
        if not whole or len(numbers) and not 0 <= numbers.min() <= numbers.max() < n_out:
            got = f"{numbers.min()} to {numbers.max()}" if whole else numbers.dtype
            raise ValueError(f"{self.name}, {split}: expected whole numbers 0 to {n_out - 1}, got {got}")
