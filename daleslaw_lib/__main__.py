"""The command line: daleslaw list | plan | run | show | compare | reproduce | status | verify | claims.

Also `python -m daleslaw_lib`. Commands that print answer with --json in JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import sys
import textwrap
import warnings
from contextlib import nullcontext
from pathlib import Path

from . import HOME, __version__, completion, experiments, extensions
from .archive import reading
from .checks import positive, positive_integer
from .running import signals

MANY_UNITS = 600  # from here on a second thread pays; below it the two mostly wait for each other
WIDEST = max(map(len, experiments.EXPERIMENTS))
NO_TERMINAL = 10_000  # columns, where nobody's screen ends


def main(argv: list[str] | None = None) -> int:
    """Run a command; 0 when all is well, 1 for bad input or a bad archive, 128 + n after signal n."""
    parser = _parser()
    completion.install(parser)
    arguments = parser.parse_args(argv)
    warnings.showwarning = lambda message, *_, **__: print(f"daleslaw: {message}", file=sys.stderr)
    try:
        with signals.raised():
            for file in arguments.module:
                extensions.load(file)
            return arguments.command(arguments)
    except KeyboardInterrupt as stopped:
        return _fail("interrupted", 128 + getattr(stopped, "number", signal.SIGINT))
    except BrokenPipeError:  # the reader has closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, OSError, RuntimeError) as error:  # our own messages are one line each
        return _fail(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="daleslaw", description="Regenerate and check the book's results.")
    parser.add_argument("--version", action="version", version=f"daleslaw {__version__}")
    words = "a Python file that registers tasks, kinds of network, experiments (may be repeated)"
    parser.add_argument("--module", action="append", default=[], metavar="FILE", help=words)
    names = "list | plan | run | show | compare | reproduce | status | verify | claims"
    commands = parser.add_subparsers(required=True, metavar=names)

    command = commands.add_parser("list", help="experiments, their scales and sizes")
    _add_json(command)
    command.set_defaults(command=_list)

    command = commands.add_parser("plan", help="what an experiment would cost: operations, memory, time")
    _add_choice(command)
    words = "side by side here, as `run --processes N` trains them (default: the cores here)"
    command.add_argument("--processes", type=int, metavar="N", help=words)
    command.add_argument("--workers", type=int, metavar="N", help="how long N processes like this one take")
    command.add_argument("--seconds", type=float, default=5, help="to measure for (default: 5)")
    _add_json(command)
    command.set_defaults(command=_plan)

    command = commands.add_parser(
        "run", help="train, or draw, an experiment's networks and archive the tables"
    )
    _add_choice(command)
    command.add_argument(
        "--threads",
        type=int,
        help="CPU threads of each process (default: 1; of networks from 600 units on all cores)",
    )
    where = command.add_mutually_exclusive_group()
    where.add_argument(
        "--processes", type=int, metavar="N", help="train N ensembles side by side here, on 1 thread each"
    )
    where.add_argument(
        "--scheduler", metavar="ADDRESS", help="train on the workers of this Dask scheduler, tcp://host:8786"
    )
    command.add_argument(
        "--time-limit", type=float, metavar="MINUTES", help="then write checkpoints and stop, with status 75"
    )
    command.add_argument("--tf32", action="store_true", help="on a GPU: products of TF32, with 10 bits")
    command.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    command.add_argument("--fresh", action="store_true", help="start again; replaces what is archived")
    command.set_defaults(command=_run)

    command = commands.add_parser("show", help="an experiment's numbers beside the paper's")
    _add_experiment(command)
    scale = command.add_argument("--scale", help="smoke, laptop or paper (default: the largest archived)")
    scale.completer = completion.scales
    _add_json(command)
    command.set_defaults(command=_show)

    command = commands.add_parser("compare", help="two results folders, run by run and in the mean")
    command.add_argument("a", metavar="A", type=Path, help="a folder of results")
    command.add_argument("b", metavar="B", type=Path, help="another one")
    _add_json(command)
    command.set_defaults(command=_compare)

    command = commands.add_parser(
        "reproduce", help="run some of a figure's archived runs again, and compare each with the archive"
    )
    command.add_argument("figure", metavar="FIGURE", help="of the paper, such as 2a; or an experiment's name")
    command.add_argument(
        "--sample", default="2%", metavar="SHARE", help="of the archived runs, at random (default: 2%%)"
    )
    command.add_argument("--seed", type=int, metavar="N", help="which of them (default: others each time)")
    command.add_argument("--scale", help="smoke, laptop or paper (default: the largest archived)")
    _add_json(command)
    command.set_defaults(command=_reproduce)

    command = commands.add_parser("status", help="what is archived, what is half done")
    _add_json(command)
    command.set_defaults(command=_status)

    command = commands.add_parser("verify", help="recompute every digest: damaged? stale?")
    _add_json(command)
    command.set_defaults(command=_verify)

    command = commands.add_parser("claims", help="every claim of the paper, tested on the archive")
    command.add_argument("--json", action="store_true", help="as JSON, with every seed's contrast")
    command.set_defaults(command=_claims)
    return parser


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON")


def _add_experiment(command: argparse.ArgumentParser) -> None:
    command.add_argument("experiment", metavar="EXPERIMENT").completer = completion.names


def _add_choice(command: argparse.ArgumentParser) -> None:
    """Which runs, and on what."""
    _add_experiment(command)
    scale = command.add_argument(
        "--scale",
        default=os.environ.get("DALESLAW_SCALE", "smoke"),
        help="smoke, laptop or paper (default: $DALESLAW_SCALE, else smoke)",
    )
    scale.completer = completion.scales
    only = command.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="only the runs with this value, such as hidden=100 (may be repeated)",
    )
    only.completer = completion.choices
    command.add_argument("--device", default="auto", help="auto, cpu or cuda (default: auto)")


def _list(arguments) -> int:
    if arguments.json:
        return _print_json(
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
        _say(f"{experiment.name}   {experiment.figure}: {experiment.title}", 4)
        for scale in experiment.scales:
            runs = experiment.planned(scale)
            took = ""
            if scale in reading.archived_scales(experiment.name):
                took = f"   {_took(reading.folder(experiment.name, scale))}"
            unit = "network-updates" if experiment.trains else "draws"
            size = f"{len(runs):>5} runs, {sum(run.updates for run in runs):>12,} {unit}"
            _say(f"    {scale:<7}{size}{took}", 11)
    return 0


def _say(line: str, indent: int) -> None:
    """Print a line; on a terminal that it does not fit, in several, all but the first indented."""
    if len(line) <= (width := _columns()):
        print(line)
        return
    blank = line[: len(line) - len(line.lstrip())]
    how = dict(initial_indent=blank, subsequent_indent=" " * indent, break_on_hyphens=False)
    print(textwrap.fill(line.strip(), width, **how, break_long_words=False))


def _columns() -> int:
    """Of the terminal that is printed on."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or NO_TERMINAL
    except (OSError, ValueError):  # a pipe, a file
        return NO_TERMINAL


