"""Lines as the command prints them: on a terminal, as JSON, or as the one line that says what is wrong."""

from __future__ import annotations

import json
import sys
import textwrap

from ..terminal import columns
from . import streams

NO_TERMINAL = 10_000  # columns, where nobody's screen ends


def say(line: str, indent: int) -> None:
    """Print a line; on a terminal that it does not fit, in several, all but the first indented."""
    if len(line) <= (width := columns(sys.stdout, NO_TERMINAL)):
        print(line)
        return
    blank = line[: len(line) - len(line.lstrip())]
    how = dict(initial_indent=blank, subsequent_indent=" " * indent, break_on_hyphens=False)
    print(textwrap.fill(line.strip(), width, **how, break_long_words=False))


def duration(seconds: float) -> str:
    """Seconds as hours and minutes, minutes and seconds, or seconds."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def print_json(content) -> int:
    """Print an answer as JSON; 0, the status of a command that went well."""
    print(json.dumps(content, indent=1))
    return 0


def fail(error: Exception | str, code: int = 1) -> int:
    """Print on stderr, in one line, what is wrong; the status that it is given."""
    said = str(error)
    if isinstance(error, OSError) and error.filename and error.strerror:  # not a line of ours
        got = error.strerror
        said = f"{error.filename}: {got if got.startswith('expected') else f'cannot be used ({got})'}"
    streams.to_stderr(f"daleslaw: {said}")
    return code
