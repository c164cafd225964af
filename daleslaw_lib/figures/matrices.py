"""Figures of matrices: their weights as an image, and what they make of a circle."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.colors import FuncNorm
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from .style import NEUTRAL, SIGN_COLOURS, in_house_style, plain, subplots


@in_house_style
def weight_images(matrices: Mapping[str, np.ndarray], *, colour_bar: bool = True) -> Figure:
    """Matrices `(n_post, n_pre)` as images under their titles, one colour scale for all (`draw_weights`)."""
    limit = max(np.abs(W).max() for W in matrices.values())
    figure, axes = subplots(1, len(matrices), size=(2.6 * len(matrices) + 0.6, 3.0))
    for ax, (title, W) in zip(axes[0], matrices.items()):
        image = draw_weights(ax, W, limit)
        ax.spines[:].set_visible(False)
        ax.set_title(title)
        ax.set_xlabel(f"sending unit (1 to {W.shape[1]})")
    axes[0, 0].set_ylabel(f"receiving unit (1 to {len(next(iter(matrices.values())))})")
    if colour_bar:
        bar = figure.colorbar(image, ax=axes, shrink=0.8, pad=0.02, label="weight")
        tick = float(f"{limit / 2:.1g}")
        bar.set_ticks([-tick, -tick / 10, 0, tick / 10, tick])
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda x, _: plain(round(x, 4))))
    return figure


def draw_weights(ax, W: np.ndarray, limit: float | None = None):
    """A matrix `(n_post, n_pre)` as an image in a thin frame; returns matplotlib's image.

    Colours are those of the square root, up to `limit` (None: the largest weight), so that weak weights keep
    a visible sign.
    """
    limit = np.abs(W).max() if limit is None else limit
    root = FuncNorm(
        (lambda x: np.sign(x) * np.sqrt(np.abs(x)), lambda x: np.sign(x) * np.square(x)),
        vmin=-limit,
        vmax=limit,
    )
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(visible=True, color="#bbbbbb", linewidth=0.6)
    return ax.imshow(W, cmap=SIGN_COLOURS, norm=root, interpolation="nearest")


@in_house_style
def stretched_circles(matrices: Mapping[str, np.ndarray]) -> Figure:
    """What each 2 x 2 matrix makes of the unit circle: an ellipse, whose half axes are the singular values.

    Arrows go from the centre to the longest and the shortest reach; the title gives both, and the
    largest modulus of an eigenvalue.
    """
    reach = max(1.0, *(np.linalg.norm(W, 2) for W in matrices.values())) * 1.12
    columns = min(len(matrices), 3)
    rows = -(-len(matrices) // columns)
    figure, axes = subplots(rows, columns, size=(2.4 * columns + 0.2, 3.1 * rows))
    for ax in axes.flat[len(matrices) :]:
        ax.remove()
    angle = np.linspace(0, 2 * np.pi, 241)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    for ax, (title, W) in zip(axes.flat, matrices.items()):
        axis, s, _ = np.linalg.svd(W)
        ax.plot(*circle, color="#999999", linestyle=":", label="unit circle")
        ax.plot(*(W @ circle), color=NEUTRAL, label="its image")
        for colour, half_axis in zip(("#0072B2", "#CC79A7"), (axis * s).T):
            half_axis = half_axis * (1 if half_axis.sum() >= 0 else -1)  # a sign that LAPACK leaves open
            ax.annotate("", half_axis, (0, 0), arrowprops={"arrowstyle": "->", "color": colour, "lw": 2})
        largest = np.abs(np.linalg.eigvals(W)).max()
        ax.set_title(
            f"{title}\nsingular values {s[0]:.2f}, {abs(s[1]):.2f}\nlargest |eigenvalue| {largest:.2f}",
            fontsize=9,
        )
        ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="unit 1")
    for ax in axes[:, 0]:
        ax.set_ylabel("unit 2")
    axes[0, 0].legend(loc="lower right", fontsize=7.5)
    return figure
