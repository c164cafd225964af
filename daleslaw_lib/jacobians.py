r"""What happens to small changes on their way through a recurrent layer that reads something. NumPy only.

h_t = relu(U x_t + W h_{t-1} + b). A change of h_{t-1} becomes D_t W of it, D_t the diagonal matrix of zeros
and ones that says which units are active at step t; so over k steps it is multiplied by the Jacobian

    J = D_T W D_{T-1} W .. D_{T-k+1} W ,

and a gradient, on its way back, by J^T. The masks are those of real inputs: that is where these numbers
differ from those of W alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .checks import matrices, numbers, size, square
from .scaling import back, ordinary, times

# The last ones of a sequence: of all 28 rows of a digit the first are blank, and nothing is active.
STEPS = 10
MEASURES = ("participation", "log_gain", "gradient_ratio", "active")


@dataclass(frozen=True)
class LayerWithReadout:
    """One recurrent layer with its readout, as effective matrices.

    Shapes: `U (n, n_in)`, `W (n, n)`, `b (n,)`; readout `V (n_out, n)`, `c (n_out,)`.
    """

    U: np.ndarray
    W: np.ndarray
    b: np.ndarray
    V: np.ndarray
    c: np.ndarray

    @classmethod
    def alone(cls, U: np.ndarray, W: np.ndarray) -> LayerWithReadout:
        """A layer whose biases, and whose readout of one number, are zero."""
        n = len(W)
        return cls(U, W, np.zeros(n), np.zeros((1, n)), np.zeros(1))

    def states(self, x: np.ndarray) -> np.ndarray:
        """States h of inputs `x (T, B, n_in)`, from h = 0: `(T, B, n)`.

        Raises: ValueError if they grow beyond what a number holds.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            found = self._states(x)
        if not np.isfinite(found).all():
            raise ValueError("x: expected inputs whose states are finite numbers, got some that grow beyond")
        return found

    def _states(self, x: np.ndarray) -> np.ndarray:
        h, found = np.zeros((x.shape[1], len(self.W))), np.empty((*x.shape[:2], len(self.W)))
        for t, x_t in enumerate(x):
            h = np.maximum(x_t @ self.U.T + h @ self.W.T + self.b, 0)
            found[t] = h
        return found


def products(W, active, steps: int = STEPS) -> np.ndarray:
    """J of each sequence over its last `steps` steps: `W (n, n)`, `active (T, B, n)` -> `(B, n, n)`.

    Raises: ValueError if W is not square, masks are of another width, or there are fewer steps.
    """
    W, active = matrices("W", W), numbers("active", active).astype(bool)
    got = f"{W.shape} and {active.shape}"
    if W.ndim != 2 or active.ndim != 3 or W.shape != (active.shape[2],) * 2:
        raise ValueError(f"products: expected W (n, n) and active (T, B, n), got {got}")
    if size("steps", steps) > len(active):
        raise ValueError(f"steps: expected at most {len(active)}, got {steps}")
    J = active[-steps][:, :, None] * W
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(len(active) - steps + 1, len(active)):
            J = active[t][:, :, None] * (W @ J)
    if not np.isfinite(J).all():
        raise ValueError(f"W: expected a product of {steps} steps that is finite, got one that grows beyond")
    return J


def participation_ratio(J) -> np.ndarray:
    """(sum s^2)^2 / sum s^4 of `J (..., n, n)`: in how many directions changes arrive; 0 if in none.

    Both sums are norms, |J|_F^2 and |J^T J|_F^2, and need no singular values.

    Raises: ValueError unless J is a stack of real square matrices with finite entries.
    """
    J = _real("J", J)
    J = times(J, -np.frexp(np.abs(J).max((-2, -1), keepdims=True))[1])  # exact, and safe to square twice
    total = np.square(J).sum((-2, -1))
    squares = np.square(np.swapaxes(J, -1, -2) @ J).sum((-2, -1))
    return np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)


def log_gain(J, steps: int = STEPS) -> float:
    """log of the root mean square singular value of J `(B, n, n)`, all sequences together, per step.

    -30 a step where nothing passes, or less than that.

    Raises: ValueError as `participation_ratio`, or unless steps is a whole number >= 1.
    """
    J, steps = _real("J", J), size("steps", steps)
    J, e = ordinary(J, J.ndim)
    mean = np.square(J).sum((-2, -1)).mean() / J.shape[-1]
    if mean == 0:
        return -30.0
    return float(max((np.log(mean) + 2 * np.log(2) * e.item()) / (2 * steps), -30))


def gain_of_half(W, steps: int = STEPS) -> float:
    """By how much a step of `W (n, n)` changes the length of a small change, half of the units being active.

    The root mean square of |P_k W .. P_1 W v| over all masks P, each unit active with probability 1/2 at each
    step, and all directions v, to the power 1 / k; 0 if no change is left. Exact: the second moments of a
    change are C, then W C W^T with a quarter off the diagonal and a half on it.

    Raises: ValueError unless W is one square matrix with finite entries, steps a whole number >= 1; or if the
            gain is too large for a number.
    """
    W, e = ordinary(square("W", W).astype(float))
    C, log_square, steps = np.eye(len(W)) / len(W), 0.0, size("steps", steps)
    for _ in range(steps):
        C = W @ C @ W.T
        C = (C + np.diag(np.diag(C))) / 4
        total = np.trace(C)
        if total <= 0:
            return 0.0
        C, log_square = C / total, log_square + np.log(total)
    return float(back("W", "gains", np.exp(log_square / (2 * steps)), e.reshape(())))


