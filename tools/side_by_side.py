"""Several experiments on one GPU at once, until a time is up: a `daleslaw run` for each.

    python -m tools.side_by_side --minutes 9 --first size CHAIN...

A CHAIN is one experiment after the other, each as `daleslaw run` takes it, with + between them:

    "size --only hidden=100 --processes 3"
    "ei_ratio --processes 4 + entropy_grid --processes 6"

Small networks leave most of a GPU idle, so ensembles of several experiments share it, by NVIDIA's MPS where
that is installed. What has many updates one after the other is named by --first, once for each: it comes
first, and the others wait for as long as it would not be done in time, the last of them first. Every run
ends at its checkpoint when the time is up, or when this is told to stop, and the same command goes on from
there. Logs lie in --logs.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from daleslaw_lib import checks, experiments
from daleslaw_lib.archive import reading
from daleslaw_lib.checkpoints import CheckpointError, read_state
from daleslaw_lib.running import signals
from daleslaw_lib.running.signals import Stop

LOOK = 10.0  # seconds between looks at how far they are
SPARE = 20.0  # at the end, for the archive to be written
ROOMY = 90.0  # more time left than the first need, from where on one that waits may go on
TIME_IS_UP = 75  # the status of what has to go on, as `daleslaw run` gives it
LATE = 60.0  # for runs to end by themselves, after the end or once they are told to


class Pace:
    """How long an experiment still needs, by the last two updates that its checkpoints were seen at."""

    def __init__(self, folder: Path, started: float):
        self.folder, self.started, self.seen = folder, started, {}

    def seconds_left(self, now: float) -> float:
        """Of its slowest ensemble; 0 while nothing is known."""
        left = [0.0]
        for file in (self.folder / "checkpoints").glob("*.npz"):
            try:
                state, at = read_state(file), file.stat().st_mtime
            except (CheckpointError, OSError):  # it is being replaced
                continue
            looks = self.seen.setdefault(file.name, [(0, self.started)])
            if looks[-1][0] != state["update"]:
                looks.append((state["update"], at))
            if len(looks) > 1:
                (a, since), (b, at) = looks[-2:]
                left.append((state["settings"]["updates"] - b) * max(at - since, 1) / (b - a) - (now - at))
        return max(left)


class Running:
    """A `daleslaw run` under way, with what comes after it."""

    def __init__(
        self, chain: Sequence[list[str]], scale: str, device: str, end: float, logs: Path, first: bool
    ):
        words, *self.rest = chain
        self.name, self.waits = words[0], False
        minutes = f"{max(end - time.time(), 1) / 60:.3f}"
        how = ["--scale", scale, "--device", device, "--resume", "--time-limit", minutes]
        command = [sys.executable, "-m", "daleslaw_lib", "run", *words, *how]
        environment = os.environ | {"CUDA_DEVICE_MAX_CONNECTIONS": "2"}
        environment["CUDA_MPS_CLIENT_PRIORITY"] = "0" if first else "1"  # 1 comes behind 0
        with open(logs / f"{self.name}.log", "a") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env=environment, start_new_session=True
            )
        self.pace = Pace(reading.folder(self.name, scale), time.time())

    def send(self, number: int) -> None:
        """A signal to it and all its processes."""
        os.killpg(self.process.pid, number)
        self.waits = (self.waits or number == signal.SIGSTOP) and number != signal.SIGCONT


def next_to_change(
    running: Sequence[Running], first: Sequence[str], now: float, end: float
) -> Running | None:
    """Who is to stop, or, of those that wait, to go on, so that the first are done in time; None: nobody."""
    needed = max((r.pace.seconds_left(now) for r in running if r.name in first), default=0)
    spare = end - now - SPARE - needed
    others = [r for r in running if r.name not in first]
    if spare < 0:
        return next((r for r in reversed(others) if not r.waits), None)
    return next((r for r in others if r.waits), None) if spare > ROOMY else None


def run(
    chains: Sequence[Sequence[list[str]]], should_stop: Stop, *, first, scale, device, minutes, logs
) -> list[int]:
    """Run chains of experiments side by side: of each its exit status, 75 if its time was up.

    Whatever ends this ends them, too, those that wait among them, at their checkpoints.
    """
    began, looked = time.time(), 0.0
    end, ended = began + 60 * minutes, []

    def begin(chain) -> Running:
        say(f"begins: {' '.join(chain[0])}")
        return Running(chain, scale, device, end, logs, chain[0][0] in first)

    def say(words: str) -> None:
        print(f"{time.time() - began:6.0f} s  {words}", flush=True)

    running: list[Running] = []
    try:
        for chain in chains:
            running.append(begin(chain))
        while running and not should_stop():
            time.sleep(0.2)
            now = time.time()
            for done in [r for r in running if r.process.poll() is not None]:
                ended.append(status_of(done.process.returncode))
                say(f"ends with {ended[-1]}: {done.name}")
                running.remove(done)
                if done.rest and now < end - SPARE:
                    running.append(begin(done.rest))
                elif done.rest:
                    ended.append(TIME_IS_UP)
                    say(f"no time left for: {' + '.join(map(shlex.join, done.rest))}")
            if now > end - SPARE / 2:
                for one in [r for r in running if r.waits]:
                    one.send(signal.SIGCONT)
            elif now - looked > LOOK:
                looked, one = now, next_to_change(running, first, now, end)
                if one is not None:
                    say(f"{'goes on' if one.waits else 'waits'}: {one.name}")
                    one.send(signal.SIGCONT if one.waits else signal.SIGSTOP)
            if now > end + LATE:
                raise TimeoutError(f"{', '.join(r.name for r in running)}: expected to end in time, got none")
    finally:
        for one in running:
            for number in (signal.SIGCONT, signal.SIGTERM):
                with suppress(ProcessLookupError):  # it has just ended
                    one.send(number)
        gone = time.time() + LATE
        for one in running:  # it writes its checkpoint, for which it may need the GPU
            try:
                one.process.wait(max(gone - time.time(), 0))
            except subprocess.TimeoutExpired:
                say(f"does not end, and is killed: {one.name}")
                with suppress(ProcessLookupError):
                    one.send(signal.SIGKILL)
    return ended


def status_of(returncode: int) -> int:
    """As a shell gives it: 128 + n of what died by signal n, which Python calls -n.

    >>> status_of(75), status_of(-9)
    (75, 137)
    """
    return returncode if returncode >= 0 else 128 - returncode


@contextmanager
def shared_gpu() -> Iterator[bool]:
    """NVIDIA's MPS meanwhile, where it is installed: kernels of several processes then run at one time."""
    control = shutil.which("nvidia-cuda-mps-control", path=f"{os.environ['PATH']}:/usr/local/nvidia/bin")
    with TemporaryDirectory(prefix="mps-") as folder:
        places = {"CUDA_MPS_PIPE_DIRECTORY": folder, "CUDA_MPS_LOG_DIRECTORY": folder}
        started = bool(control) and not subprocess.run([control, "-d"], env=os.environ | places).returncode
        if started:
            os.environ.update(places)
        try:
            yield started
        finally:
            if started:
                subprocess.run([control], input="quit -t 5\n", text=True)
                for name in places:
                    del os.environ[name]


