"""Where the command prints: a stream that is full, closed or in another encoding is one line, or none."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

OUTPUT = "standard output"


class Unwritable(OSError):
    """Standard output cannot be written; `is_left`: its reader has closed the pipe, as `head` does."""

    def __str__(self) -> str:
        return f"{OUTPUT}: expected one that can be written, got {self.strerror}"

    @property
    def is_left(self) -> bool:
        return self.errno == errno.EPIPE


@contextmanager
def ready() -> Iterator[None]:
    """While it lasts, what is printed arrives, or is `Unwritable`.

    A file opened meanwhile must not become a stream: where one of the three was closed, it would get its
    number, and whatever a library prints.
    """
    if os.name == "posix":
        for number in range(3):
            _fill(number)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")
    with redirect_stdout(_Output(sys.stdout)):
        try:
            yield
        finally:
            sys.stdout.flush()


def give_up() -> None:
    """Let go of what could not be printed, so that the interpreter does not try again at its end."""
    if sys.stdout is not None:
        _fill(sys.stdout.fileno(), anew=True)


def to_stderr(line: str) -> None:
    """Print a line on stderr, if there is one that can be written."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:  # there is no one to write to: the terminal was closed, say
        _fill(sys.stderr.fileno(), anew=True)


class _Output:
    """A stream, which is None where it was closed."""

    def __init__(self, stream):
        self._stream = stream

    def write(self, text: str) -> int:
        try:
            if self._stream is None:
                raise OSError(errno.EBADF, "a closed one")
            return self._stream.write(text)
        except UnicodeEncodeError:  # the name of a file, say
            encoding = self._stream.encoding
            return self.write(text.encode(encoding, "backslashreplace").decode(encoding))
        except OSError as error:
            raise Unwritable(error.errno, error.strerror) from None

    def flush(self) -> None:
        try:
            if self._stream is not None:
                self._stream.flush()
        except OSError as error:
            raise Unwritable(error.errno, error.strerror) from None

    def fileno(self) -> int:
        if self._stream is None:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        return self._stream.fileno()

    def __getattr__(self, name: str):
        return getattr(self._stream, name)


def _fill(number: int, anew: bool = False) -> None:
    """Open the null device in the place of a stream, if there is none or `anew`."""
    try:
        os.fstat(number)
        if not anew:
            return
    except OSError:
        pass
    null = os.open(os.devnull, os.O_RDWR)
    if null != number:
        os.dup2(null, number)
        os.close(null)
