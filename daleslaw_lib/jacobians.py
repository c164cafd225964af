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

from .checks import matrices, positive_integer

STEPS = (
    10  # the last ones of a sequence; of all 28 rows of a digit the first are blank, and nothing is active
)
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

    def states(self, x: np.ndarray) -> np.ndarray:
        """States h of inputs `x (T, B, n_in)`, from h = 0: `(T, B, n)`."""
        h, found = np.zeros((x.shape[1], len(self.W))), np.empty((*x.shape[:2], len(self.W)))
        for t, x_t in enumerate(x):
            h = np.maximum(x_t @ self.U.T + h @ self.W.T + self.b, 0)
            found[t] = h
        return found


def products(W, active, steps: int = STEPS) -> np.ndarray:
    """J of each sequence over its last `steps` steps: `W (n, n)`, `active (T, B, n)` -> `(B, n, n)`.

    Raises: ValueError if W is not square, masks are of another width, or there are fewer steps.
    """
    W, active = matrices("W", W), np.asarray(active, bool)
    got = f"{W.shape} and {active.shape}"
    if W.ndim != 2 or active.ndim != 3 or W.shape != (active.shape[2],) * 2:
        raise ValueError(f"products: expected W (n, n) and active (T, B, n), got {got}")
    if positive_integer("steps", steps) > len(active):
        raise ValueError(f"steps: expected at most {len(active)}, got {steps}")
    J = active[-steps][:, :, None] * W
    for t in range(len(active) - steps + 1, len(active)):
        J = active[t][:, :, None] * (W @ J)
    return J


def participation_ratio(J) -> np.ndarray:
    """(sum s^2)^2 / sum s^4 of `J (..., n, n)`: in how many directions changes arrive; 0 if in none.

    Both sums are norms, |J|_F^2 and |J^T J|_F^2, and need no singular values.
    """
    J = matrices("J", J)
    total = np.square(J).sum((-2, -1))
    squares = np.square(np.swapaxes(J, -1, -2) @ J).sum((-2, -1))
    return np.divide(total**2, squares, out=np.zeros_like(total), where=squares > 0)


def log_gain(J, steps: int = STEPS) -> float:
    """log of the root mean square singular value of J `(B, n, n)`, all sequences together, per step.

    -30 a step where nothing passes.
    """
    J = matrices("J", J)
    mean = np.square(J).sum((-2, -1)).mean() / J.shape[-1]
    return float(np.log(max(mean, np.exp(-60.0 * steps))) / (2 * steps))


def gain_of_half(W, steps: int = STEPS) -> float:
    """By how much a step of `W (n, n)` changes the length of a small change, half of the units being active.

    The root mean square of |P_k W .. P_1 W v| over all masks P, each unit active with probability 1/2 at each
    step, and all directions v, to the power 1 / k; 0 if no change is left. Exact: the second moments of a
    change are C, then W C W^T with a quarter off the diagonal and a half on it.

    Raises: ValueError unless W is one square matrix with finite entries, steps a whole number >= 1.
    """
    W = matrices("W", W)
    if W.ndim != 2 or W.shape[0] != W.shape[1]:
        raise ValueError(f"W: expected one square matrix (n, n), got shape {W.shape}")
    C, log_square = np.eye(len(W)) / len(W), 0.0
    for _ in range(positive_integer("steps", steps)):
        C = W @ C @ W.T
        C = (C + np.diag(np.diag(C))) / 4
        total = np.trace(C)
        if total <= 0:
            return 0.0
        C, log_square = C / total, log_square + np.log(total)
    return float(np.exp(log_square / (2 * steps)))


def gradient_ratio(layer: LayerWithReadout, h: np.ndarray, y: np.ndarray, steps: int = STEPS) -> float:
    """Length of the loss's gradient by the state `steps` steps before the end, over that at the end.

    Cross-entropy of classes `y (B,)`, states `h (T, B, n)`; lengths are root mean squares over sequences.
    """
    logits = h[-1] @ layer.V.T + layer.c
    p = np.exp(logits - logits.max(1, keepdims=True))
    p /= p.sum(1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    g = p @ layer.V
    at_end = np.linalg.norm(g)
    for t in range(1, steps + 1):
        g = (g * (h[-t] > 0)) @ layer.W
    return float(np.linalg.norm(g) / at_end) if at_end > 0 else 0.0


def measure(layer: LayerWithReadout, x: np.ndarray, y: np.ndarray, steps: int = STEPS) -> dict[str, float]:
    """MEASURES of a layer that reads x `(T, B, n_in)` of classes `y (B,)`, over the last `steps` steps.

    participation: the mean participation ratio of J; log_gain and gradient_ratio as those functions;
    active: the share of units that are active in these steps.
    """
    h = layer.states(x)
    active = h > 0
    J = products(layer.W, active, steps)
    values = (
        participation_ratio(J).mean(), log_gain(J, steps), gradient_ratio(layer, h, y, steps),
        active[-steps:].mean(),
    )  # fmt: skip
    return dict(zip(MEASURES, map(float, values)))
