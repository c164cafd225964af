"""Figures of chapter 3: its mechanism, and spectra that are alike. No torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ...figures.style import KIND_STYLE, NEUTRAL, in_house_style, plain_axis, subplots
from ...tasks import mnist
from ...theory import PYTORCH_RHO, quarter_circle
from . import mechanism

REACH = 3.2  # of the clouds' axes, in root mean squares along the longest


@in_house_style
def clouds(steps=(0, 1, 3, 10), *, kinds=("rnn", "colei"), seed: int = 1) -> Figure:
    """Chapter 3: a row a kind: a cloud of 100 directions after some steps, in the plane of its two longest
    axes.
    """
    x = mnist.scaled(mnist.load(source="subset").x_test[seed], float)
    figure, axes = subplots(len(kinds), len(steps), size=(2 * len(steps), 2.2 * len(kinds)))
    for kind, row in zip(kinds, axes):
        rng = np.random.default_rng(seed)
        U, W = mechanism.network(kind, rng=rng)
        cloud = np.linalg.qr(rng.normal(size=W.shape))[0]
        masks = mechanism.active(U, W, x)[mechanism.FIRST : mechanism.FIRST + max(steps)]
        for ax, product, step in zip(row, mechanism.products(W, masks)[list(steps)], steps):
            ax.scatter(
                *mechanism.positions(product, cloud), s=7, color=KIND_STYLE[kind]["color"], linewidths=0
            )
            ax.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), aspect="equal", xticks=[], yticks=[])
            ax.spines[:].set_visible(True)
            left = mechanism.directions(product)
            title = f"{KIND_STYLE[kind]['label']}, step {step}\n{left:.3g} of {len(W)} directions"
            ax.set_title(title, fontsize=9)
        row[0].set_ylabel("second axis")
    for ax in axes[-1]:
        ax.set_xlabel("longest axis")
    return figure


CHANGED = {  # ColEI with a matrix of `mechanism.CHANGES`: its colour, paler and darker
    "no_outlier": {"color": "#eca36b", "linestyle": (0, (1, 1)), "label": "ColEI, no outlier"},
    "equal": {"color": "#8a3c00", "linestyle": (0, (3, 1, 1, 1)), "label": "ColEI, one variance"},
    "neither": {"color": "#4d2200", "linestyle": (0, (6, 1)), "label": "ColEI, both changed"},
}


@in_house_style
def directions_and_size(survey: pd.DataFrame) -> Figure:
    """Chapter 3: directions left and size against steps, from `mechanism.survey`: the median and 5 to 95 % of
    draws.
    """
    figure, axes = subplots(1, 2, size=(8.4, 3.4))
    for name, found in survey.groupby("name", sort=False):
        style = KIND_STYLE.get(name) or CHANGED[name]
        for ax, values in zip(axes[0], (found.directions, 10**found.log_gain)):
            quantiles = values.groupby(found.step).quantile([0.05, 0.5, 0.95]).unstack()
            low, middle, high = quantiles.to_numpy().T
            steps = quantiles.index
            ax.fill_between(steps, low, high, color=style["color"], alpha=0.12, linewidth=0)
            ax.plot(steps, middle, **style)
    for ax, title in zip(axes[0], ("directions left, of 100", "size, relative to the start")):
        ax.set(yscale="log", xlim=(0, survey.step.max()), xlabel="steps", title=title)
    plain_axis(axes[0, 0].yaxis, between=(1, 100))
    axes[0, 0].set_ylabel(f"median, 5 to 95 % of {survey.draw.nunique():,} draws")
    axes[0, 0].legend(fontsize=8)
    return figure


@in_house_style
def one_bulk_one_disc(rows: Mapping[str, tuple[str, np.ndarray, np.ndarray]]) -> Figure:
    """Chapter 3: networks whose spectra are alike, laid on one another, and on what theory says.

    rows: by name, a kind, its singular values (draws, N) and its eigenvalues (draws, N). First, the density
    of singular values; second, the share of eigenvalues within a distance of zero.
    """
    figure, ((bulk, disc),) = subplots(1, 2, size=(8.4, 3.2))
    edges = np.linspace(0, 1.3, 27)
    reach = np.linspace(0, 0.8, 81)
    for name, (kind, s, e) in rows.items():
        s = s[:, :-1] if kind == "dann" else s  # its one zero
        density, _ = np.histogram(s, edges, density=True)
        within = np.searchsorted(np.sort(np.abs(e).ravel()), reach, side="right") / e.size
        style = KIND_STYLE[kind] | {"label": name, "linewidth": 1.0, "alpha": 0.8}
        bulk.plot((edges[1:] + edges[:-1]) / 2, density, **style)
        disc.plot(reach, within, **style)
    theory = {"color": NEUTRAL, "linestyle": ":", "linewidth": 2.2, "label": "theory"}
    bulk.plot(values := np.linspace(0, 2 * PYTORCH_RHO, 200), quarter_circle(values), **theory)
    disc.plot(reach, np.minimum((reach / PYTORCH_RHO) ** 2, 1), **theory)
    bulk.set(xlabel="singular value", ylabel="density", ylim=(0, None), title="singular values")
    disc.set(xlabel="distance from zero", ylabel="share within it", title="eigenvalues")
    kinds = dict.fromkeys(kind for kind, _, _ in rows.values())
    handles = [Line2D([], [], **KIND_STYLE[kind]) for kind in kinds]
    disc.legend(handles=[*handles, Line2D([], [], **theory)], loc="lower right")
    return figure
