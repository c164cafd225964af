"""A layer's recurrence in C++, `fused.cpp`: one call for all time steps, where there is a compiler.

Built when it is first wanted, in seconds, for the machine at hand, and kept in the user cache. Without a
compiler, or with DALESLAW_FUSED=never, `library` is None and torch does all the work.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import platform
import secrets
import shutil
import subprocess
from functools import cache
from pathlib import Path

import torch
from torch import Tensor, nn

from ..locks import LockedError, held
from ..tasks.data import cache_folder

SOURCE = Path(__file__).with_name("fused.cpp")
FLAGS = ("-std=c++17", "-O3", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC", "-pthread")
DTYPES = {torch.float32: "float32", torch.float64: "float64"}
LONGEST = 300  # seconds for the compiler, and for waiting while another process has it at work
SHARED = 2**21  # multiply-adds a step, from which torch's threads do more for one network than none here


class Layer(ctypes.Structure):
    """The `Layer` of fused.cpp: sizes, strides and addresses. Whoever makes one keeps its tensors alive."""

    _fields_ = [
        *((name, ctypes.c_longlong) for name in ("T", "M", "B", "n", "K", "t_stride", "m_stride")),
        *((name, ctypes.c_void_p) for name in ("V", "b", "read", "h", "delta", "dV", "total", "dx")),
        ("last_only", ctypes.c_bool),
    ]


def call(name: str, layer: Layer, dtype: torch.dtype) -> None:
    """`forward` or `backward` of a layer, on as many threads as torch has."""
    getattr(library(), f"{name}_{DTYPES[dtype]}")(torch.get_num_threads(), ctypes.byref(layer))


def serves(place: Tensor, M: int, B: int, n: int, K: int) -> bool:
    """Whether layers of this shape, of numbers like `place`, are for `fused.cpp`, if there is a library."""
    if type(place) not in (Tensor, nn.Parameter) or place.device.type != "cpu" or place.dtype not in DTYPES:
        return False
    return M >= torch.get_num_threads() or n * K * B < SHARED


def library() -> ctypes.CDLL | None:
    """The compiled file, or None."""
    return None if os.environ.get("DALESLAW_FUSED") == "never" else _library()


@cache
def _library() -> ctypes.CDLL | None:
    compiler = os.environ.get("CXX") or next(filter(shutil.which, ("g++", "clang++", "c++")), None)
    if compiler is None:
        return None
    try:
        found = ctypes.CDLL(str(built(compiler, cache_folder() / "fused")))
        for name in DTYPES.values():
            for way in ("forward", "backward"):
                function = getattr(found, f"{way}_{name}")
                function.argtypes, function.restype = [ctypes.c_longlong, ctypes.POINTER(Layer)], None
    except (OSError, subprocess.SubprocessError, LockedError, AttributeError):
        return None
    return found


def built(compiler: str, folder: Path) -> Path:
    """The shared library in a folder, compiled if it is not there: once for a source, compiler and processor.

    Raises: OSError or subprocess.SubprocessError if it cannot be compiled; LockedError if another process
            takes too long over it.
    """
    made_of = "\0".join((SOURCE.read_text(), *FLAGS, compiler, _version(compiler), _processor()))
    path = folder / f"{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.so"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with held(path.with_suffix(".lock"), LONGEST):
            if not path.exists():
                part = path.with_suffix(f".{secrets.token_hex(4)}.part")
                try:
                    _run(compiler, *FLAGS, str(SOURCE), "-o", str(part))
                    os.replace(part, path)  # no reader ever sees half a file
                finally:
                    part.unlink(missing_ok=True)
    return path


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=LONGEST)
    return done.stdout


def _version(compiler: str) -> str:
    return _run(compiler, "--version")


def _processor() -> str:
    """What the processor can do: a home folder may be shared by machines that differ in it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return f"{platform.machine()} {platform.processor()}"
    can = next((line for line in lines if line.lower().startswith(("flags", "features"))), "")
    return f"{platform.machine()} {can}"
