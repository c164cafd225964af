"""The spectral laboratory: draw a network, see its matrix and its spectra. It runs in the reader's browser.

One script, `web/bundle/laboratory.js`, serves a published page, which has no kernel, and a live notebook,
there through the package anywidget. It is built from the modules in `web/` (`npm run build` in the
repository's `web/`). Its draws follow the formulas of `initialisation`, from a random stream of their own.
"""

from __future__ import annotations

import base64
import html
from pathlib import Path

import numpy as np
import traitlets
from IPython.display import display

from ..checks import one_of, positive
from .playground import WIDGET_VIEW

try:
    import anywidget
except ImportError:  # everything else works without
    anywidget = None

WEB = Path(__file__).parent / "web"
SCRIPT = WEB / "bundle" / "laboratory.js"
PICTURE = WEB / "laboratory.png"  # drawn by tools/laboratory_picture.py
ALT = (
    "Weights, eigenvalues and singular values of two networks of 100 units. ColEI: a block of excitatory "
    "columns and a few inhibitory ones; eigenvalues crowd at the centre; singular values in groups, the "
    "largest near ten. RNN: no structure; eigenvalues fill a disc; singular values in one group below 1.2."
)
KINDS = ("rnn", "colei", "dann", "dann_drawn")  # the last has a drawn W_ix (E5)
DISTRIBUTIONS = ("uniform", "normal", "exponential", "lognormal")
RANGES = {"n": (10, 200), "inhibitory": (1, 50), "rho": (0.1, 3)}


def module() -> str:
    """The script as a module with the entry that anywidget calls."""
    return SCRIPT.read_text("utf-8") + "\nexport default { render: SpectralLaboratory.render };\n"


def _as_bytes(value, widget) -> bytes:
    """What the browser sends arrives as a memoryview."""
    return bytes(value or b"")


def checked(settings: dict) -> dict:
    """`settings`, or ValueError naming the one that is unknown or out of range."""
    for name, value in settings.items():
        one_of("setting", name, ("kind", "distribution", "seed", *RANGES))
        if name == "kind":
            one_of(name, value, KINDS)
        elif name == "distribution":
            one_of(name, value, DISTRIBUTIONS)
        elif name in RANGES:
            low, high = RANGES[name]
            if not low <= positive(name, value) <= high:
                raise ValueError(f"{name}: expected {low:g} to {high:g}, got {value!r}")
    return settings


if anywidget is None:

    class Laboratory:
        """What a live notebook shows; needs the package anywidget."""

        def __init__(self, **settings):
            raise ImportError(
                "Laboratory: expected the package anywidget; install it with: pip install anywidget"
            )

else:

    class Laboratory(anywidget.AnyWidget):
        """The laboratory in a live notebook: settings go both ways, results come back.

        Settings: `kind` ("rnn", "colei", "dann", "dann_drawn"), `n` (10 to 200 units), `inhibitory` (1 to 50
        per cent), `rho` (0.1 to 3), `distribution` of the weights, `seed`. Those not given are the paper's.
        Results, None before the first drawing: `entropy` and `predicted_entropy` at once; `W` and `s`, a
        quarter of a second after the last change.

        Raises: ValueError for a setting out of range.
        """

        _esm = module()

        kind = traitlets.Enum(KINDS, "colei").tag(sync=True)
        n = traitlets.Int(100, min=10, max=200).tag(sync=True)
        inhibitory = traitlets.Float(10, min=1, max=50).tag(sync=True)
        rho = traitlets.Float(None, min=0.1, max=3, allow_none=True).tag(sync=True)
        distribution = traitlets.Enum((*DISTRIBUTIONS, None), None).tag(sync=True)
        seed = traitlets.Int(1, min=0).tag(sync=True)
        entropy = traitlets.Float(None, allow_none=True).tag(sync=True)
        predicted_entropy = traitlets.Float(None, allow_none=True).tag(sync=True)
        weights = traitlets.Bytes().tag(sync=True, from_json=_as_bytes)
        spectrum = traitlets.Bytes().tag(sync=True, from_json=_as_bytes)

        def __init__(self, **settings):
            super().__init__(**checked(settings))

        @property
        def W(self) -> np.ndarray | None:
            """The matrix that is shown: `(n, n)`; rows receive, columns send."""
            W = np.frombuffer(self.weights)
            return W.reshape(round(len(W) ** 0.5), -1) if len(W) else None

        @property
        def s(self) -> np.ndarray | None:
            """Its singular values, largest first: `(n,)`."""
            return np.frombuffer(self.spectrum) if self.spectrum else None


def show_laboratory(laboratory: Laboratory | None = None, **settings) -> None:
    """Display the laboratory: as a widget where one can run, by its script in the built book.

    Anywhere else (a viewer, a page with scripts off) there is a picture. Settings are those of `Laboratory`;
    without a `laboratory` of yours there is a new one.

    Raises: ValueError for a setting out of range.
    """
    checked(settings)
    picture = base64.b64encode(PICTURE.read_bytes()).decode("ascii")
    attributes = "".join(f' data-{name}="{html.escape(str(value))}"' for name, value in settings.items())
    page = (
        f'<div class="spectral-laboratory"{attributes}>'
        f'<img alt="{html.escape(ALT)}" src="data:image/png;base64,{picture}"></div>'
    )
    bundle = {"text/html": page, "image/png": picture, "text/plain": "a laboratory that needs a browser"}
    if laboratory is None and anywidget is not None:
        laboratory = Laboratory(**settings)
    if laboratory is not None:
        view = {"version_major": 2, "version_minor": 0, "model_id": laboratory.model_id}
        bundle = {WIDGET_VIEW: view} | bundle
    display(bundle, raw=True)
