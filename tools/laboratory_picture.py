"""Draw what stands in for the spectral laboratory where no script runs.

python -m tools.laboratory_picture
"""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from PIL import Image

from daleslaw_lib import figures
from daleslaw_lib.figures.style import draw_circle
from daleslaw_lib.initialisation.draw import DEFAULT_RHO, draw_matrix
from daleslaw_lib.spectra import eigenvalues, singular_values, svd_entropy
from daleslaw_lib.studies.initial_spectra.laboratory import PICTURE

N, EI_RATIO, SEED = 100, 9, 1
KINDS = ("rnn", "colei")
SIGNS = LinearSegmentedColormap.from_list("signs", [figures.INHIBITORY, "white", figures.EXCITATORY])


def draw_network(axes, kind: str, W: np.ndarray) -> None:
    """Weights and eigenvalues."""
    name, colour = figures.KIND_STYLE[kind]["label"], figures.KIND_STYLE[kind]["color"]
    rooted = np.sign(W) * np.sqrt(np.abs(W))
    limit = np.quantile(np.abs(rooted), 0.98)
    axes[0].imshow(rooted, cmap=SIGNS, vmin=-limit, vmax=limit, interpolation="nearest")
    axes[0].set(xticks=[], yticks=[], xlabel="sending unit", ylabel="receiving unit")
    axes[0].set_title(f"{name}, weights")

    e, rho = eigenvalues(W), DEFAULT_RHO[kind]
    draw_circle(axes[1], rho, color="#777777", linestyle="--", linewidth=1)
    axes[1].scatter(e.real, e.imag, s=5, color=colour, linewidths=0)
    axes[1].set(xlim=(-2, 2), ylim=(-2, 2), aspect="equal", xlabel="real part")
    axes[1].set_title(f"eigenvalues, up to {np.abs(e).max():.2f}")


def draw_ranks(ax, matrices: dict[str, np.ndarray]) -> None:
    """Singular values of all by rank, ColEI's outlier named."""
    for kind, W in matrices.items():
        s, style = singular_values(W), figures.KIND_STYLE[kind]
        H = f"H = {svd_entropy(singular_values=s):.2f}"
        ax.plot(np.arange(1, N + 1), s.clip(0.01), ".", markersize=5, color=style["color"])
        if s[0] > 1.5 * s[1]:
            ax.plot(1, s[0], "o", markersize=11, fillstyle="none", color=style["color"])
            words, at = f"{style['label']}’s outlier: {s[0]:.1f}; {H}", (3.2, s[0])
            ax.annotate(words, at, color=style["color"], va="center", weight="bold")
        else:
            words = f"{style['label']}, largest: {s[0]:.2f}; {H}"
            ax.annotate(words, (0.62 * N, 1.5), color=style["color"], ha="center", weight="bold")
    ax.axhline(1, color="#777777", linewidth=0.8, zorder=0)
    ax.set(yscale="log", xlim=(-1, N + 1), ylim=(0.01, 100), xlabel="rank", ylabel="singular value")
    ax.set_yticks([0.01, 0.1, 1, 10, 100], ["≤ 0.01", "0.1", "1", "10", "100"])
    ax.minorticks_off()


def main() -> None:
    matrices = {kind: draw_matrix(kind, N, EI_RATIO, rng=np.random.default_rng(SEED)) for kind in KINDS}
    with mpl.rc_context(figures.HOUSE):
        figure, axes = figures.subplots(2, 4, size=(9.2, 5), height_ratios=(1, 1.2))
        for k, (kind, W) in enumerate(matrices.items()):
            draw_network(axes[0, 2 * k : 2 * k + 2], kind, W)
        grid = axes[1, 0].get_gridspec()
        for ax in axes[1]:
            ax.remove()
        draw_ranks(figure.add_subplot(grid[1, :]), matrices)
        figure.savefig(PICTURE, dpi=130)
    few = Image.open(PICTURE).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    few.save(PICTURE, optimize=True)
    print(f"{PICTURE.name}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
