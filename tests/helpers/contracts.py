"""What every public function of arrays and numbers takes, and what it gives for it: for fuzzing them all."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

import numpy as np
import torch
from hypothesis import strategies as st

from daleslaw_lib import initialisation, jacobians, magnitudes, nn, spectra, statistics, theory
from daleslaw_lib.initialisation import KINDS, dale_starts, free_starts, starts
from daleslaw_lib.nn.layers import Recurrent
from daleslaw_lib.studies.better_colei import own
from daleslaw_lib.tasks import adding, mnist, penn_treebank

from . import odd_arguments as odd

LISTS = (
    spectra, magnitudes, jacobians, theory, initialisation, dale_starts, free_starts, starts, nn, statistics,
    own, adding, mnist, penn_treebank,
)  # fmt: skip


def public(module: ModuleType) -> dict[str, Callable]:
    """What a package hands on, or a module has of its own: functions, and layers of torch's."""
    names = getattr(module, "__all__", None) or [
        name for name, value in vars(module).items() if getattr(value, "__module__", "") == module.__name__
    ]
    found = {name: getattr(module, name) for name in names if not name.startswith("_")}
    return {name: value for name, value in found.items() if inspect.isfunction(value) or _is_layer(value)}


def _is_layer(value) -> bool:
    return inspect.isclass(value) and issubclass(value, torch.nn.Module)


def all_public() -> Iterator[str]:
    for module in LISTS:
        for name in public(module):
            yield f"{module.__name__.removeprefix('daleslaw_lib.')}.{name}"


@dataclass(frozen=True)
class Contract:
    """Good arguments; what holds of the result, given them; the function, if it is called some other way."""

    good: st.SearchStrategy[dict]
    promise: Callable
    function: Callable | None = None
    finite: bool = True  # or else the promise says which numbers may be none


CONTRACTS: dict[str, Contract] = {}


def contract(name: str, promise, function=None, finite=True, **good) -> None:
    strategy = good.pop("together") if "together" in good else st.fixed_dictionaries(good)
    CONTRACTS[name] = Contract(strategy, promise, function, finite)


def shape_of(value) -> tuple[int, ...]:
    return tuple(value.shape) if hasattr(value, "shape") else np.shape(value)


def is_float(result, **_) -> None:
    assert type(result) is float


def has_shape(*names, dtype=None):
    """An array whose axes are these arguments, or numbers."""

    def promise(result, **arguments):
        assert result.shape == tuple(arguments.get(name, name) for name in names)
        assert result.dtype.kind == (dtype or "f")

    return promise


def square_of(name="n"):
    return has_shape(name, name)


RNG = st.integers(0, 1000).map(np.random.default_rng)
POSITIVE = st.sampled_from([0.1, 0.5, 1.0, 1.5, 3.0])
RATIO = st.sampled_from([0.5, 1.0, 2.5, 4.0, 9.0])
UNITS = st.integers(6, 14)
COUNT = st.integers(1, 6)
KIND = st.sampled_from(sorted(KINDS))
FLAG = st.booleans()
MATRIX, SQUARE = odd.matrices(), odd.matrices(square=True)
ONE, ONE_SQUARE = odd.matrices(one=True), odd.matrices(square=True, one=True)


# --- spectra, magnitudes ------------------------------------------------------------------------------


def _eigenvalues(result, W):
    assert result.shape == shape_of(W)[:-1] and result.dtype.kind == "c"


def _one_each(result, W=None, singular_values=None):
    assert np.shape(result) == (
        shape_of(W)[:-2] if singular_values is None else shape_of(singular_values)[:-1]
    )


def _entropy(result, **arguments):
    _one_each(result, **arguments)
    assert ((-1e-12 <= result) & (result <= 1 + 1e-12)).all()


def _singular_values(result, W):
    assert result.shape == (*shape_of(W)[:-2], min(shape_of(W)[-2:]))
    assert (result >= 0).all() and (np.diff(result, axis=-1) <= 0).all()


def _transplant(result, vectors_from, spectrum_from):
    lead = np.broadcast_shapes(shape_of(vectors_from)[:-2], shape_of(spectrum_from)[:-2])
    assert result.shape == (*lead, *shape_of(vectors_from)[-2:])


