"""Turn an experiment into archived tables: ensembles, checkpoints, progress, verification."""

from __future__ import annotations

import platform
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from tqdm import tqdm

from . import __version__, experiments, results
from .checks import one_of, positive_integer
from .data import DataError
from .experiments import RunConfig
from .network import Network
from .tasks import mnist
from .training import Sequences, Splits, Training, load_checkpoint, read_state


class Interrupted(Exception):
    """Stopped on request, after a checkpoint."""


# --- from a configuration to a training --------------------------------------------------------


def load_task(config: RunConfig, device: torch.device) -> Splits:
    """A task's sequences on the device: x `(T, n, n_in)`, y `(n,)`.

    Raises: ValueError for a count out of range; data.DataError if the files cannot be had.
    """
    digits = mnist.load(config.n_train, config.n_valid, source=config.source)

    def sequences(images: np.ndarray, labels: np.ndarray) -> Sequences | None:
        if not len(images):
            return None
        x = np.ascontiguousarray(mnist.scaled(images, config.dtype).transpose(1, 0, 2))  # time first
        return Sequences(torch.as_tensor(x, device=device), torch.as_tensor(labels, device=device))

    return Splits(
        train=sequences(digits.x_train, digits.y_train),
        valid=sequences(digits.x_valid, digits.y_valid),
        test=sequences(digits.x_test, digits.y_test),
    )


def build(ensemble: list[RunConfig], data: Splits, device: torch.device) -> Training:
    """A training at update 0 for runs that share a shape.

    Raises: ValueError if they do not, or a number is out of range.
    """
    if len({run.shape for run in ensemble}) != 1:
        raise ValueError(f"ensemble: expected runs of one shape, got {len({r.shape for r in ensemble})}")
    first, seeds = ensemble[0], [run.seed for run in ensemble]
    network = Network.draw(
        first.kind,
        mnist.N_IN,
        first.hidden,
        mnist.N_CLASSES,
        seeds=seeds,
        layers=first.layers,
        ei_ratio=[run.ei_ratio for run in ensemble],
        rho=[run.rho for run in ensemble],
        n_inhibitory=[run.n_inhibitory for run in ensemble],
        dtype=getattr(torch, first.dtype),
        device=device,
    )
    return Training(
        network,
        data,
        seeds=seeds,
        lr=[run.lr for run in ensemble],
        clip=[run.clip for run in ensemble],
        clip_by=first.clip_by,
        batch=first.batch,
        updates=first.updates,
        eval_every=first.eval_every,
    )


def pick_device(name: str) -> torch.device:
    """ "auto", "cpu" or "cuda" as a device; auto takes a GPU where there is one.

    Raises: ValueError for another name, or if CUDA is asked for and absent.
    """
    one_of("device", name, ("auto", "cpu", "cuda"))
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device: expected one that is here, got 'cuda' and torch sees no CUDA device")
    return torch.device("cuda" if name != "cpu" and torch.cuda.is_available() else "cpu")


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
    return Outcome(path, seconds, len(runs))


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
        "device": _device_name(place),
        "threads": torch.get_num_threads(),
        **origin,
        "finished": _now(),
        "wall_seconds": round(seconds, 1),
        "data": _data_digests(todo),
        "fingerprint": {probe.run_id: fingerprint(probe) for probe in probes(todo)},
    }


def _data_digests(todo: list[list[RunConfig]]) -> dict[str, str]:
    sources = sorted({ensemble[0].source for ensemble in todo})
    return {name: value for source in sources for name, value in mnist.digests(source).items()}


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


def _device_name(place: torch.device) -> str:
    if place.type == "cuda":
        return torch.cuda.get_device_name(place)
    return f"CPU {platform.machine()}, {torch.get_num_threads()} threads"


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


# --- verification ----------------------------------------------------------------------------------


def probes(todo: list[list[RunConfig]]) -> list[RunConfig]:
    """A miniature of each ensemble's first run: 4 updates of 64 digits of the subset, in float64.

    Steps are large and clips small, so that clipping and projection show in the numbers.
    """
    small = dict(
        source="subset", n_train=512, n_valid=0, batch=64, updates=4, eval_every=4, dtype="float64"
    )  # fmt: skip
    firsts = [ensemble[0] for ensemble in todo]
    return list(
        dict.fromkeys(
            replace(run, **small, lr=max(run.lr, 0.3), clip=run.clip and run.clip / 100) for run in firsts
        )
    )


def fingerprint(probe: RunConfig) -> list[float]:
    """What the library makes of a probe: training loss, test loss and error after its updates.

    Recorded in a manifest, and recomputed to see whether the library still gives the same numbers:
    comments and speed may change, results may not.
    """
    place = torch.device("cpu")
    training = build([probe], load_task(probe, place), place)
    training.run()
    return [float(training.history[k][-1][0]) for k in ("train_loss", "test_loss", "test_error")]


def verify(experiment: str, scale: str) -> list[str]:
    """What is wrong with an archive, a line each: damaged, or stale. Empty when all is well."""
    try:
        archive = results.load(experiment, scale)
    except results.ArchiveError as error:
        return [f"damaged: {error}"]
    manifest, definition = archive.manifest, archive.experiment
    again = f"run: daleslaw run {experiment} --scale {scale} --fresh"
    runs = definition.runs(scale)
    problems = []
    if manifest.get("definition") != definition.definition(scale):
        problems.append(f"stale: the definition of {experiment} has changed since; {again}")
    elif sorted(archive.runs.run_id) != sorted(r.run_id for r in runs):
        problems.append(f"damaged: its table does not hold the runs of its definition; {again}")
    todo = experiments.ensembles(runs)
    if manifest.get("data") != _data_digests(todo):
        problems.append(f"stale: the data files of {experiment} have changed since; {again}")
    recorded = manifest.get("fingerprint", {})
    for probe in probes(todo):
        if probe.run_id not in recorded:
            problems.append(f"stale: no fingerprint of {probe.kind} ({probe.preset}); {again}")
        elif not _same_numbers(recorded[probe.run_id], fingerprint(probe)):
            what = f"{probe.kind} ({probe.preset})"
            problems.append(f"stale: the library trains {what} differently since; {again}")
    return problems


def _same_numbers(recorded: list[float], now: list[float]) -> bool:
    close = dict(rtol=1e-7, atol=0, equal_nan=True)
    return len(recorded) == len(now) and np.allclose(recorded, now, **close)


def progress_of(experiment: str, scale: str) -> list[tuple[str, int, int]]:
    """Checkpointed ensembles: (kind and preset, update reached, updates in all)."""
    found = []
    for ensemble in experiments.ensembles(experiments.get(experiment).runs(scale)):
        checkpoint = _checkpoint(results.folder(experiment, scale), ensemble)
        if checkpoint.exists():
            what = f"{ensemble[0].kind} ({ensemble[0].preset})"
            found.append((what, read_state(checkpoint)["update"], ensemble[0].updates))
    return found
