"""How fast an update is, beside the plain way and `torch.nn.RNN`, and beside the hardware.

    python benchmarks/throughput.py [--members 45] [--threads N] [--json] [--out FILE]

One network-update is one SGD update of one network: 1 layer x 100, row-sequential MNIST, batch 32,
float32. Everything is measured in one process, in rounds that visit every contestant in turn, so
that a ratio compares neighbours in time; medians over rounds. Machines are noisy: quote ratios.

* plain: one module a network, a Python loop over time steps, weights formed at every step,
  autograd, one network at a time. Written here, the way one would without this library.
* nn.RNN: PyTorch's own recurrent layer (kind RNN only), autograd, one network at a time.
* JAX: `vmap` over networks, `scan` over time, `jit` (`jax_way.py`), at 1 member and at `--members`. Left out
  where jax is not installed; where it is, the process keeps to as many cores as there are threads.
* library: `daleslaw_lib.training`, at 1 member and at `--members`; and without its C++ (torch alone).
* matrix products: float32 `torch.mm` of two 2048 x 2048 matrices, the machine's rate, and
  `torch.bmm` at the shape of one time step of the ensemble, what that shape allows.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from torch import nn

from daleslaw_lib.initialisation import KINDS, column_signs, draw_network
from daleslaw_lib.networks.network import Network
from daleslaw_lib.training import Sequences, Splits, Training

T, B, N_IN, N, N_OUT = 28, 32, 28, 100, 10
LR, CLIP = 0.01, 10.0
JAX = importlib.util.find_spec("jax") is not None
PRODUCTS = 2 * T * B * N * (2 * N_IN + 3 * N)  # flops of an update in the recurrent layer


def synthetic(n_train: int = 60_000, n_test: int = 10_000, T: int = T) -> Splits:
    """Random sequences of MNIST's shape: speed does not depend on what is in them."""
    generator = torch.Generator().manual_seed(0)

    def sequences(n: int) -> Sequences:
        x = torch.rand(n, T, N_IN, generator=generator)
        return Sequences(x.transpose(0, 1), torch.randint(0, N_OUT, (n,), generator=generator))

    return Splits(train=sequences(n_train), test=sequences(n_test))


# --- the plain way ---------------------------------------------------------------------------------


class PlainNetwork(nn.Module):
    """One network, the way it is usually written: weights are formed where they are used."""

    def __init__(self, kind: str, seed: int, n: int = N, layers: int = 1):
        super().__init__()
        arrays = draw_network(kind, N_IN, n, N_OUT, layers=layers, rng=np.random.default_rng(seed))
        self.kind, self.n, self.layers = kind, n, layers
        for name, value in arrays.items():
            tensor = torch.tensor(value, dtype=torch.float32)
            self.register_parameter(name.replace("/", "_"), nn.Parameter(tensor))
        self.register_buffer("sign", torch.tensor(column_signs(n, 9.0), dtype=torch.float32))

    def weight(self, name: str) -> torch.Tensor:
        """The effective matrix, formed anew each time it is used."""
        if self.kind == "dann":
            ex, ix, ei = (getattr(self, f"{name}_{part}") for part in ("ex", "ix", "ei"))
            return ex - ei @ ix
        W = getattr(self, name)
        return W * self.sign if self.kind == "colei" and name != "layer0_U" else W

    def forward(self, x: torch.Tensor) -> torch.Tensor:  # (T, B, n_in) -> (B, n_out)
        states = [x.new_zeros(x.shape[1], self.n) for _ in range(self.layers)]
        for below in x:
            for k in range(self.layers):
                U, W = self.weight(f"layer{k}_U"), self.weight(f"layer{k}_W")
                b = getattr(self, f"layer{k}_b")
                below = states[k] = torch.relu(below @ U.T + states[k] @ W.T + b)
        return below @ self.weight("readout_W").T + self.readout_b


def plain_update(model: nn.Module, kind: str) -> Callable[[torch.Tensor, torch.Tensor], None]:
    """The paper's update on one plain network: correct (DANN), clip a layer (unless RNN), step, project."""
    named = dict(model.named_parameters())
    optimiser = torch.optim.SGD(named.values(), lr=LR)
    layers: dict[str, list[nn.Parameter]] = {}
    for name, p in named.items():
        layers.setdefault(name.split("_")[0], []).append(p)

    def correct() -> None:
        for name, p in named.items():
            if name.endswith(("_ix", "_ei")):
                n_post, n_pre = named[name[:-2] + "ex"].shape
                p.grad /= n_post**0.5 if name.endswith("_ix") else n_pre

    def update(x: torch.Tensor, y: torch.Tensor) -> None:
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        if kind == "dann":
            correct()
        if kind != "rnn":
            for parameters in layers.values():
                nn.utils.clip_grad_norm_(parameters, CLIP)
        optimiser.step()
        if kind != "rnn":
            with torch.no_grad():
                for name, p in named.items():
                    if not name.endswith("b"):
                        p.clamp_(min=0)

    return update


