"""Pictures of spectra: nothing is left out, and labels are counted from the data."""

import pytest

from daleslaw_lib import figures
from daleslaw_lib.figures import spectra
from daleslaw_lib.initialisation import KINDS
from helpers.figures import FIGURES, PER_KIND_E, PER_KIND_S, S, words


def test_labels_are_counted_from_the_data():
    assert any("of 12" in text for text in words(FIGURES["singular_value_grid"]()))
    assert any("of 6 draws" in text for text in words(FIGURES["through_time"]()))
    assert any("1 to 12" in text for text in words(FIGURES["weight_images"]()))


def test_colei_groups_add_up_to_all_singular_values():
    for n_inhibitory in (1, 2, 5, 6):
        groups = spectra._colei_groups(S, n_inhibitory)
        assert sum(values.shape[1] for values, *_ in groups) == S.shape[1]


@pytest.mark.parametrize("end", [0.5, 40.0])
def test_where_the_papers_histogram_ends_is_marked_inside_the_axes(end):
    figure = figures.spectra_of_kinds(PER_KIND_E, PER_KIND_S, dict.fromkeys(KINDS, 1.0), ends={"colei": end})
    below = figure.axes[len(KINDS) :]
    marks = [[line for line in ax.lines if line.get_linestyle() == ":"] for ax in below]
    assert [len(lines) for lines in marks] == [int(kind == "colei") for kind in KINDS]
    ax = below[list(KINDS).index("colei")]
    (line,) = marks[list(KINDS).index("colei")]
    assert ax.get_xlim()[0] < end < ax.get_xlim()[1] and set(line.get_xdata()) == {end}
    assert f"paper: {end:g}" in words(figure)
