"""What every kind of network promises, and that one which breaks a promise is not registered."""

import numpy as np
import pytest
import torch

from daleslaw_lib import figures
from daleslaw_lib.archive.reading import load
from daleslaw_lib.experiments.configs import DrawConfig
from daleslaw_lib.initialisation import DEFAULT_RHO, KINDS, NAMES, Kind, draw_matrix
from daleslaw_lib.initialisation.colei import ColEIDraw
from daleslaw_lib.initialisation.kind import LINES, MARKERS
from daleslaw_lib.initialisation.rnn import RNNDraw
from daleslaw_lib.jobs import drawing
from daleslaw_lib.networks import LAYERS, ColumnWeight, FreeWeight, Weight, broken_promises, register_kind
from daleslaw_lib.nn import init_
from daleslaw_lib.studies.learning import report
from helpers.configs import config

pytestmark = pytest.mark.usefixtures("registries")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_what_all_promise(kind):
    assert broken_promises(kind) == []


def kind(draw=RNNDraw, **changes) -> Kind:
    given = dict(name="mine", label="Mine", colour="#CC79A7", linestyle=":", marker="D", draw=draw)
    return Kind(**given | changes)


def test_a_kind_of_ones_own_is_drawn_trained_measured_and_has_a_colour():
    register_kind(kind(), FreeWeight)
    assert LAYERS["mine"].weight_type is FreeWeight and NAMES["mine"] == "Mine"
    assert figures.KIND_STYLE["mine"] == {"color": "#CC79A7", "linestyle": ":", "label": "Mine"}
    assert figures.KIND_MARKER["mine"] == "D" and DEFAULT_RHO["mine"] == DEFAULT_RHO["rnn"]
    assert config(kind="mine").kind == "mine"
    draw = DrawConfig(
        preset="both", kind="mine", hidden=10, ei_ratio=9.0, rho=None, random_ix=None, full_diagonal=None,
        seed=0,
    )  # fmt: skip
    assert drawing.measure(draw)[0]["entropy"] > 0
    a, b = (draw_matrix(name, 10, 9.0, rng=np.random.default_rng(1)) for name in ("mine", "rnn"))
    assert np.array_equal(a, b)


def test_a_kind_may_be_registered_again():
    register_kind(kind(), FreeWeight)
    register_kind(kind(label="Mine, mended"), FreeWeight)
    assert NAMES["mine"] == "Mine, mended"


def test_torchs_own_rnn_takes_the_start_of_a_kind_of_ones_own():
    register_kind(kind(Marked), FreeWeight)
    rnn = init_(torch.nn.RNN(3, 5, nonlinearity="relu"), "mine", rho=2.0)
    assert (rnn.weight_hh_l0 == 2).all()
    with pytest.raises(ValueError, match="options: expected those of mine, rho, got 'input_init'"):
        init_(rnn, "mine", input_init="he")


class Marked(RNNDraw):
    def recurrent(self, n):
        return (np.full((n, n), self.rho),)


@pytest.mark.parametrize("start", ["identity", "outlier"])
def test_a_start_of_another_kind_is_refused_of_ones_own(start):
    register_kind(kind(), FreeWeight)
    with pytest.raises(ValueError, match="start: expected None for mine"):
        config(kind="mine", start=start)


@pytest.mark.parametrize("field", ["frozen", "input_init", "vectors", "ablated", "random_ix", "n_inhibitory"])
def test_a_field_of_another_kind_is_refused_of_ones_own(field):
    register_kind(kind(), FreeWeight)
    value = {"input_init": "he", "vectors": "rnn", "ablated": 1, "n_inhibitory": 2}.get(field, True)
    with pytest.raises(ValueError, match=f"{field}.*: expected"):
        config(kind="mine", **{field: value})


def test_a_field_that_the_kind_declares_reaches_its_draw():
    register_kind(kind(options=("input_init",)), FreeWeight)
    assert config(kind="mine", input_init="he").input_init == "he"


# --- what is refused -------------------------------------------------------------------------------


class Restless(RNNDraw):
    def recurrent(self, n):
        return (np.random.default_rng().random((n, n)),)


class Small(RNNDraw):
    def recurrent(self, n):
        return (np.zeros((n - 1, n)),)


class TwoParts(RNNDraw):
    parts = ("_a", "_b")


class Doubled(FreeWeight):
    def effective(self):
        return 2 * self.w


class Forgetful(Doubled):
    def backward_(self, gradient):
        """Forgets the factor of two."""
        self.w.grad = gradient


