"""Figures of chapter 4: spectra before learning and while it goes on, beside the test error."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from ...archive.reading import Archive
from ...evidence.summary import QUANTITIES
from ...figures.learning import curves_by_kind, seeds_and_median
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
        seeds_and_median(axes[1], kind, table[table.index > 0])
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


def adding_problem(*, seed: int, T: int = 20) -> tuple[np.ndarray, float]:
    """Chapter 4: one adding problem, x `(T, 2)`, values and markers, and its target."""
    x, y = sequences(1, T, rng=np.random.default_rng(seed))
    return x[0], y.item()


@in_house_style
def adding_seen(*, seed: int, T: int = 20, reads: dict | None = None, footer: str = "") -> Figure:
    """Chapter 4: one adding problem as a network reads it: a value (bar) and a marker (dot) at every step.

    `reads[kind]`, as `states_while_adding` gives it for the same problem, adds what each network would answer
    at every step, and the activity of its units, ordered by when they are most active.
    """
    x, target = adding_problem(seed=seed, T=T)
    reads = reads or {}
    rows = 1 + bool(reads) + len(reads)
    options = dict(sharex=True, height_ratios=[1.2, 1.2, *(1 for _ in reads)]) if reads else {}
    figure, axes = subplots(rows, 1, size=(7.2, 2.1 + 1.25 * (rows - 1)), **options)
    top, *others = axes[:, 0]
    _show_problem(top, x, target)
    steps = np.arange(1, T + 1)
    for kind, read in reads.items():
        others[0].plot(steps, read.answer, **KIND_STYLE[kind])
    for ax in others[:1]:
        ax.axhline(target, color=NEUTRAL, linewidth=0.8, linestyle=":")
        ax.set(ylabel="answer", title=f"what each would answer if asked at this step (dotted: {target:.2f})")
        ax.legend(loc="upper left", ncols=2)
    for ax, (kind, read) in zip(others[1:], reads.items()):
        order = np.lexsort((read.h.argmax(0), read.h.max(0) <= 0))
        extent = (0.5, T + 0.5, len(order) + 0.5, 0.5)
        ax.imshow(read.h[:, order].T, cmap="Greys", aspect="auto", interpolation="nearest", extent=extent)
        ax.set(
            ylabel="unit", title=f"{KIND_STYLE[kind]['label']}: activity of its units", yticks=(1, len(order))
        )
    axes[-1, 0].set(xlabel="step")
    axes[-1, 0].set_xticks([1, T // 2, T])
    provenance(figure, footer or f"one drawn problem, seed {seed}")
    return figure


def _show_problem(ax, x: np.ndarray, target: float) -> None:
    values, marked = x[:, 0], x[:, 1] > 0
    steps = np.arange(1, len(x) + 1)
    ax.bar(steps, values, color=np.where(marked, NEUTRAL, "#bbbbbb"), width=0.7)
    for step, value in zip(steps[marked], values[marked]):
        ax.plot(step, 1.12, "o", color=NEUTRAL, markersize=6)
        ax.annotate(f"{value:.2f}", (step, value), ha="center", va="bottom", fontsize=9)
    ax.set(ylabel="value", ylim=(0, 1.25), xlim=(0.3, len(x) + 0.7), yticks=(0, 0.5, 1))
    ax.set_title(f"target: {' + '.join(f'{v:.2f}' for v in values[marked])} = {target:.2f}")


@in_house_style
def words_seen(reading, *, footer: str, guesses: int = 3) -> Figure:
    """Chapter 4: words as they enter, from the top, and after each the likeliest that follow.

    The darker, the likelier. A framed guess is the word that came; the last column is the probability that it
    was given.
    """
    came = reading.words[1:]
    figure, (axes,) = subplots(1, len(reading.expected), size=(7.6, 0.6 + 0.33 * len(came)), sharey=True)
    for ax, kind in zip(axes, reading.expected):
        found, given = reading.guesses(kind, guesses), reading.given(kind)
        shares = np.column_stack([[[p for _, p in row] for row in found], given])
        ax.imshow(shares, cmap="Greys", vmin=0, vmax=1, aspect="auto", interpolation="nearest")
        for t, row in enumerate(found):
            words = [word for word, _ in row] + [f"{given[t]:.2f}"]
            for k, word in enumerate(words):
                colour = "white" if shares[t, k] > 0.5 else "#222222"
                ax.text(k, t, word, ha="center", va="center", fontsize=8.5, color=colour)
                if word == came[t]:
                    frame = dict(fill=False, edgecolor=KIND_STYLE[kind]["color"], linewidth=1.8)
                    ax.add_patch(mpl.patches.Rectangle((k - 0.5, t - 0.5), 1, 1, **frame))
        ax.set(title=f"{KIND_STYLE[kind]['label']} expects", xlim=(-0.5, guesses + 0.5))
        ax.set_xticks(range(guesses + 1), [*(f"guess {k + 1}" for k in range(guesses)), "given"])
        ax.set_yticks(range(len(came)), reading.words[:-1])
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
    axes[0].set_ylabel("word that enters, the first on top")
    provenance(figure, footer)
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
