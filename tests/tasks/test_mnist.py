"""Row-sequential MNIST: shapes, splits, the embedded digits, scaling. No network."""

import gzip
import struct

import numpy as np
import pytest

from daleslaw_lib.tasks import data, mnist
from helpers import SHARED

HAS_FULL = all(
    (SHARED / name).is_file() or (SHARED / f"{name}.gz").is_file() for name in mnist.FILES.values()
)
needs_full = pytest.mark.skipif(
    not HAS_FULL, reason="the four MNIST files are not in $DALESLAW_DATA or ../shared/data"
)


def read(name):
    """A whole file, past `fetch`, which these tests replace."""
    path = SHARED / name
    if path.is_file():
        return data.read_idx(path.read_bytes())
    return data.read_idx(gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()))


@pytest.fixture(autouse=True)
def no_fetch(monkeypatch):
    def fetch(name):
        raise data.DataError(f"{name}: fetched")

    monkeypatch.setattr(data, "fetch", fetch)


@pytest.fixture
def full(monkeypatch):
    """A stand-in for the full files: right shapes, each image and label tells its own position."""

    def fetch(name):
        n = 60_000 if "train" in name else 10_000
        position = np.arange(n)
        if "labels" in name:
            return struct.pack(">BBBBI", 0, 0, 8, 1, n) + (position % 10).astype("u1").tobytes()
        images = np.zeros((n, 28, 28), np.uint8)
        images[:, 0, :2] = np.stack([position // 256, position % 256], axis=1)
        return struct.pack(">BBBB3I", 0, 0, 8, 3, n, 28, 28) + images.tobytes()

    monkeypatch.setattr(data, "fetch", fetch)


def positions(images):
    return images[:, 0, 0].astype(int) * 256 + images[:, 0, 1]


@pytest.mark.parametrize(
    ("n_train", "n_valid", "expected"),
    [
        (None, 0, 60_000),
        (60_000, 0, 60_000),
        (None, 10_000, 50_000),
        (320, 32, 320),
        (1, 59_999, 1),
    ],
)
def test_training_is_the_head_and_validation_the_tail_in_file_order(full, n_train, n_valid, expected):
    digits = mnist.load(n_train, n_valid)
    np.testing.assert_array_equal(positions(digits.x_train), np.arange(expected))
    np.testing.assert_array_equal(digits.y_train, np.arange(expected) % 10)
    np.testing.assert_array_equal(positions(digits.x_valid), np.arange(60_000 - n_valid, 60_000))
    np.testing.assert_array_equal(digits.y_valid, np.arange(60_000 - n_valid, 60_000) % 10)
    np.testing.assert_array_equal(positions(digits.x_test), np.arange(10_000))
    np.testing.assert_array_equal(digits.y_test, np.arange(10_000) % 10)


@pytest.mark.parametrize(("n_train", "n_valid"), [(None, 0), (4_000, 0), (3_000, 1_000), (1, 0)])
def test_the_subset_needs_no_fetch_and_has_the_shapes_promised(n_train, n_valid):
    digits = mnist.load(n_train, n_valid, source="subset")
    n_train = 4_000 if n_train is None else n_train
    for part, n in {"train": n_train, "valid": n_valid, "test": 1_000}.items():
        x, y = getattr(digits, f"x_{part}"), getattr(digits, f"y_{part}")
        assert x.shape == (n, mnist.T, mnist.N_IN) and x.dtype == np.uint8
        assert y.shape == (n,) and y.dtype == np.int64
        assert x.flags.writeable and y.flags.writeable  # torch.from_numpy warns otherwise
        assert not n or 0 <= y.min() <= y.max() < mnist.N_CLASSES


def test_the_subset_holds_every_digit_and_real_pixels():
    digits = mnist.load(source="subset")
    for y in (digits.y_train, digits.y_test):
        assert np.bincount(y, minlength=10).min() > 0.08 * len(y)
    assert digits.x_train.min() == 0 and digits.x_train.max() == 255
    assert digits.y_train[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert digits.y_test[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]


@needs_full
@pytest.mark.parametrize(("part", "n"), [("train", 4_000), ("test", 1_000)])
def test_the_subset_is_the_head_of_the_full_files(part, n):
    digits = mnist.load(source="subset")
    for key in (f"x_{part}", f"y_{part}"):
        np.testing.assert_array_equal(getattr(digits, key), read(mnist.FILES[key])[:n])


@needs_full
def test_the_full_set_loads_from_the_data_folder(monkeypatch):
    monkeypatch.undo()  # fetch itself
    monkeypatch.setenv("DALESLAW_DATA", str(SHARED))
    digits = mnist.load(n_valid=10_000)
    assert digits.x_train.shape == (50_000, 28, 28) and digits.x_valid.shape == (10_000, 28, 28)
    np.testing.assert_array_equal(digits.y_valid, read(mnist.FILES["y_train"])[50_000:])
    np.testing.assert_array_equal(digits.x_test, read(mnist.FILES["x_test"]))


def test_the_subset_is_about_a_megabyte_and_unpickles_nothing():
    assert mnist.SUBSET.stat().st_size < 1.2e6
    with np.load(mnist.SUBSET, allow_pickle=False) as arrays:
        assert {array.dtype.kind for array in arrays.values()} == {"u"}


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b[:100] + b"x" + b[101:]])
def test_a_damaged_subset_is_refused_and_named(monkeypatch, tmp_path, damage):
    path = tmp_path / "mnist_subset.npz"
    path.write_bytes(damage(mnist.SUBSET.read_bytes()))
    monkeypatch.setattr(mnist, "SUBSET", path)
    with pytest.raises(data.DataError, match=r"mnist_subset\.npz: expected SHA-256 .* damaged"):
        mnist.load(source="subset")


def test_the_full_set_without_its_files_says_so():
    with pytest.raises(data.DataError, match="train-images"):
        mnist.load()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_train": -3}, "n_train: expected an integer in 1..60000, got -3"),
        ({"n_train": 0}, "n_train: expected an integer in 1..60000, got 0"),
        ({"n_train": 60_001}, "n_train: expected an integer in 1..60000, got 60001"),
        ({"n_train": 32.0}, "n_train: expected an integer in 1..60000, got 32.0"),
        ({"n_train": True}, "n_train: expected an integer in 1..60000, got True"),
        ({"n_train": "32"}, "n_train: expected an integer in 1..60000, got '32'"),
        (
            {"n_train": 60_000, "n_valid": 10_000},
            "n_train: expected an integer in 1..50000, got 60000",
        ),
        ({"n_valid": -1}, "n_valid: expected an integer in 0..59999, got -1"),
        ({"n_valid": 60_000}, "n_valid: expected an integer in 0..59999, got 60000"),
        ({"n_valid": None}, "n_valid: expected an integer in 0..59999, got None"),
        (
            {"n_train": 4_001, "source": "subset"},
            "n_train: expected an integer in 1..4000, got 4001",
        ),
        (
            {"n_valid": 4_000, "source": "subset"},
            "n_valid: expected an integer in 0..3999, got 4000",
        ),
        ({"source": "half"}, "source: expected one of full, subset, fashion, got 'half'"),
    ],
)
def test_a_bad_argument_is_refused_before_anything_is_fetched(arguments, message):
    with pytest.raises(ValueError) as error:
        mnist.load(**arguments)
    assert str(error.value) == message