def _without_column_means(result, W):
    complex_ = isinstance(W, np.ndarray) and np.iscomplexobj(W)
    assert result.shape == shape_of(W) and result.dtype.kind == ("c" if complex_ else "f")


@st.composite
def _pair(draw):
    n = draw(st.integers(2, 5))
    lead = draw(st.sampled_from([(), (3,)]))
    return {"vectors_from": draw(odd.arrays(*lead, n, n)), "spectrum_from": draw(odd.arrays(n, n))}


contract("spectra.eigenvalues", _eigenvalues, W=SQUARE)
contract("spectra.spectral_radius", _one_each, W=SQUARE)
contract("spectra.singular_values", _singular_values, W=MATRIX)
contract(
    "spectra.svd_entropy", _entropy,
    together=st.one_of(
        st.fixed_dictionaries({"W": MATRIX}), st.fixed_dictionaries({"singular_values": MATRIX.map(np.abs)})
    ),
)  # fmt: skip
contract("spectra.transplant", _transplant, together=_pair())
contract("spectra.without_column_means", _without_column_means, W=MATRIX)


def _inputs(result, W):
    is_float(result)
    assert 0 < result


def _most_entropy(result, inputs, n):
    assert np.shape(result) == shape_of(inputs) and ((result >= -1e-12) & (result <= 1 + 1e-12)).all()


def _magnitudes(result, W, floor=0):
    assert tuple(result) == magnitudes.MEASURES
    odd.is_finite([result["zeros"], result["inputs"]])
    assert not any(np.isinf(value) for value in result.values()) and 0 <= result["zeros"] <= 1


contract("magnitudes.effective_inputs", _inputs, W=ONE)
contract(
    "magnitudes.most_entropy", _most_entropy,
    together=st.fixed_dictionaries({"inputs": st.just(np.array([0.5, 1.0, 3.0])), "n": st.integers(3, 9)}),
)  # fmt: skip
contract("magnitudes.measure", _magnitudes, finite=False, W=ONE_SQUARE, floor=st.just(1e-8))


# --- Jacobians ----------------------------------------------------------------------------------------


@st.composite
def _layer(draw, *, states):
    n_in, n, n_out, T, B = (draw(st.integers(2, 5)) for _ in range(5))
    found = {"U": (n, n_in), "W": (n, n), "b": (n,), "V": (n_out, n), "c": (n_out,)}
    found |= {"h": (T, B, n)} if states else {"x": (T, B, n_in)}
    found = {name: draw(odd.arrays(*shape)) for name, shape in found.items()}
    found["y"] = np.random.default_rng(draw(st.integers(0, 99))).integers(0, n_out, B)
    return found | {"steps": draw(st.integers(1, T))}


@st.composite
def _masks(draw):
    n, T, B = (draw(st.integers(2, 5)) for _ in range(3))
    active = draw(odd.arrays(T, B, n)) > 0
    return {"W": draw(odd.arrays(n, n)), "active": active, "steps": draw(st.integers(1, T))}


def _products(result, W, active, steps):
    assert result.shape == (shape_of(active)[1], *shape_of(W))


def _directions(result, J):
    assert np.shape(result) == shape_of(J)[:-2]
    assert (result >= 0).all() and (result <= shape_of(J)[-1] * (1 + 1e-5)).all()


def _ratio(result, **_):
    is_float(result)
    assert result >= 0


def _jacobians(result, **_):
    assert tuple(result) == jacobians.MEASURES and 0 <= result["active"] <= 1


def _of_layer(function, *names):
    def called(U, W, b, V, c, **others):
        return function(jacobians.LayerWithReadout(U, W, b, V, c), *(others[name] for name in names))

    return called


contract("jacobians.gain_of_half", is_float, W=ONE_SQUARE, steps=COUNT)
contract("jacobians.products", _products, together=_masks())
contract("jacobians.participation_ratio", _directions, J=SQUARE)
contract("jacobians.log_gain", is_float, J=SQUARE, steps=COUNT)
contract(
    "jacobians.gradient_ratio", _ratio, _of_layer(jacobians.gradient_ratio, "h", "y", "steps"),
    together=_layer(states=True),
)  # fmt: skip
contract(
    "jacobians.measure", _jacobians, _of_layer(jacobians.measure, "x", "y", "steps"),
    together=_layer(states=False),
)  # fmt: skip


