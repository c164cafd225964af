"""How fast is it: what the benchmarks measured, drawn and tabulated. Reads nothing but what it is given."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from statistics import fmean

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from daleslaw_lib.figures import in_house_style, plain_axis, subplots
from daleslaw_lib.initialisation import KINDS, NAMES

STYLE = {  # of a contestant: name, colour, marker
    "library": ("this library", "#0072B2", "o"),
    "plain": ("plain way", "#D55E00", "s"),
    "nn.RNN": ("torch.nn.RNN (no Dale's law)", "#666666", "^"),
}
AXES = {
    "members": "networks trained together",
    "units": "units a layer",
    "layers": "layers",
    "steps": "time steps",
}
QUANTITIES = {
    "seconds": ("time of an update (ms)", 1e3),
    "bytes": ("memory (MB)", 1e-6),
}


@in_house_style
def growth(rows: Iterable[Mapping], quantity: str, exponents: Mapping[str, Mapping[str, float]]) -> Figure:
    """Time of one network's update, or memory, against each of AXES; both axes logarithmic.

    rows: as `benchmarks/growth.py` writes them; quantity: "seconds" or "bytes"; exponents: slopes by what is
    changed and contestant, written beside the lines.
    """
    table, (label, unit) = pd.DataFrame(list(rows)), QUANTITIES[quantity]
    figure, axes = subplots(2, 2, size=(7.2, 6.2))
    for ax, (changed, name) in zip(axes.flat, AXES.items()):
        part = table[table.changed == changed]
        for contestant, lines in part.groupby("contestant", sort=False):
            _, colour, marker = STYLE[contestant]
            slope = f"exponent {exponents[changed][contestant]:.2f}"
            ax.plot(lines[changed], unit * lines[quantity], color=colour, marker=marker, label=slope)
        ax.set(xscale="log", yscale="log", xlabel=name, ylabel=label)
        values = sorted(set(part[changed]))
        ax.set_xticks(values, [str(value) for value in values])
        ax.tick_params(axis="x", which="minor", bottom=False, labelbottom=False)
        low, high = ax.get_ylim()
        subs = (1, 2, 5) if high > 5 * low else (1, 1.2, 1.5, 2, 3, 4, 5, 6, 7, 8)
        ax.yaxis.set_major_locator(mpl.ticker.LogLocator(subs=subs))
        ax.yaxis.set_minor_formatter(mpl.ticker.NullFormatter())
        plain_axis(ax.yaxis)
        ax.legend(fontsize=9)
    handles = [
        Line2D([], [], color=colour, marker=marker, label=words) for words, colour, marker in STYLE.values()
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3, fontsize=9)
    return figure


def limit_table(
    shapes: Mapping[str, Mapping[str, Mapping[str, float]]], aimed_at: Mapping[str, float]
) -> pd.DataFrame:
    """A row a shape and kind of network: updates a second, and shares of the two matrix-product rates."""
    rows = []
    for shape, versions in shapes.items():
        now, before = versions["now"], versions.get("before")
        for kind in KINDS:
            flops = now[kind] * now["update flops"]
            row = {
                "shape": shape,
                "network": NAMES[kind],
                "updates / s": f"{now[kind]:,.0f}",
                "share of mm": f"{flops / now['mm']:.0%}",
                "aimed at": f"{aimed_at[shape]:.0%}",
                "share of bmm": f"{flops / now['bmm']:.0%}",
            }
            if before is not None:
                row["× before"] = f"{now[kind] / before[kind]:.2f}"
            rows.append(row)
    return pd.DataFrame(rows).set_index(["shape", "network"])


def pieces_table(pieces: Mapping[str, float]) -> pd.DataFrame:
    """Milliseconds of each part of an update, and its share of the whole."""
    whole = pieces["a whole update"]
    rows = [
        {"part": name, "ms": round(1e3 * value, 2), "share": f"{value / whole:.0%}"}
        for name, value in pieces.items()
    ]
    return pd.DataFrame(rows).set_index("part")


def contestants_table(result: Mapping, aimed_at: Mapping[int, float]) -> pd.DataFrame:
    """A row a number of networks and a kind: updates a second, how many times others', the products' share.

    result: as `benchmarks/throughput.py` writes it; aimed_at: times JAX, by number of networks. Shares are of
    the rate of large products on the machine: now, and what the aim would take.
    """
    updates, members, rows = result["updates_per_second"], result["members"], []
    share = result["ratios"][f"share of the machine's mm rate at {members}"]
    flops = share / fmean(
        updates[f"library {kind} x{members}"] for kind in KINDS
    )  # of an update, in that unit
    for size in (1, members):
        for kind in KINDS:
            ours, in_jax = updates[f"library {kind} x{size}"], updates[f"JAX {kind} x{size}"]
            rows.append(
                {
                    "at once": size,
                    "network": NAMES[kind],
                    "updates / s": f"{ours:,.0f}",
                    "× JAX": f"{ours / in_jax:.2f}",
                    "aimed at": f"{aimed_at[size]:.1f}",
                    "× nn.RNN": f"{ours / updates['nn.RNN']:.2f}",
                    "× plain way": f"{ours / updates[f'plain {kind}']:.2f}",
                    "× torch alone": f"{ours / updates[f'torch alone {kind} x{size}']:.2f}",
                    "share of mm": f"{ours * flops:.0%}",
                    "at the aim": f"{aimed_at[size] * in_jax * flops:.0%}",
                }
            )
    return pd.DataFrame(rows).set_index(["at once", "network"])
