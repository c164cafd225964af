"""Networks whose Jacobians chapter 9 compares: three kinds, transplants, ColEI less one thing. NumPy only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ...initialisation.dale_starts import signed_permutation
from ...initialisation.draw import draw_network, draw_transplant, effective_weight, weight_generator
from ...initialisation.populations import split_population
from ...jacobians import LayerWithReadout, measure
from ...spectra import svd_entropy, without_column_means
from ...tasks import mnist

DIGITS = 32  # of the embedded test images


def digits(n: int = DIGITS) -> tuple[np.ndarray, np.ndarray]:
    """Chapter 9: the first n test digits of the embedded subset, row by row: x `(28, n, 28)` in [0, 1], y
    `(n,)`.
    """
    data = mnist.load(source="subset")
    return mnist.scaled(data.x_test[:n], float).transpose(1, 0, 2), data.y_test[:n]


def layer(arrays: Mapping[str, np.ndarray], kind: str, ei_ratio: float = 9.0) -> LayerWithReadout:
    """Chapter 9: the effective matrices of a one-layer network's arrays, named as in
    `initialisation.draw_network`.
    """
    names = ("layer0/U", "layer0/W", "readout/W")
    U, W, V = (effective_weight(arrays, kind, name, ei_ratio) for name in names)
    return LayerWithReadout(U, W, arrays["layer0/b"], V, arrays["readout/b"])


def with_flat_group(W: np.ndarray, n_i: int, outlier: bool = True) -> np.ndarray:
    """Chapter 9: W with the n_i singular values after its outlier, or if it has none the first n_i, set to
    the next one, the edge of the bulk.
    """
    A, s, B = np.linalg.svd(W)
    s[int(outlier) : n_i + outlier] = s[min(n_i + outlier, len(s) - 1)]
    return (A * s) @ B


def without_either(W: np.ndarray, n_i: int) -> np.ndarray:
    """Chapter 9: W without its mean, and then without a group. The other way round a part of the outlier
    would stay: flattening changes the columns' means.
    """
    return with_flat_group(without_column_means(W), n_i, outlier=False)


def _kind(kind: str) -> Callable[..., LayerWithReadout]:
    def draw(n, ei_ratio, rng):
        return layer(
            draw_network(kind, mnist.N_IN, n, mnist.N_CLASSES, ei_ratio=ei_ratio, rng=rng), kind, ei_ratio
        )

    return draw


def _transplant(vectors: str, spectrum: str) -> Callable[..., LayerWithReadout]:
    def draw(n, ei_ratio, rng):
        ends = (mnist.N_IN, n, mnist.N_CLASSES)
        return layer(draw_transplant(vectors, spectrum, *ends, ei_ratio=ei_ratio, rng=rng), "rnn")

    return draw


def _colei(
    change: Callable[[np.ndarray, float, np.random.Generator], np.ndarray],
) -> Callable[..., LayerWithReadout]:
    def draw(n, ei_ratio, rng):
        colei = _kind("colei")(n, ei_ratio, rng)
        return replace(colei, W=change(colei.W, ei_ratio, rng))

    return draw


VARIANTS: Mapping[str, Callable[[int, float, np.random.Generator], LayerWithReadout]] = {
    "RNN": _kind("rnn"),
    "DANN": _kind("dann"),
    "ColEI": _kind("colei"),
    "ColEI vectors, RNN spectrum": _transplant("colei", "rnn"),
    "RNN vectors, ColEI spectrum": _transplant("rnn", "colei"),
    "ColEI, column means removed": _colei(lambda W, r, rng: without_column_means(W)),
    "ColEI, inhibitory group flattened": _colei(
        lambda W, r, rng: with_flat_group(W, split_population(len(W), r)[1])
    ),
    "ColEI, both": _colei(lambda W, r, rng: without_either(W, split_population(len(W), r)[1])),
    "ColEI, signed permutation": _colei(lambda W, r, rng: signed_permutation(len(W), r, rng=rng)),
}


def measured(seeds: Iterable[int] = range(10), n: int = 100, ei_ratio: float = 9.0) -> pd.DataFrame:
    """Chapter 9: a row a variant and seed: its H, and `jacobians.measure` on the embedded digits."""
    x, y = digits()
    rows = []
    for seed in seeds:
        for name, draw in VARIANTS.items():
            drawn = draw(n, ei_ratio, weight_generator(seed))
            rows.append(
                {"network": name, "seed": seed, "H": float(svd_entropy(drawn.W))} | measure(drawn, x, y)
            )
    return pd.DataFrame(rows)


def over_steps(
    draw: Callable[..., LayerWithReadout], steps: Iterable[int], seeds: Iterable[int] = range(5)
) -> pd.DataFrame:
    """Chapter 9: a row a number of steps: means over seeds of what `jacobians.measure` says of the last so
    many.
    """
    x, y = digits()
    layers = [draw(100, 9.0, weight_generator(seed)) for seed in seeds]
    return pd.DataFrame(
        {"steps": k} | pd.DataFrame([measure(drawn, x, y, k) for drawn in layers]).mean().to_dict()
        for k in steps
    )