# --- theory -------------------------------------------------------------------------------------------


def _density(result, s, **_):
    assert result.shape == shape_of(s) and (result >= 0).all()


def _descending(result, n, **_):
    assert result.shape == (n,) and (result >= 0).all() and (np.diff(result) <= 0).all()


def _spikes(result, n_e, n_i):
    outlier, left = result
    assert outlier > 0 and (left is None or 0 < left < outlier)


def _draws(result, draws=None, **_):
    assert result.shape == (draws,) and (result > 0).all()


S = st.just(np.linspace(0, 3, 7))
PROBABILITY = st.sampled_from([0.05, 0.5, 1.0])
MEANS = {"n_e": UNITS, "n_i": COUNT, "mean_e": POSITIVE, "mean_i": POSITIVE}
contract("theory.quarter_circle", _density, s=S, rho=POSITIVE)
contract("theory.quarter_circle_values", _descending, n=UNITS, rho=POSITIVE)
contract("theory.quarter_circle_entropy", is_float, n=UNITS, zeros=st.integers(0, 4))
contract("theory.colei_noise_density", _density, s=S, n_e=UNITS, n_i=COUNT)
contract("theory.colei_spikes", _spikes, n_e=UNITS, n_i=COUNT)
contract("theory.colei_values", _descending, n=UNITS, ei_ratio=RATIO)
contract("theory.colei_entropy", is_float, n=UNITS, ei_ratio=RATIO)
contract("theory.effective_variation", is_float, cv=POSITIVE, p=PROBABILITY)
contract("theory.eigenvalue_radius", is_float, **MEANS, cv=POSITIVE, p=PROBABILITY)
contract("theory.eigenvalue_of_the_mean", is_float, **MEANS, p=PROBABILITY)
contract(
    "theory.outlier_growth", _draws,
    draws=COUNT, c=POSITIVE, zero_diagonal=FLAG, terms=st.integers(2, 9), rng=RNG,
)  # fmt: skip
contract("theory.colei_mean_weight", _draws, n=UNITS, ei_ratio=RATIO, rho=POSITIVE, draws=COUNT, rng=RNG)


# --- starts -------------------------------------------------------------------------------------------


def _signed(result, n, ei_ratio, **_):
    signs = initialisation.column_signs(n, ei_ratio)
    assert result.shape == (n, len(signs)) and (result * signs >= 0).all()


def _from_population(result, n, n_pre, ei_ratio, **_):
    assert result.shape == (n, n_pre) and (result * initialisation.column_signs(n_pre, ei_ratio) >= 0).all()


def _parts(result, **_):
    assert len(result) == 3 and all((part >= 0).all() for part in result)


def _two_counts(result, **_):
    assert len(result) == 2 and all(type(count) is int and count >= 1 for count in result)


def _verdict(result, **_):
    ok, reason = result
    assert type(ok) is bool and reason and "\n" not in reason


def _network(result, n_in, n, n_out, **_):
    assert result["layer0/b"].shape == (n,) and result["readout/b"].shape == (n_out,)


@st.composite
def _dann_parts(draw):
    post, pre, n_i = (draw(st.integers(1, 5)) for _ in range(3))
    shapes = {"W_ex": (post, pre), "W_ix": (n_i, pre), "W_ei": (post, n_i)}
    return {name: draw(odd.arrays(*shape).map(np.abs)) for name, shape in shapes.items()}


def _difference(result, W_ex, **_):
    assert result.shape == shape_of(W_ex)


@st.composite
def _drawn(draw):
    kind, ratio, rng = draw(KIND), draw(RATIO), draw(RNG)
    arrays = initialisation.draw_network(kind, 3, 8, 2, ei_ratio=ratio, rng=rng)
    names = {"kind": kind, "name": draw(st.sampled_from(["layer0/U", "layer0/W", "readout/W"]))}
    return {name.replace("/", "_"): value for name, value in arrays.items()} | names | {"ei_ratio": ratio}


def _effective(kind, name, ei_ratio, **arrays):
    arrays = {key.replace("_", "/", 1): value for key, value in arrays.items()}
    return initialisation.effective_weight(arrays, kind, name, ei_ratio)


