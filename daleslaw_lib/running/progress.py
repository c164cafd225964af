"""A bar on a terminal: how far a run is. Only where stderr is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
from tqdm import tqdm

from ..jobs.drawing import Drawing
from ..jobs.job import Job
from ..terminal import columns
from ..training.loop import Training

WIDE = 100  # columns that hold a bar, a rate and the errors of three kinds
COUNTS = 33  # columns of " 65% 9.41M/14.5M [1:24:17<45:12]" at most, without errors
NARROW = "{percentage:3.0f}% {n_fmt}/{total_fmt} [{elapsed}<{remaining}]{postfix}"


@contextmanager
def steps(jobs: list[Job], quiet: bool | None) -> Iterator[Callable[[Job, Training | Drawing], None]]:
    """A bar in network-updates or draws, with the latest median error of each kind of network.

    A narrow terminal gets no bar and no rate, and of the errors the latest that fit.
    """
    errors: dict[str, str] = {}
    done_before, current, width = 0, None, columns(sys.stderr, WIDE)
    narrow = dict(bar_format=NARROW, unit_scale=True) if width < WIDE else {}
    digits = 1 if narrow else 2
    unit = f" {jobs[0].step}s" if jobs else " updates"
    # disable=None: tqdm shows nothing where stderr is not a terminal
    bar = tqdm(
        total=sum(job.steps for job in jobs), unit=unit, disable=quiet, smoothing=0.05, mininterval=0.5,
        leave=False, dynamic_ncols=True, **narrow,
    )  # fmt: skip

    def report(job: Job, training: Training | Drawing) -> None:
        nonlocal done_before, current
        if bar.disable:
            return
        done = job.steps * training.update_index // training.updates
        if job is not current:
            done_before += current.steps if current else 0
            current = job
            bar.initial += done  # done by an earlier run: not in the rate
            bar.n = bar.last_print_n = done_before + done
        if "test_error" in training.history and training.history["update"][-1] == training.update_index:
            latest = training.history["test_error"][-1]
            if not np.isnan(latest).all():
                errors.pop(job.first.kind, None)  # the latest is the last
                errors[job.first.kind] = f"{100 * np.nanmedian(latest):.{digits}f} %"
            bar.set_postfix_str(", ".join(fitting(errors, width - COUNTS)), refresh=False)
        bar.update(done_before + done - bar.n)

    with bar:
        yield report


def fitting(errors: Mapping[str, str], room: int) -> list[str]:
    """As many of the latest errors, the last in `errors`, as fit `room` columns.

    >>> fitting({"rnn": "8.10 %", "colei": "12.30 %"}, 18)
    ['colei=12.30 %']
    """
    words = [f"{kind}={error}" for kind, error in errors.items()]
    while words and len(", ".join(words)) + 2 > room:
        words.pop(0)
    return words


def chunks(n: int, quiet: bool | None) -> tqdm:
    """A bar in chunks."""
    return tqdm(total=n, unit=" chunks", disable=quiet, leave=False, dynamic_ncols=True)
