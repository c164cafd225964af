"""A member's numbers are its own: bit for bit the same alone and in any ensemble, on one machine."""

import numpy as np
import pytest
import torch

from daleslaw_lib.experiments.configs import RunConfig
from daleslaw_lib.experiments.experiment import PLAIN
from daleslaw_lib.jobs.building import build, load_task

CPU = torch.device("cpu")
DIGITS = dict(task="mnist", source="subset", n_train=512)
SUMS = dict(task="adding", source="generated", n_train=512, length=8, hidden=10, batch=64)
WORDS = dict(
    task="penn_treebank", source="small", n_train=2_000, length=10, hidden=24, embedding=16, dense=1, batch=8
)
CASES = {
    "rnn": (5, dict(DIGITS, kind="rnn")),
    "rnn, frozen": (4, dict(DIGITS, kind="rnn", frozen=True)),
    "colei by tensor": (5, dict(DIGITS, kind="colei", clip_by="tensor")),
    "colei by layer": (5, dict(DIGITS, kind="colei")),
    "dann": (5, dict(DIGITS, kind="dann")),
    "three layers": (3, dict(DIGITS, kind="colei", layers=3)),
    "300 units": (3, dict(DIGITS, kind="rnn", hidden=300)),
    "400 units": (2, dict(DIGITS, kind="colei", hidden=400)),
    "adding, rnn": (40, dict(SUMS, kind="rnn")),
    "adding, colei": (40, dict(SUMS, kind="colei")),
    "adding, dann": (40, dict(SUMS, kind="dann")),
    "words": (4, dict(WORDS, kind="dann")),
    "double precision": (3, dict(DIGITS, kind="colei", dtype="float64")),
}


def trained(runs):
    training = build(runs, load_task(runs[0], CPU), CPU)
    training.run()
    history = {k: np.array(v) for k, v in training.history.items() if k != "update"}
    return training.network.arrays() | {k: v.swapaxes(0, 1) for k, v in history.items()}


def compare(runs, equal):
    together = trained(runs)
    for company in ([0], [len(runs) - 1], list(range(len(runs) // 2 + 1))):
        alone = trained([runs[m] for m in company])
        for name, values in together.items():
            equal(alone[name], values[company], err_msg=name)


@pytest.mark.parametrize("case", CASES)
def test_a_member_is_the_same_bit_for_bit_in_any_company(case):
    n, settings = CASES[case]
    common = dict(PLAIN, preset="both", lr=0.05, updates=4, eval_every=2, **settings)
    runs = [RunConfig(**common | dict(seed=seed, clip=(0.5, 0.1)[seed % 2])) for seed in range(n)]
    compare(runs, np.testing.assert_array_equal)


def test_where_matrices_do_not_fill_cache_lines_a_member_is_the_same_but_for_rounding():
    """33 x 7 numbers: a member's memory then starts anywhere, and the products round by where it starts."""
    common = dict(PLAIN, preset="both", lr=0.05, updates=4, eval_every=2, clip=0.5, **DIGITS)
    odd = dict(kind="dann", batch=7, hidden=33, dtype="float64")
    runs = [RunConfig(**common | odd | dict(seed=seed)) for seed in range(3)]
    compare(runs, lambda a, b, err_msg: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12))


@pytest.mark.parametrize("odd", [dict(n_inhibitory=50), dict(ei_ratio=1.0)])
def test_a_dann_beside_others_with_more_interneurons_is_the_same_but_for_rounding(odd):
    """Its matrices are padded with zeros to theirs, and products of other sizes add up in another order."""
    common = dict(PLAIN, preset="both", lr=0.05, updates=4, eval_every=2, clip=0.5, **DIGITS)
    common |= dict(kind="dann", dtype="float64")
    runs = [RunConfig(**common | dict(seed=seed) | (odd if seed == 1 else {})) for seed in range(3)]
    together, alone = trained(runs), trained(runs[:1])
    for name, values in alone.items():
        beside = together[name][:1]
        inside = tuple(slice(n) for n in values.shape)
        np.testing.assert_allclose(values, beside[inside], rtol=1e-9, atol=1e-12, err_msg=name)
        beside = beside.copy()
        beside[inside] = 0
        assert not beside.any(), name  # what is padded stays at zero