def _is_matrix(result, **_):
    assert result.ndim >= 2 and "float" in str(result.dtype)


RADIUS = {"n": UNITS, "ei_ratio": RATIO, "rho": POSITIVE, "rng": RNG}
contract("initialisation.colei_weights", _signed, **RADIUS, zero_diagonal=FLAG)
contract(
    "initialisation.unscaled_colei_weights", _signed, n=UNITS, ei_ratio=RATIO, zero_diagonal=FLAG, rng=RNG
)
contract(
    "initialisation.colei_feedforward_weights", _from_population, n=COUNT, n_pre=UNITS, ei_ratio=RATIO,
    rng=RNG,
)  # fmt: skip
contract("initialisation.colei_input_weights", has_shape("n", "n_in"), n=UNITS, n_in=COUNT, rng=RNG)
contract("initialisation.rnn_weights", square_of(), n=UNITS, rho=POSITIVE, rng=RNG)
contract("initialisation.rnn_input_weights", has_shape("n", "n_in"), n=UNITS, n_in=COUNT, rng=RNG)
contract("initialisation.rnn_he_input_weights", has_shape("n", "n_in"), n=UNITS, n_in=COUNT, rng=RNG)
contract("initialisation.rnn_readout_weights", has_shape("n_out", "n"), n_out=COUNT, n=UNITS, rng=RNG)
contract(
    "initialisation.dann_weights", _parts, n=UNITS, n_inhibitory=COUNT, rho=POSITIVE, random_ix=FLAG, rng=RNG
)
contract("initialisation.dann_input_weights", _parts, n=UNITS, n_in=COUNT, n_inhibitory=COUNT, rng=RNG)
contract("initialisation.dann_readout_weights", _parts, n_out=COUNT, n=UNITS, n_inhibitory=COUNT, rng=RNG)
contract("initialisation.effective_dann", _difference, together=_dann_parts())
contract("initialisation.effective_weight", _is_matrix, _effective, together=_drawn())
contract(
    "initialisation.draw_matrix", square_of(),
    kind=KIND, n=UNITS, ei_ratio=RATIO, rho=POSITIVE, random_ix=FLAG, zero_diagonal=FLAG, rng=RNG,
)  # fmt: skip
contract(
    "initialisation.draw_network", _network,
    kind=KIND, n_in=COUNT, n=UNITS, n_out=UNITS, layers=st.integers(1, 2), dense=st.integers(0, 2),
    words=COUNT, ei_ratio=RATIO, rho=POSITIVE, n_inhibitory=COUNT, random_ix=FLAG, rng=RNG,
)  # fmt: skip
contract(
    "initialisation.draw_transplant", _network,
    vectors=st.sampled_from(["rnn", "colei"]), spectrum=st.sampled_from(["rnn", "colei"]),
    n_in=COUNT, n=UNITS, n_out=UNITS, parts=st.sampled_from(["W", "U", "readout"]), ei_ratio=RATIO, rng=RNG,
)  # fmt: skip
contract("initialisation.dale_starts.split_three", _two_counts, n=UNITS, ei_ratio=RATIO)
contract("initialisation.split_population", _two_counts, n=UNITS, ei_ratio=RATIO)
contract(
    "initialisation.count_interneurons", lambda result, **_: type(result) is int, n=UNITS, ei_ratio=RATIO
)
contract("initialisation.column_signs", has_shape("n"), n=UNITS, ei_ratio=RATIO)
contract("initialisation.obeys_dale", _verdict, W=MATRIX)
contract(
    "initialisation.columns_of_one_sign",
    lambda result, W: type(result) is int and 0 <= result <= shape_of(W)[1], W=ONE,
)  # fmt: skip

DALE = {"n": UNITS, "ei_ratio": RATIO}
contract("initialisation.dale_starts.signed_identity", _signed, **DALE, gain=POSITIVE)
contract("initialisation.dale_starts.signed_permutation", _signed, **DALE, gain=POSITIVE, rng=RNG)
for both in ("identity_and_colei", "permutation_and_colei"):
    contract(f"initialisation.dale_starts.{both}", _signed, **DALE, gain=POSITIVE, rho=POSITIVE, rng=RNG)