def chain_of(text: str) -> list[list[str]]:
    """What runs one after the other, in words.

    >>> chain_of("size --only hidden=100 + adding")
    [['size', '--only', 'hidden=100'], ['adding']]

    A + that stands alone parts two; one within a word, as in start=permutation+colei, belongs to it.

    Raises: ValueError for an experiment that there is not.
    """
    chain = [shlex.split(part) for part in re.split(r"\s\+\s", text)]
    for words in chain:
        experiments.get(words[0] if words else "")
    return chain


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chains", nargs="+", metavar="CHAIN")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--first", action="append", default=[], metavar="EXPERIMENT")
    parser.add_argument("--scale", default="paper", choices=experiments.SCALES)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--logs", type=Path, default=Path("_build/side_by_side"))
    arguments = parser.parse_args()
    try:
        checks.positive("minutes", arguments.minutes)
        chains = [chain_of(text) for text in arguments.chains]
        for name in arguments.first:
            checks.one_of("first", name, [words[0] for chain in chains for words in chain])
        arguments.logs.mkdir(parents=True, exist_ok=True)
        how = {name: getattr(arguments, name) for name in ("first", "scale", "device", "minutes", "logs")}
        with signals.noted() as should_stop, shared_gpu() as shared:
            print("MPS: on" if shared else "MPS: not installed; processes take turns on the GPU", flush=True)
            ended = run(chains, should_stop, **how)
    except (ValueError, OSError) as error:
        print(f"side_by_side: {error}", file=sys.stderr)
        return 1
    if should_stop.number:
        return 128 + should_stop.number
    failed = [status for status in ended if status != TIME_IS_UP]  # what is to go on hides no failure
    return max(failed, default=0) or max(ended)


if __name__ == "__main__":
    sys.exit(main())
