"""The command line: daleslaw list | plan | run | show | compare | reproduce | status | verify | claims.

Also `python -m daleslaw_lib`. Commands that print answer with --json in JSON.
"""

from __future__ import annotations

import signal
import sys
import warnings

from . import experiments, own_files
from .archive import reading
from .command import completion, streams, words
from .command.arguments import parser
from .running import signals


def main(argv: list[str] | None = None) -> int:
    """Run a command; 0 when all is well, 1 for bad input or a bad archive, 128 + n after signal n."""
    try:
        with streams.ready():
            return _obey(argv)
    except streams.Unwritable as problem:
        streams.give_up()
        return 141 if problem.is_left else words.fail(problem)


def _obey(argv: list[str] | None) -> int:
    options = parser()
    completion.install(options)
    arguments = options.parse_args(argv)
    warnings.showwarning = lambda message, *_, **__: streams.to_stderr(f"daleslaw: {message}")
    try:
        with signals.raised():
            for file in [*arguments.module, *arguments.module_after]:
                own_files.load(file)
            return arguments.command(arguments)
    except KeyboardInterrupt as stopped:
        return words.fail("interrupted", 128 + getattr(stopped, "number", signal.SIGINT))
    except streams.Unwritable:
        raise
    except (ValueError, OSError, RuntimeError) as error:  # our own messages are one line each
        return words.fail(f"{error}{_whose(arguments)}")


def _whose(arguments) -> str:
    """What to give besides, where the command names an experiment of the reader's own without its file."""
    name = getattr(arguments, "experiment", None)
    if name is None or name in experiments.EXPERIMENTS or name not in reading.strangers(reading.root()):
        return ""
    return f"; {reading.root() / name} is of an experiment of your own: daleslaw --module FILE ..."


if __name__ == "__main__":
    sys.exit(main())