contract(
    "initialisation.dale_starts.sparse_inputs", _signed,
    **DALE, inputs=st.integers(2, 3), gain=POSITIVE, rng=RNG,
)  # fmt: skip
contract("initialisation.dale_starts.split_inputs", _two_counts, **DALE, inputs=st.integers(2, 3))
contract(
    "initialisation.dale_starts.colei_of_law", _signed,
    **RADIUS, law=st.sampled_from(dale_starts.LAWS), cv=POSITIVE,
)  # fmt: skip
contract("initialisation.dale_starts.equal_strength", _signed, **RADIUS)
contract("initialisation.dale_starts.row_balanced", _signed, **RADIUS)
contract("initialisation.dale_starts.colei_of_unit_gain", _signed, **DALE, steps=COUNT, rng=RNG)
contract("initialisation.dale_starts.masked_gain", is_float, W=ONE_SQUARE, steps=COUNT, trials=COUNT, rng=RNG)
contract("initialisation.dale_starts.raised_entropy", _signed, **DALE, gain=POSITIVE, steps=COUNT, rng=RNG)
contract("initialisation.dale_starts.spectrum_of_rnn", _signed, **RADIUS, rounds=COUNT)


@st.composite
def _towards(draw):
    n = draw(st.integers(2, 5))
    signs = np.sign(draw(odd.arrays(n)))
    return {"W": np.abs(draw(odd.arrays(n, n))) * signs, "s": np.abs(draw(odd.arrays(n))), "signs": signs,
            "rounds": draw(COUNT)}  # fmt: skip


def _towards_spectrum(result, W, signs, **_):
    assert result.shape == shape_of(W)
    assert (result * np.array([float(sign) for sign in signs]) >= 0).all()


contract("initialisation.dale_starts.towards_spectrum", _towards_spectrum, together=_towards())
contract("initialisation.free_starts.identity", square_of(), n=UNITS, gain=POSITIVE)
contract("initialisation.free_starts.permutation", square_of(), n=UNITS, gain=POSITIVE, rng=RNG)
contract("initialisation.free_starts.orthogonal", square_of(), n=UNITS, gain=POSITIVE, rng=RNG)
contract(
    "initialisation.free_starts.with_part", _is_matrix,
    W=odd.arrays(10, 10), part=st.sampled_from(free_starts.PARTS), ei_ratio=RATIO, rng=RNG,
)  # fmt: skip


@st.composite
def _start(draw):
    kind = draw(st.sampled_from(sorted(starts.STARTS)))
    name = draw(st.sampled_from(sorted(starts.STARTS[kind])))
    start, found = starts.STARTS[kind][name], {"kind": kind, "name": name}
    for field, meaning in (("a", start.a), ("b", start.b)):
        number = None if meaning is None else 3 if meaning == starts.WHOLE else 0.75
        found[field] = number
    return found


def _is_start(result, **_):
    assert isinstance(result, starts.Start)


def _numbers(result, a, b, **_):
    assert len(result) == 2 and all(value is None or type(value) is float for value in result)


def _put(W, kind, name, a, b, ei_ratio, rng):
    return starts.put({"layer0/W": W}, kind, name, a, b, ei_ratio=ei_ratio, rng=rng)


def _started(result, W, **_):
    assert result["layer0/W"].shape == shape_of(W)


contract(
    "initialisation.starts.get",
    _is_start,
    together=_start().map(lambda d: {k: d[k] for k in ("kind", "name")}),
)
contract(
    "initialisation.starts.check", _numbers,
    together=st.builds(lambda d, n, r: d | {"n": n, "ei_ratio": r}, _start(), st.just(12), st.just(2.0)),
)  # fmt: skip
contract(
    "initialisation.starts.put", _started, _put,
    together=st.builds(
        lambda d, W, rng: d | {"W": np.abs(W), "ei_ratio": 2.0, "rng": rng}, _start(), odd.arrays(12, 12), RNG
    ),
)  # fmt: skip


# --- evidence, a reader's own matrix, tasks ------------------------------------------------------------


def _estimate(result, values):
    assert result.low <= result.mean <= result.high and result.n == len(values) and str(result)


