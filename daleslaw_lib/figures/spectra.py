"""Figures of eigenvalues, singular values and entropies, and of gradients through time. No torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.text import Text

from .style import (
    EXCITATORY,
    INHIBITORY,
    KIND_MARKER,
    KIND_STYLE,
    NEUTRAL,
    draw_circle,
    in_house_style,
    plain_axis,
    subplots,
)
from .vectors import PHONE, SMALL, wrapped


@in_house_style
def through_time(panels: Mapping[str, Mapping[str, np.ndarray]]) -> Figure:
    """A panel for each quantity: its values by kind, `(draws, steps)`, against steps back in time.

    A line is the median of the draws, its band goes from the 5th to the 95th percentile; log scale.
    """
    figure, axes = subplots(1, len(panels), size=(3.9 * len(panels), 3.4))
    for ax, (title, by_kind) in zip(axes[0], panels.items()):
        for kind, values in by_kind.items():
            low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], axis=0)
            steps = np.arange(1, len(middle) + 1)
            ax.fill_between(steps, low, high, color=KIND_STYLE[kind]["color"], alpha=0.2, linewidth=0)
            ax.plot(steps, middle, **KIND_STYLE[kind])
        ax.set(yscale="log", xlim=(1, steps[-1]), xlabel="steps back in time", title=title)
        low, high = ax.get_ylim()
        if high / low < 1e3:
            plain_axis(ax.yaxis, between=(low, high))
    draws = {len(values) for by_kind in panels.values() for values in by_kind.values()}
    axes[0, 0].set_ylabel(f"median, 5 to 95 % of {_counts(draws)} draws")
    axes[0, 0].legend(loc="best")
    return figure


def _counts(numbers) -> str:
    return " or ".join(f"{number:,}" for number in sorted(numbers))


@in_house_style
def spectra_of_kinds(
    eigenvalues: Mapping[str, np.ndarray],
    singular_values: Mapping[str, np.ndarray],
    radius: Mapping[str, float],
    *,
    n_inhibitory: Mapping[str, int] | None = None,
    density: Mapping[str, object] | None = None,
    ends: Mapping[str, float] | None = None,
) -> Figure:
    """Above, eigenvalues `(draws, N)` in the plane with circles of the given radii; below, singular values.

    Kinds in `n_inhibitory` have their singular values coloured by group; `density[kind]` is a
    function of s, drawn as a line over the histogram; `ends[kind]` is where the paper's histogram ends.
    """
    kinds = list(singular_values)
    figure, axes = subplots(2, len(kinds), size=(2.7 * len(kinds), 5.4))
    limit = 1.12 * max(max(radius.values()), *(np.abs(e).max() for e in eigenvalues.values()))
    bounds = _bounds(singular_values.values())
    bounds = bounds[0], 1.25 * max(bounds[1] / 1.25, *(ends or {}).values(), 0)
    for column, kind in enumerate(kinds):
        above, below = axes[:, column]
        values = eigenvalues[kind]
        _plane(above, values, kind, circle=radius[kind], limit=limit)
        above.set_title(f"{KIND_STYLE[kind]['label']}, eigenvalues of {len(values):,} draws")
        groups = (n_inhibitory or {}).get(kind)
        s = singular_values[kind]
        curve = (density or {}).get(kind)
        _histogram(below, s, kind, bounds=bounds, n_inhibitory=groups, density=curve)
        below.set_title(f"singular values of {len(s):,} draws")
        if ends and kind in ends:
            _mark_end(below, ends[kind], bounds)
    for ax in axes[:, 1:].flat:
        ax.set_ylabel("")
    _share_height(axes[1])
    return figure


@in_house_style
def eigenvalue_grid(
    cells: Mapping[str, Mapping[str, np.ndarray]], kind: Mapping[str, str] | str, radius=None
) -> Figure:
    """Eigenvalues `(draws, N)` by row title and column title; `kind` of each column, or of all.

    `radius`: of the dashed circle, one for all or a mapping like `cells`.
    """
    rows, columns = list(cells), list(next(iter(cells.values())))
    size = (2.1 * len(columns) + 0.3, 2.15 * len(rows) + 0.2)
    figure, axes = _planes(cells, rows, columns, kind, radius, size)
    _label_grid(axes, rows, columns)
    figure.on_a_phone = lambda: _planes_on_a_phone(figure, cells, rows, columns, kind, radius)
    return figure


@in_house_style
def _planes_on_a_phone(figure, cells, rows, columns, kind, radius) -> Figure:
    """The same grid, with numbers at its edges alone."""
    size = (PHONE, PHONE * (len(rows) + 0.7) / len(columns))
    phone, axes = _planes(cells, rows, columns, kind, radius, size, sharex=True, sharey=True)
    for ax in axes.flat:
        ax.set(xlabel="", ylabel="", xticks=[-1, 1] if ax.get_xlim()[1] > 1 else [-0.5, 0.5])
        ax.set_yticks(ax.get_xticks())
        ax.tick_params(labelsize=SMALL)
    for ax, name in zip(axes[0], columns):
        ax.set_title(wrapped(name.replace(" %", "\N{NO-BREAK SPACE}%"), 40 // len(columns)), fontsize=SMALL)
    for ax, name in zip(axes[:, 0], rows):
        ax.set_ylabel(name.splitlines()[0], fontsize=SMALL)
    phone.supxlabel("real part; upwards, imaginary part", fontsize=SMALL)
    return _with_foot(phone, figure)


def _with_foot(phone: Figure, figure: Figure) -> Figure:
    """The form for a phone, with what stands at the figure's foot."""
    words = " ".join(text.get_text() for text in figure.texts if text.get_position()[1] < 0.02)
    phone.text(0, -0.005, wrapped(words, 50), ha="left", va="top", fontsize=SMALL, color=NEUTRAL)
    for text in phone.findobj(Text):
        text.set_fontsize(max(text.get_fontsize(), SMALL))
    return phone


