"""Figures that run in the reader's browser: their scripts, and how one figure reaches every reader.

One script has them all. It serves a published page, which has no kernel, and a live notebook, there through
the package anywidget. It is built from the repository's `web/` (`npm run build` there).
"""

from __future__ import annotations

import base64
import html
import io
import json
import math
from collections.abc import Mapping

import numpy as np
from IPython.display import display
from PIL import Image

from .. import HOME
from ..checks import one_of, positive
from .playground import WIDGET_VIEW

try:
    import anywidget
except ImportError:  # everything else works without
    anywidget = None


SCRIPT = HOME / "widgets" / "bundle" / "figures.js"  # its global variable is DaleslawFigures
FIGURES = (
    "moving-mechanism",
    "own-matrix",
    "run-explorer",
    "shaken-matrices",
    "spectral-laboratory",
    "stretched-circle",
    "training-replay",
    "transplant-bench",
)


def module(name: str) -> str:
    """The script as a module with the figure's entry, which anywidget calls.

    Raises: ValueError if there is no figure of that name.
    """
    one_of("figure", name, FIGURES)
    entry = f'export default {{ render: DaleslawFigures["{name}"].render }};'
    return f"{SCRIPT.read_text('utf-8')}\n{entry}\n"


if anywidget is None:

    class FigureWidget:
        """What a figure in a live notebook is made from; needs the package anywidget."""

        def __init__(self, **settings):
            name = type(self).__name__
            raise ImportError(
                f"{name}: expected the package anywidget; install it with: pip install anywidget"
            )

else:

    class FigureWidget(anywidget.AnyWidget):
        """What a figure in a live notebook is made from: settings go both ways, results come back."""


def as_bytes(value, widget) -> bytes:
    """`from_json` of a trait of bytes: what the browser sends arrives as a memoryview."""
    return bytes(value or b"")


def square(data: bytes) -> np.ndarray | None:
    """A matrix `(n, n)` of the doubles that the browser sent, row by row; None before it has sent any."""
    found = np.frombuffer(data)
    return found.reshape(math.isqrt(len(found)), -1) if len(found) else None


def checked(
    settings: dict, choices: Mapping[str, tuple], ranges: Mapping[str, tuple[float, float]], others=("seed",)
) -> dict:
    """`settings`, or ValueError naming the one that is unknown, not among its choices, or out of range."""
    for name, value in settings.items():
        one_of("setting", name, (*choices, *others, *ranges))
        if name in choices:
            one_of(name, value, choices[name])
        elif name in ranges:
            low, high = ranges[name]
            if not low <= positive(name, value) <= high:
                raise ValueError(f"{name}: expected {low:g} to {high:g}, got {value!r}")
    return settings


def few_colours(picture: bytes, colours: int = 48) -> bytes:
    """A widget's picture, a PNG file, reduced to a palette, a third of the size: a page carries it twice."""
    file = io.BytesIO()
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.quantize(colours, dither=Image.Dither.NONE).save(file, "png", optimize=True)
    return file.getvalue()


def place(name: str, still: str, *, settings: dict | None = None, data=None) -> str:
    """The figure's place in a page, as HTML: an element of class `name` with the still picture in it.

    `settings` become data- attributes; `data`, anything that JSON can hold, goes beside the picture.
    Raises: ValueError if a number in `data` is not finite.
    """
    attributes = "".join(
        f' data-{key}="{html.escape(str(value))}"' for key, value in (settings or {}).items()
    )
    if data is not None:
        text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
        still += f'<script type="application/json">{text}</script>'
    return f'<div class="{name}"{attributes}>{still}</div>'


def show_figure(name: str, picture: bytes, alt: str, *, widget=None, settings=None, data=None) -> None:
    """Display a figure: `widget` where one can run, by its script in the built book, else as a picture.

    Args:   picture: a PNG file; alt: what it shows, in words; settings, data: as for `place`.
    Raises: ValueError as `place`.
    """
    encoded = base64.b64encode(picture).decode("ascii")
    still = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{encoded}">'
    bundle = {
        "text/html": place(name, still, settings=settings, data=data),
        "image/png": encoded,
        "text/plain": f"{'an' if name[0] in 'aeiou' else 'a'} {name.replace('-', ' ')} that needs a browser",
    }
    if widget is not None:
        view = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
        bundle = {WIDGET_VIEW: view} | bundle
    display(bundle, raw=True)
