"""Who works through chunks besides this process: processes here, or the workers of a cluster.

An executor needs to know nothing of ours: see `chunks`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import socket
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from ..checks import first_line, in_short, positive_integer
from ..code_digests import library
from . import signals
from .chunks import ChunkError

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def processes(n: int) -> Iterator[Executor]:
    """Processes on this machine, each its own interpreter, whose linear algebra has one thread.

    Signals are the driver's, and no process outlives it: see `signals`.

    Raises: ValueError unless it is a whole number >= 1.
    """
    n = positive_integer("processes", n)
    how = dict(mp_context=get_context("spawn"), initializer=signals.settle)
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))  # children read it as they start
    try:
        with signals.held_back():
            pool = _Pool(n, **how)
        with pool:
            yield pool
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


class _Pool(ProcessPoolExecutor):
    """Its processes, which are started as work is submitted, begin with all signals blocked: none of them can
    hit an interpreter that is only just starting."""

    def submit(self, *arguments, **options):
        with signals.held_back():
            return super().submit(*arguments, **options)


@contextmanager
def scheduler(address: str, seconds: float = 10) -> Iterator[Executor]:
    """The workers of a Dask scheduler, such as "tcp://host:8786"; needs the extra [cluster].

    By tls://, the certificates are those of Dask's own configuration, `distributed.comm.tls`.

    Raises: ChunkError if distributed is not installed, the address is not that of a scheduler, none answers
            within `seconds`, or a worker has another library.
    """
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise ChunkError(
            "scheduler: expected Dask distributed, got none; pip install 'daleslaw_lib[cluster]'"
        ) from None
    host, port = _host_and_port(address)
    if address.startswith("tls:") and not dask.config.get("distributed.comm.tls.ca-file", None):
        raise ChunkError(
            "scheduler: expected certificates in Dask's configuration, distributed.comm.tls, got none"
        )
    try:
        _check_who_answers(host, port, address, seconds)
        client = Client(address, timeout=seconds, set_as_default=False)
    except Exception as error:  # such as one about certificates
        raise ChunkError(f"scheduler: expected one at {address}, got none ({first_line(error)})") from None
    with client:
        _check_workers(client)
        yield client.get_executor(pure=False)


def _host_and_port(address: str) -> tuple[str, int]:
    found = re.fullmatch(r"(tcp|tls)://(\[[^]]+\]|[^/:@]+):(\d{1,5})", address)
    if found is None or not 0 < int(found[3]) < 2**16:  # a Client that fails on it is noisy
        raise ChunkError(f"scheduler: expected an address such as tcp://host:8786, got {address!r}")
    return found[2].strip("[]"), int(found[3])


def _check_who_answers(host: str, port: int, address: str, seconds: float) -> None:
    """See that a Dask scheduler answers in time: a Client would wait for minutes for one that never does.

    Raises: OSError or ValueError if nothing listens there, or what listens is not a scheduler.
    """
    end = time.monotonic() + seconds
    socket.create_connection((host, port), timeout=seconds).close()  # Dask would try again and again
    disabled = logging.root.manager.disable
    logging.disable()  # Dask logs tracebacks of what it cannot read
    try:
        with ThreadPoolExecutor(1) as thread:  # a notebook has an event loop at work in this one
            name = thread.submit(lambda: asyncio.run(_name(address, end - time.monotonic()))).result()
    except (asyncio.TimeoutError, TimeoutError):
        raise OSError(f"no answer within {seconds:g} s") from None
    except OSError:  # closed, or about certificates
        raise
    except Exception:  # whatever Dask makes of words that are not its own
        raise ValueError("an answer that is not Dask's") from None
    finally:
        logging.disable(disabled)
    if name != "Scheduler":
        raise ValueError(f"what answers is Dask's {in_short(str(name))}")


async def _name(address: str, seconds: float) -> str:
    """What the Dask server at an address says that it is."""
    from distributed import Security
    from distributed.core import rpc

    async def ask() -> str:
        how = Security().get_connection_args("client")
        async with rpc(address, timeout=seconds, connection_args=how) as server:
            return (await server.identity())["type"]

    return await asyncio.wait_for(ask(), seconds)


def _check_workers(client) -> None:
    """Every worker has the driver's library; workers that come later are checked with their first chunk."""
    try:
        found = client.run(library)
    except Exception as error:
        raise ChunkError(f"worker: expected daleslaw_lib on each, got {first_line(error)}") from None
    if not found:
        warnings.warn("the scheduler has no workers yet; chunks wait for them", stacklevel=2)
    for worker, digest in sorted(found.items()):
        if digest != library():
            raise ChunkError(f"worker {worker}: expected library {library()}, the driver's, got {digest}")