def _took(folder) -> str:
    try:
        parts = reading.read_manifest(folder)["parts"]
        took = _duration(sum(part["wall_seconds"] for part in parts))
        done = sum(part["runs"] for part in parts)
        devices = " and ".join(dict.fromkeys(part["device"] for part in parts))
    except (reading.ArchiveError, KeyError, TypeError):
        return "damaged: see daleslaw verify"
    return f"{done:,} runs took {took} on {devices}"


def _run(arguments) -> int:
    from .running import runner

    try:
        with _executor(arguments) as executor:
            outcome = runner.run(
                arguments.experiment,
                arguments.scale,
                only=_pairs(arguments.only),
                device=arguments.device,
                threads=_threads(arguments),
                resume=arguments.resume,
                fresh=arguments.fresh,
                executor=executor,
                minutes=arguments.time_limit,
                tf32=arguments.tf32,
            )
    except runner.TimeIsUp as stopped:
        return _fail(stopped, 75)
    except runner.Interrupted as stopped:
        return _fail(stopped, 128 + stopped.number)
    kept = f", {outcome.n_kept} kept" if outcome.n_kept else ""
    dropped = f", {outcome.n_dropped} dropped that no longer belong" if outcome.n_dropped else ""
    took = _duration(outcome.seconds)
    made = "trained" if experiments.get(arguments.experiment).trains else "drawn"
    print(f"{outcome.n_trained} runs {made} in {took} and archived in {outcome.path}{kept}{dropped}")
    if arguments.scale in reading.archived_scales(arguments.experiment):
        print(_beside_the_book(reading.load_from(outcome.path)))
    return 0


def _beside_the_book(archive: reading.Archive) -> str:
    """The table of an archive; below it the book's own, if this is another and the book has one."""
    lines = [_table(archive)]
    book = HOME.parent / "results" / archive.experiment.name
    scales = [s for s in archive.experiment.scales if reading.is_archived(book / s)]
    if reading.root().resolve() != book.parent.resolve() and scales:
        scale = archive.scale if archive.scale in scales else scales[-1]
        lines += [f"The book's, at {scale} scale:", _table(reading.load_from(book / scale))]
    return "\n".join(lines)


