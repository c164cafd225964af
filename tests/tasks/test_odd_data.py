"""Pipes, devices, bombs and files without end in the place of data: named in time, never read whole."""

import gzip
import hashlib
import os

import numpy as np
import pytest

from daleslaw_lib.tasks import data, known_files, penn_treebank, places
from helpers import SHARED, odd

NAMES = ("mnist/train-images-idx3-ubyte", "fashion/t10k-labels-idx1-ubyte", "ptb/ptb.train.txt")
GLOVE = "glove/glove.6B.3d.txt"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Where the reader's data would be; no cache, no mirror, no package."""
    monkeypatch.setenv("DALESLAW_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DALESLAW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(places, "MIRRORS", {})
    monkeypatch.setattr(places.shutil, "which", lambda name: None)
    return tmp_path / "data"


def line_of(path, error) -> str:
    """The one line of the error that speaks of the file."""
    (line,) = [line for line in str(error.value).splitlines() if f"{path}: " in line]
    return line


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("kind", odd.KINDS)
def test_what_stands_in_the_place_of_data_is_named_and_stays(kind, suffix, folder):
    for name in NAMES:
        path = folder / (name + suffix)
        odd.put(path, kind)
        with odd.bounded(), pytest.raises(data.DataError) as error:
            data.fetch(name)
        assert "cannot be read (" in line_of(path, error) and odd.is_there(path, kind)


def test_a_good_copy_further_on_is_used_though_a_pipe_stands_before_it(folder, tmp_path, monkeypatch):
    name, good = NAMES[2], b"a b\n"
    monkeypatch.setitem(data.SHA256, name, hashlib.sha256(good).hexdigest())
    odd.put(folder / name, "fifo")
    (folder / f"{name}.gz").write_bytes(gzip.compress(good))
    with odd.bounded():
        assert data.fetch(name) == good


@pytest.mark.parametrize("name", NAMES[1:])
def test_a_bomb_is_unpacked_no_further_than_the_data_and_set_aside(name, folder):
    path = folder / f"{name}.gz"
    path.parent.mkdir(parents=True)
    packed = gzip.compress(bytes(40_000_000), 1)
    path.write_bytes(packed)
    with odd.bounded(30, 15), pytest.raises(data.DataError) as error:
        data.fetch(name)
    line = line_of(path, error)
    assert "does not unpack (expected at most" in line and "renamed to" in line
    (aside,) = path.parent.iterdir()
    assert aside.read_bytes() == packed


def test_a_mirror_that_sends_without_end_is_left():
    kept = places._Bounded(1_000_000)
    with odd.bounded(5, 5), pytest.raises(places.Damaged, match="at most 1,000,000 bytes, got more"):
        while True:
            kept.write(bytes(1 << 16))


def test_sizes_are_those_of_the_data_and_none_is_missing(monkeypatch):
    assert known_files.SIZE.keys() == data.SHA256.keys()
    monkeypatch.setenv("DALESLAW_DATA", str(SHARED))
    here = [name for name in data.SHA256 if any((SHARED / f"{name}{end}").is_file() for end in ("", ".gz"))]
    if not here:
        pytest.skip("no data here")
    for name in here:
        assert len(data.fetch(name)) == known_files.SIZE[name], name


# --- word vectors ----------------------------------------------------------------------------------


def vectors(content: bytes, folder):
    path = folder / GLOVE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return penn_treebank.word_vectors(("the", "of"), 3)


def test_vectors_are_read_by_word(folder):
    found = vectors("of 1 2 3\nund\u00fc 7 8 9\nthe 0.5 -1 2e0\n".encode(), folder)
    np.testing.assert_array_equal(found, [[0.5, -1, 2], [1, 2, 3]])


@pytest.mark.parametrize("kind", odd.KINDS)
def test_what_stands_in_the_place_of_vectors_is_named_and_stays(kind, folder):
    path = folder / GLOVE
    odd.put(path, kind)
    with odd.bounded(), pytest.raises(data.DataError) as error:
        penn_treebank.word_vectors(("the", "of"), 3)
    assert "\n" not in str(error.value) and f"{path} cannot be read (" in str(error.value)
    assert odd.is_there(path, kind)


@pytest.mark.parametrize(
    "line",
    [b"the 1 2", b"the 1", b"the 1 2 3 4", b"the", b"the 1 2 nan", b"the 1 2 inf", b"the a b c", b"the  1 2"],
)
def test_a_line_that_is_no_vector_is_named(line, folder):
    with pytest.raises(data.DataError, match="line 2: expected a word and 3 numbers") as error:
        vectors(b"of 1 2 3\n" + line + b"\n", folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [bytes(20_000_000), gzip.compress(bytes(1000)) * 100])
def test_a_file_without_lines_is_given_up_at_its_first(content, folder):
    with odd.bounded(20, 5):
        try:
            assert not vectors(content, folder).any()
        except data.DataError as error:
            assert "line 1: expected a word and 3 numbers, got others (a line of" in str(error)


def test_the_digest_of_the_vectors_is_taken_without_holding_them(folder, monkeypatch):
    monkeypatch.setattr(penn_treebank.data, "sha256_of", lambda name: "")
    path = folder / "glove" / "glove.6B.300d.txt"
    path.parent.mkdir(parents=True)
    content = os.urandom(1000) * 20_000
    path.write_bytes(content)
    with odd.bounded(20, 5):
        found = penn_treebank.digests("glove")
    assert found["glove.6B.300d.txt"] == hashlib.sha256(content).hexdigest()
