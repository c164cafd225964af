"""What is trained: `plan` prices an experiment, `run` trains it and shows its numbers."""

from __future__ import annotations

from contextlib import nullcontext

from .. import HOME, experiments, machine
from ..archive import reading
from ..checks import positive, positive_integer
from . import tables, words

EACH = 3e8  # bytes of memory that a process takes which trains small networks
BUSY = 0.2  # a share of the time: from here on `plan` says that others were measured with us


def plan(arguments) -> int:
    """`daleslaw plan`: operations, memory and time that an experiment would take."""
    from .. import devices, planning
    from ..running import runner, threads

    runs = runner.chosen(experiments.get(arguments.experiment), arguments.scale, pairs(arguments.only))
    place = devices.pick_device(arguments.device)
    seconds = positive("seconds", arguments.seconds)
    workers = None if arguments.workers is None else positive_integer("workers", arguments.workers)
    n = machine.cores() if arguments.processes is None else arguments.processes
    if positive_integer("processes", n) > machine.cores():
        raise ValueError(
            f"processes: expected at most {machine.cores()}, the cores here, got {n}; "
            f"--workers {n} plans for a machine that has them"
        )
    here = planning.plan(runs, place, seconds, threads.chosen(runs, place, machine.cores()))
    asked = arguments.processes is not None or workers is not None
    beside = asked or (place.type == "cpu" and not arguments.json)
    each = planning.side_by_side(runs, n, seconds) if beside else None
    if arguments.json:
        more = {"processes": n, "processes_seconds": each.seconds(n), "waited": each.waited} if each else {}
        if workers is not None:
            more |= {"workers": workers, "workers_seconds": each.seconds(workers)}
        return words.print_json(
            {
                "runs": here.n_runs,
                "chunks": len(here.chunk_seconds),
                "flops": here.flops,
                "bytes": here.largest_bytes,
                "seconds": here.seconds(),
                "device": here.device,
                "threads": here.threads,
                **more,
            }
        )
    print(f"{arguments.experiment} at {arguments.scale} scale: {here.n_runs:,} runs in "
          f"{len(here.chunk_seconds):,} chunks, {here.flops:.2g} floating-point operations")  # fmt: skip
    print(f"memory: {here.largest_bytes / 1e9:.2g} GB for the largest chunk and its data")
    print(f"{words.duration(here.seconds())}: here, in one process ({here.device})")
    if each:
        print(f"{words.duration(each.seconds(n))}: here, on the CPU, with --processes {n}, 1 thread each")
        if each.waited > BUSY:
            alone = words.duration(each.alone(n))
            print(f"This machine is busy: {each.waited:.0%} of the time it had no core for us while we "
                  f"measured. Left alone, it would take about {alone}.")  # fmt: skip
    if workers is not None:
        print(f"{words.duration(each.seconds(workers))}: {workers} such processes, on as many cores")
    if place.type == "cpu" and here.flops:
        took, share = words.duration(max(here.gpu_seconds, 1)), f"{planning.GPU_SHARE:.0%}"
        print(f"{took}: a GPU, if it reaches {share} of {planning.GPU_FLOPS / 1e12:.0f} TFLOP/s "
              "(an assumption, not a measurement)")  # fmt: skip
    return 0


