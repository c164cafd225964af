"""Public functions with any argument at all: what was promised, in finite numbers, or one line."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers import contracts
from helpers import odd_arguments as odd
from helpers.contracts import CONTRACTS

W = np.random.default_rng(0).normal(size=(3, 3))
BACKWARDS = np.ones((1, 1, 1))[..., ::-1]  # one number, whose strides are negative
LAYER = dict(
    n_in=1, n=6, n_layers=1, ei_ratio=2.0, generator=0, init={"rho": 0.5}, bias=True, dropout=0.0,
    dtype=torch.float64, device="cpu",
)  # fmt: skip
RATIO, RNG = dict(ei_ratio=2.0), dict(rng=np.random.default_rng(0))
DIGITS = dict(n_valid=0, source="subset")

# what fuzzing at length has found, each kind of fault once: the contract, its arguments, what must come of it
FOUND = [
    (
        "initialisation.dale_starts.colei_of_law",
        dict(n=6, law="gamma", cv=72.0, rho=0.1, **RATIO, **RNG),
        "refused",
    ),
    (
        "initialisation.free_starts.with_part",
        dict(W=np.sign(W) * 1.7e308, part="both", **RATIO, **RNG),
        "refused",
    ),
    ("initialisation.free_starts.with_part", dict(W=W + 1j, part="both", **RATIO, **RNG), "refused"),
    ("initialisation.free_starts.with_part", dict(W=W.astype("f4"), part="both", **RATIO, **RNG), "taken"),
    ("initialisation.dale_starts.masked_gain", dict(W=W + 1j, steps=1, trials=2, **RNG), "refused"),
    ("jacobians.gain_of_half", dict(W=W + 1j, steps=1), "refused"),
    ("magnitudes.measure", dict(W=W.astype("f4"), floor=1e192), "taken"),
    ("magnitudes.measure", dict(W=W, floor=10**400), "refused"),
    ("magnitudes.measure", dict(W=np.sign(W) * 1.7e308, floor=1e-8), "taken"),
    ("magnitudes.measure", dict(W=W * np.array([[1.0], [1e300], [1e-300]]), floor=0), "taken"),
    ("magnitudes.measure", dict(W=W, floor=np.float32(1e-8)), "taken"),
    ("spectra.eigenvalues", dict(W=np.sign(W) * 1.7e308), "refused"),
    ("spectra.spectral_radius", dict(W=np.sign(W) * 1.7e308), "refused"),
    ("studies.better_colei.own.read", dict(source=""), "refused"),
    ("studies.better_colei.own.read", dict(source="a\nb.csv"), "refused"),
    ("studies.better_colei.own.read", dict(source="\0.npy"), "refused"),
    ("studies.better_colei.own.read", dict(source=[[10**400, 1], [1, 1]]), "refused"),
    ("studies.better_colei.own.examine", dict(source="\n"), "refused"),
    ("tasks.mnist.load", dict(DIGITS, n_train=None), "taken"),
    ("tasks.mnist.load", dict(DIGITS, n_train=9, n_valid=np.int8(3)), "taken"),
    ("tasks.mnist.scaled", dict(images=np.zeros((0, 28, 28), "u1"), dtype="float32"), "taken"),
    ("tasks.penn_treebank.load", dict(n_train=None, n_valid=0, source="small"), "taken"),
    ("theory.effective_variation", dict(cv=1.0, p=np.float32(0.05)), "taken"),
    ("theory.eigenvalue_radius", dict(n_e=6, n_i=1, cv=1.0, p=np.float32(0.05)), "taken"),
    ("theory.eigenvalue_of_the_mean", dict(n_e=6, n_i=1, mean_i=0.1, p=np.float32(0.05)), "taken"),
    *((f"nn.{name}", LAYER | dict(x=BACKWARDS), "taken") for name in ("RNN", "ColEI", "DANN")),
    ("nn.ColEI", LAYER | dict(x=np.ones((1, 1, 1)), lengths=np.array([1])[::-1]), "taken"),
    ("nn.ColEI", LAYER | dict(x=np.ones((2, 1, 1)), init={"rho": 1e39}, dtype=torch.float32), "refused"),
    ("nn.init_", dict(kind="colei", ei_ratio=2.0, generator=0, rho=1e39, module="rnn"), "refused"),
    ("nn.ColEI (of arrays)", dict(n_in=3, n=8, kind="colei", layer0_W=np.eye(8), **RATIO), "refused"),
]
EXEMPT = {
    "tasks.penn_treebank.word_vectors": "reads a file: tests/tasks/test_fuzzing.py",
}


def function_of(name):
    parts = name.split(".")
    module = __import__(f"daleslaw_lib.{'.'.join(parts[:-1])}", fromlist=["it"])
    return CONTRACTS[name].function or getattr(module, parts[-1])


def test_every_public_function_is_fuzzed_or_exempt_for_a_reason():
    fuzzed = {name.partition(" ")[0] for name in CONTRACTS}
    assert sorted({*fuzzed, *EXEMPT}) == sorted(contracts.all_public())
    assert len(EXEMPT) < 6 and all(EXEMPT.values()) and not fuzzed & set(EXEMPT)


@pytest.mark.parametrize("name", sorted(CONTRACTS))
def test_any_argument_is_taken_or_refused_in_one_line(name):
    it, function, met = CONTRACTS[name], function_of(name), Counter()

    @settings(suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def called(data):
        arguments = data.draw(odd.some_distorted(data.draw(it.good)))
        odd.call(function, arguments, it.promise, met, finite=it.finite)

    called()
    assert met["taken"] and met["refused"], met


@pytest.mark.parametrize(("name", "arguments", "outcome"), FOUND, ids=[found[0] for found in FOUND])
def test_what_fuzzing_found_stays_mended(name, arguments, outcome):
    it, met = CONTRACTS[name], Counter()
    odd.call(function_of(name), arguments, it.promise, met, finite=it.finite)
    assert met == {outcome: 1}
