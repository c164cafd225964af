"""The command line: daleslaw list | plan | run | show | compare | reproduce | status | verify | claims.

Also `python -m daleslaw_lib`. Commands that print answer with --json in JSON.
"""

from __future__ import annotations

import os
import signal
import sys
import warnings

from . import own_files
from .command import completion, words
from .command.arguments import parser
from .running import signals


def main(argv: list[str] | None = None) -> int:
    """Run a command; 0 when all is well, 1 for bad input or a bad archive, 128 + n after signal n."""
    options = parser()
    completion.install(options)
    arguments = options.parse_args(argv)
    warnings.showwarning = lambda message, *_, **__: print(f"daleslaw: {message}", file=sys.stderr)
    try:
        with signals.raised():
            for file in arguments.module:
                own_files.load(file)
            return arguments.command(arguments)
    except KeyboardInterrupt as stopped:
        return words.fail("interrupted", 128 + getattr(stopped, "number", signal.SIGINT))
    except BrokenPipeError:  # the reader has closed the pipe, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except (ValueError, OSError, RuntimeError) as error:  # our own messages are one line each
        return words.fail(error)


if __name__ == "__main__":
    sys.exit(main())