def gradient_ratio(layer: LayerWithReadout, h: np.ndarray, y: np.ndarray, steps: int = STEPS) -> float:
    """Length of the loss's gradient by the state `steps` steps before the end, over that at the end.

    Cross-entropy of classes `y (B,)`, states `h (T, B, n)`; lengths are root mean squares over sequences. 0
    where the loss has no gradient at the end.

    Raises: ValueError if shapes do not fit one another, there are fewer steps, or the gradient explodes.
    """
    layer = _checked(layer)
    return _gradient_ratio(layer, *_batch("h", h, y, layer.W.shape[0], len(layer.V), steps))


def _gradient_ratio(layer, h, y, steps) -> float:
    with np.errstate(over="ignore", invalid="ignore"):
        logits = h[-1] @ layer.V.T + layer.c
        p = np.exp(logits - logits.max(1, keepdims=True))
        p /= p.sum(1, keepdims=True)
        p[np.arange(len(y)), y] -= 1
        g = p @ layer.V
        at_end = np.linalg.norm(g)
        for t in range(1, steps + 1):
            g = (g * (h[-t] > 0)) @ layer.W
        ratio = float(np.linalg.norm(g) / at_end) if at_end > 0 else 0.0
    if not np.isfinite(ratio):
        raise ValueError("h: expected states whose gradient is finite, got some where it grows beyond")
    return ratio


def measure(layer: LayerWithReadout, x: np.ndarray, y: np.ndarray, steps: int = STEPS) -> dict[str, float]:
    """MEASURES of a layer that reads x `(T, B, n_in)` of classes `y (B,)`, over the last `steps` steps.

    participation: the mean participation ratio of J; log_gain and gradient_ratio as those functions;
    active: the share of units that are active in these steps.

    Raises: ValueError as those functions, or if states grow beyond what a number holds.
    """
    layer = _checked(layer)
    x, y, steps = _batch("x", x, y, layer.U.shape[1], len(layer.V), steps)
    h = layer.states(x)
    active = h > 0
    J = products(layer.W, active, steps)
    values = (
        participation_ratio(J).mean(), log_gain(J, steps), _gradient_ratio(layer, h, y, steps),
        active[-steps:].mean(),
    )  # fmt: skip
    return dict(zip(MEASURES, map(float, values)))


def _checked(layer: LayerWithReadout) -> LayerWithReadout:
    """The layer, of arrays that fit one another."""
    arrays = {name: numbers(name, value).astype(float) for name, value in vars(layer).items()}
    U, W, b, V, c = (arrays[name].shape for name in "UWbVc")
    n, n_in, n_out = len(arrays["W"]) if W else 0, U[-1] if U else 0, len(arrays["V"]) if V else 0
    if 0 in (n, n_in, n_out) or (U, W, b, V, c) != ((n, n_in), (n, n), (n,), (n_out, n), (n_out,)):
        raise ValueError(
            "layer: expected U (n, n_in), W (n, n), b (n,), V (n_out, n), c (n_out,), got shapes "
            f"{U}, {W}, {b}, {V} and {c}"
        )
    for name, array in arrays.items():
        _finite(name, array)
    return LayerWithReadout(**arrays)


def _batch(name: str, x, y, width: int, n_out: int, steps: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Inputs or states `(T, B, width)`, classes `(B,)` and a number of steps that there are."""
    x, y, steps = numbers(name, x).astype(float), numbers("y", y), size("steps", steps)
    if x.ndim != 3 or 0 in x.shape or x.shape[2] != width:
        raise ValueError(f"{name}: expected shape (T, B, {width}), got {x.shape}")
    _finite(name, x)
    if y.shape != x.shape[1:2] or y.dtype.kind not in "iu" or not ((0 <= y) & (y < n_out)).all():
        raise ValueError(
            f"y: expected {x.shape[1]} classes, whole numbers below {n_out}, got {y.dtype} of shape {y.shape}"
        )
    if steps > len(x):
        raise ValueError(f"steps: expected at most {len(x)}, got {steps}")
    return x, y, steps


def _finite(name: str, array: np.ndarray) -> None:
    if not np.isfinite(array).all():
        raise ValueError(f"{name}: expected finite entries, got NaN or infinity")


def _real(name: str, value) -> np.ndarray:
    array = matrices(name, value)
    if np.iscomplexobj(array) or array.shape[-1] != array.shape[-2]:
        what = "complex numbers" if np.iscomplexobj(array) else f"shape {array.shape}"
        raise ValueError(f"{name}: expected real square matrices (..., n, n), got {what}")
    return array.astype(float)
