"""What holds whatever the numbers: of projections, of random steps, of transplants, of H, of ensembles.

With DALESLAW_AT_LENGTH set, as `make test-full` does, 10,000 random steps are taken, and more examples tried.
"""

import os

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from daleslaw_lib.initialisation import KINDS, obeys_dale
from daleslaw_lib.networks import ColumnWeight, FreeWeight, FrozenWeight, InterneuronWeight, Network
from daleslaw_lib.nn import DANN, ColEI
from daleslaw_lib.nn import obeys_dale as whole_model_obeys
from daleslaw_lib.spectra import singular_values, svd_entropy, transplant
from daleslaw_lib.training import clip_, correct_, project_, step_
from daleslaw_lib.training.update import Adam, exponential_step_
from helpers.odd_arguments import normal
from helpers.repeated import runs, trained

STEPS = 10_000 if os.environ.get("DALESLAW_AT_LENGTH") else 100
SIZES = st.sampled_from([0.0, 5e-324, 1e-300, 1e-8, 1.0, 1e8, 1e300])


# --- projections ---------------------------------------------------------------------------------------


def _weights(raw):
    """A weight of each sort from numbers `raw(*shape)`."""
    signs = torch.tensor([1.0, 1.0, 1.0, -1.0, -1.0], dtype=torch.float64).expand(2, 1, 5)
    yield FreeWeight(raw(2, 4, 5))
    yield FrozenWeight(raw(2, 4, 5), torch.tensor([True, False]))
    yield ColumnWeight(raw(2, 4, 5), signs)
    yield InterneuronWeight(raw(2, 4, 5), raw(2, 3, 5), raw(2, 4, 3))


@given(seed=st.integers(0, 999), size=SIZES, step=SIZES)
def test_a_projection_done_twice_is_done_once_and_nothing_lawful_moves(seed, size, step):
    rng = np.random.default_rng(seed)
    for weight in _weights(lambda *shape: torch.tensor(rng.normal(size=shape) * size)):
        with torch.no_grad():
            for p in weight.raw.values():
                p += torch.tensor(rng.normal(size=p.shape) * step)
        before = [p.detach().clone() for p in weight.raw.values()]
        weight.project_()
        once = [p.detach().clone() for p in weight.raw.values()]
        weight.project_()
        for p, first, was in zip(weight.raw.values(), once, before):
            assert torch.equal(p, first) and torch.isfinite(p).all()
            if isinstance(weight, (ColumnWeight, InterneuronWeight)):
                assert (p >= 0).all() and torch.equal(p[was >= 0], was[was >= 0])


# --- random steps --------------------------------------------------------------------------------------


def _random_gradients(parameters, generator):
    """Of sizes that differ by twelve orders from step to step."""
    size = 10 ** (12 * torch.rand((), generator=generator, dtype=torch.float64) - 9)
    for p in parameters:
        p.grad = torch.randn(p.shape, generator=generator, dtype=p.dtype) * size


def _lawful(network):
    for layer in network.layers:
        for m, W in enumerate(layer.W.detach().numpy()):
            if network.kind == "colei":
                ok, reason = obeys_dale(W)
                assert ok, (m, reason)
    for block in network.blocks().values():
        for weight in block.weights.values():
            for part, p in weight.raw.items():
                assert torch.isfinite(p).all() and (network.kind == "rnn" or (p >= 0).all()), part