def _planes(cells, rows, columns, kind, radius, size, **shared):
    figure, axes = subplots(len(rows), len(columns), size=size, **shared)
    limit = 1.1 * max(np.abs(e).max() for row in cells.values() for e in row.values())
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            which = kind if isinstance(kind, str) else kind[column]
            circle = radius[row][column] if isinstance(radius, Mapping) else radius
            _plane(axes[i, j], cells[row][column], which, circle=circle, limit=limit, size=2.5)
    return figure, axes


@in_house_style
def singular_value_grid(
    cells: Mapping[str, Mapping[str, np.ndarray]],
    kind: Mapping[str, str] | str,
    *,
    n_inhibitory: Mapping[str, Mapping[str, int]] | None = None,
) -> Figure:
    """Histograms of singular values `(draws, N)`, largest first, by row title and column title.

    Axes are shared. With `n_inhibitory` the three groups of ColEI are coloured.
    """
    rows, columns = list(cells), list(next(iter(cells.values())))
    figure, axes = subplots(len(rows), len(columns), size=(2.4 * len(columns) + 0.4, 1.9 * len(rows) + 0.4))
    _histograms(axes, cells, rows, columns, kind, n_inhibitory)
    _label_grid(axes, rows, columns)
    if n_inhibitory:
        handles = _labelled(axes)
        figure.legend(handles.values(), handles, loc="outside upper center", ncols=len(handles))
    figure.on_a_phone = lambda: _strips_on_a_phone(figure, cells, rows, columns, kind, n_inhibitory)
    return figure


@in_house_style
def _strips_on_a_phone(figure, cells, rows, columns, kind, n_inhibitory) -> Figure:
    """A strip a histogram, one below the other on one axis of singular values."""
    count = len(rows) * len(columns)
    phone, axes = subplots(count, 1, size=(PHONE, 0.72 * count + 1.0), sharex=True)
    _histograms(axes.reshape(len(rows), len(columns)), cells, rows, columns, kind, n_inhibitory)
    names = [f"{row.splitlines()[0]}, {column}" for row in rows for column in columns]
    for ax, name in zip(axes[:, 0], names):
        ax.set(xlabel="", ylabel="", yticks=[0.1, 10])
        ax.tick_params(labelsize=SMALL)
        ax.set_title(name, loc="left", fontsize=SMALL, pad=2)
    axes[-1, 0].set_xlabel("singular value", fontsize=SMALL)
    phone.supylabel("number in a bin", fontsize=SMALL)
    if n_inhibitory:
        handles = _labelled(axes)
        phone.legend(
            handles.values(), handles, loc="outside upper center", ncols=2, fontsize=SMALL, frameon=False
        )
    return _with_foot(phone, figure)


