"""Show the built book on this machine: python -m tools.serve PORT."""

from __future__ import annotations

import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BOOK = Path(__file__).resolve().parents[1] / "_build" / "html"


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of what is asked for."""

    def log_message(self, *_) -> None:
        pass


def server(port: str, folder: Path = BOOK) -> ThreadingHTTPServer:
    """A server of the folder that nobody else on the network sees.

    Raises: ValueError, one line, for a port that is no port, is in use, or is not ours to take.
    """
    if not (port.isascii() and port.isdigit() and int(port) < 65536):
        raise ValueError(f"PORT: expected a number from 0 to 65535, got {port}")
    try:
        return ThreadingHTTPServer(("127.0.0.1", int(port)), partial(Quiet, directory=str(folder)))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        other = int(port) % 64000 + 1025
        raise ValueError(
            f"PORT: expected one that is free, got {port} ({reason}); try: make serve PORT={other}"
        ) from None


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -m tools.serve PORT")
    try:
        with server(*arguments) as book:
            print(f"The book is at http://localhost:{book.server_port}/ (Ctrl-C stops)", flush=True)
            book.serve_forever()
    except ValueError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print()


if __name__ == "__main__":
    main(sys.argv[1:])