def test_numpy_integers_are_integers():
    assert len(mnist.load(np.int64(32), source="subset").x_train) == 32


def test_the_fields_cannot_be_reassigned():
    with pytest.raises(AttributeError):
        mnist.load(source="subset").x_train = None


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, "float32"])
def test_scaled_divides_in_the_dtype_asked_for(dtype):
    images = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    scaled = mnist.scaled(images, dtype)
    assert scaled.dtype == np.dtype(dtype) and scaled.shape == images.shape
    assert scaled.min() == 0 and scaled.max() == 1
    divisor = np.dtype(dtype).type(255)
    for pixel in range(256):
        assert scaled.flat[pixel] == np.dtype(dtype).type(pixel) / divisor


def test_scaled_in_float64_is_the_exact_quotient_of_python():
    scaled = mnist.scaled(np.arange(256, dtype=np.uint8), np.float64)
    assert scaled.tolist() == [pixel / 255 for pixel in range(256)]


@pytest.mark.parametrize("dtype", [np.int64, "uint8", bool, complex])
def test_scaled_refuses_a_dtype_that_is_not_floating(dtype):
    with pytest.raises(ValueError, match="^dtype: expected a floating one, got "):
        mnist.scaled(np.zeros((1, 28, 28), np.uint8), dtype)


def test_digests_are_those_of_the_files_that_load_reads():
    assert mnist.digests() == {name: data.SHA256[name] for name in mnist.FILES.values()}
    assert mnist.digests("subset") == {"mnist/mnist_subset.npz": mnist.SUBSET_SHA256}
    with pytest.raises(ValueError, match="^source: expected one of full, subset, fashion, got 'half'$"):
        mnist.digests("half")


# --- Fashion-MNIST -------------------------------------------------------------------------------


def test_fashion_is_read_from_its_own_files_of_the_same_shape(monkeypatch, full):
    asked, fetch = [], data.fetch
    monkeypatch.setattr(data, "fetch", lambda name: asked.append(name) or fetch(name))
    clothes = mnist.load(50_000, 10_000, source="fashion")
    assert clothes.x_train.shape == (50_000, 28, 28) and clothes.x_test.shape == (10_000, 28, 28)
    assert len(asked) == 4 and all(name.startswith("fashion/") for name in asked)
    assert set(mnist.digests("fashion")) == set(asked)
