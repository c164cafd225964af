"""Controls keep their keys where anywidget is, and work without it; see also tests/web/test_jupyterlab.py."""

import ipywidgets
import pytest
from matplotlib.figure import Figure

from daleslaw_lib.widgets import keys
from daleslaw_lib.widgets.playground import Playground


def playground():
    return Playground(lambda k: ("", Figure()), k=ipywidgets.IntSlider(1, 0, 3))


def test_a_playground_holds_a_guard_of_its_keys_that_nobody_sees():
    pytest.importorskip("anywidget")
    *shown, guard = playground().children
    assert len(shown) == 3 and guard.layout.display == "none"
    assert "data-lm-suppress-shortcuts" in guard._esm


def test_a_playground_works_without_anywidget(monkeypatch):
    monkeypatch.setattr(keys, "anywidget", None)
    play = playground()
    play.controls["k"].value = 2
    assert len(play.children) == 3
