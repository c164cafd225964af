"""Run every check of the project, time each, and end with a summary. Used by `make test`.

    python -m tools.run_checks NAME COMMAND [NAME COMMAND]...

Checks whose names begin with + run one after another beside the check before them, where there are two cores;
what they print follows when that one is through. A failing check does not stop the others; the exit status
is 1 if any failed.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from daleslaw_lib import machine

CLOSING = re.compile(r"^=+ .*\b(passed|failed|error|errors|skipped)\b.* in .*=+$")
BESIDE = "+"
Check = tuple[str, str]  # its name, and its command


class Result(NamedTuple):
    """How a check ended, after how long, and the processor's time that it took with all that it started;
    `closing` is pytest's last line, or empty.
    """

    name: str
    succeeded: bool
    seconds: float
    busy: float
    closing: str


def run(name: str, command: str, heard: Callable[[str], object]) -> Result:
    """Run one check; each line that it prints goes to `heard`."""
    heard(f"\n--- {name}: {command}\n")
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
            heard(line)
            if CLOSING.match(line.strip()):
                closing = line.strip()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds, busy = time.perf_counter() - started, usage.ru_utime + usage.ru_stime
    return Result(name, process.returncode == 0, seconds, busy, closing)


def say(line: str) -> None:
    print(line, end="", flush=True)


def side_by_side(first: Check, others: list[Check]) -> list[Result]:
    """Run a check, and beside it others one after another: the first is heard as it runs, then they are."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as heard,
        ThreadPoolExecutor(1) as beside,
    ):
        waiting = beside.submit(lambda: [run(*check, heard.write) for check in others])
        results = [run(*first, say), *waiting.result()]
        heard.seek(0)
        for line in heard:
            say(line)
    return results


def groups(checks: list[Check], cores: int) -> list[list[Check]]:
    """Each check with those that run beside it, without their +; all alone where there is one core.

    >>> groups([("a", "..."), ("b", "..."), ("+c", "..."), ("+d", "...")], cores=2)
    [[('a', '...')], [('b', '...'), ('c', '...'), ('d', '...')]]
    """
    found: list[list[Check]] = []
    for name, command in checks:
        check = (name.removeprefix(BESIDE), command)
        if name.startswith(BESIDE) and found and cores > 1:
            found[-1].append(check)
        else:
            found.append([check])
    return found


def main(arguments: list[str]) -> int:
    if not arguments or len(arguments) % 2:
        sys.exit("usage: python -m tools.run_checks NAME COMMAND [NAME COMMAND ...]")
    checks = list(zip(arguments[::2], arguments[1::2], strict=True))
    results = [
        result for first, *others in groups(checks, machine.cores()) for result in side_by_side(first, others)
    ]
    print()
    for name, succeeded, seconds, busy, closing in results:
        print(f"{name:<12} {'ok' if succeeded else 'FAILED':<7} {seconds:6.1f} s, {busy:6.1f} s of processor")
        if closing:
            print(closing)
    return 0 if all(result.succeeded for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
