"""Circuits are the library's own matrices: their units, arrows and cells."""

import re
import subprocess
import sys

import numpy as np
import pytest

from daleslaw_lib import initialisation
from daleslaw_lib.initialisation.kind import Kind
from daleslaw_lib.initialisation.rnn import RNNDraw
from daleslaw_lib.networks import FreeWeight, register_kind
from daleslaw_lib.studies import building
from daleslaw_lib.studies.building import circuit as module
from helpers import ROOT


def draw(kind, n=8, n_inhibitory=2, seed=1):
    return building.draw_circuit(kind, n, n_inhibitory, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("n, n_i", [(8, 2), (5, 1), (12, 3)])
def test_the_wirings_are_the_librarys_draws(n, n_i):
    rng = np.random.default_rng
    np.testing.assert_array_equal(draw("rnn", n, n_i).W, initialisation.rnn_weights(n, rng=rng(1)))
    colei = initialisation.colei_weights(n, (n - n_i) / n_i, rng=rng(1))
    np.testing.assert_array_equal(draw("colei", n, n_i).W, colei)
    W, m = draw("dann", n, n_i).W, n - n_i
    parts = initialisation.dann_weights(m, n_i, rng=rng(1))
    for found, part in zip((W[:m, :m], W[m:, :m], -W[:m, m:]), parts):
        np.testing.assert_array_equal(found, part)
    assert not W[m:, m:].any()


@pytest.mark.parametrize("n, n_i", [(8, 2), (5, 1), (12, 3)])
def test_a_units_role_is_the_sign_of_its_column(n, n_i):
    for kind in ("colei", "dann"):
        one = draw(kind, n, n_i)
        assert initialisation.obeys_dale(one.W)[0]
        assert [role in ("I", "interneuron") for role in one.roles] == [(w < 0).any() for w in one.W.T]
    assert (
        set(draw("rnn", n, n_i).roles) == {"any"} and not initialisation.obeys_dale(draw("rnn", n, n_i).W)[0]
    )
    names = draw("dann", n, n_i).names
    assert names[0] == "1" and names[-1] == f"i{n_i}" and len(set(names)) == n


@pytest.mark.parametrize("kind", initialisation.KINDS)
def test_every_weight_is_an_arrow_and_a_cell_of_the_colour_of_its_sign(kind):
    one = draw(kind)
    text = building.circuits_html((kind,))
    for name, weights in {"ci-e": one.W[one.W > 0], "ci-i": one.W[one.W < 0]}.items():
        assert len(re.findall(f"<path class='{name}'", text)) == len(weights)
        assert len(re.findall(f"<rect class='{name}'", text)) == len(weights)
    arrows = re.findall(r"<g class='ci-arrows u(\d)'>(.*?)</g>", text)
    assert [(int(k), part.count("<path")) for k, part in arrows] == [
        (k, np.count_nonzero(column)) for k, column in enumerate(one.W.T)
    ]


@pytest.mark.parametrize("kind", initialisation.KINDS)
def test_arrows_end_beside_the_unit_that_receives(kind):
    one = draw(kind, 7, 2)
    places = module._places(one)
    for j, i in zip(*np.nonzero(one.W.T)):
        points = re.findall(r"(-?[\d.]+) (-?[\d.]+)", module._arrow(places, j, i, one.W[i, j] > 0))
        far = [np.hypot(float(x) - places[i][0], float(y) - places[i][1]) for x, y in points]
        start = np.hypot(float(points[0][0]) - places[j][0], float(points[0][1]) - places[j][1])
        assert start < module.UNIT + 2 and min(far) > module.UNIT - 0.1 and far[-1] < module.UNIT + 9


def test_names_in_the_page_are_its_own():
    text = building.circuits_html()
    ids = re.findall(r" id='([^']*)'", text)
    assert len(ids) == len(set(ids)) == 24 and set(re.findall(r" for='([^']*)'", text)) == set(ids)
    others = set(re.findall(r" id='([^']*)'", building.circuits_html(("colei",))))
    assert not others & set(ids)  # two figures on a page


def test_a_cell_shows_the_page_and_a_line(monkeypatch):
    bundles = []
    monkeypatch.setattr(module, "display", lambda bundle, raw: bundles.append(bundle))
    building.show_circuits(("rnn", "dann"), n=6, n_inhibitory=1, seed=3)
    (bundle,) = bundles
    assert bundle["text/html"].startswith("<div class='ci interactive'")
    assert bundle["text/plain"] == "the circuits of RNN, DANN"


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: building.show_circuits(("lstm",)), "^kind: expected one of rnn, colei, dann, got 'lstm'"),
        (lambda: draw("colei", 4, 4), "^n_inhibitory: expected fewer than the 4 units, got 4"),
        (lambda: draw("rnn", 0), "^n: expected"),
    ],
)
def test_bad_input_is_refused_in_a_line(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_first_pages_circuits_are_up_to_date():
    done = subprocess.run([sys.executable, "-m", "tools.circuits_page", "--check"], cwd=ROOT)
    assert done.returncode == 0, "run: python -m tools.circuits_page"


@pytest.mark.usefixtures("registries")
def test_a_kind_of_ones_own_has_no_circuit():
    register_kind(
        Kind(name="mine", label="Mine", colour="#CC79A7", linestyle=":", marker="D", draw=RNNDraw), FreeWeight
    )
    with pytest.raises(ValueError, match="kind: expected one of rnn, colei, dann, got 'mine'"):
        draw("mine")
    assert "Mine" not in building.circuits_html()