def _labelled(axes) -> dict:
    """What the legend of all panels has: handles by label."""
    found = {}
    for ax in axes.flat:
        found |= {label: handle for handle, label in zip(*ax.get_legend_handles_labels())}
    return found


def _histograms(axes, cells, rows, columns, kind, n_inhibitory) -> None:
    bounds = _bounds(s for row in cells.values() for s in row.values())
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            which = kind if isinstance(kind, str) else kind[column]
            groups = n_inhibitory[row][column] if n_inhibitory else None
            s = cells[row][column]
            _histogram(axes[i, j], s, which, bounds=bounds, n_inhibitory=groups, legend=False)
    _share_height(axes.flat)


def _mark_end(ax, x: float, bounds: tuple[float, float]) -> None:
    """A dotted line where the paper's histogram ends, with the number on the side that has room."""
    ax.axvline(x, color="black", linestyle=":", linewidth=1.2)
    left = bounds[1] / x < 4
    label = ax.annotate(
        f"paper: {x:g}", (x, 0.98), (-3 if left else 3, 0), xycoords=ax.get_xaxis_transform(),
        textcoords="offset points", ha="right" if left else "left", va="top", fontsize=9,
    )  # fmt: skip
    label.set_in_layout(False)


def _label_grid(axes, rows, columns) -> None:
    """Titles above the columns, row names at the left; axis labels at the edges only."""
    for ax in axes[:-1].flat:
        ax.set_xlabel("")
    for ax in axes[:, 1:].flat:
        ax.set_ylabel("")
    for ax, title in zip(axes[0], columns):
        ax.set_title(title)
    for ax, title in zip(axes[:, 0], rows):
        ax.set_ylabel(f"{title}\n{ax.get_ylabel()}")


def _plane(ax, values, kind, *, circle, limit, size=1.6) -> None:
    """Eigenvalues in the complex plane."""
    values = np.ravel(values)
    opacity = float(np.clip(600 / len(values), 0.3, 0.9))
    style = KIND_STYLE[kind]
    ax.scatter(
        values.real, values.imag, s=size, color=style["color"], alpha=opacity, linewidths=0, antialiased=False
    )
    if circle is not None:
        draw_circle(ax, circle, color="black", linestyle="--", linewidth=0.9)
        ax.annotate(
            f"{circle:.3g}", (0, circle), (0, 2), textcoords="offset points", ha="center", fontsize=8
        )  # fmt: skip
    ax.set(xlim=(-limit, limit), ylim=(-limit, limit), aspect="equal")
    ax.set(xlabel="real part", ylabel="imaginary part")


def _bounds(arrays) -> tuple[float, float]:
    """A range for a log axis that holds all but the smallest singular values."""
    arrays = [np.ravel(s) for s in arrays]
    low = min(np.quantile(s[s > 1e-9], 0.02) for s in arrays)
    return 0.8 * low, 1.25 * max(s.max() for s in arrays)


def _histogram(ax, s, kind, *, bounds, n_inhibitory=None, density=None, legend=True, per_decade=18) -> None:
    """Singular values `(draws, N)`, largest first: how many a matrix has in each bin, on log axes."""
    style = KIND_STYLE[kind]
    bins = np.geomspace(*bounds, int(per_decade * np.log10(bounds[1] / bounds[0])) + 1)
    centres = np.sqrt(bins[1:] * bins[:-1])
    groups = [(s, style["color"], None)]
    if n_inhibitory is not None:
        groups = _colei_groups(s, n_inhibitory)
    for values, colour, label in groups:
        counts = np.histogram(values, bins)[0] / len(s)
        ax.stairs(counts, bins, fill=True, color=colour, alpha=0.45)
        ax.stairs(counts, bins, color=colour, linewidth=1.1, label=label)
    if density is not None:
        expected = s.shape[1] * density(centres) * np.diff(bins)
        ax.plot(centres, np.where(expected > 0, expected, np.nan), color="black", linewidth=1.2)
    ax.set(xscale="log", yscale="log", xlim=bounds)
    ax.set_ylim(bottom=max(0.5 / len(s), 0.003))
    plain_axis(ax.xaxis, between=bounds)
    plain_axis(ax.yaxis)
    ax.minorticks_off()
    ax.set_xlabel("singular value")
    ax.set_ylabel(f"number in a bin\n(of {s.shape[1]:,})" if s.ndim == 2 else "number in a bin")
    if legend and n_inhibitory is not None:
        ax.legend(fontsize=7, loc="upper left", handlelength=1, borderpad=0, labelspacing=0.2)


