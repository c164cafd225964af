"""Run every check of the project, time each, and end with a summary. Used by `make test`.

    python -m tools.run_checks NAME COMMAND [NAME COMMAND]...

A failing check does not stop the others; the exit status is 1 if any failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from typing import NamedTuple

CLOSING = re.compile(r"^=+ .*\b(passed|failed|error|errors|skipped)\b.* in .*=+$")


class Result(NamedTuple):
    """How a check ended, after how long, and the processor's time that it took with all that it started;
    `closing` is pytest's last line, or empty.
    """

    name: str
    succeeded: bool
    seconds: float
    busy: float
    closing: str


def run(name: str, command: str) -> Result:
    """Run one check, and print what it prints."""
    say(f"\n--- {name}: {command}\n")
    started, closing = time.perf_counter(), ""
    with subprocess.Popen(
        command,
        shell=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout:
            say(line)
            if CLOSING.match(line.strip()):
                closing = line.strip()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds, busy = time.perf_counter() - started, usage.ru_utime + usage.ru_stime
    return Result(name, process.returncode == 0, seconds, busy, closing)


def say(line: str) -> None:
    print(line, end="", flush=True)


def main(arguments: list[str]) -> int:
    if not arguments or len(arguments) % 2:
        sys.exit("usage: python -m tools.run_checks NAME COMMAND [NAME COMMAND ...]")
    results = [run(*check) for check in zip(arguments[::2], arguments[1::2], strict=True)]
    print()
    for name, succeeded, seconds, busy, closing in results:
        print(f"{name:<12} {'ok' if succeeded else 'FAILED':<7} {seconds:6.1f} s, {busy:6.1f} s of processor")
        if closing:
            print(closing)
    return 0 if all(result.succeeded for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
