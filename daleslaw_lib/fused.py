"""In C++, `fused.cpp`, where there is a compiler: a layer's recurrence and an update, one call each.

Built when it is first wanted, for the machine at hand, and kept in the user cache; that takes seconds, or
a minute or two where the machine is busy, and whoever waits is told. Without a compiler, or with
DALESLAW_FUSED=never, `library` is None and torch does all the work.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import secrets
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn

from . import regular_files, user_cache
from .locks import LockedError, held
from .terminal import say

SOURCE = Path(__file__).with_name("fused.cpp")
FLAGS = (  # numbers are read as vectors and as they are: hence no strict aliasing
    *("-std=c++17", "-O3", "-march=native", "-ffp-contract=fast", "-fno-strict-aliasing"),
    *("-shared", "-fPIC", "-pthread"),
)
DTYPES = {torch.float32: "float32", torch.float64: "float64"}
LONGEST = 300  # seconds for the compiler, and for waiting while another process has it at work
SHARED = 2**21  # multiply-adds a step, from which torch's threads do more for one network than none here
DIGITS = 16  # of each digest in a library's name
MOST = 100_000_000  # bytes of a library
SIZE, ADDRESS = ctypes.c_longlong, ctypes.c_void_p


class LayerStruct(ctypes.Structure):
    """`Layer` of fused.cpp: sizes, strides and addresses. Whoever makes one keeps its tensors alive."""

    _fields_ = [
        *((name, SIZE) for name in ("T", "M", "B", "n", "K", "t_stride", "m_stride")),
        *((name, ADDRESS) for name in ("V", "b", "read", "h", "delta", "dV", "total", "dx")),
        *((name, ctypes.c_bool) for name in ("last_only", "keep")),
    ]


class PartStruct(ctypes.Structure):
    """`Part` of fused.cpp: a tensor that learns, and its gradient."""

    _fields_ = [
        *((name, ADDRESS) for name in ("p", "g")),
        *((name, SIZE) for name in ("rows", "columns", "g_member", "g_row")),
        *((name, ctypes.c_bool) for name in ("flat", "magnitudes", "ends")),
    ]


def call(name: str, layer: LayerStruct, dtype: torch.dtype) -> None:
    """Call fused.cpp: `forward` or `backward` of a layer, on as many threads as torch has."""
    getattr(library(), f"{name}_{DTYPES[dtype]}")(torch.get_num_threads(), ctypes.byref(layer))


def gather(x: Tensor, index: Tensor, to: Tensor) -> bool:
    """Copy items `index (M, B)` of x `(T, n_items, n)` to `(T, M, n, B)` in C++, if it can be done here.

    An index beyond the last item is left to torch, which refuses it.
    """
    (T, n_items, n), (M, B), dtype = x.shape, index.shape, x.dtype
    if dtype != to.dtype or dtype not in DTYPES or x.device.type != "cpu" or type(x) is not Tensor:
        return False
    if to.shape != (T, M, n, B) or x.stride(2) != 1 or to.stride()[2:] != (B, 1) or library() is None:
        return False
    if index.dtype != torch.int64 or index.stride(1) != 1 or index.device.type != "cpu":
        return False
    function, strides = getattr(library(), f"gather_{DTYPES[dtype]}"), to.stride()[:2]
    items = T, M, B, n, n_items, x.data_ptr(), x.stride(0), x.stride(1), index.data_ptr(), index.stride(0)
    return function(torch.get_num_threads(), *items, to.data_ptr(), *strides)


def parts(learning: Sequence[tuple[Tensor, bool, bool]]) -> ctypes.Array[PartStruct]:
    """For fused.cpp: tensors that learn.

    Args: learning: of each, whether it holds magnitudes, and whether it is the last of a group, which is
          clipped by one norm.
    """
    listed = (PartStruct * len(learning))()
    for part, (p, part.magnitudes, part.ends) in zip(listed, learning):
        part.p, part.g, part.flat = p.data_ptr(), p.grad.data_ptr(), p.ndim == 2
        part.rows, part.columns = 1 if part.flat else p.shape[1], p.shape[-1]
        part.g_member, part.g_row = p.grad.stride(0), p.grad.stride(-2)
    return listed


def squares(listed: ctypes.Array[PartStruct], like: Tensor) -> Tensor:
    """By fused.cpp: squares of the norms of each group's gradients, `(groups, M)`; like `(M,)`."""
    found = like.new_empty(sum(part.ends for part in listed), len(like))
    function = getattr(library(), f"squares_{DTYPES[like.dtype]}")
    function(torch.get_num_threads(), len(like), len(listed), listed, found.data_ptr())
    return found