def run(arguments) -> int:
    """`daleslaw run`: train, or draw, an experiment's networks, archive them, show their numbers."""
    from ..running import runner

    try:
        with _executor(arguments) as executor:
            outcome = runner.run(
                arguments.experiment,
                arguments.scale,
                only=pairs(arguments.only),
                device=arguments.device,
                threads=_threads(arguments),
                resume=arguments.resume,
                fresh=arguments.fresh,
                executor=executor,
                minutes=arguments.time_limit,
                tf32=arguments.tf32,
            )
    except runner.TimeIsUp as stopped:
        return words.fail(stopped, 75)
    except runner.Interrupted as stopped:
        return words.fail(stopped, 128 + stopped.number)
    if arguments.json:
        return words.print_json(_as_dict(outcome))
    kept = f", {outcome.n_kept} kept" if outcome.n_kept else ""
    dropped = f", {outcome.n_dropped} dropped that no longer belong" if outcome.n_dropped else ""
    took = words.duration(outcome.seconds)
    made = "trained" if experiments.get(arguments.experiment).trains else "drawn"
    runs = "1 run" if outcome.n_trained == 1 else f"{outcome.n_trained} runs"
    print(f"{runs} {made} in {took} and archived in {outcome.path}{kept}{dropped}")
    if arguments.scale in reading.archived_scales(arguments.experiment):
        print(_beside_the_book(reading.load_from(outcome.path)))
    return 0


def _as_dict(outcome) -> dict:
    """What came of a run, for JSON: its numbers too, if there are any by now."""
    counts = {"runs": outcome.n_trained, "kept": outcome.n_kept, "dropped": outcome.n_dropped}
    found = {**counts, "seconds": outcome.seconds, "path": str(outcome.path)}
    if not reading.is_archived(outcome.path):
        return found
    try:
        return found | tables.as_dict(reading.load_from(outcome.path))
    except ValueError as error:  # the runs are archived all the same
        return found | {"conditions": [], "why": str(error)}


def _beside_the_book(archive: reading.Archive) -> str:
    """The table of an archive; below it the book's own, if this is another and the book has one."""
    lines = [tables.table(archive)]
    book = HOME.parent / "results" / archive.experiment.name
    scales = [s for s in archive.experiment.scales if reading.is_archived(book / s)]
    if reading.root().resolve() != book.parent.resolve() and scales:
        scale = archive.scale if archive.scale in scales else scales[-1]
        lines += [f"In {book.parent}, at {scale} scale:", tables.table(reading.load_from(book / scale))]
    return "\n".join(lines)


def _executor(arguments):
    """Who trains: None for this process."""
    from ..running import executors

    if arguments.scheduler is not None:
        experiments.get(arguments.experiment).runs(arguments.scale)  # checked before anything waits
        return executors.scheduler(arguments.scheduler)
    if arguments.processes is None:
        return nullcontext()
    n, room = positive_integer("processes", arguments.processes), machine.memory() / EACH
    if n > max(machine.cores(), room):
        most = max(machine.cores(), int(room))
        raise ValueError(f"processes: expected at most {most}, for which there is memory, got {n}")
    return executors.processes(n)


def _threads(arguments) -> int | None:
    """As many as asked for; else one, or for large networks more if two seconds of measuring say so.

    What goes on does so with as many as before.
    """
    from .. import devices
    from ..running import runner, threads

    cores = machine.cores()
    if arguments.threads is not None and positive_integer("threads", arguments.threads) > cores:
        raise ValueError(f"threads: expected at most {cores}, the cores here, got {arguments.threads}")
    if arguments.threads is not None or arguments.scheduler is not None:
        return arguments.threads
    if arguments.processes is not None:
        return 1
    if arguments.resume:
        folder = reading.folder(arguments.experiment, arguments.scale)
        return threads.noted(folder / "checkpoints", cores)
    definition, only = experiments.get(arguments.experiment), pairs(arguments.only)
    if arguments.scale not in definition.scales:  # which the runner says
        return 1
    halved = definition.halving(arguments.scale) is not None
    runs = definition.planned(arguments.scale) if halved else runner.chosen(definition, arguments.scale, only)
    return threads.chosen(runs, devices.pick_device(arguments.device), cores)


def pairs(texts: list[str]) -> dict[str, str]:
    """`--only FIELD=VALUE` options as a dictionary.

    Raises: ValueError if one has no `=`, or a field comes twice.
    """
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--only: expected FIELD=VALUE, got {text!r}")
        if name in pairs:
            raise ValueError(f"--only: expected each field once, got {name} twice")
        pairs[name] = value
    return pairs
