"""Words in a row: Penn Treebank, and a small language of our own that may be shipped.

Penn Treebank, in Mikolov's preprocessing: 929,589 / 73,760 / 82,430 words with the end of each sentence,
10,000 different ones. It may not be redistributed: the files come through `tasks.data`.

The small language is drawn from a grammar, so it needs no file. Its sentences have a subject and a verb that
agree in number, across whatever stands between them: to predict the verb's ending one has to remember.

Source:  M. Marcus, B. Santorini and M. A. Marcinkiewicz, "Building a large annotated corpus of English: the
         Penn Treebank", Computational Linguistics 19 (1993); the paper, Fig. 2c.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .. import regular_files, setting
from ..checks import count, one_of, positive_integer, size
from . import data
from .task import Ends, Task

__all__ = [
    "END",
    "SOURCES",
    "TASK",
    "Words",
    "digests",
    "drawn_vectors",
    "load",
    "n_words",
    "sentences",
    "word_vectors",
]

# Penn Treebank, the small language; then each with fixed vectors: the reader's GloVe, and drawn ones
SOURCES = ("full", "small", "glove", "drawn")
OF_OURS = ("small", "drawn")  # the small language
END = "<eos>"  # of a sentence
FILES = {split: f"ptb/ptb.{split}.txt" for split in ("train", "valid", "test")}
N_SMALL = {"train": 60_000, "valid": 4_000, "test": 4_000}
N_TEST = {"full": 82_430, "glove": 82_430} | dict.fromkeys(OF_OURS, N_SMALL["test"])  # words
GLOVE = "glove/glove.6B.{width}d.txt"  # below $DALESLAW_DATA
MOST = 3_000_000_000  # bytes of such a file: the largest has 1.04 GB
LINE = 1_000  # bytes of a line, besides its numbers


@dataclass(frozen=True, eq=False)
class Words:
    """A text in three parts, int64 numbers of words `(n,)`; the words they stand for, most frequent first."""

    train: np.ndarray
    valid: np.ndarray  # may be empty
    test: np.ndarray
    vocabulary: tuple[str, ...]


def load(n_train: int | None = None, n_valid: int = 0, *, source: str = "full") -> Words:
    """The first n_train words to learn from (None: all), the first n_valid to validate with, all to test.

    Raises:  ValueError for a count or source out of range; DataError if no place has the files.
    """
    parts, vocabulary = _numbered(one_of("source", source, SOURCES) in OF_OURS)
    if n_train is None:
        n_train = len(parts["train"])
    for name, n, most in (("n_train", n_train, parts["train"]), ("n_valid", n_valid, parts["valid"])):
        n = positive_integer(name, n) if name == "n_train" else count(name, n)
        if n > len(most):
            raise ValueError(f"{name}: expected at most {len(most):,} words, got {n:,}")
    return Words(parts["train"][:n_train], parts["valid"][:n_valid], parts["test"], vocabulary)


def n_words(source: str) -> int:
    """How many different words there are, known without a file."""
    return len(_numbered(True)[1]) if one_of("source", source, SOURCES) in OF_OURS else 10_000


def digests(source: str) -> dict[str, str]:
    """SHA-256 of each file that `load` and `word_vectors` read, by name, for a manifest to record.

    Raises:  DataError if the vectors are asked for and not there.
    """
    if one_of("source", source, SOURCES) in OF_OURS:
        return {}
    found = {name: data.sha256_of(name) for name in FILES.values()}
    if source == "glove":
        with _glove(300) as file:
            found[Path(file.name).name] = regular_files.digest(file)
    return found


def word_vectors(vocabulary: tuple[str, ...], width: int) -> np.ndarray:
    """GloVe's vector of each word, float64 `(n_words, width)`; zeros for a word that it lacks.

    Read from `glove/glove.6B.<width>d.txt` in the folder `DALESLAW_DATA`, which the reader supplies.

    Source:  J. Pennington, R. Socher and C. Manning, "GloVe: global vectors for word representation", 2014.
    Raises:  DataError if the file is not there, or a line of it is not a word and `width` numbers.
    """
    wanted = {word.encode(): k for k, word in enumerate(vocabulary)}
    vectors, longest = np.zeros((len(vocabulary), width)), LINE + 30 * width
    with _glove(width) as file:
        for number, line in enumerate(iter(lambda: file.readline(longest), b""), 1):
            word, _, numbers = line.rstrip(b"\r\n").partition(b" ")
            try:
                if len(line) == longest:
                    raise ValueError(f"a line of {longest:,} bytes or more")
                if word in wanted:
                    vectors[wanted[word]] = _vector(numbers, width)
            except ValueError as problem:
                raise data.DataError(
                    f"{file.name}, line {number}: expected a word and {width} numbers, got others ({problem})"
                ) from None
    return vectors


def _vector(numbers: bytes, width: int) -> np.ndarray:
    values = np.array(numbers.split(b" "), dtype=float)
    if values.shape != (width,) or not np.isfinite(values).all():
        raise ValueError(f"{len(values)} of them, {np.isfinite(values).sum()} finite")
    return values


def drawn_vectors(n: int, width: int) -> np.ndarray:
    """Stand-ins for GloVe's vectors of n words, float64 `(n, width)`: as large, and always the same.

    Raises: ValueError unless n and width are whole numbers >= 1.
    """
    n, width = size("n", n), size("width", width)
    return np.random.default_rng([n, width, 2023]).normal(scale=0.4, size=(n, width))


def _glove(width: int) -> BinaryIO:
    """The file of vectors, open to be read."""
    name = GLOVE.format(width=width)
    folder = setting("DALESLAW_DATA")
    try:
        if folder:
            return regular_files.opened(folder / name, MOST)
        where = "DALESLAW_DATA is not set"
    except (FileNotFoundError, NotADirectoryError):
        where = f"no such file in $DALESLAW_DATA ({folder})"
    except OSError as problem:
        where = f"{folder / name} cannot be read ({problem.strerror})"
    raise data.DataError(f"{name}: {where}; save GloVe's vectors there, or run penn_treebank without them")


@lru_cache(maxsize=2)
def _numbered(small: bool) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """All words of each part as numbers, and the vocabulary of the training part by frequency."""
    if small:
        text = {split: sentences(n, seed=k) for k, (split, n) in enumerate(N_SMALL.items())}
    else:
        text = {split: _read(data.fetch(name)) for split, name in FILES.items()}
    counts = Counter(text["train"])
    vocabulary = tuple(sorted(counts, key=lambda word: (-counts[word], word)))
    numbers = {word: k for k, word in enumerate(vocabulary)}
    return {split: np.array([numbers[w] for w in words]) for split, words in text.items()}, vocabulary


def _read(content: bytes) -> list[str]:
    try:
        lines = content.decode("utf-8").splitlines()
    except UnicodeDecodeError as problem:
        raise data.DataError(
            f"text: expected UTF-8, got a byte that does not fit at {problem.start}"
        ) from None
    return [word for line in lines for word in (*line.split(), END)]


def _ends(run) -> Ends:
    n = n_words(run.source)
    vectors = {
        "glove": lambda: word_vectors(load(source="glove").vocabulary, run.embedding),
        "drawn": lambda: drawn_vectors(n, run.embedding),
    }
    return Ends(run.embedding, n, run.length, vectors.get(run.source))


def _arrays(run) -> dict:
    words = load(run.n_train, run.n_valid, source=run.source)
    return {"train": words.train, "valid": words.valid, "test": words.test}


TASK = Task(
    name="penn_treebank",
    sources=SOURCES,
    form="text",
    loss="cross_entropy",
    unit="nats",
    ends=_ends,
    arrays=_arrays,
    n_test=N_TEST.__getitem__,
    small=dict(source="small", length=10, embedding=8, n_train=2_000, batch=8),
    digests=digests,
    broken={"test_perplexity": 650.0},  # about what word frequencies alone give
    notes={
        "full": "learned word vectors",
        "small": "learned word vectors",
        "glove": "GloVe vectors",
        "drawn": "fixed, drawn word vectors",
    },
)


# --- the small language ----------------------------------------------------------------------------

NOUNS = "dog cat bird child teacher river engine letter garden king cloud sailor".split()
VERBS = "see hear follow meet like find lose paint".split()
ALONE = "sleep sing wait fall laugh".split()  # verbs without an object
ADJECTIVES = "small old quiet green tired clever".split()
PLACES = "near behind above beside".split()
ADVERBS = "often never slowly today".split()


def sentences(n: int, *, seed: int) -> list[str]:
    """At least n words of the small language, cut to n; every sentence ends in `END`.

    A subject and its verb agree in number: "the dogs near the old river sleep". What stands between them
    may hold nouns of the other number.
    """
    n, rng, found = size("n", n), np.random.default_rng([count("seed", seed), 2023]), []
    while len(found) < n:
        found += [*_sentence(rng), END]
    return found[:n]


def _one(rng, words):
    return words[min(int(rng.exponential(len(words) / 3)), len(words) - 1)]  # the first are the commonest


def _noun_phrase(rng, depth: int) -> tuple[list[str], bool]:
    """Words, and whether they are many."""
    many = rng.random() < 0.4
    words = ["the" if rng.random() < 0.7 else ("some" if many else "a")]
    while rng.random() < 0.3:
        words.append(_one(rng, ADJECTIVES))
    words.append(_one(rng, NOUNS) + ("s" if many else ""))
    if depth and rng.random() < 0.4:
        if rng.random() < 0.5:
            words += [_one(rng, PLACES), *_noun_phrase(rng, depth - 1)[0]]
        else:
            words += ["that", *_verb_phrase(rng, many, depth - 1)]
    return words, many


def _verb_phrase(rng, many: bool, depth: int) -> list[str]:
    ending = "" if many else "s"
    if rng.random() < 0.4:
        words = [_one(rng, ALONE) + ending]
    else:
        words = [_one(rng, VERBS) + ending, *_noun_phrase(rng, depth)[0]]
    return [*words, _one(rng, ADVERBS)] if rng.random() < 0.25 else words


def _sentence(rng) -> list[str]:
    subject, many = _noun_phrase(rng, 2)
    words = subject + _verb_phrase(rng, many, 1)
    if rng.random() < 0.2:
        other, many = _noun_phrase(rng, 1)
        words += ["and", *other, *_verb_phrase(rng, many, 0)]
    return words
