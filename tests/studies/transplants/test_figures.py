"""Figures of transplants show every seed, say what is compared, and mark signs as they are."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex

from daleslaw_lib.figures import EXCITATORY, INHIBITORY, KIND_STYLE
from daleslaw_lib.initialisation import colei_weights, rnn_weights
from daleslaw_lib.spectra import singular_values, transplant
from daleslaw_lib.statistics import estimate
from daleslaw_lib.studies import transplants
from daleslaw_lib.studies.transplants.effects import Effect

RNG = np.random.default_rng(0)
COLEI, RNN = colei_weights(10, 4, rng=RNG), rnn_weights(10, rng=RNG)


def factors(W):
    return W, *np.linalg.svd(W)


def table(seeds, evaluations=4):
    values = RNG.uniform(1, 90, (evaluations, seeds))
    return pd.DataFrame(values, index=pd.Index(range(0, 10 * evaluations, 10), name="update"))


def colours(figure):
    return [to_hex(patch.get_facecolor()).upper() for patch in figure.axes[0].patches]


def bench(W, spectrum):
    s = {"rnn": singular_values(RNN), "colei": singular_values(COLEI)}
    return transplants.figures.bench(W, s, spectrum, entropy=0.9)


def test_a_decomposition_has_a_bar_a_singular_value_and_a_cross_a_marked_entry():
    W = transplant(COLEI, RNN)
    figure = transplants.figures.decompositions(
        {"one": factors(COLEI), "two": factors(W)}, crossed={"two": W * COLEI < 0}
    )
    assert len(figure.axes) == 8
    assert [bar.get_height() for bar in figure.axes[2].patches] == pytest.approx(singular_values(COLEI))
    crosses = [line for ax in figure.axes for line in ax.lines if line.get_marker() == "x"]
    assert len(crosses) == (W * COLEI < 0).sum() > 0


def test_the_strip_shows_the_signs_that_columns_have():
    assert colours(bench(COLEI, "colei")) == [EXCITATORY.upper()] * 8 + [INHIBITORY.upper()] * 2
    assert colours(bench(RNN, "rnn")) == [transplants.figures.MIXED] * 10


def test_the_bench_says_whose_spectrum_is_taken():
    labels = [text.get_text() for text in bench(transplant(COLEI, RNN), "rnn").axes[1].get_legend().texts]
    assert labels == ["RNN, taken", "ColEI"]


def test_every_seed_is_drawn_and_one_median_a_variant():
    panels = {
        "a": {"free": ("rnn", table(3)), "frozen": ("rnn", table(3))},
        "b": {"free": ("colei", table(5)), "ColEI itself": ("colei", table(5))},
        "c": {},
    }
    figure = transplants.figures.learning_curves(panels, footer="made up")
    assert [len(ax.lines) for ax in figure.axes] == [2 * 4, 2 * 6, 0, 0]
    assert figure.axes[0].lines[3].get_color() == KIND_STYLE["rnn"]["color"]
    assert any("not archived" in text.get_text() for text in figure.axes[2].texts)
    assert any("made up" in text.get_text() for text in figure.texts)
    assert min(line.get_xdata().min() for line in figure.axes[0].lines) > 0


def test_effects_show_each_seed_their_mean_and_the_papers_numbers():
    effects = [
        Effect("a", estimate([1.0, 2.0, 4.0]), {"paper": 1.4, "other": 0.8}),
        Effect("b", estimate([-1.0, 0.5]), {"paper": 0.7}),
    ]
    figure = transplants.figures.effect_dots(effects, xlabel="change (points)", footer="made up")
    (ax,) = figure.axes
    dots = [sorted(points.get_offsets()[:, 0]) for points in ax.collections]
    assert dots == [[1, 2, 4], [-1, 0.5]]
    diamonds = [x for line in ax.lines if line.get_marker() == "D" for x in line.get_xdata()]
    assert diamonds == [1.4, 0.8, 0.7]
    assert [text.get_text() for text in figure.legends[0].texts] == ["paper", "other"]
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b"]


def test_lines_to_compare_with_are_named():
    effects = [Effect("a", estimate([1.0, 2.0]))]
    figure = transplants.figures.effect_dots(effects, xlabel="x", footer="", lines={"one": 1.6, "two": 2.3})
    assert [line.get_xdata()[0] for line in figure.axes[0].lines[:2]] == [1.6, 2.3]
    assert [text.get_text() for text in figure.legends[0].texts] == ["one", "two"]


def test_the_compromise_shows_its_way_and_the_bound():
    figure = transplants.figures.compromise(
        COLEI, [1.0, 0.1, 0.01], [20, 9, 3.5], bound=3.7, footer="made up"
    )
    image, distance, inputs = figure.axes
    assert list(distance.lines[0].get_xdata()) == [1, 2, 3]
    assert inputs.lines[1].get_ydata()[0] == 3.7
    assert len(image.patches) == len(COLEI)


def test_axes_are_labelled_in_words():
    panels = {"a": {"free": ("rnn", table(2))}}
    figures = (
        bench(RNN, "rnn"),
        transplants.figures.learning_curves(panels, footer=""),
        transplants.figures.compromise(COLEI, [1.0, 0.1], [20, 9], bound=3.7, footer=""),
    )
    for figure in figures:
        labels = [text for ax in figure.axes for text in (ax.get_xlabel(), ax.get_ylabel(), ax.get_title())]
        assert any(labels) and not any("_" in text for text in labels)
