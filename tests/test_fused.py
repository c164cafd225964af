"""C++ in place of a layer's loop over time: the same numbers, built once, and never needed."""

import copy
import ctypes
import os
import shutil
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from daleslaw_lib import fused
from daleslaw_lib.initialisation import KINDS
from daleslaw_lib.networks import Network, Unrolled, recur, recurrence
from daleslaw_lib.training import Training
from daleslaw_lib.training.batches import Sequences, Splits
from helpers import odd
from helpers.stacks import there_and_back

here = pytest.mark.skipif(
    fused.library() is None, reason="no C++ compiler builds fused.cpp here: torch does the work"
)
TOLERANCE = {torch.float64: 1e-12, torch.float32: 3e-6}
SHAPES = [  # T, M, B, n_in, n of each layer
    (1, 1, 1, 1, [1]),
    (4, 2, 3, 5, [7]),
    (5, 1, 8, 2, [13]),
    (3, 3, 33, 4, [25]),
    (6, 2, 32, 28, [100]),
    (4, 1, 65, 30, [50, 20]),
    (3, 2, 16, 9, [40, 40, 40]),
    (2, 1, 20, 28, [300]),  # sums of more than one piece
]


def both(shape, dtype, **how):
    """States, deltas and every gradient of a stack, by torch and by C++."""
    return [there_and_back(by, "_fused", shape, dtype, **how) for by in ("torch", "any")]


def assert_close(ours, theirs, tolerance):
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() <= tolerance * max(theirs.abs().max().item(), 1e-3)


@here
@pytest.mark.parametrize("last_only", [False, True])
@pytest.mark.parametrize("with_h0", [False, True])
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("shape", SHAPES)
def test_states_and_every_gradient_are_those_of_torch(shape, dtype, with_h0, last_only):
    for theirs, ours in zip(*both(shape, dtype, with_h0=with_h0, last_only=last_only)):
        assert_close(ours, theirs, TOLERANCE[dtype])


@here
@pytest.mark.parametrize("dtype", TOLERANCE)
def test_a_member_is_the_same_in_any_ensemble_on_any_number_of_threads(dtype, one_thread):
    T, M, B, n_in, n = 5, 7, 33, 28, 100
    generator = torch.Generator().manual_seed(0)
    drawn = [
        torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()
        for shape in ((T, M, B, n_in), (M, n, n_in), (M, n, n), (M, n))
    ]

    def results(members, threads):
        torch.set_num_threads(threads)
        x, U, W, b = drawn
        h = recur(x[:, members], U[members], W[members], b[members])
        gradients = torch.autograd.grad(h.square().sum(), drawn)
        return [h[:, -1], gradients[0][:, 6], *(g[6] for g in gradients[1:])]

    alone, *others = results([6], 1), results([0, 3, 6], 1), results(list(range(7)), 3)
    for other in others:
        assert all(map(torch.equal, alone, other))


def trained(kind, layers, by, monkeypatch, updates=3):
    generator = torch.Generator().manual_seed(0)
    x, y = torch.rand(96, 6, 28, generator=generator), torch.randint(10, (96,), generator=generator)
    data = Splits(train=Sequences(x.transpose(0, 1), y), test=Sequences(x[:8].transpose(0, 1), y[:8]))
    network = Network.draw(kind, 28, 100, 10, seeds=[0, 1], layers=layers)
    if by == "torch":
        monkeypatch.setenv("DALESLAW_FUSED", "never")
    else:
        monkeypatch.delenv("DALESLAW_FUSED", raising=False)
    training = Training(
        network, data, seeds=[0, 1], lr=[0.1, 0.05], clip=[1.0, None], clip_by="layer", batch=32,
        updates=updates, eval_every=updates,
    )  # fmt: skip
    for _ in range(updates):
        training.advance()
    return training


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_training_gives_the_same_numbers_to_the_last_bit_with_and_without_it(kind, layers, monkeypatch):
    with_it = trained(kind, layers, "exact", monkeypatch)
    without = trained(kind, layers, "torch", monkeypatch)
    assert not any(without.gradients.unrolled._fused)
    theirs = without.network.arrays()
    for name, value in with_it.network.arrays().items():
        assert (value == theirs[name]).all(), name
    assert torch.equal(with_it.loss_sum, without.loss_sum)


