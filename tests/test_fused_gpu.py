"""A GPU's kernels in place of a layer's loop over time: compiled for this CPU, they give torch's numbers."""

import ctypes
import shutil
import subprocess
from functools import cache

import pytest
import torch

from daleslaw_lib import fused_gpu
from daleslaw_lib.networks import Unrolled, recurrence
from helpers import TESTS
from helpers.stacks import there_and_back

SHAPES = [  # T, M, B, n_in, n of each layer
    (1, 1, 8, 1, [1]),
    (4, 2, 8, 5, [7]),
    (5, 1, 16, 2, [13]),
    (4, 2, 32, 28, [100]),
    (3, 1, 64, 2, [50]),
    (4, 2, 16, 6, [12, 10]),
    (3, 1, 32, 9, [20, 24, 12]),
]
AT_LENGTH = [(28, 3, 32, 28, [100]), (28, 200, 32, 28, [100, 100, 100]), (28, 2, 32, 28, [200])]
WRAPPED = """
#include "cuda_on_cpu.h"
#include "fused.cu"
extern "C" void forward_here(int M, int threads, int T, const float* V, const float* b, const float* read,
                             float* h, Size member, Size row) {
    launch(M, threads, [=] { forward(T, V, b, read, h, member, row); });
}
extern "C" void backward_here(int M, int threads, int T, const float* V, const float* h, float* delta,
                              Size member, Size row, Size of_delta, Size row_of, int last) {
    launch(M, threads, [=] { backward(T, V, h, delta, member, row, of_delta, row_of, last); });
}
"""


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """fused.cu as C++ for this machine, by shape: its blocks run one after another."""
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("no g++ here to compile fused.cu for a CPU")
    folder = tmp_path_factory.mktemp("kernels")
    (folder / "wrapped.cpp").write_text(WRAPPED)
    places = [f"-I{TESTS / 'helpers'}", f"-I{fused_gpu.SOURCE.parent}"]
    options = ["-std=c++20", "-O1", "-shared", "-fPIC", "-pthread", "-Wno-unknown-pragmas"]

    @cache
    def of(*shape):
        to = folder / f"{'-'.join(map(str, shape))}.so"
        command = [compiler, *options, *fused_gpu.given(*shape), *places, str(folder / "wrapped.cpp")]
        subprocess.run([*command, "-o", str(to)], check=True, capture_output=True)
        return ctypes.CDLL(str(to))

    return of


@pytest.fixture
def as_on_a_gpu(compiled, monkeypatch):
    """Layers are laid out as on a GPU, and the kernels that it would be given run here."""
    asked = []

    def launch(name, M, B, n, K, *arguments):
        asked.append(name)
        sizes = {"forward": "ippppqq", "backward": "ipppqqqqi"}[name]
        kinds = {"i": ctypes.c_int, "p": ctypes.c_void_p, "q": ctypes.c_longlong}
        given = [a.data_ptr() if isinstance(a, torch.Tensor) else a for a in arguments]
        given = [kinds[size](value) for size, value in zip(sizes, given, strict=True)]
        assert fused_gpu.shared_bytes(B, n, K) <= 2**18
        getattr(compiled(B, n, K), f"{name}_here")(M, fused_gpu.threads(B, n), *given)

    monkeypatch.setattr(fused_gpu, "_launch", launch)
    monkeypatch.setattr(recurrence, "is_on_gpu", lambda place: True)
    monkeypatch.setattr(fused_gpu, "serves", lambda place, B, n, K: fused_gpu.fits(B, n, K, 2**18))
    recurrence.same_numbers.cache_clear()
    yield asked
    recurrence.same_numbers.cache_clear()


def found_by(by, shape, **how):
    """States, deltas and every gradient of a stack."""
    return there_and_back(by, "_kernel", shape, torch.float32, **how)


@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("with_h0", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_states_and_every_gradient_are_those_of_torch(as_on_a_gpu, shape, with_h0, last_only):
    theirs, ours = (found_by(by, shape, last_only=last_only, with_h0=with_h0) for by in ("torch", "any"))
    assert set(as_on_a_gpu) == {"forward", "backward"}
    for a, b in zip(ours, theirs, strict=True):
        assert a.shape == b.shape
        assert (a - b).abs().max() <= 3e-6 * max(b.abs().max().item(), 1e-3)


def test_a_state_that_is_no_number_stays_one(as_on_a_gpu):
    unrolled = Unrolled(3, 2, 8, 2, [5], torch.empty(0), by="any")
    unrolled.x.zero_()
    W = torch.zeros(2, 5, 5)
    W[1] = torch.nan
    unrolled.forward_([(torch.zeros(2, 5, 2), W, torch.ones(2, 5))])
    assert not unrolled.h[0][:, 0].isnan().any() and unrolled.h[0][:, 1].isnan().all()


@pytest.mark.parametrize("wrong", ["forward", "backward"])
def test_kernels_that_give_other_numbers_are_not_used(as_on_a_gpu, monkeypatch, wrong):
    right = fused_gpu._launch

    def launch(name, M, B, n, K, T, V, *others):
        right(name, M, B, n, K, T, V * 1.001 if name == wrong else V, *others)

    monkeypatch.setattr(fused_gpu, "_launch", launch)
    assert Unrolled(3, 2, 8, 2, [5], torch.empty(0), by="exact")._kernel == [False]
    monkeypatch.setattr(fused_gpu, "_launch", right)
    recurrence.same_numbers.cache_clear()
    assert Unrolled(3, 2, 8, 2, [5], torch.empty(0), by="exact")._kernel == [True]


@pytest.mark.parametrize(
    ("B", "n", "K", "fit"),
    [
        (32, 100, 128, True),
        (32, 100, 200, True),
        (64, 50, 52, True),
        (32, 200, 228, True),
        (32, 300, 328, False),  # its matrix is larger than shared memory
        (12, 100, 128, False),  # no whole tiles
        (256, 100, 128, False),  # more threads than have registers
        (32, 8, 600, False),  # more input than a thread reads ahead
    ],
)
def test_what_fits_a_block(B, n, K, fit):
    assert fused_gpu.fits(B, n, K, 227 * 1024) == fit


def test_a_cpu_is_left_to_others():
    assert not fused_gpu.serves(torch.empty(1), 32, 100, 128)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device")
@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("shape", SHAPES + AT_LENGTH)
def test_on_a_gpu_they_are_those_of_torch(shape, last_only):
    pytest.importorskip("cupy")
    theirs, ours = (
        found_by(by, shape, last_only=last_only, with_h0=True, device="cuda") for by in ("torch", "any")
    )
    for a, b in zip(ours, theirs, strict=True):
        assert (a - b).abs().max() <= 3e-5 * max(b.abs().max().item(), 1e-3)