def update(listed: ctypes.Array[PartStruct], scales: Tensor | None, lr: Tensor) -> None:
    """By fused.cpp: scale gradients by `scales (groups, M)`, step by `lr (M,)`, magnitudes at least 0."""
    addresses = None if scales is None else scales.data_ptr(), lr.data_ptr()
    function = getattr(library(), f"update_{DTYPES[lr.dtype]}")
    function(torch.get_num_threads(), len(lr), len(listed), listed, *addresses)


def serves(place: Tensor, M: int, B: int, n: int, K: int) -> bool:
    """Whether layers of this shape, of numbers like `place`, are for `fused.cpp`, if there is a library."""
    if type(place) not in (Tensor, nn.Parameter) or place.device.type != "cpu" or place.dtype not in DTYPES:
        return False
    return M >= torch.get_num_threads() or n * K * B < SHARED


def library() -> ctypes.CDLL | None:
    """fused.cpp, compiled, or None."""
    return None if os.environ.get("DALESLAW_FUSED") == "never" else _library()


@cache
def _library() -> ctypes.CDLL | None:
    try:
        if not (command := compiler()):
            return None
        found = ctypes.CDLL(str(built(command, user_cache.folder() / "fused")))
        layer, listed = ctypes.POINTER(LayerStruct), ctypes.POINTER(PartStruct)
        functions = {
            "forward": ([SIZE, layer], None),
            "backward": ([SIZE, layer], None),
            "squares": ([*3 * [SIZE], listed, ADDRESS], None),
            "update": ([*3 * [SIZE], listed, ADDRESS, ADDRESS], None),
            "gather": (
                [*6 * [SIZE], ADDRESS, SIZE, SIZE, ADDRESS, SIZE, ADDRESS, SIZE, SIZE],
                ctypes.c_bool,
            ),
        }
        for name in DTYPES.values():
            for way, (arguments, result) in functions.items():
                function = getattr(found, f"{way}_{name}")
                function.argtypes, function.restype = arguments, result
    except (OSError, ValueError, subprocess.SubprocessError, LockedError, AttributeError):
        return None
    return found


def compiler() -> list[str]:
    """The command that compiles: what CXX says, as a shell reads it, or what is found; empty if nothing is.

    Raises: ValueError if CXX is no command.
    """
    if named := os.environ.get("CXX"):
        return shlex.split(named)
    return [name for name in ("g++", "clang++", "c++") if shutil.which(name)][:1]


def built(command: Sequence[str], folder: Path) -> Path:
    """The compiled C++ in a folder, made if it is not there: once for a source, compiler and processor.

    Raises: OSError or subprocess.SubprocessError if it cannot be compiled; LockedError if another process
            takes too long over it.
    """
    made_of = "\0".join((SOURCE.read_text(), *FLAGS, *command, _version(command), _processor()))
    name = hashlib.sha256(made_of.encode()).hexdigest()[:DIGITS]
    if found := _whole(folder, name):
        return found
    folder.mkdir(parents=True, exist_ok=True)
    with held(folder / f"{name}.lock", LONGEST):
        return _whole(folder, name) or _compiled(command, folder, name)


def _whole(folder: Path, name: str) -> Path | None:
    """What was compiled under this name, if its content has the digest that its own name says.

    A process that loads a library which was cut short, by a power failure, say, is killed without a word.
    """
    for path in sorted(folder.glob(f"{name}-*.so")):
        with suppress(OSError):
            if path.stem == f"{name}-{regular_files.sha256(path, MOST)[:DIGITS]}":
                return path
    return None


def _compiled(command: Sequence[str], folder: Path, name: str) -> Path:
    """Compile it, in the place of whatever is there of it."""
    part = folder / f"{name}.{secrets.token_hex(4)}.part"
    try:
        how_long = "once: seconds, or a minute or two on a busy one"
        say(f"daleslaw_lib: compiling {SOURCE.name} for this machine, {how_long}")
        try:
            _run(*command, *FLAGS, str(SOURCE), "-o", str(part))
        except (OSError, subprocess.SubprocessError):
            say(f"daleslaw_lib: {shlex.join(command)} cannot compile it: torch does all the work")
            raise
        with open(part, "r+b") as file:
            digest = regular_files.digest(file)
            os.fsync(file.fileno())
        for damaged in folder.glob(f"{name}-*.so"):
            with suppress(OSError):  # such as a folder: it is never loaded
                damaged.unlink()
        path = folder / f"{name}-{digest[:DIGITS]}.so"
        os.replace(part, path)  # no reader ever sees half a file
    finally:
        part.unlink(missing_ok=True)
    return path


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LONGEST)
    return done.stdout


def _version(command: Sequence[str]) -> str:
    return _run(*command, "--version")


def _processor() -> str:
    """What the processor can do: a home folder may be shared by machines that differ in it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    can = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    return f"{platform.machine()} {can}"
