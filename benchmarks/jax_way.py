"""The same update in JAX, as one would write it today: `scan` over time, `vmap` over networks, `jit`.

A contestant of `throughput.py`; it needs jax, which nothing else here does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import jax
import jax.numpy as jnp
import numpy as np

Arrays = dict[str, jax.Array]  # of one network, or stacked: (members, ...)


def weight(p: Arrays, name: str, sign: jax.Array | None) -> jax.Array:
    """The effective matrix of a layer; columns of ColEI's carry `sign`."""
    if f"{name}_ex" in p:
        return p[f"{name}_ex"] - p[f"{name}_ei"] @ p[f"{name}_ix"]
    return p[name] if sign is None else p[name] * sign


def loss(p: Arrays, x: jax.Array, y: jax.Array, sign: jax.Array | None) -> jax.Array:
    """Mean cross-entropy of one network's answers: x (T, B, n_in), y (B,)."""
    U, W, b = weight(p, "layer0/U", None), weight(p, "layer0/W", sign), p["layer0/b"]

    def step(h, driven):
        return jax.nn.relu(driven + h @ W.T), None

    h, _ = jax.lax.scan(step, jnp.zeros((x.shape[1], W.shape[0])), x @ U.T + b)
    answers = jax.nn.log_softmax(h @ weight(p, "readout/W", sign).T + p["readout/b"])
    return -jnp.take_along_axis(answers, y[:, None], 1).mean()


def corrected(gradient: Arrays, p: Arrays) -> Arrays:
    """DANN's gradients, divided as the corrected SGD does."""

    def one(name: str) -> jax.Array:
        if not name.endswith(("_ix", "_ei")):
            return gradient[name]
        n_post, n_pre = p[f"{name[:-2]}ex"].shape
        return gradient[name] / (n_post**0.5 if name.endswith("_ix") else n_pre)

    return {name: one(name) for name in gradient}


def clipped(gradient: Arrays, most: float) -> Arrays:
    """Each layer's gradient, of norm `most` at most."""
    layers = {name.split("/")[0] for name in gradient}
    squares = {
        k: sum((g**2).sum() for name, g in gradient.items() if name.split("/")[0] == k) for k in layers
    }
    share = {k: jnp.minimum(1, most / (jnp.sqrt(square) + 1e-6)) for k, square in squares.items()}
    return {name: g * share[name.split("/")[0]] for name, g in gradient.items()}


def updater(kind: str, lr: float, clip: float, sign: np.ndarray) -> Callable[..., Arrays]:
    """update(p, x, y) -> p: correct (DANN), clip (unless RNN), step, project, of all networks at once.

    x (members, T, B, n_in), y (members, B).
    """
    columns = jnp.asarray(sign, jnp.float32) if kind == "colei" else None

    def one(p: Arrays, x: jax.Array, y: jax.Array) -> Arrays:
        gradient = jax.grad(loss)(p, x, y, columns)
        if kind == "dann":
            gradient = corrected(gradient, p)
        if kind != "rnn":
            gradient = clipped(gradient, clip)
        new = {name: p[name] - lr * g for name, g in gradient.items()}
        return {k: v if kind == "rnn" or k.endswith("/b") else jnp.maximum(v, 0) for k, v in new.items()}

    return jax.jit(jax.vmap(one))


def stacked(networks: list[Mapping[str, np.ndarray]]) -> Arrays:
    """Networks' arrays as stacks in single precision."""
    return {name: jnp.stack([jnp.asarray(n[name], jnp.float32) for n in networks]) for name in networks[0]}


def contestant(update: Callable, p: Arrays, x: np.ndarray, y: np.ndarray, batch: int) -> Callable[[], None]:
    """A call is one update of all networks, each with a batch of its own, waited for.

    x (N, T, n_in), y (N,): the training set, from which batches are gathered as part of the update.
    """
    x, y = jnp.asarray(x), jnp.asarray(y)
    members, rng = len(p["layer0/b"]), np.random.default_rng(0)

    @jax.jit
    def gathered(p: Arrays, x: jax.Array, y: jax.Array, index: jax.Array) -> Arrays:
        return update(p, x[index].swapaxes(1, 2), y[index])  # (members, T, B, n_in), (members, B)

    def run() -> None:
        nonlocal p
        p = jax.block_until_ready(gathered(p, x, y, rng.integers(len(x), size=(members, batch))))

    return run
