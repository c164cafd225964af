"""Controls beside a picture, and how both reach a page that may have no kernel."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Callable

import ipywidgets
from IPython.display import display
from matplotlib.figure import Figure

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Playground(ipywidgets.VBox):
    """Controls, a line of words and a picture: `draw(**values)` returns `(words, figure)`.

    Public: `controls` by name, `words`, `picture`, and the `figure` it shows. It is drawn again when a
    control changes. A ValueError of `draw` becomes the words, and the picture before it stays.

    Example: a slider that says its own value

    >>> from matplotlib.figure import Figure
    >>> slider = ipywidgets.IntSlider(3, 1, 5)
    >>> play = Playground(lambda k: (f"k is {k}", Figure()), k=slider)
    >>> slider.value = 4
    >>> play.words.value
    'k is 4'
    """

    def __init__(self, draw: Callable[..., tuple[str, Figure]], **controls: ipywidgets.Widget):
        self.draw, self.controls = draw, controls
        self.words = ipywidgets.HTML()
        self.picture = ipywidgets.Image(format="png", layout={"max_width": "100%"})
        panel = ipywidgets.HBox(list(controls.values()), layout={"flex_flow": "row wrap"})
        super().__init__([panel, self.words, self.picture])
        for control in controls.values():
            control.observe(self.update, names="value")
        self.update()

    def update(self, _change=None) -> None:
        """Draw for the values that the controls have now."""
        values = {name: control.value for name, control in self.controls.items()}
        try:
            words, figure = self.draw(**values)
        except ValueError as error:
            self.words.value = html.escape(str(error))
        else:
            self.words.value, self.picture.value, self.figure = words, png(figure), figure


def png(figure: Figure) -> bytes:
    """The picture that a widget shows, as a PNG file cropped to its content."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=figure.dpi, bbox_inches="tight")
    return file.getvalue()


def play(widget: ipywidgets.Widget, *, still: Figure | None = None) -> None:
    """Display the widget where it can run, and `still` everywhere else.

    One output holds both forms, and the program that shows it takes the richest it can: no guess
    about where the code runs. The stored notebook and the built book keep the picture.

    Args:   still: None for the picture that a `Playground` shows at its start.
    Raises: ValueError if there is no picture to show.
    """
    if still is None and not isinstance(widget, Playground):
        raise ValueError(f"still: expected a Figure for a {type(widget).__name__}, got None")
    figure, picture = (widget.figure, widget.picture.value) if still is None else (still, png(still))
    bundle = {
        WIDGET_VIEW: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id},
        "image/png": base64.b64encode(picture).decode("ascii"),
        "text/plain": "controls that need a running kernel",
    }
    if hasattr(figure, "_repr_svg_"):  # while the book is built
        bundle["image/svg+xml"] = figure._repr_svg_()
    display(bundle, raw=True)
