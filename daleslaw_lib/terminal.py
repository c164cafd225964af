"""Where lines are printed: how wide a terminal is, and whether somebody waits before it or in a notebook."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def columns(stream: TextIO, otherwise: int) -> int:
    """How wide the terminal is that a stream is printed on; `otherwise` where there is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or otherwise
    except (OSError, ValueError, AttributeError):  # a pipe, a file, a stand-in for one, or no stream at all
        return otherwise


def say(line: str) -> None:
    """Print a line on stderr if somebody waits there: at a terminal, or in a notebook.

    A log gets none, nor does a notebook that a program executes: it is not asked anything, hence the test.
    """
    stream, interactive = sys.stderr, getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    try:
        if getattr(getattr(interactive, "kernel", None), "_allow_stdin", False) or stream.isatty():
            print(line, file=stream, flush=True)
    except (OSError, ValueError, AttributeError):  # closed, or no stream at all
        pass
