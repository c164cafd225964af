"""The laboratory in a notebook: a place for the script, a picture, and its results."""

import base64
import subprocess
import sys

import numpy as np
import pytest
import traitlets

from daleslaw_lib.spectra import singular_values
from daleslaw_lib.studies import initial_spectra, size
from daleslaw_lib.widgets import page, playground
from helpers import ROOT


def test_a_cell_shows_a_place_for_the_script_and_a_picture(shown):
    initial_spectra.show_laboratory(kind="dann_drawn", n=50)
    (bundle,) = shown
    assert bundle["text/html"].startswith(
        '<div class="spectral-laboratory" data-kind="dann_drawn" data-n="50"><img alt="Weights'
    )
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")
    assert (playground.WIDGET_VIEW in bundle) == (page.anywidget is not None)


def test_a_laboratory_can_have_a_still_picture_of_its_own(shown):
    initial_spectra.show_laboratory(beside="dann", still=size.explorer().figure, alt="two spectra")
    (bundle,) = shown
    assert bundle["text/html"].startswith(
        '<div class="spectral-laboratory" data-beside="dann"><img alt="two sp'
    )
    assert base64.b64decode(bundle["image/png"]) != initial_spectra.laboratory.PICTURE.read_bytes()


def test_the_stretched_circle_has_sliders_in_a_kernel_and_a_place_for_the_script_in_a_page(shown):
    initial_spectra.show_stretching()
    (bundle,) = shown
    assert bundle["text/html"].startswith('<div class="stretched-circle"><img alt="Left, after one step')
    assert playground.WIDGET_VIEW in bundle and base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")


WRONG = [{"kind": "lstm"}, {"beside": "lstm"}, {"detail": 1.5}, {"n": 5}, {"rho": 0}, {"inhibitory": 80}]


WRONG += [{"start": "orthogonal"}, {"starts": 1.5}, {"p": 0}, {"p": 1.2}, {"extra": 99}]


@pytest.mark.parametrize("setting", [*WRONG, {"distribution": "cauchy"}, {"N": 9}])
def test_a_setting_out_of_range_is_refused_by_name(shown, setting):
    with pytest.raises(ValueError, match=f"^({next(iter(setting))}|setting): expected"):
        initial_spectra.show_laboratory(**setting)
    assert shown == []


def test_without_anywidget_the_library_works_and_the_error_says_what_to_install():
    code = (
        "import sys; sys.modules['anywidget'] = None\n"
        "from daleslaw_lib.studies import initial_spectra\n"
        "try: initial_spectra.Laboratory()\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "pip install anywidget" in done.stdout, done.stderr


@pytest.mark.skipif(page.anywidget is None, reason="missing: the package anywidget")
def test_the_widget_gives_the_matrix_that_is_shown():
    widget = initial_spectra.Laboratory(kind="rnn", n=20)
    assert widget.W is None and widget.s is None
    W = np.arange(400.0).reshape(20, 20)
    values = {"weights": W, "spectrum": singular_values(W)}
    widget.set_state({name: memoryview(array.tobytes()) for name, array in values.items()})  # as a message
    np.testing.assert_array_equal(widget.W, W)
    np.testing.assert_array_equal(widget.s, singular_values(W))
    with pytest.raises(traitlets.TraitError):
        widget.n = 5
    assert 'DaleslawFigures["spectral-laboratory"].render' in widget._esm[-80:]
