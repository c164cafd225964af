"""Draw what stands in for the spectral laboratory where no script runs.

python -m tools.laboratory_picture
"""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from PIL import Image

from daleslaw_lib import figures, theory
from daleslaw_lib.initialisation import split_population
from daleslaw_lib.initialisation.draw import DEFAULT_RHO, draw_matrix
from daleslaw_lib.spectra import eigenvalues, singular_values, svd_entropy
from daleslaw_lib.studies.initial_spectra.laboratory import PICTURE

N, EI_RATIO, SEED = 100, 9, 1
SIGNS = LinearSegmentedColormap.from_list("signs", [figures.INHIBITORY, "white", figures.EXCITATORY])
BINS = np.geomspace(0.01, 100, 49)


def draw_row(axes, kind: str) -> None:
    """Weights, eigenvalues, and singular values with the theory's line."""
    W = draw_matrix(kind, N, EI_RATIO, rng=np.random.default_rng(SEED))
    s, e, colour = singular_values(W), eigenvalues(W), figures.KIND_STYLE[kind]["color"]
    rooted = np.sign(W) * np.sqrt(np.abs(W))
    limit = np.quantile(np.abs(rooted), 0.98)
    axes[0].imshow(rooted, cmap=SIGNS, vmin=-limit, vmax=limit, interpolation="nearest")
    axes[0].set(xticks=[], yticks=[], xlabel="sending unit", ylabel="receiving unit")
    axes[0].set_title(f"{figures.KIND_STYLE[kind]['label']}, weights")

    rho = DEFAULT_RHO[kind]
    angle = np.linspace(0, 2 * np.pi, 200)
    axes[1].plot(rho * np.cos(angle), rho * np.sin(angle), color="#777777", linestyle="--", linewidth=1)
    axes[1].scatter(e.real, e.imag, s=5, color=colour, linewidths=0)
    axes[1].set(xlim=(-2, 2), ylim=(-2, 2), aspect="equal", xlabel="real part", ylabel="imaginary part")
    axes[1].set_title(f"eigenvalues, up to {np.abs(e).max():.2f}")

    grid = np.geomspace(0.01, 100, 481)
    if kind == "colei":
        n_e, n_i = split_population(N, EI_RATIO)
        unit = np.abs(W).mean() * N / (2 * n_e)  # m_E: half of all weight excites
        density = theory.colei_noise_density(grid / unit, n_e, n_i) / unit
    else:
        density = theory.quarter_circle(grid, rho)
    axes[2].hist(s.clip(0.01), BINS, color=colour, alpha=0.55)
    line = N * density * grid * np.log(BINS[1] / BINS[0])
    axes[2].plot(grid, np.where(line > 0, line, np.nan), color="black", linewidth=1.2)
    axes[2].set(
        xscale="log",
        xlim=(0.01, 100),
        ylim=(0, 15),
        yticks=[0, 5, 10, 15],
        xlabel="singular value",
        ylabel=f"number, of {N}",
    )
    axes[2].set_xticks([0.01, 0.1, 1, 10, 100], ["≤ 0.01", "0.1", "1", "10", "100"])
    axes[2].minorticks_off()
    axes[2].set_title(f"singular values, up to {s[0]:.1f}; H = {svd_entropy(singular_values=s):.2f}")


def main() -> None:
    with mpl.rc_context(figures.HOUSE):
        figure, axes = figures.subplots(2, 3, size=(8.6, 5.6), width_ratios=(1, 1, 1.3))
        for row, kind in zip(axes, ("colei", "rnn")):
            draw_row(row, kind)
        figure.savefig(PICTURE, dpi=130)
    few = Image.open(PICTURE).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    few.save(PICTURE, optimize=True)
    print(f"{PICTURE.name}: {PICTURE.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
