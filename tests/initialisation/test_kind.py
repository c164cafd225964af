"""A kind's name and looks are checked as they are written down; tables of kinds follow the registry."""

import numpy as np
import pytest

from daleslaw_lib.initialisation import KINDS, Draw, Kind, draw_matrix, draw_network
from daleslaw_lib.initialisation.draw import drawing
from daleslaw_lib.initialisation.kind import OfKinds
from daleslaw_lib.initialisation.rnn import RNNDraw

GIVEN = dict(name="mine", label="Mine", colour="#CC79A7", linestyle=":", marker="D", draw=RNNDraw)


class Half(Draw):
    def input(self, n, n_in):
        return (np.zeros((n, n_in)),)


@pytest.mark.parametrize(
    "changes, message",
    [
        (dict(name="My kind"), "name: expected small letters, digits and underscores, got 'My kind'"),
        (dict(label=""), "label: expected the kind's name for readers, got none"),
        (dict(colour="red"), "colour: expected one such as #0072B2, got 'red'"),
        (dict(draw=RNNDraw.input), "draw: expected a subclass of Draw, got "),
        (dict(draw=Half), "draw: expected Half to have readout, recurrent, got no such method"),
    ],
)
def test_a_kind_that_will_not_do_is_refused_with_the_name_of_the_field(changes, message):
    with pytest.raises(ValueError) as refused:
        Kind(**GIVEN | changes)
    assert str(refused.value).startswith(message)


def test_a_table_of_kinds_has_a_kind_that_is_registered_later():
    kinds = {"rnn": KINDS["rnn"]}
    labels = OfKinds(kinds, lambda kind: kind.label)
    assert dict(labels) == {"rnn": "RNN"} and "mine" not in labels
    kinds["mine"] = Kind(**GIVEN)
    assert dict(labels) == {"rnn": "RNN", "mine": "Mine"} and repr(labels) == repr(dict(labels))


@pytest.mark.parametrize("kind", KINDS)
def test_the_parts_of_a_network_amount_to_the_matrix_that_is_drawn_by_itself(kind):
    make = KINDS[kind].draw
    arrays = draw_network(kind, 3, 20, 2, ei_ratio=4.0, rng=np.random.default_rng(0))
    stream = np.random.default_rng(0)
    drawing(kind, 4.0, rho=None, rng=stream).input(20, 3)  # W comes after U in the stream
    W = make.effective([arrays[f"layer0/W{part}"] for part in make.parts], 4.0)
    np.testing.assert_array_equal(W, draw_matrix(kind, 20, 4.0, rng=stream))
    U = make.effective([arrays[f"layer0/U{part}"] for part in make.parts], 4.0, outside=True)
    assert U.shape == (20, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_says_whether_it_has_a_ratio_and_fewer_units_than_its_least_are_none(kind):
    make = KINDS[kind].draw
    assert (make.inhibitory(20, 4.0) > 0) == make.RATIO
    draw_network(kind, 3, make.LEAST, 2, ei_ratio=1.0, rng=np.random.default_rng(0))
