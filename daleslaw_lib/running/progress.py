"""A bar on a terminal: how far a run is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from tqdm import tqdm

from ..training.loop import Training
from .drawing import Drawing
from .jobs import Job


@contextmanager
def steps(jobs: list[Job], quiet: bool | None) -> Iterator[Callable[[Job, Training | Drawing], None]]:
    """A bar in network-updates or draws, with the latest median error of each kind of network."""
    errors: dict[str, str] = {}
    done_before, current = 0, None
    unit = f" {jobs[0].step}s" if jobs else " updates"
    # disable=None: tqdm shows nothing where stderr is not a terminal
    bar = tqdm(
        total=sum(job.steps for job in jobs), unit=unit, disable=quiet, smoothing=0.05, mininterval=0.5,
        leave=False,
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
                errors[job.first.kind] = f"{100 * np.nanmedian(latest):.2f} %"
            bar.set_postfix(errors, refresh=False)
        bar.update(done_before + done - bar.n)

    with bar:
        yield report


def chunks(n: int, quiet: bool | None) -> tqdm:
    """A bar in chunks."""
    return tqdm(total=n, unit=" chunks", disable=quiet, leave=False)