@here
def test_it_takes_part_in_training_only_where_every_bit_is_that_of_torch(monkeypatch):
    monkeypatch.setattr(recurrence, "same_bits", lambda *shape: False)
    assert trained("rnn", 1, "exact", monkeypatch, updates=1).gradients.unrolled._fused == [False]
    monkeypatch.setattr(recurrence, "same_bits", lambda *shape: True)
    assert trained("rnn", 1, "exact", monkeypatch, updates=1).gradients.unrolled._fused == [True]


@here
def test_one_wrong_bit_is_found(monkeypatch):
    shape = (2, 32, 28, 100, False, torch.float32, torch.get_num_threads())
    recurrence.same_bits.cache_clear()
    call = fused.call

    def nearly(name, layer, dtype):
        call(name, layer, dtype)
        first = ctypes.cast(layer.dV, ctypes.POINTER(ctypes.c_int32))
        if name == "backward":
            first[0] ^= 1  # the last bit of the first number

    monkeypatch.setattr(fused, "call", nearly)
    assert not recurrence.same_bits(*shape)
    recurrence.same_bits.cache_clear()


@here
def test_trying_it_draws_nothing_from_torchs_own_stream():
    recurrence.same_bits.cache_clear()
    torch.manual_seed(3)
    before = torch.get_rng_state()
    recurrence.same_bits(1, 4, 3, 5, True, torch.float32, torch.get_num_threads())
    assert torch.equal(torch.get_rng_state(), before)


@here
@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("B, n", [(1, 1), (3, 5), (32, 28), (33, 30)])
def test_batches_are_gathered_as_torch_gathers_them(B, n, dtype):
    items = torch.randn(50, 4, n, dtype=dtype)
    index = torch.randint(50, (2, B + 1), generator=torch.Generator().manual_seed(0))[:, 1:]
    for x in (items.transpose(0, 1), items.transpose(0, 1).contiguous()):
        to = torch.zeros(5, 2, n + 3, B, dtype=dtype)[:4, :, 3:]
        assert fused.gather(x, index, to) and torch.equal(to, x[:, index].transpose(2, 3))
        others = (x.half(), x[:3], torch.stack((x, x), -1)[..., 0])
        assert not any(fused.gather(other, index, to) for other in others)


@here
@pytest.mark.parametrize("number", [-1, 50, 2**40])
def test_items_that_there_are_not_are_left_to_torch_which_refuses_them(number):
    x, index = torch.randn(4, 50, 3), torch.tensor([[0, number]])
    to = torch.zeros(4, 1, 3, 2)
    assert not fused.gather(x, index, to) and not to.any()
    with pytest.raises(IndexError):
        Sequences(x, torch.zeros(50, dtype=torch.int64)).batch(index, to.transpose(2, 3))


@here
def test_what_is_not_a_number_stays_so():
    x = torch.zeros(3, 1, 17, 4)
    x[0, 0, 5, 2] = torch.nan
    U, W, b = torch.ones(1, 6, 4), torch.eye(6)[None], torch.zeros(1, 6)
    h = recur(x, U, W, b)
    assert h[:, 0, 5].isnan().all() and not h[:, 0, :5].isnan().any()


@here
def test_other_dtypes_devices_and_large_layers_stay_with_torch():
    for place in (torch.empty(0, dtype=torch.float16), torch.empty(0, device="meta")):
        assert Unrolled(2, 1, 4, 3, [5], place, by="any")._fused == [False]
    assert Unrolled(2, 1, 4, 3, [recurrence.LARGE], torch.empty(0), by="any")._fused == [False]


@here
def test_one_network_on_many_threads_stays_with_torch_once_its_products_are_large():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert not fused.serves(torch.empty(0), 1, 512, 100, 128)
        assert fused.serves(torch.empty(0), 1, 32, 100, 128) and fused.serves(
            torch.empty(0), 2, 512, 100, 128
        )
    finally:
        torch.set_num_threads(before)