class TorchRNN(nn.Module):
    """`torch.nn.RNN` with a linear readout of the last state."""

    def __init__(self, n: int = N, layers: int = 1):
        super().__init__()
        self.rnn = nn.RNN(N_IN, n, num_layers=layers, nonlinearity="relu")
        self.readout = nn.Linear(n, N_OUT)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.readout(self.rnn(x)[0][-1])


# --- contestants -----------------------------------------------------------------------------------


def one_at_a_time(model: nn.Module, kind: str, data: Splits) -> Callable[[], None]:
    update, step = plain_update(model, kind), 0

    def run() -> None:
        nonlocal step
        start = step * B % (len(data.train) - B)
        x = data.train.x[:, start : start + B].contiguous()
        update(x, data.train.y[start : start + B])
        step += 1

    return run


def in_jax(kind: str, members: int, data: Splits) -> Callable[[], None]:
    import jax_way

    networks = [
        draw_network(kind, N_IN, N, N_OUT, rng=np.random.default_rng(seed)) for seed in range(members)
    ]
    if kind == "colei":  # magnitudes, whose columns get their signs in the network
        networks = [{name: abs(a) if name[-1] in "UW" else a for name, a in one.items()} for one in networks]
    update = jax_way.updater(kind, LR, CLIP, column_signs(N, 9.0))
    x, y = data.train.x.transpose(0, 1).numpy(), data.train.y.numpy()
    return jax_way.contestant(update, jax_way.stacked(networks), x, y, B)


def training(kind: str, members: int, data: Splits, n: int = N, layers: int = 1) -> Training:
    network = Network.draw(kind, N_IN, n, N_OUT, seeds=range(members), layers=layers)
    return Training(
        network,
        data,
        seeds=range(members),
        lr=[LR] * members,
        clip=[None if kind == "rnn" else CLIP] * members,
        clip_by="layer",
        batch=B,
        updates=1,
        eval_every=468,
    )


def torch_alone(kind: str, members: int, data: Splits) -> Callable[[], None]:
    """The library's update as where there is no C++ compiler."""

    def without(call: Callable) -> Callable:
        def run(*arguments):
            before = os.environ.get("DALESLAW_FUSED")
            os.environ["DALESLAW_FUSED"] = "never"
            try:
                return call(*arguments)
            finally:
                os.environ.pop("DALESLAW_FUSED") if before is None else os.environ.update(
                    DALESLAW_FUSED=before
                )

        return run

    return without(without(training)(kind, members, data).advance)


def products(*shape_a_b: tuple[int, ...]) -> tuple[Callable[[], None], int]:
    """A product of two random (stacks of) matrices, and its floating-point operations."""
    a, b = (torch.randn(shape) for shape in shape_a_b)
    out = a @ b
    multiply = torch.mm if a.ndim == 2 else torch.bmm
    return (lambda: multiply(a, b, out=out)), 2 * out.numel() * a.shape[-1]


def seconds_of(call: Callable[[], None], at_least: float) -> float:
    """Seconds a call, over at least `at_least` seconds of calls."""
    n, start = 0, time.perf_counter()
    while (elapsed := time.perf_counter() - start) < at_least or n == 0:
        call()
        n += 1
    return elapsed / n


# --- measurement -----------------------------------------------------------------------------------


