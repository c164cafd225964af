"""Figures of chapter 4: spectra before learning and while it goes on, beside the test error."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from ...archive.reading import Archive
from ...evidence.summary import QUANTITIES
from ...figures.learning import curves_by_kind
from ...figures.style import KIND_STYLE, NEUTRAL, in_house_style, plain_axis, provenance, subplots
from ...tasks.adding import sequences
from .courses import courses


@in_house_style
def spectrum_beside_learning(
    singular_values: dict[str, np.ndarray], archive: Archive, *, preset: str = "corrected"
) -> Figure:
    """Chapter 4: left, singular values at the start by rank; right, what learning makes of it.

    `singular_values[kind]` is `(seeds, N)`, largest first, of the very networks whose curves are shown.
    """
    figure, (axes,) = subplots(1, 2, size=(7.6, 3.5))
    for kind, s in singular_values.items():
        rank = np.arange(1, s.shape[1] + 1)
        axes[0].plot(rank, s.T, color=KIND_STYLE[kind]["color"], linewidth=0.6, alpha=0.45)
        axes[0].plot(rank, np.median(s, 0), **KIND_STYLE[kind])
    axes[0].set(xscale="log", yscale="log", xlabel="rank of the singular value", ylabel="singular value")
    axes[0].set_ylim(bottom=0.02)
    axes[0].set_title("before learning: the recurrent matrix's spectrum")
    for axis in (axes[0].xaxis, axes[0].yaxis):
        plain_axis(axis)
    for kind, table in curves_by_kind(archive, preset, "test_error").items():
        table = table[table.index > 0]
        axes[1].plot(table.index, table.to_numpy(), color=KIND_STYLE[kind]["color"], linewidth=0.5, alpha=0.4)
        axes[1].plot(table.index, table.median(axis=1), **KIND_STYLE[kind])
    axes[1].set(yscale="log", xlabel="update", ylabel=QUANTITIES["test_error"].words)
    axes[1].set_title("learning: row-sequential MNIST")
    axes[1].xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
    plain_axis(axes[1].yaxis, minor="235", grid=True)
    axes[1].legend(loc="upper right")
    provenance(figure, archive.provenance)
    return figure


@in_house_style
def spectra_while_learning(archive: Archive, *, seed: int) -> Figure:
    """Chapter 4: one seed: singular values before learning (broad, pale) and after it; entropy and test
    error.

    Raises: ValueError if the archive's runs kept no spectra, or there is none of this seed.
    """
    found = [course for course in courses(archive) if course.seed == seed]
    if not found:
        raise ValueError(f"seed: expected one of {sorted(set(archive.runs.seed))}, got {seed!r}")
    figure = subplots(size=(7.6, 5.4))[0]
    figure.clear()
    panels = figure.subfigures(2, 1, height_ratios=(1.1, 1))
    above = panels[0].subplots(1, len(found), sharey=True, squeeze=False)[0]
    for ax, course in zip(above, found):
        style, rank = KIND_STYLE[course.kind], np.arange(1, course.s.shape[1] + 1)
        ax.plot(rank, course.s[0], color=style["color"], linewidth=4, alpha=0.3, label="before learning")
        ax.plot(rank, course.s[-1], color=style["color"], label="after")
        ax.set(xscale="log", yscale="log", ylim=(0.01, 20), xlabel="rank", title=style["label"])
        for axis in (ax.xaxis, ax.yaxis):
            plain_axis(axis)
    above[0].set_ylabel("singular value")
    above[0].legend(loc="lower left", fontsize=8)
    below = panels[1].subplots(1, 2)
    for ax, quantity, words in zip(below, ("entropy", "error"), ("entropy H", "test error (%)")):
        for course in found:
            ax.plot(course.update, getattr(course, quantity), **KIND_STYLE[course.kind])
        ax.set(xlabel="update", ylabel=words)
        first, last = course.update[1], course.update[-1]
        ax.set_xscale("symlog", linthresh=first, linscale=0.3)  # log 0 has no place
        ax.set_xticks([0, *(10**k for k in range(1, 6) if 2 * first < 10**k < last)])
        ax.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
    below[1].set_yscale("log")
    plain_axis(below[1].yaxis, minor="235", grid=True)
    below[1].legend(loc="lower left")
    provenance(figure, archive.provenance)
    return figure


@in_house_style
def adding_seen(*, seed: int, T: int = 20) -> Figure:
    """Chapter 4: one adding problem as a network reads it: a value (bar) and a marker (dot) at every step."""
    x, y = sequences(1, T, rng=np.random.default_rng(seed))
    values, marked = x[0, :, 0], x[0, :, 1] > 0
    figure, ((ax,),) = subplots(size=(7.2, 2.1))
    steps = np.arange(1, T + 1)
    ax.bar(steps, values, color=np.where(marked, NEUTRAL, "#bbbbbb"), width=0.7)
    for step, value in zip(steps[marked], values[marked]):
        ax.plot(step, 1.12, "o", color=NEUTRAL, markersize=6)
        ax.annotate(f"{value:.2f}", (step, value), ha="center", va="bottom", fontsize=9)
    ax.set(xlabel="step", ylabel="value", ylim=(0, 1.25), xlim=(0.3, T + 0.7), yticks=(0, 0.5, 1))
    ax.set_xticks([1, T // 2, T])
    ax.set_title(f"target: {' + '.join(f'{v:.2f}' for v in values[marked])} = {y.item():.2f}")
    provenance(figure, f"one drawn problem, seed {seed}")
    return figure


@in_house_style
def digit_seen(image: np.ndarray, states: dict[str, np.ndarray], *, footer: str) -> Figure:
    """Chapter 4: a digit `(28, 28)`, and the activity `(28, N)` of networks while they read it from its first
    row on.

    Time goes down in every panel. Units are ordered by when they are most active; each panel's darkest is
    its own largest activity.
    """
    figure, (axes,) = subplots(1, 1 + len(states), size=(7.6, 3.4), sharey=True)
    axes[0].imshow(image, cmap="Greys", aspect="auto", interpolation="nearest")
    axes[0].set(title="what is read", xlabel="pixel", ylabel="step")
    for ax, (kind, h) in zip(axes[1:], states.items()):
        silent = h.max(0) <= 0
        order = np.lexsort((h.argmax(0), silent))
        ax.imshow(h[:, order], cmap="Greys", aspect="auto", interpolation="nearest")
        ax.set(title=f"{KIND_STYLE[kind]['label']}: {int((~silent).sum())} of {h.shape[1]} units answer")
        ax.set_xlabel("unit, by when it is most active")
    axes[0].set_yticks([0, 9, 18, 27], ["1", "10", "19", "28"])
    provenance(figure, footer)
    return figure
