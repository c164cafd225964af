"""Figures, tables and controls of chapter 10 show the numbers that they are given."""

import numpy as np
import pytest

from _ext import tables
from daleslaw_lib.evidence.summary import Row
from daleslaw_lib.figures import vectors
from daleslaw_lib.initialisation import obeys_dale, starts
from daleslaw_lib.magnitudes import most_entropy
from daleslaw_lib.running import runner
from daleslaw_lib.statistics import estimate
from daleslaw_lib.studies.better_colei import figures as better
from daleslaw_lib.studies.better_colei import selection, start_explorer, table
from helpers.science import a_screen, config, order

FOOT = "a footer"


def test_the_curve_of_dales_law_is_above_every_start():
    drawn = table.drawn(
        {"permutation": ("permutation", 1.0, None), "ColEI": (None, None, None)}, n=40, draws=2
    )
    (ax,) = better.inputs_and_entropy(drawn, n=40, footer=FOOT).axes
    K, H = ax.lines[0].get_data()
    np.testing.assert_allclose(H, most_entropy(K, 40))
    assert (drawn.H <= most_entropy(drawn.inputs.to_numpy(), 40) + 1e-9).all()
    assert {t.get_text() for t in ax.texts} >= {"permutation", "ColEI"}


def test_no_name_of_a_start_covers_another_or_a_dot():
    drawn = table.drawn(table.NAMED, draws=1)
    figure = better.inputs_and_entropy(drawn, n=100, footer=FOOT)
    figure.draw_without_rendering()
    (ax,) = figure.axes
    names = [text for text in ax.texts if text.get_text() in table.NAMED]
    boxes = [text.get_window_extent() for text in names]
    assert len(names) == len(drawn)
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])
    assert all(ax.bbox.x0 < box.x0 and box.x1 < ax.bbox.x1 for box in boxes)
    dots = ax.transData.transform(drawn[["inputs", "H"]].to_numpy())
    assert not any(box.contains(*dot) for box in boxes for dot in dots)


def test_a_phone_has_a_line_a_start_with_the_most_that_it_could_be_and_matrices_two_in_a_row():
    drawn = table.drawn(table.NAMED, draws=1)
    phone = better.inputs_and_entropy(drawn, n=100, footer=FOOT).on_a_phone()
    dots, strokes = phone.axes[0].lines
    order = drawn.sort_values("inputs")
    np.testing.assert_allclose(dots.get_xdata(), order.H)
    np.testing.assert_allclose(strokes.get_xdata(), most_entropy(order.inputs.to_numpy(), 100))
    assert len(phone.axes[0].get_yticklabels()) == len(drawn)
    Ws = {name: table.start_matrix(name, 1.0, n=20, ei_ratio=4.0) for name in ("identity", "permutation")}
    wide = better.matrices_of_starts(Ws)
    pair = wide.on_a_phone()
    assert pair.get_figwidth() <= vectors.PHONE < wide.get_figwidth()
    assert [ax.get_title() for ax in pair.axes if ax.images] == list(Ws)


def test_on_a_phone_an_axis_says_what_it_is_above_the_lines_of_its_foot():
    """They stood on each other where there were few rows and three lines."""
    rows = [Row(name, "rnn", estimate(np.arange(2.0, 6)), ()) for name in ("RNN", "1 %: signed identity")]
    foot = "identity_shares · paper scale · 60 runs · 20 seeds · CPU x86_64, 1 thread · 2026-11-28 · 0.2.0"
    phone = better.final_errors(rows, xlabel="final test error (%)", footer=foot).on_a_phone()
    phone.draw_without_rendering()
    (words,) = phone.texts
    assert words.get_text().count("\n") == 1
    assert phone.axes[0].xaxis.label.get_window_extent().y0 > words.get_window_extent().y1
    assert words.get_window_extent().y0 >= 0


