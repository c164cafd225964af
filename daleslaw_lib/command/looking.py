"""What there is: `list` and `status`."""

from __future__ import annotations

from .. import experiments
from ..archive import reading
from . import words

WIDEST = max(map(len, experiments.EXPERIMENTS))


def list_experiments(arguments) -> int:
    """`daleslaw list`: every experiment, its scales, their sizes, and how long what is archived took."""
    if arguments.json:
        return words.print_json(
            {
                name: {
                    "title": e.title,
                    "figure": e.figure,
                    "scales": {
                        scale: {
                            "runs": len(e.planned(scale)),
                            "updates": sum(run.updates for run in e.planned(scale)),
                            "archived": scale in reading.archived_scales(name),
                        }
                        for scale in e.scales
                    },
                }
                for name, e in experiments.EXPERIMENTS.items()
            }
        )
    for experiment in experiments.EXPERIMENTS.values():
        words.say(f"{experiment.name}   {experiment.figure}: {experiment.title}", 4)
        for scale in experiment.scales:
            runs = experiment.planned(scale)
            took = ""
            if scale in reading.archived_scales(experiment.name):
                took = f"   {_took(reading.folder(experiment.name, scale))}"
            unit = "network-updates" if experiment.trains else "draws"
            size = f"{len(runs):>5} runs, {sum(run.updates for run in runs):>12,} {unit}"
            words.say(f"    {scale:<7}{size}{took}", 11)
    return 0


def _took(folder) -> str:
    try:
        parts = reading.read_manifest(folder)["parts"]
        took = words.duration(sum(part["wall_seconds"] for part in parts))
        done = sum(part["runs"] for part in parts)
        devices = " and ".join(dict.fromkeys(part["device"] for part in parts))
    except (reading.ArchiveError, KeyError, TypeError):
        return "damaged: see daleslaw verify"
    return f"{done:,} runs took {took} on {devices}"


def status(arguments) -> int:
    """`daleslaw status`: what is archived of each experiment, and what is half done."""
    code, states, width = 0, [], widest()
    only = arguments.experiment and experiments.get(arguments.experiment).name
    for name, experiment in experiments.EXPERIMENTS.items():
        for scale in experiment.scales if only in (None, name) else ():
            try:
                state = _state(name, scale)
            except (RuntimeError, ValueError) as error:  # damaged: say so, and go on to the next
                state, code = "damaged", words.fail(error)
            states.append({"experiment": name, "scale": scale, "state": state})
            if not arguments.json:
                words.say(f"{name:<{width}} {scale:<7} {state}", width + 9)
    if arguments.json:
        words.print_json(states)
    return code


def widest() -> int:
    """The longest name of an experiment: the book's, and those of the reader's modules."""
    return max(WIDEST, *map(len, experiments.EXPERIMENTS))


def _state(name: str, scale: str) -> str:
    state = "not run"
    if scale in reading.archived_scales(name, unfinished=True):
        archive = reading.load(name, scale, whole=True)
        beside = archive.n_beside
        n = len(archive.runs) - beside
        runs = f"{n} of {archive.total} runs" if n < archive.total else f"{n} runs"
        runs += f" and {beside} asked for by name" if beside else ""
        state = f"archived {archive.manifest['parts'][-1]['finished'][:10]}, {runs}"
        if archive.runs.diverged.any():
            state += f", {archive.runs.diverged.sum()} diverged"
    if (reading.folder(name, scale) / "checkpoints").is_dir():
        from ..running import remaining  # needs torch

        if half_done := remaining.progress_of(name, scale):
            state += "; checkpoints: " + ", ".join(f"{what} {u:,}/{n:,}" for what, u, n in half_done)
    return state
