"""Signals: Ctrl-C, SIGTERM and SIGHUP end a run at a checkpoint, in its driver and in its workers. No torch.

The terminal sends them to a whole group of processes. The driver notes them, finishes the update under way,
and lets its workers stop; a worker must neither die of them nor live on when its driver is gone.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing import connection, resource_tracker

STOPS = tuple(getattr(signal, n) for n in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, n))
POLL_SECONDS = 0.5  # how often a worker looks for its driver, and whether it is to stop


def _handled() -> list[int]:
    """Signals to handle: all, except a SIGHUP that is ignored on purpose (`nohup`)."""
    return [n for n in STOPS if n == signal.SIGINT or signal.getsignal(n) != signal.SIG_IGN]


@contextmanager
def _handlers(handle, numbers) -> Iterator[None]:
    """While it lasts, these signals call `handle(number, frame)`; it does nothing outside the main thread."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# --- in the driver ---------------------------------------------------------------------------------


class Stopped(KeyboardInterrupt):
    """SIGTERM or SIGHUP where there is nothing to save."""

    def __init__(self, number: int = signal.SIGINT):
        super().__init__()
        self.number = number


@contextmanager
def raised() -> Iterator[None]:
    """SIGTERM and SIGHUP raise `Stopped`, as Ctrl-C raises KeyboardInterrupt."""

    def handle(number, _frame):
        raise Stopped(number)

    with _handlers(handle, [number for number in _handled() if number != signal.SIGINT]):
        yield


class Stop:
    """Calling it says whether to stop; `number`: the signal that asked for it, 0 if it was the deadline."""

    def __init__(self, deadline: float | None = None):
        self.deadline, self.number = deadline, 0

    @property
    def time_is_up(self) -> bool:
        return self.deadline is not None and time.monotonic() > self.deadline

    def __call__(self) -> bool:
        return bool(self.number) or self.time_is_up

    def ask(self, number: int, _frame=None) -> None:
        self.number = self.number or number


@contextmanager
def noted(deadline: float | None = None) -> Iterator[Stop]:
    """A `Stop` that signals set, so that the update under way is finished; or that a deadline sets, a time of
    time.monotonic()."""
    stop = Stop(deadline)
    with _handlers(stop.ask, _handled()):
        yield stop


@contextmanager
def held_back() -> Iterator[None]:
    """Signals wait meanwhile, and are blocked in processes started meanwhile: they begin with `settle`."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, set(STOPS) - {signal.SIGINT, signal.SIGTERM})
    try:
        resource_tracker.ensure_running()  # which takes the block off the other two, so that it comes first
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- in a worker -----------------------------------------------------------------------------------


_asked = threading.Event()  # this worker is to stop at a checkpoint, and to go
_busy = threading.Lock()
_settled = False


def asked_to_stop() -> bool:
    """Whether this worker's driver is gone, or a signal told it to go."""
    return _asked.is_set()


def at_work():
    """While a worker holds this, it does not go."""
    return _busy if _settled else nullcontext()


def settle() -> None:
    """Make this process a worker, if another process started it to be one.

    Ctrl-C is left to the driver. SIGTERM, SIGHUP and the end of the driver make it stop at a checkpoint, and
    go: an idle worker would wait for a dead driver for good.
    """
    global _settled
    child = multiprocessing.parent_process() is not None
    if _settled or not child or threading.current_thread() is not threading.main_thread():
        return
    _settled = True
    for number in _handled():
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else lambda *_: _asked.set())
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    threading.Thread(target=_watch, args=(multiprocessing.parent_process(),), daemon=True).start()


def _watch(parent) -> None:
    while not _asked.is_set():
        if connection.wait([parent.sentinel], POLL_SECONDS) or _is_orphan(parent.pid):
            _asked.set()
    time.sleep(POLL_SECONDS)  # what it has to report comes first, and a driver's own signal
    with _busy:
        os._exit(0)


def _is_orphan(parent: int) -> bool:
    return os.name == "posix" and os.getppid() != parent
