"""How fast a GPU trains: thousands of members at once, beside its own float32 rate; one table.

    python benchmarks/gpu.py [--device cuda] [--time-limit MINUTES] [--out gpu.json]
    python benchmarks/gpu.py --device cpu --members 2,4 --seconds 0.1     # a dry run of the same lines

Contestants, on random data of row-sequential MNIST's shape, 1 layer x 100:

* graph: the update recorded once as a CUDA graph and replayed, as `Training` does, a layer's loops over
  time in a kernel each (`fused_gpu.py`) where CuPy is installed;
* by torch: the same, each step a product of torch's;
* by torch, TF32: products whose factors have 10 bits;
* eager: an update as it is launched, kernel by kernel;
* compile: by torch and through `torch.compile`, where that works.

Each rate stands beside this GPU's float32 products (`torch.mm` of 8192 x 8192) of the same run.
Below: what that means for the paper's radius sweep and for Penn Treebank, and what TF32 costs in accuracy.
Every measurement is kept in --out as it is made; a run that is stopped by its limit goes on from there.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import torch

from daleslaw_lib import checks, costs, experiments, jobs
from daleslaw_lib.devices import device_name, pick_device
from daleslaw_lib.training import Training

TARGETS = {"radius sweep, hours": 1.0, "share of float32 rate": 0.30, "Penn Treebank, hours": 1.0}


class Log:
    """Measurements by name, each made once; on disk as soon as it is made."""

    def __init__(self, path: Path | None, minutes: float | None):
        self.path, self.end = path, None if minutes is None else time.monotonic() + 60 * minutes
        self.found = json.loads(path.read_text()) if path and path.exists() else {}

    def once(self, name: str, measure: Callable[[], object]) -> object:
        """The measurement of that name; a failure is a measurement, too."""
        if name in self.found:
            return self.found[name]
        if self.end is not None and time.monotonic() > self.end:
            raise TimeoutError(f"time is up before {name!r}; the same command goes on from there")
        try:
            self.found[name] = measure()
        except Exception as error:  # out of memory, a compiler that is not there
            self.found[name] = {"failed": f"{type(error).__name__}: {str(error).splitlines()[0][:100]}"}
        finally:
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
        if self.path:
            temporary = self.path.with_suffix(".tmp")
            temporary.write_text(json.dumps(self.found, indent=1))
            temporary.replace(self.path)
        return self.found[name]


# --- what is measured ------------------------------------------------------------------------------


def synchronise(place: torch.device) -> None:
    if place.type == "cuda":
        torch.cuda.synchronize()


def seconds_of(call: Callable[[], object], place: torch.device, at_least: float) -> float:
    """Seconds a call, over at least so many seconds of calls in a row, after three to warm up."""
    for _ in range(3):
        call()
    synchronise(place)
    n, start, block = 0, time.perf_counter(), 1
    while True:
        for _ in range(block):
            call()
        synchronise(place)
        n, elapsed = n + block, time.perf_counter() - start
        if elapsed >= at_least:
            return elapsed / n
        block *= 2


def product_rate(place: torch.device, at_least: float, tf32: bool) -> dict:
    """Floating-point operations a second of one large float32 product."""
    torch.backends.cuda.matmul.allow_tf32 = tf32
    n = 8192 if place.type == "cuda" else 1024
    a, b = (torch.randn(n, n, device=place) for _ in range(2))
    out = torch.empty_like(a)
    return {"flops": 2 * n**3 / seconds_of(lambda: torch.mm(a, b, out=out), place, at_least)}


def example(name: str, scale: str, members: int, kind: str = "rnn") -> tuple:
    """An ensemble of so many members of one of the book's experiments."""
    run = next(run for run in experiments.get(name).runs(scale) if run.kind == kind)
    return tuple(replace(run, seed=seed) for seed in range(members))


def make(ensemble: tuple, place: torch.device) -> Training:
    return jobs.on_random_data(ensemble, place)


def update_rate(how: str, ensemble: tuple, place: torch.device, at_least: float) -> dict:
    """Network-updates a second, operations a second, and bytes a member beside what was planned."""
    torch.backends.cuda.matmul.allow_tf32 = "TF32" in how
    if place.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    by_torch = patch.dict(os.environ, {"DALESLAW_FUSED": "never"})
    with nullcontext() if how in ("graph", "eager") else by_torch:
        training = make(ensemble, place)
    training.use_graph = place.type == "cuda" and how in ("graph", "by torch", "by torch, TF32")
    if how == "compile":
        training._work = torch.compile(training._work)
    seconds = seconds_of(training.advance, place, at_least)
    peak = torch.cuda.max_memory_allocated() if place.type == "cuda" else 0
    planned = costs.shared_bytes(ensemble[0]) + len(ensemble) * costs.member_bytes(ensemble[0])
    return {
        "updates": len(ensemble) / seconds,
        "flops": len(ensemble) * costs.update_flops(ensemble[0]) / seconds,
        "gigabytes": peak / 1e9,
        "gigabytes planned": planned / 1e9,
    }


