"""Chapter 2's widget, and what is computed for it."""

from __future__ import annotations

import numpy as np
import pytest

from daleslaw_lib.initialisation import KINDS, obeys_dale
from daleslaw_lib.studies.building import builder
from daleslaw_lib.studies.building.builder import (
    draw_parts,
    excitation_and_inhibition,
    matrix_builder,
    shaken,
)
from daleslaw_lib.widgets.playground import WIDGET_VIEW


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("ei_ratio", [1, 3, 9])
def test_excitation_excites_and_inhibition_inhibits(kind, ei_ratio):
    parts = draw_parts(kind, 20, ei_ratio, rng=np.random.default_rng(1))
    excitation, inhibition = excitation_and_inhibition(kind, parts, ei_ratio)
    assert excitation.shape == inhibition.shape == (20, 20)
    assert excitation.min() >= 0 and inhibition.max() <= 0


@pytest.mark.parametrize("kind", ["colei", "dann"])
def test_projection_undoes_what_a_random_step_breaks(kind):
    rng = np.random.default_rng(2)
    parts = draw_parts(kind, 20, 3, rng=rng)
    assert min(w.min() for w in shaken(parts, 1, project=False, rng=rng).values()) < 0
    kept = shaken(parts, 1, project=True, rng=rng)
    assert min(w.min() for w in kept.values()) >= 0
    if kind == "colei":
        assert obeys_dale(sum(excitation_and_inhibition(kind, kept, 3)))[0]


def test_an_rnn_is_not_projected():
    parts = draw_parts("rnn", 10, 9, rng=np.random.default_rng(3))
    assert shaken(parts, 0.5, project=True, rng=np.random.default_rng(4))["W"].min() < 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_builder_follows_its_controls(kind):
    play = matrix_builder()
    before = play.picture.value
    play.controls["kind"].value = kind
    play.controls["n"].value = 10
    play.controls["step"].value = 0.5
    assert play.picture.value != before
    kept = {"rnn": "one sign: no", "colei": "one sign: yes", "dann": "W_ei &gt;= 0: yes"}[kind]
    assert kept in play.words.value.replace(">=", "&gt;=")


def test_the_smallest_share_of_inhibition_still_leaves_both_populations():
    play = matrix_builder()
    play.controls["kind"].value = "colei"
    play.controls["n"].value = 10
    play.controls["inhibitory"].value = 5  # one unit of ten: still both populations
    assert "one sign: yes" in play.words.value


def test_the_page_shakes_what_the_builder_draws_first_and_a_kernel_gets_its_controls(shown):
    data = builder.in_page()
    rng = np.random.default_rng(0)
    parts = builder.draw_parts("dann", 20, 3, rng=rng)
    step = builder.random_step(parts, rng=rng)
    assert list(data["kinds"]) == ["rnn", "colei", "dann"] and (data["n"], data["nE"]) == (20, 15)
    for name in parts:
        np.testing.assert_allclose(data["kinds"]["dann"]["parts"][name], parts[name].ravel(), rtol=6e-4)
        np.testing.assert_allclose(data["kinds"]["dann"]["step"][name], step[name].ravel(), rtol=6e-4)
    both = builder.excitation_and_inhibition("dann", parts, 3)
    builder.show_builder(builder.building_figures.excitation_and_inhibition({"dann": both}))
    (bundle,) = shown
    assert bundle["text/html"].startswith('<div class="shaken-matrices"><img alt="Three rows of three')
    assert WIDGET_VIEW in bundle and "image/png" in bundle
