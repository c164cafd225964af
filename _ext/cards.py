"""The picture that stands for a link to a page: its title, the book's, and the cover's curves."""

from __future__ import annotations

import textwrap
from pathlib import Path

FOLDER = "_images/cards"
INK, PAPER, MUTED, EXCITES, INHIBITS = "#1f2328", "#ffffff", "#57606a", "#0072b2", "#d55e00"


def draw_card(app, pagename: str, title: str) -> str:
    """Write the card of a page, 1200 by 630 pixels; its path within the book."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.image import imread
    from matplotlib.patches import Rectangle

    name = f"{FOLDER}/{pagename.replace('/', '-')}.png"
    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor=PAPER)
    FigureCanvasAgg(figure)
    for k in range(4):  # the mark: excitatory columns, and an inhibitory one
        square = Rectangle((0.05 + 0.022 * k, 0.875), 0.018, 0.018 * 12 / 6.3, transform=figure.transFigure)
        square.set_color(INHIBITS if k == 3 else EXCITES)
        figure.patches.append(square)
    figure.text(0.16, 0.89, app.config.html_title, fontsize=22, color=MUTED, va="center")
    whole = pagename == app.config.root_doc
    words = "Why do recurrent networks under Dale's law learn badly?" if whole else title
    figure.text(0.05, 0.78, textwrap.fill(words, 32), fontsize=36, color=INK, va="top", weight="bold")
    axes = figure.add_axes((0.4, 0.03, 0.56, 0.44), anchor="SE")
    axes.imshow(imread(Path(app.srcdir, "_static", "cover.png")), interpolation="antialiased")
    axes.set_axis_off()
    path = Path(app.outdir, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    return name