def _interval(result, values):
    low, high = result
    assert low <= high


contract("statistics.estimate", _estimate, values=odd.arrays(5))
contract("statistics.written_p", lambda result, p: type(result) is str, p=st.sampled_from([0.0, 0.2, 1.0]))
contract("statistics.middle_95", _interval, finite=False, values=odd.arrays(7))


def _own(result, source):
    assert result.shape == shape_of(source) and result.dtype == np.float64


def _report(result, source):
    assert result.W.shape == shape_of(source) and str(result) and all(result.advice)
    assert all(line == line.strip() for line in str(result).split("\n"))


contract("studies.better_colei.own.read", _own, source=ONE_SQUARE)
contract("studies.better_colei.own.examine", _report, source=ONE_SQUARE)


def _sequences(result, n, T, rng):
    assert result[0].shape == (n, T, 2) and result[1].shape == (n, 1)


def _adding(result, n_train, n_valid, T):
    assert result.x_train.shape == (n_train, T, 2) and len(result.x_valid) == n_valid


def _digits(result, n_train, n_valid, source):
    n_train = mnist.N_IMAGES[source] - n_valid if n_train is None else n_train
    assert len(result.x_train) == n_train and len(result.y_valid) == n_valid


def _scaled(result, images, dtype):
    assert result.shape == shape_of(images) and result.dtype == dtype
    assert ((0 <= result) & (result <= 1)).all()


def _words(result, n_train, n_valid, source):
    n_train = len(penn_treebank.load(source=source).train) if n_train is None else n_train
    assert len(result.train) == n_train and len(result.valid) == n_valid


SMALL = st.just("small")
contract("tasks.adding.sequences", _sequences, n=COUNT, T=st.integers(2, 9), rng=RNG)
contract("tasks.adding.load", _adding, n_train=COUNT, n_valid=st.integers(0, 4), T=st.integers(2, 9))
contract("tasks.mnist.load", _digits, n_train=COUNT, n_valid=st.integers(0, 4), source=st.just("subset"))
contract("tasks.mnist.digests", lambda result, source: None, source=st.just("subset"))
contract(
    "tasks.mnist.scaled", _scaled,
    images=odd.arrays(2, 28, 28).map(lambda x: (99 * np.abs(x)).clip(0, 255).astype("u1")),
    dtype=st.sampled_from(["float32", "float64"]),
)  # fmt: skip
contract(
    "tasks.penn_treebank.drawn_vectors",
    lambda result, n, width: result.shape == (n, width) and np.isfinite(result).all(),
    n=COUNT,
    width=COUNT,
)
contract("tasks.penn_treebank.load", _words, n_train=COUNT, n_valid=st.integers(0, 4), source=SMALL)
contract("tasks.penn_treebank.n_words", lambda result, source: None, source=SMALL)
contract("tasks.penn_treebank.digests", lambda result, source: None, source=SMALL)
contract(
    "tasks.penn_treebank.sentences", lambda result, n, seed: len(result) == n, n=COUNT, seed=st.integers(0, 5)
)


# --- layers for anyone's model --------------------------------------------------------------------------


DTYPE = st.just(torch.float64)
DEVICE = st.just("cpu")
SEED = st.integers(0, 9)


@st.composite
def _sequences_for(draw):
    """Sizes of a layer, what it reads and its first states."""
    n_in, n, n_layers, T, B = draw(COUNT), draw(UNITS), draw(st.integers(1, 2)), draw(COUNT), draw(COUNT)
    lengths = np.random.default_rng(draw(SEED)).integers(1, T + 1, B)
    found = {"x": draw(odd.arrays(T, B, n_in)), "h0": draw(odd.arrays(n_layers, B, n)), "lengths": lengths}
    found = {name: value for name, value in found.items() if name == "x" or draw(FLAG)}
    settings = {"ei_ratio": draw(RATIO), "generator": draw(SEED), "dropout": 0.0, "dtype": torch.float64,
                "device": "cpu", "init": {"rho": draw(POSITIVE)}, "bias": draw(FLAG)}  # fmt: skip
    return found | settings | {"n_in": n_in, "n": n, "n_layers": n_layers}


