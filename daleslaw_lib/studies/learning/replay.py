"""The training replay: spectrum, entropy and test error of archived networks as they learned, frame by frame.

It runs in the reader's browser, on numbers that the cell takes from the archive.
"""

from __future__ import annotations

import base64

import numpy as np
import traitlets

from ...archive.reading import Archive
from ...checks import one_of
from ...figures.style import KIND_STYLE
from ...widgets.page import FigureWidget, anywidget, module, show_figure
from ...widgets.playground import png
from .courses import Course, courses
from .figures import spectra_while_learning

NAME = "training-replay"
FRAMES = 80  # at most: spectra are most of the data
SMALLEST, STEPS = 1e-4, 10_000  # smaller singular values count as zero; codes a decade
LARGEST = SMALLEST * 10 ** (0xFFFF / STEPS)


def frames(n: int, most: int = FRAMES) -> list[int]:
    """Chapter 4: the evaluations, of n, that are shown: at first every one, then ever fewer, and always the
    last.
    """
    if n < 2:
        return [0]
    return [0, *sorted({round(k) for k in np.geomspace(1, n - 1, most - 1)})]


def coded(s: np.ndarray) -> str:
    """Chapter 4: singular values as text: two bytes each, logarithmic, to 0.02 %; NaN and what is tiny is 0.

    Raises: ValueError if one is above 357.8, which two bytes cannot say.
    """
    s = np.maximum(np.nan_to_num(s), SMALLEST)
    if s.max() > LARGEST:
        raise ValueError(f"s: expected singular values up to {LARGEST:.0f}, got {s.max():.4g}")
    codes = np.round(STEPS * np.log10(s / SMALLEST))
    return base64.b64encode(codes.astype("<u2").tobytes()).decode("ascii")


def replay_data(archive: Archive) -> dict:
    """Chapter 4: what the script is given: curves of every evaluation, spectra of some (`frames`); plain data
    for JSON.

    Raises: ValueError if the archive's runs kept no spectra, or not all at the same updates.
    """
    found = courses(archive)
    updates = found[0].update
    if any(not np.array_equal(course.update, updates) for course in found):
        raise ValueError("archive: expected runs that were evaluated at the same updates, got others")
    shown = frames(len(updates))
    return {
        "updates": updates.tolist(),
        "frames": shown,
        "provenance": archive.provenance,
        "networks": [_network(course, shown) for course in found],
    }


def _network(course: Course, shown: list[int]) -> dict:
    def numbers(values, digits):
        return [None if np.isnan(value) else round(float(value), digits) for value in values]

    return {
        "kind": course.kind,
        "seed": course.seed,
        "error": numbers(course.error, 2),
        "entropy": numbers(course.entropy, 4),
        "s": coded(course.s[shown]),
    }


class Replay(FigureWidget):
    """Chapter 4: the replay in a live notebook: `seed` and `update` go both ways.

    `update` is that of the frame shown, when it stands still; set to any number it goes to the nearest
    frame. Without one, the end.

    Raises: ValueError as `replay_data`, or for a seed that the archive does not have.
    """

    _esm = module(NAME)

    data = traitlets.Dict().tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    update = traitlets.Int(0, min=0).tag(sync=True)

    def __init__(self, archive: Archive, *, seed: int | None = None, update: int | None = None):
        data = replay_data(archive)
        seed = _checked_seed(data, seed)
        super().__init__(data=data, seed=seed, update=data["updates"][-1] if update is None else update)

    @traitlets.validate("seed")
    def _known_seed(self, proposal):
        return _checked_seed(self.data, proposal["value"])


def _checked_seed(data: dict, seed: int | None) -> int:
    seeds = tuple(dict.fromkeys(network["seed"] for network in data["networks"]))
    return seeds[0] if seed is None else one_of("seed", seed, seeds)


def show_replay(archive: Archive, *, seed: int | None = None) -> None:
    """Chapter 4: display the replay: as a widget where one can run, by its script in the built book, else a
    picture.

    Raises: ValueError as `Replay`.
    """
    data = replay_data(archive)
    seed = _checked_seed(data, seed)
    picture = png(spectra_while_learning(archive, seed=seed))
    widget = None if anywidget is None else Replay(archive, seed=seed)
    show_figure(NAME, picture, alt(archive, seed), widget=widget, settings={"seed": seed}, data=data)


def alt(archive: Archive, seed: int) -> str:
    """Chapter 4: what the picture shows, in words, from the archive's numbers."""
    text = "Singular values by rank before learning and after it, entropy and test error."
    for c in courses(archive):
        if c.seed == seed:
            text += (
                f" {KIND_STYLE[c.kind]['label']}: largest singular value from {c.s[0, 0]:.1f} to "
                f"{c.s[-1, 0]:.1f}, entropy from {c.entropy[0]:.2f} to {c.entropy[-1]:.2f}, "
                f"test error at the end {c.error[-1]:.1f} per cent."
            )
    return text