@pytest.mark.parametrize("low, high", [(13.6, 17.9), (2.2, 95.0), (0.002, 0.15), (2.2, 4.2), (6.1, 9.0)])
def test_an_axis_of_errors_has_numbers_whatever_its_range(low, high):
    values = np.linspace(low, high, 4)
    rows = [Row(name, "rnn", estimate(values), ()) for name in ("RNN", "ColEI")]
    figure = better.final_errors(rows, xlabel="final test error (%)", footer="f", aim=0.5)
    for shown in (figure, figure.on_a_phone()):
        shown.draw_without_rendering()
        axis, (least, most) = shown.axes[0].xaxis, shown.axes[0].get_xlim()
        ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
        named = [t for t in ticks if t.label1.get_text() and least <= t.get_loc() <= most]
        assert len(named) >= 2


def test_matrices_of_starts_are_images_over_spectra():
    Ws = {
        name: table.start_matrix(name, 1.0, n=20, ei_ratio=4.0)
        for name in ("identity", "permutation", "equal")
    }
    figure = better.matrices_of_starts(Ws, columns=2)
    assert sum(bool(ax.images) for ax in figure.axes) == 3 and sum(bool(ax.lines) for ax in figure.axes) == 3


def test_learning_curves_are_thin_by_run_and_thick_by_network():
    three = {
        "ColEI": dict(kind="colei"),
        "RNN": dict(kind="rnn"),
        "P": dict(kind="colei", start="permutation"),
    }
    runs = [config(seed=s, kind=kind) for kind in ("colei", "rnn") for s in (0, 1)]
    here = runner.train_here([*runs, config(start="permutation", start_a=1.0)])
    (ax,) = better.learning_curves(here, three).axes
    assert len(ax.lines) == (2 + 1) + (2 + 1) + (1 + 1)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == list(three)


@pytest.mark.parametrize("start", [(None, None, None), ("sparse", 3.0, 1.0), ("raised", 0.8, None)])
def test_a_start_matrix_obeys_dale_and_is_the_runs_own(start):
    W = table.start_matrix(*start, n=20, ei_ratio=4.0, seed=3)
    assert W.shape == (20, 20) and obeys_dale(W)[0]


def test_there_is_an_objection_to_every_start_under_dales_law():
    assert set(table.OBJECTIONS) == {None, *starts.STARTS["colei"]}
    assert max(map(len, table.OBJECTIONS.values())) <= tables.LETTERS  # beside its label on a phone


def test_what_to_use_has_a_row_a_screened_start_best_first():
    made = table.what_to_use(selection.scores(a_screen(order)))
    assert len(made) == 13 and made["error at 10 %"].is_monotonic_increasing
    assert made.index[0] == "signed permutation (1)" and "ColEI itself" in made.index
    assert made[["error at 1 %", "error at 50 %", "H", "inputs"]].notna().all(axis=None)


def test_final_errors_have_a_dotted_line_at_the_aim_only_beside_an_rnn():
    made = [Row("RNN", "rnn", estimate([2.0, 3.0]), ()), Row("ColEI", "colei", estimate([5.0, 6.0]), ())]

    def dotted(rows, **options):
        (ax,) = better.final_errors(rows, xlabel="x", footer=FOOT, **options).axes
        return [float(line.get_xdata()[0]) for line in ax.lines if line.get_linestyle() == ":"]

    assert dotted(made, aim=0.3) == [2.8] and dotted(made) == [] and dotted(made[1:], aim=0.3) == []


# --- what the reader plays with --------------------------------------------------------------------


def test_every_start_can_be_explored_at_every_share_or_says_why_not():
    play = start_explorer(n=30)
    for _, start in play.controls["start"].options:
        for share in (99.0, 1.0):
            words, figure = play.draw(start=start, a=1.0, b=0.5, share=share, seed=0)
            assert "H = " in words and len(figure.axes) == 3, (start, share)
    play.controls["start"].value = "sparse"
    play.controls["a"].value = 3.0
    assert "inputs: expected at least 2" in play.words.value  # thirty inputs of thirty units