def _run(layer_type):
    def called(x, n_in, n, n_layers, h0=None, lengths=None, **settings):
        layer = layer_type(n_in, n, n_layers, **settings)
        with torch.no_grad():
            return (
                *layer(x, h0, lengths=lengths),
                nn.obeys_dale(layer) if layer_type is not nn.RNN else None,
            )

    return called


def _ordinary(value) -> bool:
    """Whether all its numbers are of a size that no layer here takes to infinity."""
    value = torch.as_tensor(np.array(value, float) if not isinstance(value, torch.Tensor) else value.detach())
    return bool((value.double().abs() < 1e9).all())


def _states(result, x, n, n_layers, h0=None, lengths=None, **_):
    output, state, verdict = result
    assert output.shape == (*shape_of(x)[:-1], n) and state.shape == (n_layers, *shape_of(x)[1:-1], n)
    assert verdict is None or verdict[0], verdict
    if _ordinary(x) and (h0 is None or _ordinary(h0)):
        odd.is_finite((output, state))


for layer_type in (nn.RNN, nn.ColEI, nn.DANN):
    contract(f"nn.{layer_type.__name__}", _states, _run(layer_type), finite=False, together=_sequences_for())


def _read(readout_type):
    def called(h, n, n_out, **settings):
        with torch.no_grad():
            return readout_type(n, n_out, **settings)(h)

    return called


def _outputs(result, h, n_out, **_):
    assert result.shape == (*shape_of(h)[:-1], n_out)
    if _ordinary(h):
        odd.is_finite(result)


for readout_type in (nn.RNNReadout, nn.ColEIReadout, nn.DANNReadout):
    contract(
        f"nn.{readout_type.__name__}", _outputs, _read(readout_type), finite=False,
        h=odd.arrays(4, 9), n=st.just(9), n_out=COUNT, ei_ratio=RATIO, bias=FLAG, generator=SEED, dtype=DTYPE,
        device=DEVICE,
    )  # fmt: skip


def _from_arrays(kind, n_in, n, ei_ratio, **arrays):
    kinds = {"rnn": nn.RNN, "colei": nn.ColEI, "dann": nn.DANN}
    layer_type = kinds[kind] if isinstance(kind, str) and kind in kinds else nn.RNN
    init = {name.replace("_", "/", 1): value for name, value in arrays.items()}
    return layer_type(n_in, n, init=init, ei_ratio=ei_ratio)


@st.composite
def _arrays_of(draw):
    kind, ratio = draw(KIND), draw(RATIO)
    arrays = initialisation.draw_network(kind, 3, 8, 2, ei_ratio=ratio, rng=draw(RNG))
    found = {name.replace("/", "_"): value for name, value in arrays.items()}
    return found | {"n_in": 3, "n": 8, "ei_ratio": ratio, "kind": kind}


def _has_its_arrays(result, kind, n_in, n, **_):
    assert isinstance(result, Recurrent) and result.layers[0].U.shape == (n, n_in)


def _hooks(result, **_):
    result.remove()


MODULE = st.builds(lambda n, seed: nn.DANN(3, n, generator=seed), UNITS, SEED)
contract("nn.correct_gradients", _hooks, model=MODULE)


def _start_of(kind, ei_ratio, generator, rho, module):
    if isinstance(module, str):  # made here, since a start changes its module
        module = {"rnn": torch.nn.RNN(3, 8, 2), "cell": torch.nn.RNNCell(3, 8)}.get(module, module)
    return nn.init_(module, kind, ei_ratio=ei_ratio, generator=generator, rho=rho)


def _all_finite(result, **_):
    assert all(torch.isfinite(p).all() for p in result.parameters())


contract(
    "nn.init_", _all_finite, _start_of,
    kind=KIND, ei_ratio=RATIO, generator=SEED, rho=POSITIVE, module=st.sampled_from(["rnn", "cell"]),
)  # fmt: skip
contract(
    "nn.obeys_dale", _verdict,
    together=st.one_of(
        st.fixed_dictionaries({"model": MODULE, "skip": st.just(["layers.0"])}),
        st.fixed_dictionaries({"model": MATRIX, "skip": st.just(())}),
    ),
)  # fmt: skip
contract("nn.ColEI (of arrays)", _has_its_arrays, _from_arrays, together=_arrays_of())
