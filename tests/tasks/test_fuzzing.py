"""Any bytes in the place of a data file's: what they say is read, or they are refused in one line."""

import gzip
import hashlib
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daleslaw_lib.tasks import data, mnist, penn_treebank, places
from helpers.odd_arguments import REFUSAL
from helpers.spoiling import spoilt

fuzzed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
IMAGES = b"\0\0\x08\x03" + struct.pack(">3I", 3, 2, 2) + bytes(range(12))
TEXT = b" a tale of two cities \n it was the best of times \n"


def one_line(error) -> None:
    assert REFUSAL.fullmatch(str(error)) and type(error) in (ValueError, data.DataError), repr(error)


def written(array, code) -> bytes:
    """The array in IDX."""
    return (
        b"\0\0" + bytes([code, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()
    )


@given(content=st.binary(max_size=60) | spoilt(IMAGES))
def test_any_bytes_are_an_array_that_says_the_same_or_no_idx(content):
    try:
        got = data.read_idx(content)
    except ValueError as error:
        one_line(error)
    else:
        assert got.flags.writeable and got.dtype.isnative
        assert written(got.astype(data.IDX_TYPES[content[2]]), content[2]) == content


@given(st.data())
def test_an_array_of_any_type_and_shape_comes_back(drawn):
    code = drawn.draw(st.sampled_from(sorted(data.IDX_TYPES)))
    shape = drawn.draw(st.lists(st.integers(0, 4), max_size=5))
    array = np.random.default_rng(0).normal(0, 50, shape).astype(data.IDX_TYPES[code])
    got = data.read_idx(written(array, code))
    np.testing.assert_array_equal(got, array)
    assert got.shape == array.shape


@pytest.mark.parametrize("shape", [(1,) * 65, (1,) * 255, (0, *[2**32 - 1] * 4)])
def test_a_shape_that_no_array_has_is_refused(shape):
    content = (
        b"\0\0" + bytes([8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + b"1" * (0 not in shape)
    )
    with pytest.raises(ValueError, match="^idx: expected a shape that an array can have, got") as refused:
        data.read_idx(content)
    one_line(refused.value)


@fuzzed
@given(content=spoilt(IMAGES), packed=st.booleans())
def test_a_file_with_other_bytes_is_set_aside_and_never_read(tmp_path, monkeypatch, content, packed):
    name = "mnist/t10k-images-idx3-ubyte"
    monkeypatch.setenv("DALESLAW_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DALESLAW_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(places, "MIRRORS", {})
    monkeypatch.setattr(places, "_from_npm", places._from_unset)
    monkeypatch.setitem(data.SHA256, name, hashlib.sha256(IMAGES).hexdigest())
    file = tmp_path / "data" / (f"{name}.gz" if packed else name)
    file.parent.mkdir(parents=True, exist_ok=True)
    for old in file.parent.iterdir():
        old.unlink()
    file.write_bytes(gzip.compress(content, mtime=0) if packed else content)
    if content == IMAGES:
        assert data.fetch(name) == IMAGES
        return
    with pytest.raises(data.DataError, match="no good copy in any place tried"):
        data.fetch(name)
    assert [old.name for old in file.parent.iterdir() if "damaged" not in old.name] == []


@fuzzed
@given(content=st.binary(max_size=120))
def test_bytes_in_the_place_of_a_packed_file_are_refused(content):
    for raw in (content, b"\x1f\x8b" + content, gzip.compress(IMAGES)[: len(content)] + content):
        with pytest.raises(places.Damaged) as refused:
            places.verified("mnist/t10k-images-idx3-ubyte", raw)
        assert "\n" not in str(refused.value)


@fuzzed
@given(content=st.binary(max_size=80) | spoilt(TEXT))
def test_any_text_is_words_with_an_end_to_each_line_or_refused(content):
    try:
        words = penn_treebank._read(content)
    except data.DataError as error:
        one_line(error)
    else:
        text = content.decode("utf-8")
        assert words.count(penn_treebank.END) >= len(text.splitlines())
        assert [word for word in words if word != penn_treebank.END] == [
            word for word in text.split() if word != penn_treebank.END
        ]


DIGITS = mnist.SUBSET.read_bytes()
VECTORS = b"the 0.5 -1 2\ncat 1 2 3\n"


@fuzzed
@given(content=spoilt(VECTORS) | st.binary(max_size=60))
def test_any_bytes_for_word_vectors_are_finite_numbers_or_refused(tmp_path, monkeypatch, content):
    monkeypatch.setenv("DALESLAW_DATA", str(tmp_path))
    file = tmp_path / "glove" / "glove.6B.3d.txt"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    try:
        got = penn_treebank.word_vectors(("the", "cat", "dog"), 3)
    except data.DataError as error:
        one_line(error)
    else:
        assert got.shape == (3, 3) and np.isfinite(got).all() and not got[2].any()


@fuzzed
@given(content=st.data())
def test_any_bytes_of_the_embedded_digits_are_refused(tmp_path, monkeypatch, content):
    file = tmp_path / "subset.npz"
    file.write_bytes(changed := content.draw(spoilt(DIGITS)))
    monkeypatch.setattr(mnist, "SUBSET", file)
    if changed == DIGITS:
        assert len(mnist._subset()["x_train"]) == mnist.N_IMAGES["subset"]
        return
    with pytest.raises(data.DataError, match="the file is damaged; install the package again") as refused:
        mnist._subset()
    assert "\n" not in str(refused.value)
