"""Things to play with: controls and a picture that follows them, and figures that run in a browser. No torch.

A widget needs a running kernel; a published page has none. `play(widget, still=figure)` serves both
with one output: where the reader's program can run the widget it shows the widget, anywhere else
(the built book, a notebook just opened, a viewer) it shows the picture.
"""

from .playground import Playground, play, png

__all__ = ["Playground", "play", "png"]
