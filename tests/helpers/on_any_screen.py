"""What holds of every figure in a page, asked of a module's own `reader`, in which each is a test."""

import pytest

from .web import in_browser


@in_browser
@pytest.mark.parametrize("width", [320, 360, 700, 1440])
def nothing_is_wider_than_the_screen(reader, width):
    assert max(reader["widths"][str(width)]) <= width


@in_browser
@pytest.mark.parametrize("width", [360, 700, 1440])
def no_line_is_cut(reader, width):
    assert reader["cut"][str(width)] == []


@in_browser
def the_dark_theme_has_other_colours_and_without_scripts_there_is_a_picture(reader):
    assert reader["dark"][0] != reader["dark"][1]
    assert reader["withoutScripts"] == "a still picture"
