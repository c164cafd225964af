"""Run every check of the project, time each, and end with a summary. Used by `make test`.

    python -m tools.run_checks NAME COMMAND [NAME COMMAND]...

A name that begins with + is of a check that runs beside the one before it, where there are cores for both;
what it prints follows when all are through. A failing check does not stop the others; the exit status is 1 if
any failed.
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


def side_by_side(checks: list[tuple[str, str]]) -> list[Result]:
    """Run checks at the same time: the first is heard as it runs, each of the others when all are through."""
    with ThreadPoolExecutor(len(checks)) as pool, tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, str(k)) for k in range(1, len(checks))]
        files = [open(path, "w+", encoding="utf-8", errors="replace") for path in paths]
        heard = [say, *(file.write for file in files)]
        results = list(pool.map(lambda check, heard: run(*check, heard), checks, heard))
        for file in files:
            file.seek(0)
            for line in file:
                say(line)
            file.close()
    return results


def say(line: str) -> None:
    print(line, end="", flush=True)


def groups(arguments: list[str], most: int) -> list[list[tuple[str, str]]]:
    """Names and commands in the groups that run side by side, each of at most so many."""
    found: list[list[tuple[str, str]]] = []
    for name, command in zip(arguments[::2], arguments[1::2], strict=True):
        check = (name.removeprefix(BESIDE), command)
        if name.startswith(BESIDE) and found and len(found[-1]) < most:
            found[-1].append(check)
        else:
            found.append([check])
    return found


def main(arguments: list[str]) -> int:
    results = [result for group in groups(arguments, machine.cores()) for result in side_by_side(group)]
    print()
    for name, succeeded, seconds, busy, closing in results:
        print(f"{name:<12} {'ok' if succeeded else 'FAILED':<7} {seconds:6.1f} s, {busy:6.1f} s of processor")
        if closing:
            print(closing)
    return 0 if all(result.succeeded for result in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