def _table(archive: reading.Archive) -> str:
    """Numbers beside the paper's, a line a condition, and where they come from."""
    from .evidence import summary

    if archive.experiment.quantity not in archive.runs:
        return archive.provenance
    try:
        table = summary.beside_the_paper(archive).to_string(index=False)
    except ValueError as error:  # the experiment's `by` does not tell its conditions apart
        table = f"no table of conditions: {error}"
    return f"{table}\n{archive.provenance}"


def _show(arguments) -> int:
    from .evidence import summary

    archive = reading.load(arguments.experiment, arguments.scale)
    if arguments.json:
        rows = summary.beside_the_paper(archive).to_dict("records")
        return _print_json({"provenance": archive.provenance, "conditions": rows})
    print(_table(archive))
    return 0


def _compare(arguments) -> int:
    from .evidence import compare

    found = list(compare.folders(arguments.a, arguments.b))
    if arguments.json:
        return _print_json([compare.as_dict(one) for one in found])
    print("\n".join(map(str, found)))
    return 0


def _reproduce(arguments) -> int:
    from .evidence import reproduction
    from .running import runner

    share, seed = reproduction.share_of(arguments.sample), arguments.seed
    if seed is None:
        seed = secrets.randbelow(10**6)
    elif seed < 0:
        raise ValueError(f"seed: expected a whole number >= 0, got {seed}")
    samples = reproduction.samples(arguments.figure, share, seed, arguments.scale)
    costs = [reproduction.seconds(sample) for sample in samples]
    progress = sys.stderr if arguments.json else sys.stdout
    found = []
    for sample, seconds in zip(samples, costs):
        print(f"{sample} (seed {seed}); about {_duration(max(seconds, 1))} here", file=progress, flush=True)
    for sample in samples:
        try:
            again = reproduction.beside(sample, reproduction.run_again(sample))
        except runner.Interrupted as stopped:
            return _fail(stopped, 128 + stopped.number)
        found += again
        for one in again:
            if not arguments.json:
                print(f"  {sample.archive.experiment.name}: {one}", flush=True)
    if arguments.json:
        runs = [
            {"experiment": s.archive.experiment.name, "scale": s.archive.scale, "run_id": run.run_id}
            for s in samples
            for run in s.runs
        ]
        rows = [where | reproduction.as_dict(one) for where, one in zip(runs, found)]
        _print_json({"figure": arguments.figure, "seed": seed, "seconds": sum(costs), "runs": rows})
    else:
        print(reproduction.in_short(found))
    return 1 if any(one.verdict == "off" for one in found) else 0


def _print_json(content) -> int:
    print(json.dumps(content, indent=1))
    return 0


def _plan(arguments) -> int:
    from .running import devices, planning, runner

    runs = runner.chosen(experiments.get(arguments.experiment), arguments.scale, _pairs(arguments.only))
    place = devices.pick_device(arguments.device)
    seconds = positive("seconds", arguments.seconds)
    workers = None if arguments.workers is None else positive_integer("workers", arguments.workers)
    n = planning.cores() if arguments.processes is None else arguments.processes
    if positive_integer("processes", n) > planning.cores():
        raise ValueError(
            f"processes: expected at most {planning.cores()}, the cores here, got {n}; "
            f"--workers {n} plans for a machine that has them"
        )
    here = planning.plan(runs, place, seconds)
    beside = arguments.processes is not None or (place.type == "cpu" and not arguments.json)
    each = planning.side_by_side(runs, n, seconds) if beside else None
    if arguments.json:
        asked = {"processes": n, "processes_seconds": each.seconds(n)} if each else {}
        return _print_json(
            {
                "runs": here.n_runs,
                "chunks": len(here.chunk_seconds),
                "flops": here.flops,
                "bytes": here.largest_bytes,
                "seconds": here.seconds(),
                "device": here.device,
                **asked,
            }
        )
    print(f"{arguments.experiment} at {arguments.scale} scale: {here.n_runs:,} runs in "
          f"{len(here.chunk_seconds):,} chunks, {here.flops:.2g} floating-point operations")  # fmt: skip
    print(f"memory: {here.largest_bytes / 1e9:.2g} GB for the largest chunk and its data")
    print(f"{_duration(here.seconds())}: here, in one process ({here.device})")
    if each:
        print(f"{_duration(each.seconds(n))}: here, on the CPU, with --processes {n}")
    if place.type == "cpu":
        if workers is not None:
            print(f"{_duration(each.seconds(workers))}: {workers} such processes, on as many cores")
        if here.flops:
            print(f"{_duration(max(here.gpu_seconds, 1))}: a GPU, if it reaches {planning.GPU_SHARE:.0%} of "
                  f"{planning.GPU_FLOPS / 1e12:.0f} TFLOP/s (an assumption, not a measurement)")  # fmt: skip
    return 0