@here
@pytest.mark.parametrize("sizes", [[30], [20, 30]])
def test_gradients_are_the_same_where_what_led_to_them_is_not_kept(sizes):
    T, M, B, n_in = 5, 2, 19, 4
    generator, found = torch.Generator().manual_seed(0), []
    weights = [
        tuple(torch.randn(shape, generator=generator) for shape in ((M, n, m), (M, n, n), (M, n)))
        for m, n in zip([n_in, *sizes], sizes)
    ]
    x, last = torch.randn(T, M, n_in, B), torch.randn(M, sizes[-1], B)
    for keep in (True, False):
        unrolled, dx = Unrolled(T, M, B, n_in, sizes, x, by="any"), torch.full_like(x, torch.nan)
        unrolled.x.copy_(x)
        unrolled.forward_(weights)
        unrolled.delta[-1][-1] = last
        unrolled.backward_(last_only=True, dx=dx, keep=keep)
        found.append([dx, *(value for layer in unrolled.gradients for value in layer)])
    assert all(map(torch.equal, *found))


@here
def test_a_copy_of_a_trainers_buffers_is_a_copy():
    unrolled = Unrolled(2, 1, 16, 3, [5], torch.empty(0), by="any")
    other = copy.deepcopy(unrolled)
    weights = [(torch.ones(1, 5, 3), torch.zeros(1, 5, 5), torch.ones(1, 5))]
    unrolled.forward_(weights)
    other.x.fill_(2)
    other.forward_(weights)
    assert (unrolled.h[0] == 1).all() and (other.z[1:3, :, :5] == 7).all()


@here
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_a_training_goes_on_by_itself(kind, monkeypatch):
    training = trained(kind, 1, "exact", monkeypatch)
    other, before = copy.deepcopy(training), training.network.arrays()
    other.advance()
    assert all((value == before[name]).all() for name, value in training.network.arrays().items())
    training.advance()
    theirs = other.network.arrays()
    assert all((value == theirs[name]).all() for name, value in training.network.arrays().items())


def compiler(folder, body):
    """A stand-in for a compiler, which notes each time it compiles."""
    path = folder / "compiler"
    path.write_text(
        f"#!/bin/sh\n[ \"$1\" = --version ] && echo 1 && exit\necho >> '{folder}/calls'\n{body}\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    return str(path)


needs_sh = pytest.mark.skipif(
    shutil.which("sh") is None, reason="no sh: a stand-in for a compiler is a script"
)
AT_ONCE = 'for last; do :; done; echo made > "$last"'
LAST = 'for last; do :; done; sleep 0.3; echo made > "$last"'


@needs_sh
def test_it_is_compiled_once_however_many_want_it(tmp_path):
    stand_in = compiler(tmp_path, LAST)
    with ThreadPoolExecutor(4) as pool:
        paths = set(pool.map(lambda _: fused.built([stand_in], tmp_path / "cache"), range(4)))
    assert len(paths) == 1 and paths.pop().read_text() == "made\n"
    assert (tmp_path / "calls").read_text().count("\n") == 1
    assert [path.suffix for path in (tmp_path / "cache").iterdir()] == [".so"]


@needs_sh
@pytest.mark.parametrize("damage", ["empty", "cut", "changed", *(k for k in odd.KINDS if k != "folder")])
def test_it_is_compiled_anew_where_it_is_damaged(damage, tmp_path):
    stand_in, folder = compiler(tmp_path, AT_ONCE), tmp_path / "cache"
    path = fused.built([stand_in], folder)
    if damage in odd.KINDS:
        odd.put(path, damage)
    else:
        path.write_text({"empty": "", "cut": "ma", "changed": "evil\n"}[damage])
    with odd.bounded():
        assert fused.built([stand_in], folder) == path and path.read_text() == "made\n"
    assert fused.built([stand_in], folder) == path and not path.is_symlink()
    assert (tmp_path / "calls").read_text().count("\n") == 2
    assert list(folder.iterdir()) == [path]


@here
@needs_sh
def test_a_library_that_was_cut_short_kills_nobody(tmp_path):
    stand_in = compiler(tmp_path, f"for last; do :; done; cp '{fused.library()._name}' \"$last\"")
    path = fused.built([stand_in], tmp_path / "fused")
    os.truncate(path, path.stat().st_size // 2)
    code = "from daleslaw_lib import fused; print(fused.library()._name)"
    changed = {"CXX": stand_in, "DALESLAW_CACHE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | changed, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, str(path)), done.stderr
    assert path.read_bytes() == Path(fused.library()._name).read_bytes()


@needs_sh
def test_what_is_compiled_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    order, fsync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda *words: (order.append("fsync"), fsync(*words)))
    monkeypatch.setattr(os, "replace", lambda *words: (order.append("replace"), replace(*words)))
    fused.built([compiler(tmp_path, AT_ONCE)], tmp_path / "cache")
    assert order == ["fsync", "replace"]


@needs_sh
def test_it_is_compiled_anew_for_another_source_or_processor(tmp_path, monkeypatch):
    stand_in = compiler(tmp_path, LAST)
    first = fused.built([stand_in], tmp_path)
    monkeypatch.setattr(fused, "_processor", lambda: "another")
    second = fused.built([stand_in], tmp_path)
    monkeypatch.setattr(fused, "FLAGS", (*fused.FLAGS, "-g"))
    assert len({first, second, fused.built([stand_in], tmp_path)}) == 3


@needs_sh
@pytest.mark.parametrize("body", ["exit 1", LAST], ids=["a compiler that fails", "one that makes no library"])
def test_without_a_compiler_that_works_torch_does_it_without_a_word(body, tmp_path):
    code = (
        "import torch\nfrom daleslaw_lib import fused\nfrom daleslaw_lib.networks import recur\n"
        "h = recur(torch.ones(2, 1, 3, 4), torch.ones(1, 5, 4), torch.eye(5)[None], torch.ones(1, 5))\n"
        "assert fused.library() is None and h[:, 0, 0, 0].tolist() == [5, 10], h\n"
    )
    changed = {"CXX": compiler(tmp_path, body), "DALESLAW_CACHE": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=os.environ | changed, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "calls").read_text().count("\n") == 1


WAITS = "daleslaw_lib: compiling fused.cpp for this machine, once: seconds, or a minute or two on a busy one"


@needs_sh
def test_who_waits_for_the_compiler_is_told_why_and_only_then(tmp_path, monkeypatch):
    lines, stand_in = [], compiler(tmp_path, LAST)
    monkeypatch.setattr(fused, "say", lines.append)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: fused.built([stand_in], tmp_path / "cache"), range(3)))
    fused.built([stand_in], tmp_path / "cache")
    assert lines == [WAITS]


