"""The terminal that is printed on: how wide it is."""

from __future__ import annotations

import os
from typing import TextIO


def columns(stream: TextIO, otherwise: int) -> int:
    """How wide the terminal is that a stream is printed on; `otherwise` where there is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or otherwise
    except (OSError, ValueError, AttributeError):  # a pipe, a file, a stand-in for one, or no stream at all
        return otherwise
