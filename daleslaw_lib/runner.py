"""Turn an experiment into archived tables: ensembles, checkpoints, progress, tables."""

from __future__ import annotations

import platform
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from . import __version__, experiments, results
from .checks import positive_integer
from .data import DataError
from .experiments import RunConfig
from .runs import build, data_digests, device_name, load_task, pick_device
from .training import Splits, Training, load_checkpoint, read_state
from .verification import fingerprint, probes


class Interrupted(Exception):
    """Stopped on request, after a checkpoint."""


# --- running -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """Where the archive is, how long training took, and how many runs it holds."""

    path: Path
    seconds: float
    n_runs: int


def run(
    experiment: str,
    scale: str,
    *,
    device: str = "auto",
    threads: int | None = None,
    resume: bool = False,
    fresh: bool = False,
    quiet: bool | None = None,
) -> Outcome:
    """Train every run of an experiment and archive the tables.

    A stop (Ctrl-C, SIGTERM) writes a checkpoint first; `resume` goes on from there and ends with
    the numbers of an unbroken run; where there is none it starts. `fresh` discards checkpoints, and
    replaces an archive once the new one is whole. `quiet=None` shows progress on a terminal only.

    Raises: ValueError for bad arguments; data.DataError if the data cannot be had; CheckpointError
            if a checkpoint is damaged; results.ArchiveError if the folder cannot be written, is in
            use, or holds what only `resume` or `fresh` may touch; Interrupted when stopped.
    """
    if resume and fresh:
        raise ValueError("resume, fresh: expected at most one of the two, got both")
    definition = experiments.get(experiment)
    runs = definition.runs(scale)
    place = pick_device(device)
    if threads is not None:
        torch.set_num_threads(positive_integer("threads", threads))
    path = results.folder(experiment, scale)
    with results.claimed(path):
        todo = experiments.ensembles(runs)
        checkpoints = [_checkpoint(path, ensemble) for ensemble in todo]
        _refuse_to_overwrite(path, checkpoints, resume, fresh)
        origin = {"started": _now(), "commit": _commit()}
        data = _load_tasks(runs, place)  # all of it, before anything is discarded or trained
        _look_at_checkpoints(checkpoints, fresh)
        with _how_to_continue(f"daleslaw run {experiment} --scale {scale} --resume"):
            trained = _train(todo, checkpoints, data, place, quiet)
            seconds = sum(sum(training.seconds.values()) for training in trained)
            tables = {"runs": _runs_table(todo, trained), "curves": _curves_table(todo, trained)}
            results.write(path, tables, _manifest(definition, scale, place, origin, seconds, todo))
        for checkpoint in checkpoints:
            checkpoint.unlink(missing_ok=True)
        with suppress(OSError):  # another definition's checkpoints may be in it
            (path / "checkpoints").rmdir()
    return Outcome(path, seconds, len(runs))


def train_here(runs: Iterable[RunConfig], *, device: str = "auto") -> results.Archive:
    """Train runs now, without checkpoints, and keep the tables in memory: what a live cell shows.

    Raises: ValueError for bad arguments; data.DataError if the data cannot be had.
    """
    runs, place = tuple(runs), pick_device(device)
    data, todo = _load_tasks(runs, place), experiments.ensembles(runs)
    trained = [build(ensemble, data[_data_key(ensemble[0])], place) for ensemble in todo]
    for training in trained:
        training.run()
    return results.Archive(
        experiment=experiments.Experiment("live cell", "trained in this cell", "", {}),
        scale="smoke",
        runs=_runs_table(todo, trained),
        curves=_curves_table(todo, trained),
        manifest={"device": device_name(place), "finished": _now(), "library_version": __version__},
    )


def _train(todo, checkpoints, data, place, quiet) -> list[Training]:
    trained = []
    total = sum(run.updates for ensemble in todo for run in ensemble)
    with _stop_on_signal() as should_stop, _progress(total, quiet) as report:
        for ensemble, checkpoint in zip(todo, checkpoints):
            training = build(ensemble, data[_data_key(ensemble[0])], place)
            if checkpoint.exists():
                load_checkpoint(training, checkpoint)
            if not training.run(checkpoint=checkpoint, on_progress=report, should_stop=should_stop):
                raise Interrupted(f"at update {training.update_index:,} of {training.updates:,}")
            trained.append(training)
    return trained


@contextmanager
def _how_to_continue(command: str) -> Iterator[None]:
    """Whatever stops the training, the checkpoints stand: say how to go on from them."""
    try:
        yield
    except Interrupted as stopped:
        raise Interrupted(f"stopped {stopped}; to continue: {command}") from None
    except KeyboardInterrupt:  # while the tables are written
        raise Interrupted(f"stopped; to continue: {command}") from None
    except DataError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise results.ArchiveError(
            f"{where}cannot be written ({error.strerror or error}); "
            f"what was there before is kept; to continue: {command}"
        ) from error


def _data_key(config: RunConfig) -> tuple:
    return config.task, config.source, config.n_train, config.n_valid, config.dtype


def _load_tasks(runs: tuple[RunConfig, ...], place: torch.device) -> dict[tuple, Splits]:
    distinct = {_data_key(run): run for run in runs}
    return {key: load_task(run, place) for key, run in distinct.items()}