@pytest.mark.parametrize("optimiser", ["sgd", "adam", "eg"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_law_holds_after_random_steps_of_the_trainer(kind, optimiser):
    network = Network.draw(
        kind, 5, 12, 3, seeds=range(2), layers=2, ei_ratio=3, dtype=torch.float64,
        **({"frozen": [True, False]} if kind == "rnn" else {}),
    )  # fmt: skip
    signs = network.layers[0].W.detach()[0].sign()
    generator, adam = torch.Generator().manual_seed(0), Adam(network)
    lr, limit = torch.tensor([0.1, 1.0], dtype=torch.float64), torch.tensor([0.5, 5.0], dtype=torch.float64)
    parameters = list(network.parameters())
    for step in range(1, STEPS + 1):
        _random_gradients(parameters, generator)
        correct_(network)
        clip_(network, limit, by="layer")
        if optimiser == "adam":
            adam.step_(lr / 10, torch.tensor(step - 1))
        else:
            (step_ if optimiser == "sgd" else exponential_step_)(network, lr)
        project_(network)
        if step % (STEPS // 20) == 0:
            _lawful(network)
            if kind == "rnn" and network.layers[0].W[0].abs().min() > 0:
                assert torch.equal(network.layers[0].W.detach()[0].sign(), signs)


OPTIMISERS = {
    "SGD": lambda p: torch.optim.SGD(p, lr=0.1),
    "Nesterov and weight decay": lambda p: torch.optim.SGD(
        p, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.1
    ),
    "Adam": lambda p: torch.optim.Adam(p, lr=0.05),
    "AdamW": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.5),
    "RMSprop": lambda p: torch.optim.RMSprop(p, lr=0.05),
    "Adagrad": lambda p: torch.optim.Adagrad(p, lr=0.5),
    "Adamax": lambda p: torch.optim.Adamax(p, lr=0.05),
}


class Model(torch.nn.Module):
    def __init__(self, layer_type):
        super().__init__()
        self.rnn = layer_type(5, 12, 2, ei_ratio=3, generator=0, dtype=torch.float64)
        self.readout = self.rnn.readout(3, generator=1)


@pytest.mark.parametrize("name", OPTIMISERS)
@pytest.mark.parametrize("layer_type", [ColEI, DANN])
def test_the_law_holds_after_random_steps_of_torchs_optimisers(layer_type, name):
    model, generator = Model(layer_type), torch.Generator().manual_seed(0)
    optimiser = OPTIMISERS[name](model.parameters())
    for step in range(1, STEPS + 1):
        _random_gradients(model.parameters(), generator)
        optimiser.step()
        if step % (STEPS // 10) == 0:
            ok, reason = whole_model_obeys(model)
            assert ok, reason


# --- transplants and H ---------------------------------------------------------------------------------

SIDES = st.tuples(st.integers(2, 9), st.integers(2, 9))
SCALES = st.sampled_from([1e-200, 1e-3, 1.0, 1e3, 1e200])


@given(shape=SIDES, seed=st.integers(0, 999), of_vectors=SCALES, of_spectrum=SCALES)
def test_a_transplant_keeps_the_spectrum_and_the_vectors(shape, seed, of_vectors, of_spectrum):
    A, B = of_vectors * normal(*shape, seed=seed), of_spectrum * normal(*shape[::-1], seed=seed + 1)
    W, s = transplant(A, B), singular_values(B)
    np.testing.assert_allclose(singular_values(W), s, rtol=1e-10, atol=1e-13 * s[0])
    U, _, Vt = np.linalg.svd(A, full_matrices=False)
    np.testing.assert_allclose(U.T @ (W / s[0]) @ Vt.T, np.diag(s / s[0]), atol=1e-12)


@given(shape=SIDES, seed=st.integers(0, 999), scale=st.floats(1e-300, 1e300))
def test_entropy_is_within_its_bounds_and_blind_to_scale_and_rotation(shape, seed, scale):
    W = normal(*shape, seed=seed)
    H = svd_entropy(W)
    assert -1e-12 <= H <= 1 + 1e-12
    left, right = (np.linalg.qr(normal(n, n, seed=seed + 1))[0] for n in shape)
    assert svd_entropy(scale * W) == pytest.approx(H, abs=1e-12)
    assert svd_entropy(left @ W @ right) == pytest.approx(H, abs=1e-12)
    assert svd_entropy(W.T) == pytest.approx(H, abs=1e-12)


# --- ensembles -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def together():
    """Five members of each kind, trained at once."""
    return {kind: trained(runs(kind, range(5), updates=2)) for kind in KINDS}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("company", [(3,), (4, 1), (2, 0, 3), (4, 3, 2, 1, 0)])
def test_an_ensemble_is_its_members_bit_for_bit_in_any_company_and_order(together, one_thread, kind, company):
    few = trained(runs(kind, company, updates=2))
    for name, values in together[kind].items():
        np.testing.assert_array_equal(few[name], values[list(company)], err_msg=name)