def measure(members: int, rounds: int, at_least: float) -> dict:
    """Medians over rounds of seconds a network-update, products a second, and evaluation's share."""
    torch.manual_seed(0)
    data = synthetic()
    calls: dict[str, Callable[[], None]] = {}
    per_call: dict[str, int] = {}
    for kind in KINDS:
        calls[f"plain {kind}"] = one_at_a_time(PlainNetwork(kind, 0), kind, data)
        for size in sorted({1, members}):
            calls[f"library {kind} x{size}"] = training(kind, size, data).advance
            calls[f"torch alone {kind} x{size}"] = torch_alone(kind, size, data)
            per_call |= {f"{who} {kind} x{size}": size for who in ("library", "torch alone")}
            if JAX:
                calls[f"JAX {kind} x{size}"] = in_jax(kind, size, data)
                per_call[f"JAX {kind} x{size}"] = size
    calls["nn.RNN"] = one_at_a_time(TorchRNN(), "rnn", data)
    calls["mm"], mm_flops = products((2048, 2048), (2048, 2048))
    calls["bmm"], bmm_flops = products((members, B, N), (members, N, N))
    evaluation = training("rnn", members, data)

    seconds: dict[str, list[float]] = {name: [] for name in [*calls, "evaluate"]}
    for round_ in range(rounds + 1):
        for name, call in calls.items():
            taken = seconds_of(call, at_least) / per_call.get(name, 1)
            if round_:  # the first round warms up
                seconds[name].append(taken)
        if round_:
            seconds["evaluate"].append(seconds_of(evaluation.evaluate, 0) / members)
    median = {name: statistics.median(values) for name, values in seconds.items()}
    rates = {"mm": mm_flops / median["mm"] / 1e9, "bmm": bmm_flops / median["bmm"] / 1e9}
    return {"seconds": median, "gflops": rates, **summary(median, rates, members)}


def summary(s: dict[str, float], rates: dict[str, float], members: int) -> dict:
    """The ratios that the project promises, from medians of seconds."""
    many = {kind: s[f"library {kind} x{members}"] for kind in KINDS}
    one = {kind: s[f"library {kind} x1"] for kind in KINDS}
    plain = {kind: s[f"plain {kind}"] for kind in KINDS}
    mean = statistics.fmean
    achieved = PRODUCTS / mean(many.values()) / 1e9
    training_time = 468 * many["rnn"]
    others = {
        f"{who} / library, {kind} at {size}": s[f"{who} {kind} x{size}"] / s[f"library {kind} x{size}"]
        for who in ("torch alone", "JAX")
        for size in (1, members)
        for kind in KINDS
        if f"{who} {kind} x{size}" in s
    }
    return {
        "ratios": {
            f"plain way / library at {members}, mean of kinds": mean(plain[k] / many[k] for k in KINDS),
            "plain way / library at 1, mean of kinds": mean(plain[k] / one[k] for k in KINDS),
            f"nn.RNN / library RNN at {members}": s["nn.RNN"] / many["rnn"],
            f"share of the machine's mm rate at {members}": achieved / rates["mm"],
            f"share of the bmm rate of its own shape at {members}": achieved / rates["bmm"],
            f"ColEI / RNN at {members}": many["colei"] / many["rnn"],
            f"DANN / RNN at {members}": many["dann"] / many["rnn"],
            "evaluation's share of a run (every 468 updates)": s["evaluate"]
            / (s["evaluate"] + training_time),
            **others,
        },
        "updates_per_second": {
            k: 1 / v for k, v in s.items() if k.startswith(("plain", "lib", "torch", "nn", "JAX"))
        },
    }


def peak_memory_gb(members: int) -> float:
    """Largest resident memory of a process that trains `members` networks and evaluates, in GB."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import throughput as t, resource; "
        "run = t.training('dann', int(sys.argv[2]), t.synthetic()); run.advance(); run.evaluate(); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    folder = str(Path(__file__).parent)
    done = subprocess.run(
        [sys.executable, "-c", code, folder, str(members)], capture_output=True, text=True, check=True
    )
    return int(done.stdout) * 1024 / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--members", type=int, default=45)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5, help="for each contestant in a round")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the JSON there too")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    if not JAX:
        print("JAX is left out: expected the package jax, got none; pip install jax", file=sys.stderr)
    elif hasattr(os, "sched_setaffinity"):  # JAX asks for threads by the cores that it may use
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: arguments.threads])
    result = measure(arguments.members, arguments.rounds, arguments.seconds)
    result["peak_memory_gb"] = peak_memory_gb(arguments.members)
    result |= {"threads": arguments.threads, "torch": torch.__version__, "machine": platform.machine()}
    if JAX:
        result["jax"] = metadata.version("jax")
    if arguments.out:
        kept = {name: result[name] for name in result if name not in ("gflops", "seconds")}
        arguments.out.write_text(json.dumps(kept | {"members": arguments.members}, indent=1) + "\n")
    if arguments.json:
        print(json.dumps(result, indent=1))
        return
    for name, value in result["updates_per_second"].items():
        print(f"{name:<24}{value:>10,.0f} network-updates / s")
    for name, value in result["gflops"].items():
        print(f"{name:<24}{value:>10,.1f} GFLOP / s")
    for name, value in result["ratios"].items():
        print(f"{name:<60}{value:>8.2f}")
    print(
        f"{'peak memory at ' + str(arguments.members) + ' members (GB)':<60}{result['peak_memory_gb']:>8.2f}"
    )


if __name__ == "__main__":
    main()