@needs_sh
def test_a_compiler_that_fails_is_named_to_whoever_waited(tmp_path, monkeypatch):
    lines, stand_in = [], compiler(tmp_path, "exit 1")
    monkeypatch.setattr(fused, "say", lines.append)
    with pytest.raises(subprocess.CalledProcessError):
        fused.built([stand_in], tmp_path / "cache")
    assert lines == [WAITS, f"daleslaw_lib: {stand_in} cannot compile it: torch does all the work"]


@pytest.mark.parametrize(
    ("named", "command"),
    [
        ("clang++", ["clang++"]),
        ("ccache g++ -O2", ["ccache", "g++", "-O2"]),
        ("'/a folder/g++'", ["/a folder/g++"]),
    ],
)
def test_a_compiler_is_named_as_a_shell_would_name_it(named, command, monkeypatch):
    monkeypatch.setenv("CXX", named)
    assert fused.compiler() == command


def test_a_compiler_is_found_where_none_is_named_and_may_be_missing(monkeypatch):
    monkeypatch.setenv("CXX", "")
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if name == "clang++" else None)
    assert fused.compiler() == ["clang++"]
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert fused.compiler() == []


@pytest.mark.parametrize("named", ["g++ 'unfinished", "/no/such/compiler", "."])
def test_a_compiler_that_is_none_leaves_the_work_to_torch(named, monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", named)
    monkeypatch.setenv("DALESLAW_CACHE", str(tmp_path))
    fused._library.cache_clear()
    try:
        assert fused.library() is None
    finally:
        fused._library.cache_clear()


def test_a_folder_that_cannot_be_written_is_no_obstacle(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DALESLAW_CACHE", str(tmp_path / "file"))
    fused._library.cache_clear()
    try:
        assert fused.library() is None
    finally:
        fused._library.cache_clear()


@here
def test_the_real_compiler_makes_a_library_without_a_warning():
    strict = ("-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-Wno-unused-command-line-argument")
    command = [*fused.compiler(), *fused.FLAGS, *strict, str(fused.SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
