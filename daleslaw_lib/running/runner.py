"""Run an experiment: which ensembles are left to do, who works on them, how they get into the archive."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace

from .. import __version__, experiments
from ..archive import reading, tables, writing
from ..archive.manifests import now
from ..checks import shown
from ..devices import device_name, pick_device
from ..experiments.configs import RunConfig
from ..jobs.ways import curves_table, job_of, load_data
from .choice import agreeing, chosen, select
from .options import Interrupted, Options, Outcome, TimeIsUp
from .passes import Pass, saying_how_to_continue, stopped_by
from .remaining import archived_or_none, progress_of

__all__ = ["Interrupted", "Options", "Outcome", "TimeIsUp", "progress_of", "run", "select", "train_here"]


def run(experiment: str, scale: str, **options) -> Outcome:
    """Train the runs of an experiment that are not archived yet, and archive them.

    Each ensemble is archived as soon as it is trained. Archived runs that still belong to the
    experiment are kept, others dropped. A stop (Ctrl-C, SIGTERM, SIGHUP) writes a checkpoint first; `resume`
    goes on from there and ends with the numbers of an unbroken run. Networks that are drawn and not trained
    (`drawing`) go the same way, block by block, on the CPU.

    Args:   options: those of `Options`, by name.
    Raises: ValueError for bad arguments; DataError if the data cannot be had; CheckpointError
            if a checkpoint is damaged, or of other code; ArchiveError if the folder cannot be written, is in
            use, or holds what only `resume` or `fresh` may touch; Interrupted when stopped; ChunkError if an
            executor failed in some chunks, or somebody else holds one: the others are archived.
    """
    definition, options = experiments.get(experiment), Options(**options)
    if definition.halving(scale) is not None and not options.by_name:
        return _stage_by_stage(definition, scale, options)
    this = Pass(definition, scale, options, definition.runs(scale))
    with writing.claimed(this.path):
        return this.go()


def _stage_by_stage(definition: experiments.Experiment, scale: str, options: Options) -> Outcome:
    """`run` where settings are chosen on the way: each stage is one pass, and its scores choose the next.

    With `fresh` the old archive stays until the first stage of the new one is whole.
    """
    halving, path = definition.halving(scale), reading.folder(definition.name, scale)
    chosen(definition, scale, options.only or {})  # what is wrong with the choice is said now
    ends = None if options.minutes is None else time.monotonic() + 60 * options.minutes
    outcomes = []
    with writing.claimed(path):
        for stage in range(halving.n_stages):
            archived = None if options.fresh else archived_or_none(path)
            scores = {} if archived is None else reading.scores(archived.runs)
            runs = agreeing(halving.runs(stage, scores), options.only or {})
            done = all(run.run_id in scores for run in runs)
            if done and not (stage == halving.n_stages - 1 and not outcomes):
                continue
            if ends is not None:
                options = replace(options, minutes=max((ends - time.monotonic()) / 60, 1e-3))
            this = Pass(definition, scale, options, runs)
            outcomes.append(this.go())
            if this.stop is not None and this.stop() and stage < halving.n_stages - 1:
                with saying_how_to_continue(this.again()):  # it came with the last update of the stage
                    raise stopped_by(this.stop, f"after stage {stage + 1} of {halving.n_stages}")
            options = replace(options, fresh=False, resume=True)
    first = outcomes[0]
    return Outcome(
        path, sum(o.seconds for o in outcomes), sum(o.n_trained for o in outcomes), first.n_kept,
        first.n_dropped,
    )  # fmt: skip


def train_here(runs: Iterable[RunConfig], *, device: str = "auto") -> reading.Archive:
    """Train runs now, without checkpoints, and keep the tables in memory: what a live cell shows.

    Raises: ValueError for bad arguments; DataError if the data cannot be had.
    """
    runs = tuple(runs) if isinstance(runs, Iterable) else (runs,)
    if not runs or not all(isinstance(run, RunConfig) for run in runs):
        got = next((shown(run) for run in runs if not isinstance(run, RunConfig)), "none")
        raise ValueError(f"runs: expected RunConfigs, one at least, got {got}")
    place = pick_device(device)
    todo = experiments.ensembles(runs)
    jobs = [job_of(ensemble, place) for ensemble in todo]
    data = load_data(jobs)
    trained = [job.start(data[job.data_key]) for job in jobs]
    for training in trained:
        training.run()
    return reading.Archive(
        experiment=experiments.Experiment("live cell", "trained in this cell", "", {"smoke": lambda: runs}),
        scale="smoke",
        runs=tables.runs_table(todo, trained),
        curves=curves_table(todo, trained),
        manifest={
            "parts": [
                {
                    "device": device_name(place),
                    "finished": now(),
                    "library_version": __version__,
                    "wall_seconds": sum(sum(training.seconds.values()) for training in trained),
                }
            ]
        },
    )