def _colei_groups(s, n_inhibitory):
    """Singular values of a ColEI matrix, largest first, by where they come from."""
    if 2 * n_inhibitory >= s.shape[1]:  # both populations have one variance, and one bulk
        return [(s[:, 1:], EXCITATORY, "bulk"), (s[:, :1], "black", "outlier")]
    groups = [
        (s[:, n_inhibitory + 1 :], EXCITATORY, "bulk"),
        (s[:, n_inhibitory : n_inhibitory + 1], "#888888", "rest of the E mean"),
        (s[:, 1:n_inhibitory], INHIBITORY, "I group"),
        (s[:, :1], "black", "outlier"),
    ]
    return [group for group in groups if group[0].size]


def _share_height(axes) -> None:
    """One range of heights for all histograms, with room for a legend."""
    axes = list(axes)
    low = min(ax.get_ylim()[0] for ax in axes)
    high = max(ax.get_ylim()[1] for ax in axes)
    for ax in axes:
        ax.set_ylim(low, 3 * high)


@in_house_style
def entropies(values: Mapping[str, Mapping[tuple[str, str], np.ndarray]]) -> Figure:
    """Normalised SVD entropy H by kind and setting, a setting being `(group, label)`.

    A point is the mean of a setting's draws; bars go from the smallest to the largest draw.
    """
    settings = list(dict.fromkeys(s for by_setting in values.values() for s in by_setting))
    figure, ((ax,),) = subplots(size=(6.4, 3.2))
    shift = np.linspace(-0.2, 0.2, len(values))
    for offset, (kind, by_setting) in zip(shift, values.items()):
        x = np.array([settings.index(s) for s in by_setting]) + offset
        low, mean, high = np.array([(h.min(), h.mean(), h.max()) for h in by_setting.values()]).T
        style = {k: v for k, v in KIND_STYLE[kind].items() if k != "linestyle"}
        ax.errorbar(
            x, mean, (mean - low, high - mean), fmt=KIND_MARKER[kind], capsize=3, elinewidth=1, **style
        )  # fmt: skip
    labels = [label.removesuffix(" %") for _, label in settings]  # the last of a group says the unit
    for group in dict.fromkeys(group for group, _ in settings):
        members = [i for i, setting in enumerate(settings) if setting[0] == group]
        labels[members[-1]] = settings[members[-1]][1]
        for i in members:  # all in two lines, or they would not stand on one
            labels[i] += f"\n{group if i == members[(len(members) - 1) // 2] else ' '}"
        ax.axvline(members[-1] + 0.5, color="#dddddd", linewidth=0.8)
    ax.set_xticks(range(len(settings)), labels)
    ax.set_xlim(-0.5, len(settings) - 0.5)
    ax.set_ylabel("normalised SVD entropy H")
    ax.grid(axis="y", color="#dddddd", linewidth=0.6)
    figure.legend(loc="outside upper center", ncols=len(values))
    return figure


@in_house_style
def predictions(predicted: Mapping[str, np.ndarray], measured: np.ndarray, *, of: str) -> Figure:
    """Measured values against predicted ones, `(draws,)` each, with the line where they agree."""
    figure, ((ax,),) = subplots(size=(4.6, 3.8))
    everything = np.concatenate([np.ravel(measured), *map(np.ravel, predicted.values())])
    low, high = everything.min() * 0.95, everything.max() * 1.05
    ax.plot([low, high], [low, high], color="black", linewidth=0.9, label="equal")
    looks = (("#999999", "x"), (KIND_STYLE["colei"]["color"], "."))
    for (label, values), (colour, marker) in zip(predicted.items(), looks):
        ax.scatter(values, measured, s=14, color=colour, marker=marker, alpha=0.7, label=label)
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal")
    ax.set(xlabel=f"predicted {of}", ylabel=f"{of} of {np.size(measured):,} draws")
    ax.legend(fontsize=8, loc="upper left")
    return figure