def _checkpoint(path: Path, ensemble: list[RunConfig]) -> Path:
    """Named by a digest of every member's configuration, so it can belong to no other ensemble."""
    return path / "checkpoints" / f"{experiments.digest([r.run_id for r in ensemble])}.npz"


def _refuse_to_overwrite(path: Path, checkpoints: list[Path], resume: bool, fresh: bool) -> None:
    experiment, scale = path.parts[-2:]
    if fresh:
        return
    if any(checkpoint.exists() for checkpoint in checkpoints):
        if not resume:
            raise results.ArchiveError(
                f"{path}: holds checkpoints of an interrupted run; "
                "add --resume to go on from them, or --fresh to start again"
            )
    elif results.is_archived(path):
        raise results.ArchiveError(
            f"{path}: holds a finished archive; "
            f"add --fresh to run {experiment} at {scale} scale again and replace it"
        )


def _look_at_checkpoints(checkpoints: list[Path], fresh: bool) -> None:
    """Discard them, or see that each can be read before the first ensemble is trained."""
    for checkpoint in checkpoints:
        if fresh:
            checkpoint.unlink(missing_ok=True)
        elif checkpoint.exists():
            read_state(checkpoint)


# --- progress and signals ------------------------------------------------------------------------


@contextmanager
def _stop_on_signal() -> Iterator[Callable[[], bool]]:
    """A function that turns true after Ctrl-C or SIGTERM; the update under way is finished."""
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set
        return
    before = {s: signal.signal(s, lambda *_: asked.set()) for s in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(total: int, quiet: bool | None) -> Iterator[Callable[[Training], None]]:
    """A bar in network-updates, with the latest median error of each kind of network."""
    errors: dict[str, str] = {}
    done_before, current = 0, None
    # disable=None: tqdm shows nothing where stderr is not a terminal
    bar = tqdm(total=total, unit=" updates", disable=quiet, smoothing=0.05, mininterval=0.5, leave=False)

    def report(training: Training) -> None:
        nonlocal done_before, current
        if bar.disable:
            return
        members = training.network.n_members
        if training is not current:
            done_before += current.updates * current.network.n_members if current else 0
            current = training
            resumed = training.update_index * members  # done by an earlier run: not in the rate
            bar.initial += resumed
            bar.n = bar.last_print_n = done_before + resumed
        if training.history["update"][-1] == training.update_index and "test_error" in training.history:
            latest = training.history["test_error"][-1]
            if not np.isnan(latest).all():
                errors[training.network.kind] = f"{100 * np.nanmedian(latest):.2f} %"
            bar.set_postfix(errors, refresh=False)
        bar.update(done_before + training.update_index * members - bar.n)

    with bar:
        yield report


# --- tables and manifest -------------------------------------------------------------------------


def _runs_table(todo: list[list[RunConfig]], trained: list[Training]) -> pd.DataFrame:
    rows = []
    for ensemble, training in zip(todo, trained):
        final = {name: values[-1] for name, values in training.history.items() if name != "update"}
        for m, config in enumerate(ensemble):
            diverged_at = int(training.diverged_at[m])
            rows.append(
                {"run_id": config.run_id}
                | asdict(config)
                | {name: float(values[m]) for name, values in final.items()}
                | {"diverged": diverged_at >= 0, "diverged_at": diverged_at}
            )
    return pd.DataFrame(rows)


def _curves_table(todo: list[list[RunConfig]], trained: list[Training]) -> pd.DataFrame:
    parts = []
    for ensemble, training in zip(todo, trained):
        history = results.thin(training.history)
        for m, config in enumerate(ensemble):
            columns = {k: np.array([row[m] for row in v], "f4") for k, v in history.items() if k != "update"}
            parts.append(pd.DataFrame({"run_id": config.run_id, "update": history["update"]} | columns))
    return pd.concat(parts, ignore_index=True)


def _manifest(definition, scale, place, origin, seconds, todo) -> dict:
    return {
        "experiment": definition.name,
        "scale": scale,
        "definition": definition.definition(scale),
        "library_version": __version__,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "device": device_name(place),
        "threads": torch.get_num_threads(),
        **origin,
        "finished": _now(),
        "wall_seconds": round(seconds, 1),
        "data": data_digests(todo),
        "fingerprint": {probe.run_id: fingerprint(probe) for probe in probes(todo)},
    }


def _commit() -> str | None:
    """The commit of the library's checkout, with "+" where its files differ from it."""
    here = Path(__file__).parent

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=here, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "-uno", "--", ".") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def progress_of(experiment: str, scale: str) -> list[tuple[str, int, int]]:
    """Checkpointed ensembles: (kind and preset, update reached, updates in all)."""
    found = []
    for ensemble in experiments.ensembles(experiments.get(experiment).runs(scale)):
        checkpoint = _checkpoint(results.folder(experiment, scale), ensemble)
        if checkpoint.exists():
            what = f"{ensemble[0].kind} ({ensemble[0].preset})"
            found.append((what, read_state(checkpoint)["update"], ensemble[0].updates))
    return found
