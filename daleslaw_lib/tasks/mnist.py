"""Row-sequential MNIST, and Fashion-MNIST: an image is read a row at a time, 28 steps of 28 pixels.

The digits: Y. LeCun, C. Cortes and C. J. C. Burges, "The MNIST database of handwritten digits",
http://yann.lecun.com/exdb/mnist/, under Creative Commons Attribution-ShareAlike 3.0. So is
`mnist_subset.npz` beside this file: the first 4,000 training and the first 1,000 test images, in
file order and unchanged (`tools/make_mnist_subset.py` made it). It serves live cells and tests
without a download; the whole set comes through `tasks.data`.

Fashion-MNIST, of the same shape, is by H. Xiao, K. Rasul and R. Vollgraf (2017), under the MIT licence.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path

import numpy as np

from ..checks import numbers, one_of, shown
from ..regular_files import content as content_of
from . import data
from .task import Ends, Task

__all__ = ["N_CLASSES", "N_IN", "TASK", "Mnist", "T", "digests", "load", "scaled"]

T = 28  # time steps: the rows of an image, from the top
N_IN = 28  # inputs at a step: the pixels of a row
N_CLASSES = 10

N_IMAGES = {"full": 60_000, "subset": 4_000, "fashion": 60_000}  # for training and validation
N_TEST = {"full": 10_000, "subset": 1_000, "fashion": 10_000}
SUBSET = Path(__file__).with_name("mnist_subset.npz")
MOST = 10_000_000  # bytes of it
SUBSET_SHA256 = "55a874a23afbebfbe04976c9b01e119d68d10894e888e6f48bd9dd592cdfe4b8"

FILES = {
    "x_train": "mnist/train-images-idx3-ubyte",
    "y_train": "mnist/train-labels-idx1-ubyte",
    "x_test": "mnist/t10k-images-idx3-ubyte",
    "y_test": "mnist/t10k-labels-idx1-ubyte",
}


@dataclass(frozen=True, eq=False)
class Mnist:
    """Images and labels, in file order.

    Shapes:  x_* uint8 (n, T, N_IN), 0 is background; y_* int64 (n,), the digit.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_valid: np.ndarray  # the last of the training images; may be empty
    y_valid: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray


def load(n_train: int | None = None, n_valid: int = 0, *, source: str = "full") -> Mnist:
    """The first n_train training images, the last n_valid held out, and every test image.

    `source`: "full", 60,000 and 10,000 images, fetched; "subset", 4,000 and 1,000, in the package; or
    "fashion", as many as "full", of clothes. `n_train=None` takes all that n_valid leaves:
    `load(n_valid=10_000)` is the paper's split of 50,000 and 10,000.

    Raises:  ValueError for a count or source out of range; DataError if no place has the
             files, or the embedded one is damaged.
    """
    n = N_IMAGES[one_of("source", source, N_IMAGES)]
    n_valid = _count("n_valid", n_valid, 0, n - 1)
    n_train = _count("n_train", n - n_valid if n_train is None else n_train, 1, n - n_valid)

    arrays = _subset() if source == "subset" else _fetched(source)
    x, y = arrays["x_train"], arrays["y_train"].astype(np.int64)
    return Mnist(
        x_train=x[:n_train],
        y_train=y[:n_train],
        x_valid=x[n - n_valid :],
        y_valid=y[n - n_valid :],
        x_test=arrays["x_test"],
        y_test=arrays["y_test"].astype(np.int64),
    )


def scaled(images: np.ndarray, dtype: np.typing.DTypeLike) -> np.ndarray:
    """Pixels in [0, 1]: images / 255, divided (not multiplied by 1/255) in the dtype asked for.

    Raises: ValueError for pixels out of 0..255, or another dtype.
    """
    try:
        dtype = np.dtype(dtype)
    except (TypeError, ValueError, SyntaxError):
        raise ValueError(f"dtype: expected a floating one, got {shown(dtype)}") from None
    if not np.issubdtype(dtype, np.floating):
        raise ValueError(f"dtype: expected a floating one, got {dtype}")
    images = numbers("images", images)
    if images.dtype != np.uint8 and not ((0 <= images) & (images <= 255)).all():
        raise ValueError("images: expected pixels from 0 to 255, got others")
    return images.astype(dtype) / dtype.type(255)


def digests(source: str = "full") -> dict[str, str]:
    """SHA-256 of each file that `load` reads and verifies, by name: for a manifest to record."""
    if one_of("source", source, N_IMAGES) == "subset":
        return {f"mnist/{SUBSET.name}": SUBSET_SHA256}
    return {name: data.sha256_of(name) for name in files(source).values()}


def files(source: str) -> dict[str, str]:
    """The names of a fetched source's files, by what they hold."""
    return {
        key: name.replace("mnist/", "fashion/") if source == "fashion" else name
        for key, name in FILES.items()
    }


def _fetched(source: str) -> dict[str, np.ndarray]:
    return {key: data.read_idx(data.fetch(name)) for key, name in files(source).items()}


def _subset() -> dict[str, np.ndarray]:
    content = content_of(SUBSET, MOST)
    digest = hashlib.sha256(content).hexdigest()
    if digest != SUBSET_SHA256:
        raise data.DataError(
            f"{SUBSET}: expected SHA-256 {SUBSET_SHA256[:8]}..., got {digest[:8]}...: "
            "the file is damaged; install the package again"
        )
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return dict(arrays)


def _count(name: str, count: int, low: int, high: int) -> int:
    if not isinstance(count, Integral) or isinstance(count, bool) or not low <= count <= high:
        raise ValueError(f"{name}: expected an integer in {low}..{high}, got {count!r}")
    return int(count)


def _arrays(run) -> dict:
    digits = load(run.n_train, run.n_valid, source=run.source)
    return {"train": (scaled(digits.x_train, run.dtype), digits.y_train),
            "valid": (scaled(digits.x_valid, run.dtype), digits.y_valid),
            "test": (scaled(digits.x_test, run.dtype), digits.y_test)}  # fmt: skip


TASK = Task(
    name="mnist",
    sources=tuple(N_IMAGES),
    form="sequences",
    loss="cross_entropy",
    unit="nats",
    ends=lambda run: Ends(N_IN, N_CLASSES, T),
    arrays=_arrays,
    n_test=N_TEST.__getitem__,
    small=dict(source="subset", length=None, embedding=None, n_train=512, batch=64),
    digests=digests,
    broken={"test_error": 45.0},  # %
)
