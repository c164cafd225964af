"""Run every check of the project, time each, and end with a summary. Used by `make test`.

    python -m tools.run_checks NAME COMMAND [NAME COMMAND]...

A failing check does not stop the others; the exit status is 1 if any failed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import time

CLOSING = re.compile(r"^=+ .*\b(passed|failed|error|errors|skipped)\b.* in .*=+$")


def run(name: str, command: str) -> tuple[bool, float, str]:
    """Run one check, passing its output on: (succeeded, seconds, pytest's closing line or '')."""
    print(f"\n--- {name}: {command}", flush=True)
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
            print(line, end="", flush=True)
            if CLOSING.match(line.strip()):
                closing = line.strip()
    return process.returncode == 0, time.perf_counter() - started, closing


def main(arguments: list[str]) -> int:
    names, commands = arguments[::2], arguments[1::2]
    results = [(name, *run(name, command)) for name, command in zip(names, commands, strict=True)]
    print()
    for name, succeeded, seconds, closing in results:
        print(f"{name:<12} {'ok' if succeeded else 'FAILED':<7} {seconds:6.1f} s")
        if closing:
            print(closing)
    return 0 if all(succeeded for _, succeeded, *_ in results) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
