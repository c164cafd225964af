"""Penn Treebank as numbers, the small language, and GloVe's vectors where the reader has them."""

import re
from collections import Counter

import numpy as np
import pytest

from daleslaw_lib import experiments
from daleslaw_lib.tasks import data, penn_treebank
from daleslaw_lib.tasks.penn_treebank import END, load, sentences, word_vectors
from helpers import SHARED

needs_files = pytest.mark.skipif(
    not (SHARED / "ptb" / "ptb.train.txt").is_file(),
    reason="Penn Treebank is not here: it may not be shipped; set DALESLAW_DATA to its folder",
)


@pytest.fixture(autouse=True)
def forget():
    penn_treebank._numbered.cache_clear()
    yield
    penn_treebank._numbered.cache_clear()


# --- Penn Treebank ---------------------------------------------------------------------------------


@needs_files
def test_penn_treebank_has_the_sizes_that_are_known_of_it(monkeypatch):
    monkeypatch.setenv("DALESLAW_DATA", str(SHARED))
    words = load(n_valid=73_760)
    assert (len(words.train), len(words.valid), len(words.test)) == (929_589, 73_760, 82_430)
    assert len(words.vocabulary) == 10_000 == penn_treebank.n_words("full")
    assert words.vocabulary[:3] == ("the", "<unk>", END)
    assert (words.train == words.vocabulary.index(END)).sum() == 42_068  # sentences
    for part in (words.train, words.valid, words.test):
        assert part.dtype == np.int64 and part.min() == 0 and part.max() < 10_000
    assert set(penn_treebank.digests("full")) == {f"ptb/ptb.{s}.txt" for s in ("train", "valid", "test")}


@needs_files
def test_words_keep_their_order(monkeypatch):
    monkeypatch.setenv("DALESLAW_DATA", str(SHARED))
    words = load(50_000)
    first = (SHARED / "ptb" / "ptb.test.txt").read_text().split("\n")[0].split()
    assert [words.vocabulary[k] for k in words.test[: len(first) + 1]] == [*first, END]
    assert len(words.train) == 50_000 and len(words.valid) == 0


def test_a_vocabulary_is_by_frequency_and_its_ends_are_marked(monkeypatch):
    content = {"train": b" b a b \n c b a \n", "valid": b" c a \n", "test": b" a \n"}
    monkeypatch.setattr(data, "fetch", lambda name: content[name.split(".")[1]])
    words = load(source="full")
    assert words.vocabulary == ("b", END, "a", "c")  # as often: by the alphabet
    assert [words.vocabulary[k] for k in words.train] == ["b", "a", "b", END, "c", "b", "a", END]


@pytest.mark.parametrize(
    "arguments, message",
    [
        (dict(n_train=0), "n_train"),
        (dict(n_train=60_001), "n_train: expected at most 60,000 words, got 60,001"),
        (dict(n_valid=4_001), "n_valid: expected at most 4,000 words, got 4,001"),
        (dict(n_valid=-1), "n_valid"),
        (dict(source="nowhere"), "source: expected one of full, small, glove, drawn, got 'nowhere'"),
    ],
)
def test_bad_arguments_are_one_clear_line(arguments, message):
    with pytest.raises(ValueError, match=message) as error:
        load(**{"source": "small"} | arguments)
    assert "\n" not in str(error.value)


# --- the small language ----------------------------------------------------------------------------


def text(n=30_000):
    return " ".join(sentences(n, seed=5)).split(f" {END}")[:-1]


def test_the_small_language_needs_no_file_and_is_the_same_each_time():
    a, b = load(source="small", n_valid=4_000), load(source="small", n_valid=4_000)
    assert all(np.array_equal(getattr(a, s), getattr(b, s)) for s in ("train", "valid", "test"))
    assert len(a.vocabulary) == penn_treebank.n_words("small") < 100 and len(a.train) == 60_000
    assert not np.array_equal(a.valid, a.test)
    assert penn_treebank.digests("small") == {}


def test_drawn_vectors_are_fixed_and_need_no_file(monkeypatch):
    monkeypatch.delenv("DALESLAW_DATA", raising=False)
    run = experiments.get("penn_treebank_glove").runs("smoke")[0]
    ends = penn_treebank.TASK.ends(run)
    vectors = ends.vectors()
    assert vectors.shape == (ends.n_out, run.embedding) and 0.3 < vectors.std() < 0.5
    assert np.array_equal(vectors, penn_treebank.TASK.ends(run).vectors())
    assert penn_treebank.digests("drawn") == {}
    assert np.array_equal(load(source="drawn").train, load(source="small").train)


def test_subjects_and_verbs_agree_in_number():
    found = Counter()
    for sentence in text():
        match = re.match(
            r" ?(?:the|a|some) (?:\w+ )*?(\w+?)(s?) (sleep|sing|wait|fall|laugh)(s?)( |$)", sentence
        )
        words = sentence.split()
        if match and match[1] in penn_treebank.NOUNS and len(words) <= 4:
            found[match[2], match[4]] += 1
    assert set(found) == {("s", ""), ("", "s")} and min(found.values()) > 50


def test_what_stands_between_subject_and_verb_may_be_of_the_other_number():
    between = [
        s for s in text() if re.match(r" ?the \w+s (near|behind|above|beside) the \w+[^s] \w+[^s]( |$)", s)
    ]
    assert len(between) > 10


def test_sentences_are_cut_to_the_words_asked_for():
    assert sentences(7, seed=0) == sentences(50, seed=0)[:7] and len(sentences(50, seed=0)) == 50
    with pytest.raises(ValueError, match="n:"):
        sentences(0, seed=0)


# --- GloVe -----------------------------------------------------------------------------------------


@pytest.fixture
def glove(tmp_path, monkeypatch):
    """A file of vectors of three numbers, in place of the reader's."""
    monkeypatch.setenv("DALESLAW_DATA", str(tmp_path))
    file = tmp_path / "glove" / "glove.6B.3d.txt"
    file.parent.mkdir()
    file.write_text("the 1 2 3\n, 0 0 1\ncat -1.5 0 2e-1\n", "utf-8")
    return file


def test_vectors_are_glove_s_and_zero_for_words_that_it_lacks(glove):
    vectors = word_vectors(("cat", "<unk>", "the"), 3)
    assert vectors.tolist() == [[-1.5, 0, 0.2], [0, 0, 0], [1, 2, 3]]


def test_a_damaged_line_of_vectors_is_named(glove):
    glove.write_text("the 1 2 3\ncat 1 x 3\n")
    with pytest.raises(data.DataError, match="line 2: expected a word and 3 numbers"):
        word_vectors(("the", "cat"), 3)
    glove.write_text("the 1 2\n")
    with pytest.raises(data.DataError, match="line 1: expected a word and 3 numbers"):
        word_vectors(("the", "cat"), 3)


@pytest.mark.parametrize("folder", [None, "elsewhere"])
def test_absent_vectors_are_one_clear_line(folder, tmp_path, monkeypatch):
    monkeypatch.delenv("DALESLAW_DATA", raising=False)
    if folder:
        monkeypatch.setenv("DALESLAW_DATA", str(tmp_path / folder))
    with pytest.raises(data.DataError, match="glove.6B.300d.txt: .*run penn_treebank without them") as error:
        penn_treebank.digests("glove")
    assert "\n" not in str(error.value)
