"""How near the trainer comes to the machine's limit, on all cores; beside another version of the library.

    python benchmarks/limit.py [--processes 2] [--against FOLDER] [--out benchmarks/limit.json]

As many processes as cores, one thread each, train ensembles of the runner's own size at the same time, and
multiply matrices at the same time: float32 `torch.mm` of two 2048 x 2048 matrices, the machine's rate, and
`torch.bmm` of the shape of a step, (n, n + n_below) times (n + n_below, batch), what that shape allows.
Operations are counted as in `daleslaw_lib.costs`. Versions take turns in every round; medians over rounds.
FOLDER is a checkout, or `git archive` of one: its `daleslaw_lib` is measured with the same script.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHAPES = {"1 layer x 100": (1, 100), "3 layers x 100": (3, 100), "1 layer x 300": (1, 300)}
KINDS = ("rnn", "colei", "dann")
T, B, N_IN, N_OUT = 28, 32, 28, 10
AIMED_AT = {"1 layer x 100": 0.80, "3 layers x 100": 0.70, "1 layer x 300": 0.85}


def measure_here(layers: int, n: int, members: int, seconds: float, time_first: bool) -> dict:
    """Rates of this process: updates a second for each kind, operations a second of two products."""
    import torch
    from throughput import products, seconds_of, synthetic, training

    torch.set_num_threads(1)
    data = synthetic(n_train=60_000, n_test=100)
    if time_first:  # as older versions had it
        object.__setattr__(data.train, "x", data.train.x.contiguous())
    calls = {kind: training(kind, members, data, n=n, layers=layers).advance for kind in KINDS}
    mm, mm_flops = products((2048, 2048), (2048, 2048))
    bmm, bmm_flops = products((members, n, n + N_IN), (members, n + N_IN, B))
    found = {kind: members / seconds_of(call, seconds) for kind, call in calls.items()}
    found["mm"] = mm_flops / seconds_of(mm, seconds)
    found["bmm"] = bmm_flops / seconds_of(bmm, seconds)
    return found


def pieces(n: int, members: int, seconds: float, kind: str = "dann") -> dict:
    """Where an update's time goes, in seconds of one update: its parts, and the products in two of them."""
    import torch
    from throughput import products, seconds_of, synthetic, training

    from daleslaw_lib import training as trainer
    from daleslaw_lib.training.losses import cross_entropy

    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    going = training(kind, members, synthetic(n_test=100), n=n)
    going.advance()
    network, gradients, unrolled = going.network, going.gradients, going.gradients.unrolled
    layer, head = network.layers[0], going.gradients.head
    x, y = going.batch_of(0)

    def through_the_head():
        head.start()
        gradients._last_step(y, cross_entropy)
        head.finish()

    def step():
        trainer.correct_(network)
        trainer.clip_(network, torch.full((members,), 10.0), "layer")
        trainer.step_(network, going.lr)
        trainer.project_(network)

    calls = {
        "gather the batch": lambda: going.batch_of(3),
        "fold the weights": lambda: (layer.U, layer.W),
        "forward": lambda: unrolled.forward_([(layer.U, layer.W, layer.b)]),
        "readout and loss": through_the_head,
        "backward": lambda: unrolled.backward_(last_only=True),
        "gradients of raw weights": lambda: layer.backward_(*unrolled.gradients[0]),
        "correct, clip, step, project": step,
        "a whole update": going.advance,
        "of forward: its products alone": products((members, n, n + N_IN), (members, n + N_IN, B))[0],
        "of backward: W^T delta alone": products((members, n, n), (members, n, B))[0],
        "of backward: weight gradients alone": products((members, n, B), (members, B, n + N_IN))[0],
    }
    return {
        name: seconds_of(call, seconds) * (T if name.startswith("of ") else 1) for name, call in calls.items()
    }


def all_at_once(processes: int, folder: Path, words: dict) -> dict:
    """The sums of the rates of so many processes that measure at the same time."""
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(folder), str(HERE)]), "OMP_NUM_THREADS": "1",
        "START": str(time.time() + 8),
    }  # fmt: skip
    command = [sys.executable, str(HERE / "limit.py"), "--worker", json.dumps(words)]
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True, cwd=HERE)
        for _ in range(processes)
    ]
    found = [json.loads(process.communicate()[0].splitlines()[-1]) for process in running]
    return {name: sum(one[name] for one in found) for name in found[0]}


def update_flops(layers: int, n: int) -> float:
    """As `daleslaw_lib.costs` counts them, for a standard RNN: what all kinds have in common."""
    total, below = 0, N_IN
    for k in range(layers):
        down = n * below if k else 0
        total += 2 * B * (T * (2 * n * (n + below) + down) + (T - 1) * n * n)
        below = n
    return float(total + 3 * 2 * B * N_OUT * n)


def table(processes: int, versions: dict[str, Path], rounds: int, seconds: float) -> dict:
    """Medians by shape and version."""
    found: dict = {}
    for shape, (layers, n) in SHAPES.items():
        each: dict = {name: [] for name in versions}
        for _ in range(rounds):
            for name, folder in versions.items():
                members = max(1000 // n, 1)
                words = dict(
                    layers=layers, n=n, members=members, seconds=seconds, time_first=name == "before"
                )
                each[name].append(all_at_once(processes, folder, words))
        for name, rows in each.items():
            middle = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
            found.setdefault(shape, {})[name] = middle | {"update flops": update_flops(layers, n)}
    return found


def show(found: dict) -> None:
    for shape, versions in found.items():
        print(f"{shape}: aimed at {AIMED_AT[shape]:.0%} of the matrix-product rate")
        for name, rates in versions.items():
            print(
                f"  {name:<7} mm {rates['mm'] / 1e9:.0f}, bmm of its shape {rates['bmm'] / 1e9:.0f} GFLOP/s"
            )
            for kind in KINDS:
                flops = rates[kind] * rates["update flops"]
                share = f"{flops / rates['mm']:.0%} of mm, {flops / rates['bmm']:.0%} of bmm"
                gain = rates[kind] / versions["before"][kind] if "before" in versions else None
                more = "" if gain is None or name == "before" else f", {gain:.2f} x before"
                print(f"    {kind:<6}{rates[kind]:>8,.0f} network-updates/s   {share}{more}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, help="as many as cores, unless given")
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="another version of the library")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.7, help="of each measurement")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.worker:
        time.sleep(max(0.0, float(os.environ["START"]) - time.time() - 4))  # let all have started
        words = json.loads(arguments.worker)
        print(json.dumps(pieces(**words) if words.pop("pieces", False) else measure_here(**words)))
        return 0
    from daleslaw_lib import machine  # a worker may measure a library that has none

    versions = {"now": HERE.parent}
    if arguments.against is not None:
        if not (arguments.against / "daleslaw_lib").is_dir():
            print(f"limit: --against: expected a folder with daleslaw_lib, got {arguments.against}")
            return 1
        versions["before"] = arguments.against.resolve()
    processes = machine.cores() if arguments.processes is None else arguments.processes
    found = table(processes, versions, arguments.rounds, arguments.seconds)
    show(found)
    parts = all_at_once(1, HERE.parent, dict(pieces=True, n=100, members=10, seconds=arguments.seconds))
    print("one update of 10 DANNs of 100 units, milliseconds")
    for name, value in parts.items():
        print(f"  {name:<36}{1e3 * value:>7.2f}")
    if arguments.out:
        arguments.out.write_text(
            json.dumps({"processes": processes, "shapes": found, "pieces": parts}, indent=1) + "\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