class Moving(FreeWeight):
    @torch.no_grad()
    def project_(self):
        self.w *= 0.5


class Growing(FreeWeight):
    calls = 0

    @torch.no_grad()
    def project_(self):
        """Leaves the start alone, and grows from then on."""
        self.w += self.calls
        self.calls += 1


class Unbound(ColumnWeight):
    def project_(self):
        """Lets magnitudes go below zero."""


@pytest.mark.parametrize(
    "draw, weight, message",
    [
        (Restless, FreeWeight, "kind mine: expected one network of one random stream, got two"),
        (Small, FreeWeight, "kind mine: expected to make small networks of it, got ValueError: "),
        (TwoParts, FreeWeight, "kind mine: expected TwoParts and FreeWeight to have the same parts, got "),
        (RNNDraw, Doubled, "kind mine: layer0/U: expected one matrix of NumPy and torch, got two"),
        (RNNDraw, Moving, "kind mine: layer0/U: expected project_ of Moving to leave the start alone"),
        (ColEIDraw, Unbound, "kind mine: layer0/U: expected project_ of Unbound to leave magnitudes >= 0"),
        (RNNDraw, torch.nn.Linear, "weight: expected a subclass of Weight, got "),
    ],
)
def test_a_kind_that_breaks_a_promise_is_not_registered(draw, weight, message):
    kinds, layers = dict(KINDS), dict(LAYERS)
    with pytest.raises(ValueError) as refused:
        register_kind(kind(draw), weight)
    assert str(refused.value).startswith(message) and "\n" not in str(refused.value)
    assert (KINDS, LAYERS) == (kinds, layers)


class DoubledDraw(RNNDraw):
    @staticmethod
    def effective(parts, ei_ratio, *, outside=False):
        return 2 * parts[0]


def test_gradients_that_autograd_does_not_give_are_found():
    with pytest.raises(ValueError, match="expected backward_ of Forgetful to give the gradients of its"):
        register_kind(kind(DoubledDraw), Forgetful)


def test_a_projection_that_does_not_stay_is_found():
    with pytest.raises(ValueError, match="project_ of Growing to leave alone what it has projected"):
        register_kind(kind(), Growing)


@pytest.mark.parametrize("name", ["label", "colour", "linestyle", "marker"])
def test_looks_that_another_kind_has_are_refused(name):
    value = getattr(KINDS["dann"], name)
    with pytest.raises(ValueError) as refused:
        register_kind(kind(**{name: value}), FreeWeight)
    assert str(refused.value) == f"{name}: expected another than that of dann, got {value!r}"


@pytest.mark.parametrize(
    "looks, message",
    [
        (dict(marker="DD"), "marker: expected one of .*, got 'DD'$"),
        (dict(marker=""), "marker: expected one of .*, got ''$"),
        (dict(marker=4), "marker: expected one of .*, got 4$"),
        (dict(linestyle="dots"), "linestyle: expected -, --, -., : or .*, got 'dots'$"),
        (dict(linestyle=(0, (1,))), r"linestyle: expected .*, got \(0, \(1,\)\)$"),
        (dict(linestyle=(0, (1, -1))), "linestyle: expected .*, got .*$"),
        (dict(linestyle=None), "linestyle: expected .*, got None$"),
    ],
)
def test_looks_that_no_figure_can_draw_are_refused(looks, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        kind(**looks)


def test_what_looks_may_be_matplotlib_can_draw():
    from matplotlib.lines import Line2D
    from matplotlib.markers import MarkerStyle

    for marker in (*MARKERS, "$n$"):
        MarkerStyle(kind(marker=marker).marker)
    for style in (*LINES, (0, (5, 1)), (2, (1, 1, 3.5, 1))):
        Line2D([], [], linestyle=kind(linestyle=style).linestyle)


def test_names_of_the_library_and_unknown_options_are_refused():
    with pytest.raises(ValueError, match="name: expected one that no kind of the library has, got 'rnn'"):
        register_kind(kind(name="rnn"), FreeWeight)
    with pytest.raises(ValueError, match="options: expected any of .*, got 'frozen'"):
        register_kind(kind(options=("frozen",)), FreeWeight)
    with pytest.raises(TypeError, match="kind: expected a Kind, got str"):
        register_kind("mine", Weight)


def test_what_chapters_say_of_an_archive_names_the_kinds_that_it_has():
    before = report.one_evaluation(archive := load("one_layer_mnist"))
    register_kind(kind(), FreeWeight)
    assert report.one_evaluation(archive) == before and "Mine" not in before
