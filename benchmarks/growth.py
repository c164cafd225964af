"""How time and memory grow with members, units, layers and steps; beside the plain way and `torch.nn.RNN`.

    python benchmarks/growth.py [--out benchmarks/growth.json]

One thing is changed at a time, from 10 members of 1 layer x 100 units over 28 steps. Time is of one update of
one network; memory is what a process of its own has grown by when it has trained. Contestants are visited in
turn; the least of some rounds counts: what disturbs a measurement only adds to it. Exponents are slopes of
straight lines through logarithms, for the upper half of the range.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import throughput
import torch

USUAL = dict(members=10, units=100, layers=1, steps=28)
RANGES = {
    "members": (1, 2, 4, 8, 16, 32, 64),
    "units": (25, 50, 100, 200, 400, 800),
    "layers": (1, 2, 3, 4, 6),
    "steps": (14, 28, 56, 112, 224),
}
CONTESTANTS = ("library", "plain", "nn.RNN")
KIND = "colei"  # nn.RNN is a standard RNN: its time is what a network without Dale's law takes


def contestant(name: str, members: int, units: int, layers: int, steps: int) -> tuple[Callable, int]:
    """A call that makes an update, and of how many networks."""
    data = throughput.synthetic(n_train=2_000, n_test=10, T=steps)
    if name == "library":
        return throughput.training(KIND, members, data, n=units, layers=layers).advance, members
    if name == "plain":
        model = throughput.PlainNetwork(KIND, 0, n=units, layers=layers)
        return throughput.one_at_a_time(model, KIND, data), 1
    return throughput.one_at_a_time(throughput.TorchRNN(n=units, layers=layers), "rnn", data), 1


def settings() -> list[tuple[str, dict]]:
    """What is measured: the thing that is changed, and all four numbers.

    Of larger networks fewer are trained together, as the runner does.
    """
    found = [(name, USUAL | {name: value}) for name, values in RANGES.items() for value in values]
    return [(n, s | {"members": max(1000 // s["units"], 1)} if n == "units" else s) for n, s in found]


def measure_time(rounds: int, seconds: float) -> list[dict]:
    found = []
    for changed, numbers in settings():
        names = CONTESTANTS if changed != "members" else CONTESTANTS[:1]
        calls = {name: contestant(name, **numbers) for name in names}
        taken: dict[str, list[float]] = {name: [] for name in names}
        for call, _ in calls.values():
            call()
        for _ in range(rounds):
            for name, (call, networks) in calls.items():
                taken[name].append(throughput.seconds_of(call, seconds) / networks)
        best = {name: min(values) for name, values in taken.items()}
        found += [dict(changed=changed, **numbers, contestant=n, seconds=s) for n, s in best.items()]
    return found


def measure_memory() -> list[dict]:
    found = []
    for changed, numbers in settings():
        for name in CONTESTANTS if changed != "members" else CONTESTANTS[:1]:
            command = [sys.executable, __file__, "--memory", json.dumps([name, numbers])]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found.append(dict(changed=changed, **numbers, contestant=name, bytes=int(done.stdout)))
    return found


def memory_here(name: str, numbers: dict) -> int:
    """By how many bytes this process grows in two updates; of one network, if it trains one at a time."""
    import psutil

    warm, _ = contestant(name, **USUAL | {"members": 1, "units": 8, "steps": 4})
    warm()  # libraries are loaded, pools are made
    before = psutil.Process().memory_info().rss
    call, _ = contestant(name, **numbers)
    call()
    call()
    return max(psutil.Process().memory_info().rss - before, 1)


def exponent(x: list[float], y: list[float]) -> float:
    """Slope of log y against log x over the upper half of the range of x."""
    x, y = np.log(x), np.log(y)
    upper = x >= (x[0] + x[-1]) / 2
    return float(np.polyfit(x[upper], y[upper], 1)[0])


def exponents(found: list[dict], quantity: str) -> dict[str, dict[str, float]]:
    """By what is changed, and by contestant."""
    table: dict = {}
    for changed in RANGES:
        for name in CONTESTANTS:
            rows = [row for row in found if row["changed"] == changed and row["contestant"] == name]
            if rows:
                x, y = ([row[key] for row in rows] for key in (changed, quantity))
                table.setdefault(changed, {})[name] = exponent(x, y)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.2, help="of each measurement")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--memory", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.memory:
        print(memory_here(*json.loads(arguments.memory)))
        return
    found = {"seconds": measure_time(arguments.rounds, arguments.seconds), "bytes": measure_memory()}
    for quantity, rows in found.items():
        for changed, slopes in exponents(rows, quantity).items():
            words = ", ".join(f"{name} {slope:.2f}" for name, slope in slopes.items())
            print(f"{quantity} ~ {changed}^p: {words}")
    if arguments.out:
        content = {"torch": torch.__version__, "machine": platform.machine(), "threads": 1, **found}
        arguments.out.write_text(json.dumps(content) + "\n")


if __name__ == "__main__":
    main()
