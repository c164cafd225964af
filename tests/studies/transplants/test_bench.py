"""The transplant bench in a notebook: what it combines, shows, and refuses."""

import base64

import numpy as np
import pytest
import traitlets

from daleslaw_lib import initialisation
from daleslaw_lib.spectra import singular_values
from daleslaw_lib.studies import transplants
from daleslaw_lib.studies.transplants import bench
from daleslaw_lib.widgets import page as widgets_page
from daleslaw_lib.widgets import playground

# --- the same matrices, the same numbers -------------------------------------------------------------


def close(a, b, tolerance=1e-6):
    np.testing.assert_allclose(a, b, rtol=0, atol=tolerance)


# --- in Python ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [10, 50])
@pytest.mark.parametrize("vectors", bench.SOURCES)
@pytest.mark.parametrize("spectrum", bench.SOURCES)
def test_only_colei_itself_keeps_its_columns_signs(vectors, spectrum, n):
    pair = transplants.draw_pair(n, seed=0)
    W = transplants.combine(pair, vectors, spectrum)
    assert (initialisation.columns_of_one_sign(W) == n) == (vectors == spectrum == "colei")
    assert (transplants.signs_changed(W, pair[vectors]) == 0) == (vectors == spectrum)


@pytest.mark.parametrize("matching", transplants.MATCHINGS)
def test_no_matching_changes_the_singular_values(matching):
    pair = transplants.draw_pair(30, seed=1)
    W = transplants.combine(pair, "colei", "rnn", matching, seed=5)
    close(singular_values(W), singular_values(pair["rnn"]), 1e-12)


def test_combine_refuses_other_names():
    pair = transplants.draw_pair(10, seed=0)
    with pytest.raises(ValueError, match="vectors: expected one of rnn, colei, got 'dann'"):
        transplants.combine(pair, "dann", "rnn")
    with pytest.raises(ValueError, match="matching: expected one of ranked"):
        transplants.combine(pair, "rnn", "rnn", "sorted")


def test_a_cell_shows_a_place_for_the_script_and_a_picture_in_words(shown):
    transplants.show_transplant_bench(vectors="rnn", n=20)
    (bundle,) = shown
    page = bundle["text/html"]
    assert page.startswith('<div class="transplant-bench" data-vectors="rnn" data-n="20"><img alt="Weights')
    assert "Columns of one sign: 0 of 20; entries that changed sign: 0%" in page
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert (playground.WIDGET_VIEW in bundle) == (widgets_page.anywidget is not None)


@pytest.mark.parametrize("setting", [{"vectors": "dann"}, {"n": 5}, {"inhibitory": 80}, {"rho": 1}])
def test_a_setting_out_of_range_is_refused_by_name(shown, setting):
    with pytest.raises(ValueError, match=f"^({next(iter(setting))}|setting): expected"):
        transplants.show_transplant_bench(**setting)
    assert shown == []


@pytest.mark.skipif(widgets_page.anywidget is None, reason="missing: the package anywidget")
def test_the_widget_gives_the_matrix_that_is_shown():
    widget = transplants.TransplantBench(n=20)
    assert widget.W is None and widget.vectors == "colei"
    W = np.arange(400.0).reshape(20, 20)
    widget.set_state({"weights": memoryview(W.tobytes()), "columns_of_one_sign": 3})  # as a message
    np.testing.assert_array_equal(widget.W, W)
    with pytest.raises(traitlets.TraitError):
        widget.spectrum = "dann"
    assert 'DaleslawFigures["transplant-bench"].render' in widget._esm[-80:]
