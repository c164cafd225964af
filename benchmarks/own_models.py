"""What the programs of the page "Use it in your model" find: errors on digits, right choices in neurogym.

    python benchmarks/own_models.py [--out benchmarks/own_models.json]

The programs are taken from the page itself. Needs neurogym (`pip install neurogym`).
"""

from __future__ import annotations

import argparse
import json
import platform
import re
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "appendix" / "use-in-your-model.md"
SEEDS = range(6)
CONDITIONS = tuple(  # layer, learning rate, clip
    (name, lr, clip)
    for lr, clip in ((0.001, 1.0), (0.01, 1.0), (0.01, None))
    for name in ("RNN", "ColEI", "DANN")
) + (("RNN", 0.017, None), ("DANN, interneurons fixed", 0.01, None))


def programs() -> dict[str, str]:
    """The page's programs by name."""
    text = PAGE.read_text("utf-8")
    return dict(re.findall(r"```\{code-block\} python\n:caption: (\S+)\n\n(.*?)```", text, re.S))


def layer(name: str, names: dict):
    """A layer as the page's programs take it."""
    if "," not in name:
        return names[name]

    def fixed(*sizes, **options):
        rnn = names["DANN"](*sizes, **options)
        for parameter_name, value in rnn.named_parameters():
            if parameter_name.endswith(("w_ix", "w_ei")):
                value.requires_grad_(False)
        return rnn

    return fixed


def digits() -> list[dict]:
    """Test errors after the page's training, for each kind."""
    from daleslaw_lib.nn import DANN, RNN, ColEI

    names: dict = {}
    exec(programs()["digits.py"], names)
    found = []
    for layer_type in (RNN, ColEI, DANN):
        errors = [
            names["learn_digits"](names["Digits"](layer_type, ei_ratio=4, generator=seed), seed=seed)
            for seed in SEEDS
        ]
        print(layer_type.__name__, errors, flush=True)
        found.append({"layer": layer_type.__name__, "errors": errors})
    return found


def choices() -> list[dict]:
    """Right choices, silent units and how far the first step goes, for each condition."""
    names: dict = {}
    exec(programs()["choice.py"], names)
    x = names["trials"][0][0]
    found = []
    for name, lr, clip in CONDITIONS:
        accuracies, silent, moved = [], [], []
        for seed in SEEDS:
            options = {"lr": lr, "clip": clip or float("inf"), "seed": seed}
            start = layer(name, names)(3, 64, generator=seed).layers[0].W
            once, _ = names["learn_choice"](layer(name, names), **options, updates=1)
            moved.append(float(np.linalg.norm((once.layers[0].W - start).detach(), 2)))
            rnn, accuracy = names["learn_choice"](layer(name, names), **options)
            accuracies.append(accuracy)
            silent.append(int((rnn(x)[0] == 0).flatten(0, 1).all(0).sum()))
        found.append(
            {"layer": name, "lr": lr, "clip": clip, "accuracy": accuracies, "silent": silent, "moved": moved}
        )
        print(found[-1], flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default=str(ROOT / "benchmarks" / "own_models.json"))
    out = Path(parser.parse_args().out)
    torch.set_num_threads(1)
    measured = {
        "machine": f"{platform.machine()}, one thread", "python": platform.python_version(),
        "torch": torch.__version__, "neurogym": version("neurogym"), "date": date.today().isoformat(),
        "digits": digits(), "choice": choices(),
    }  # fmt: skip
    out.write_text(json.dumps(measured, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
