"""Which commands there are, and the options of each."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from .. import __version__
from . import comparing, completion, judging, looking, runs


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; each has the function that carries it out as `command`."""
    parser = argparse.ArgumentParser(prog="daleslaw", description="Regenerate and check the book's results.")
    parser.add_argument("--version", action="version", version=f"daleslaw {__version__}")
    words = "a Python file that registers tasks, kinds of network, experiments (may be repeated)"
    parser.add_argument("--module", action="append", default=[], metavar="FILE", help=words)
    names = "list | plan | run | show | compare | reproduce | status | verify | claims"
    commands = parser.add_subparsers(required=True, metavar=names)

    for add in (_list, _plan, _run, _show, _compare, _reproduce, _status, _verify, _claims):
        add(commands)
    return parser


def _list(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("list", help="experiments, their scales and sizes")
    _add_json(command)
    command.set_defaults(command=looking.list_experiments)


def _plan(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("plan", help="what an experiment would cost: operations, memory, time")
    _add_choice(command)
    words = "side by side here, as `run --processes N` trains them (default: the cores here)"
    command.add_argument("--processes", type=int, metavar="N", help=words)
    command.add_argument("--workers", type=int, metavar="N", help="how long N processes like this one take")
    command.add_argument("--seconds", type=float, default=5, help="to measure for (default: 5)")
    _add_json(command)
    command.set_defaults(command=runs.plan)


def _run(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "run", help="train, or draw, an experiment's networks and archive the tables"
    )
    _add_choice(command)
    command.add_argument(
        "--threads",
        type=int,
        help="CPU threads of each process (default: 1; for 600 units or more, all cores if measured faster)",
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
    _add_json(command)
    command.set_defaults(command=runs.run)


def _show(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("show", help="an experiment's numbers beside the paper's")
    _add_experiment(command)
    scale = command.add_argument("--scale", help="smoke, laptop or paper (default: the largest archived)")
    scale.completer = completion.scales
    _add_json(command)
    command.set_defaults(command=comparing.show)


def _compare(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("compare", help="two results folders, run by run and in the mean")
    command.add_argument("a", metavar="A", type=Path, help="a folder of results")
    command.add_argument("b", metavar="B", type=Path, help="another one")
    _add_json(command)
    command.set_defaults(command=comparing.compare)


def _reproduce(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser(
        "reproduce", help="run some of a figure's archived runs again, and compare each with the archive"
    )
    command.add_argument("figure", metavar="FIGURE", help="of the paper, such as 2a; or an experiment's name")
    command.add_argument(
        "--sample", default="2%", metavar="PERCENT", help="of the archived runs, at random (default: 2%%)"
    )
    command.add_argument("--seed", type=int, metavar="N", help="which of them (default: others each time)")
    command.add_argument("--scale", help="smoke, laptop or paper (default: the largest archived)")
    _add_json(command)
    command.set_defaults(command=comparing.reproduce)


def _status(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("status", help="what is archived, what is half done")
    _add_json(command)
    command.set_defaults(command=looking.status)


def _verify(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("verify", help="recompute every digest: damaged? stale?")
    _add_json(command)
    command.set_defaults(command=judging.verify)


def _claims(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("claims", help="every claim of the paper, tested on the archive")
    command.add_argument("--json", action="store_true", help="as JSON, with every seed's contrast")
    command.set_defaults(command=judging.claims)


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