def gradient_error(place: torch.device, tf32: bool) -> dict:
    """|g - exact| / |exact| of a network's whole gradient, against float64: the worst of three kinds."""
    torch.backends.cuda.matmul.allow_tf32 = tf32
    worst = 0.0
    for kind in ("rnn", "colei", "dann"):
        found = {}
        for dtype in ("float64", "float32"):
            torch.manual_seed(0)
            runs = example("one_layer_mnist", "paper", 4, kind)
            training = make(tuple(replace(run, dtype=dtype) for run in runs), place)
            x, y = training.batch_of(0)
            generator = torch.Generator().manual_seed(1)
            x = torch.rand(x.shape, generator=generator, dtype=torch.float64).to(x)
            y = torch.randint(10, y.shape, generator=generator).to(y)
            training.update_(x, y)
            gradients = [p.grad.double().flatten(1) for p in training.network.parameters()]
            found[dtype] = torch.cat(gradients, 1)
        errors = (found["float32"] - found["float64"]).norm(dim=1) / found["float64"].norm(dim=1)
        worst = max(worst, float(errors.max()))
    return {"error": worst}


def graph_equals_eager(place: torch.device) -> dict:
    """Parameters after ten updates, with and without the graph."""
    found = []
    for use in (False, True):
        torch.manual_seed(0)
        training = make(example("one_layer_mnist", "paper", 3, "dann"), place)
        training.use_graph = use and place.type == "cuda"
        for _ in range(10):
            training.advance()
        found.append([p.detach().clone() for p in training.network.parameters()])
    return {"equal": all(torch.equal(a, b) for a, b in zip(*found))}


# --- the table -------------------------------------------------------------------------------------


def measure(log: Log, place: torch.device, members: list[int], at_least: float) -> dict:
    rates = {
        name: log.once(f"product {name}", lambda tf32=tf32: product_rate(place, at_least, tf32))
        for name, tf32 in (("float32", False), ("TF32", True))
    }
    print(f"{device_name(place)}, torch {torch.__version__}")
    print(", ".join(f"{n} products {r['flops'] / 1e12:.1f} TFLOP/s" for n, r in rates.items()))
    same = log.once("graph equals eager", lambda: graph_equals_eager(place))
    print(f"graph and eager give the same parameters: {same.get('equal', same)}")
    for name, tf32 in (("float32", False), ("TF32", True)):
        error = log.once(f"error {name}", lambda tf32=tf32: gradient_error(place, tf32))
        print(f"error of a gradient, {name}: {error.get('error', error)}")

    def rate_of(name: str, how: str, ensemble: tuple) -> dict:
        got = log.once(name, lambda: update_rate(how, ensemble, place, at_least))
        show(name, got, rates["float32"]["flops"])
        return got

    best = None
    for m in members:
        for how in ("graph", "by torch", "by torch, TF32", "eager"):
            got = rate_of(f"{how} x{m}", how, example("one_layer_mnist", "paper", m))
            if how == "graph" and got.get("flops", 0) > (best or {}).get("flops", 0):
                best = got
    words = rate_of("Penn Treebank x5", "graph", example("penn_treebank", "paper", 5))
    rate_of(f"compile x{m}", "compile", example("one_layer_mnist", "paper", m))  # last: it takes longest
    return {"best": best, "words": words, "rate": rates["float32"]["flops"]}


def show(name: str, got: dict, rate: float) -> None:
    if "failed" in got:
        print(f"{name:<24}  {got['failed']}")
        return
    memory = f"{got['gigabytes']:.2f} GB, planned {got['gigabytes planned']:.2f}"
    speed = f"{got['updates']:>14,.0f} network-updates/s{got['flops'] / rate:>8.1%} of float32"
    print(f"{name:<24}{speed}   {memory}")


def judge(found: dict) -> None:
    """The paper's sweeps at these rates, beside what was aimed at."""
    if found["best"] is None or "failed" in found["words"]:
        return
    sweep = sum(map(costs.run_flops, experiments.get("radius_sweep").planned("paper")))
    text = sum(map(costs.run_flops, experiments.get("penn_treebank").runs("paper")))
    values = {
        "radius sweep, hours": sweep / found["best"]["flops"] / 3600,
        "share of float32 rate": found["best"]["flops"] / found["rate"],
        "Penn Treebank, hours": text / found["words"]["flops"] / 3600,
    }
    for name, value in values.items():
        print(f"{name:<24}{value:>10.2f}   aimed at {TARGETS[name]}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--members", default="64,512,2048,4096", help="ensemble sizes, separated by commas")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement")
    parser.add_argument("--time-limit", type=float, metavar="MINUTES")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    try:
        place = pick_device(arguments.device)
        at_least = checks.positive("seconds", arguments.seconds)
        members = [checks.positive_integer("members", int(m)) for m in arguments.members.split(",")]
        judge(measure(Log(arguments.out, arguments.time_limit), place, members, at_least))
    except (ValueError, OSError) as error:  # a TimeoutError is an OSError
        print(f"gpu: {error}", file=sys.stderr)
        return 75 if isinstance(error, TimeoutError) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