def _executor(arguments):
    """Who trains: None for this process."""
    from .running import executors

    if arguments.scheduler is not None:
        experiments.get(arguments.experiment).runs(arguments.scale)  # checked before anything waits
        return executors.scheduler(arguments.scheduler)
    return nullcontext() if arguments.processes is None else executors.processes(arguments.processes)


def _threads(arguments) -> int | None:
    """As many as asked for; else one, which is faster for all but the largest networks."""
    cores = os.cpu_count() or 1
    if arguments.threads is not None and positive_integer("threads", arguments.threads) > cores:
        raise ValueError(f"threads: expected at most {cores}, the cores here, got {arguments.threads}")
    if arguments.threads is not None or arguments.scheduler is not None:
        return arguments.threads
    experiment = experiments.get(arguments.experiment)
    runs = experiment.planned(arguments.scale) if arguments.scale in experiment.scales else ()
    many = arguments.processes is None and max((run.hidden for run in runs), default=0) >= MANY_UNITS
    return cores if many else 1


def _pairs(texts: list[str]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--only: expected FIELD=VALUE, got {text!r}")
        if name in pairs:
            raise ValueError(f"--only: expected each field once, got {name} twice")
        pairs[name] = value
    return pairs


def _status(arguments) -> int:
    code, states, widest = 0, [], _widest()
    for name, experiment in experiments.EXPERIMENTS.items():
        for scale in experiment.scales:
            try:
                state = _state(name, scale)
            except RuntimeError as error:  # damaged: say so, and go on to the next
                state, code = "damaged", _fail(error)
            states.append({"experiment": name, "scale": scale, "state": state})
            if not arguments.json:
                _say(f"{name:<{widest}} {scale:<7} {state}", widest + 9)
    if arguments.json:
        _print_json(states)
    return code


def _widest() -> int:
    """The longest name of an experiment: the book's, and those of the reader's modules."""
    return max(WIDEST, *map(len, experiments.EXPERIMENTS))


def _state(name: str, scale: str) -> str:
    from .running import runner

    state = "not run"
    if scale in reading.archived_scales(name, unfinished=True):
        archive = reading.load(name, scale, whole=True)
        runs = f"{len(archive.runs)} runs"
        if len(archive.runs) < archive.total:
            runs = f"{len(archive.runs)} of {archive.total} runs"
        state = f"archived {archive.manifest['parts'][-1]['finished'][:10]}, {runs}"
        if archive.runs.diverged.any():
            state += f", {archive.runs.diverged.sum()} diverged"
    half_done = runner.progress_of(name, scale)
    if half_done:
        state += "; checkpoints: " + ", ".join(f"{what} {u:,}/{n:,}" for what, u, n in half_done)
    return state


def _verify(arguments) -> int:
    from .running import verification

    checked, bad, found, widest = 0, 0, [], _widest()
    for name, scale in verification.to_verify():
        problems = verification.verify(name, scale)
        checked, bad = checked + 1, bad + bool(problems)
        found.append({"experiment": name, "scale": scale, "problems": problems})
        for line in problems or [_ok(name, scale)]:
            if not arguments.json:
                print(f"{name:<{widest}} {scale:<7} {line}")
    if arguments.json:
        _print_json(found)
    if not checked:
        return _fail(f"nothing to check: expected archives in {reading.root().absolute()}, got none")
    if not arguments.json:
        print(f"{checked} archives, {bad} with problems")
    return 1 if bad else 0


def _claims(arguments) -> int:
    from .evidence import claims, verdicts

    findings = claims.check()
    if not any(finding.scale for finding in findings):
        return _fail(f"nothing to judge: expected archives in {reading.root().absolute()}, got none")
    if arguments.json:
        return _print_json([claims.as_dict(finding) for finding in findings])
    for finding in findings:
        print(f"{finding.verdict:<12}  {finding.claim.text}")
        if finding.scale:
            print(f"{'':<12}  {claims.in_words(finding)}")
    counts = {verdict: sum(f.verdict == verdict for f in findings) for verdict in verdicts.VERDICTS}
    print(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return 0


def _ok(name: str, scale: str) -> str:
    archive = reading.load(name, scale, whole=True)
    n, total = len(archive.runs), archive.total
    return "ok" if n == total else f"ok, with {n} of {total} runs"


def _duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _fail(error: Exception | str, code: int = 1) -> int:
    try:
        print(f"daleslaw: {error}", file=sys.stderr, flush=True)
    except OSError:  # there is no one to write to: the terminal was closed, say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
    return code


if __name__ == "__main__":
    sys.exit(main())
