"""Ensembles of networks: members in company, arrays in and out, what does not fit."""

import numpy as np
import pandas
import pytest
import torch

from daleslaw_lib.initialisation import KINDS, draw_network
from daleslaw_lib.networks.network import Network, weight_generator

LAYERS = [1, 2, 3]


# --- members -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_member_is_drawn_the_same_in_any_company(kind):
    company = Network.draw(kind, 5, 8, 4, seeds=[3, 7, 1], layers=2, ei_ratio=[7, 3, 1])
    alone = Network.draw(kind, 5, 8, 4, seeds=[7], layers=2, ei_ratio=3)
    together = company.arrays()
    for name, array in alone.arrays().items():
        n, m = array.shape[1:][0], array.shape[1:][-1]  # without the padding of spare interneurons
        member = together[name][1]
        np.testing.assert_array_equal(member[:n, :m] if member.ndim == 2 else member, array[0])


@pytest.mark.parametrize("ratio", [9, [9, 9, 9], np.array([9.0, 9.0, 9.0]), (9,) * 3])
def test_one_ratio_for_all_is_one_for_each(ratio):
    one = Network.draw("colei", 5, 20, 4, seeds=[0, 1, 2], ei_ratio=9).arrays()
    for name, array in Network.draw("colei", 5, 20, 4, seeds=[0, 1, 2], ei_ratio=ratio).arrays().items():
        np.testing.assert_array_equal(array, one[name])


@pytest.mark.parametrize("kind", KINDS)
def test_rho_of_each_member_reaches_it(kind):
    both = Network.draw(kind, 5, 20, 4, seeds=[0, 0], rho=[None, 3.0]).arrays()
    for m, rho in enumerate([None, 3.0]):
        one = Network.draw(kind, 5, 20, 4, seeds=[0], rho=rho).arrays()
        for name in one:
            np.testing.assert_array_equal(both[name][m], one[name][0])
    W = "layer0/W_ex" if kind == "dann" else "layer0/W"
    assert not np.array_equal(both[W][0], both[W][1])


def test_members_may_differ_in_their_interneurons():
    network = Network.draw("dann", 5, 20, 4, seeds=[0, 1], ei_ratio=[9, 3], n_inhibitory=[None, 10])
    shapes = {name: tuple(value.shape[1:]) for name, value in network.tensors().items()}
    assert shapes["layer0/U_ix"] == (5, 5) and shapes["layer0/W_ei"] == (20, 10)
    W_ix = network.arrays()["layer0/W_ix"]
    assert not W_ix[0, 2:].any() and (W_ix[0, :2] > 0).all() and (W_ix[1] > 0).all()


def test_the_weights_of_a_seed_are_a_stream_of_their_own():
    first = weight_generator(5).random(4)
    np.testing.assert_array_equal(first, weight_generator(5).random(4))
    for other in (weight_generator(6), np.random.default_rng([5, 1, 0]), np.random.default_rng([5, 1])):
        assert not np.array_equal(first, other.random(4))


# --- arrays in and out ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layers", LAYERS)
def test_a_network_has_the_tensors_that_were_drawn(kind, layers):
    members = [draw_network(kind, 5, 20, 4, layers=layers, rng=weight_generator(s)) for s in (0, 1)]
    network = Network.from_arrays(kind, members, ei_ratio=9, dtype=torch.float64)
    tensors = network.tensors()
    assert set(tensors) == set(members[0])
    assert {id(p) for p in tensors.values()} == {id(p) for p in network.parameters()}
    for name, value in tensors.items():
        np.testing.assert_array_equal(value.detach(), np.stack([m[name] for m in members]))
    drawn = Network.draw(kind, 5, 20, 4, seeds=[0, 1], layers=layers, dtype=torch.float64)
    for name, array in drawn.arrays().items():
        np.testing.assert_array_equal(array, tensors[name].detach())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_network_lives_in_its_dtype_and_on_its_device(dtype, device):
    network = Network.draw("colei", 5, 8, 4, seeds=[0], layers=2, dtype=dtype, device=device)
    for value in network.state_dict().values():  # the signs as well
        assert value.dtype == dtype and value.device.type == device


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_are_copies(draw, kind):
    network = draw(kind)
    before = network.arrays()
    for array in network.arrays().values():
        array[:] = 7
    members = [{name: array[m] for name, array in before.items()} for m in range(3)]
    again = Network.from_arrays(kind, members, ei_ratio=9, dtype=torch.float64)
    for array in members[0].values():
        array[:] = 7
    for name, array in again.arrays().items():
        np.testing.assert_array_equal(array, network.arrays()[name])


@pytest.mark.parametrize("kind", KINDS)
def test_loading_its_arrays_restores_a_network(draw, kind):
    source, target = draw(kind, layers=2), draw(kind, layers=2, first_seed=10)
    target.load_arrays(source.arrays())
    for name, array in target.arrays().items():
        np.testing.assert_array_equal(array, source.arrays()[name])


def without(arrays, name):
    return {key: value for key, value in arrays.items() if key != name}


LAST = "readout/b"  # the one loaded last: by then all others could have changed
BAD_ARRAYS = {
    "one is missing": lambda a: without(a, LAST),
    "one is too many": lambda a: a | {"layer7/U": a["layer0/U"]},
    "none": lambda a: {},
    "of fewer members": lambda a: {name: value[:1] for name, value in a.items()},
    "one of another shape": lambda a: a | {LAST: a[LAST][:, :2]},
    "one has an axis more": lambda a: a | {LAST: a[LAST][..., None]},
    "one holds no numbers": lambda a: a | {LAST: a[LAST].astype(str)},
    "one holds objects": lambda a: a | {LAST: a[LAST].astype(object)},
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_loading_arrays_of_another_network_changes_nothing(draw, case):
    network = draw("colei")
    before = network.arrays()
    bad = BAD_ARRAYS[case]({name: value + 1 for name, value in before.items()})
    with pytest.raises(ValueError, match="^arrays: expected .* of this network, got"):
        network.load_arrays(bad)
    for name, array in network.arrays().items():
        np.testing.assert_array_equal(array, before[name])


# --- what does not fit ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ei_ratio", "rho", "n_inhibitory"])
@pytest.mark.parametrize("values", [[3], [3, 3, 3], []])
def test_settings_for_another_number_of_members_are_refused(name, values):
    message = rf"^{name}: expected one value, or one for each of 2 members, got {len(values)}$"
    with pytest.raises(ValueError, match=message):
        Network.draw("dann", 5, 20, 4, seeds=[0, 1], **{name: values})


@pytest.mark.parametrize("kind", KINDS)
def test_an_ensemble_of_nobody_is_refused(kind):
    with pytest.raises(ValueError, match="^members: expected at least one network, got none$"):
        Network.draw(kind, 5, 20, 4, seeds=[])
    with pytest.raises(ValueError, match="^members: expected at least one network, got none$"):
        Network.from_arrays(kind, [])


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_s_bad_ratio_is_refused(kind):
    for bad in (0, -3, float("nan"), float("inf"), "9"):
        with pytest.raises(ValueError, match="^ei_ratio: expected a positive finite number, got"):
            Network.draw(kind, 5, 20, 4, seeds=[0, 1], ei_ratio=[9, bad])


def test_a_ratio_that_empties_a_population_is_refused():
    with pytest.raises(ValueError, match="^ei_ratio: expected a split that leaves both populations"):
        Network.draw("colei", 5, 20, 4, seeds=[0, 1], ei_ratio=[9, 0.01])


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="^kind: expected one of rnn, colei, dann, got 'lstm'$"):
        Network.draw("lstm", 5, 20, 4, seeds=[0])
    with pytest.raises(ValueError, match="^kind: expected one of rnn, colei, dann, got 'lstm'$"):
        Network.from_arrays("lstm", [{}])


def arrays_of(kind, seed=0, n_in=5, n=8, n_out=4, **settings):
    return draw_network(kind, n_in, n, n_out, rng=weight_generator(seed), **settings)


MISMATCHED = {
    "sizes differ": lambda k: [arrays_of(k), arrays_of(k, n=9)],
    "inputs differ": lambda k: [arrays_of(k), arrays_of(k, n_in=6)],
    "outputs differ": lambda k: [arrays_of(k), arrays_of(k, n_out=3)],
    "the second is shallower": lambda k: [arrays_of(k, layers=2), arrays_of(k)],
    "the second is deeper": lambda k: [arrays_of(k), arrays_of(k, layers=2)],
    "a bias is missing": lambda k: [arrays_of(k), without(arrays_of(k), "layer0/b")],
    "no layers": lambda k: [{n: a for n, a in arrays_of(k).items() if n.startswith("readout")}],
    "a layer is left out": lambda k: [
        {n: a for n, a in arrays_of(k, layers=3).items() if not n.startswith("layer1")}
    ],
    "layers do not fit": lambda k: [
        arrays_of(k) | {n: a for n, a in arrays_of(k, n=9).items() if n.startswith("readout")}
    ],
    "a bias is a column": lambda k: [arrays_of(k) | {"layer0/b": np.zeros((8, 1))}],
    "an array of no network": lambda k: [arrays_of(k) | {"layer0/V": np.zeros((8, 8))}],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("case", MISMATCHED)
def test_members_that_do_not_fit_are_refused(kind, case):
    with pytest.raises(ValueError) as error:
        Network.from_arrays(kind, MISMATCHED[case](kind), ei_ratio=3)
    assert "expected" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("part", ["U_ix", "W_ix", "U_ei", "W_ei"])
def test_interneurons_that_do_not_fit_are_refused(part):
    arrays = arrays_of("dann", ei_ratio=1)
    array = arrays[f"layer0/{part}"]
    arrays[f"layer0/{part}"] = array[:3] if part.endswith("ix") else array[:, :3]
    with pytest.raises(ValueError, match=f"layer0/{part[0]}"):
        Network.from_arrays("dann", [arrays])


@pytest.mark.parametrize(("given", "wanted"), [("rnn", "dann"), ("dann", "rnn"), ("dann", "colei")])
def test_arrays_of_another_kind_are_refused(given, wanted):
    with pytest.raises(ValueError, match="^members: expected an array"):
        Network.from_arrays(wanted, [arrays_of(given)])


@pytest.mark.parametrize("kind", ["colei", "dann"])
def test_signed_weights_where_magnitudes_belong_are_refused(kind):
    name = "layer0/W" if kind == "colei" else "layer0/W_ex"
    arrays = arrays_of(kind)
    with pytest.raises(ValueError, match=f"^{name}: expected magnitudes >= 0"):
        Network.from_arrays(kind, [arrays, arrays | {name: -arrays[name]}], ei_ratio=9)


# --- signs travel with the weights ---------------------------------------------------------------


def inputs(M):
    """Inputs (T, M, B, n_in)."""
    return torch.rand((6, M, 4, 5), generator=torch.Generator().manual_seed(M), dtype=torch.float64)


def at_ratio(ei_ratio, **arguments):
    return Network.draw("colei", 5, 20, 4, seeds=[0, 1], ei_ratio=ei_ratio, dtype=torch.float64, **arguments)


def test_a_network_from_arrays_has_their_signs_and_their_outputs():
    x = inputs(2)
    for arguments in ({"layers": 2}, {"dense": 1}, {"ablated": 2}):
        source = at_ratio(4, **arguments)
        again = Network.from_arrays("colei", source.arrays(), dtype=torch.float64)
        assert torch.equal(again(x), source(x))
        members = [{name: a[m] for name, a in source.arrays().with_signs().items()} for m in range(2)]
        assert torch.equal(Network.from_arrays("colei", members, dtype=torch.float64)(x), source(x))
        assert not torch.allclose(at_ratio(9, **arguments)(x), source(x))


def test_signs_survive_a_file(tmp_path):
    source, x = at_ratio([4, 9]), inputs(2)
    np.savez(tmp_path / "network.npz", **source.arrays().with_signs())
    with np.load(tmp_path / "network.npz", allow_pickle=False) as arrays:
        again = Network.from_arrays("colei", dict(arrays), dtype=torch.float64)
    assert torch.equal(again(x), source(x))


def test_an_ensembles_arrays_are_all_its_members(draw):
    x = inputs(3)
    for kind in KINDS:
        source = draw(kind, layers=2)
        for arrays in (source.arrays(), [source.arrays()]):
            again = Network.from_arrays(kind, arrays, dtype=torch.float64)
            assert again.n_members == 3 and torch.equal(again(x), source(x))


def test_magnitudes_without_signs_or_ratio_are_refused():
    arrays = draw_network("colei", 5, 20, 4, ei_ratio=4, rng=weight_generator(0))
    with pytest.raises(ValueError, match="^ei_ratio: expected that of each ColEI network whose arrays bring"):
        Network.from_arrays("colei", [arrays])
    with pytest.raises(ValueError, match="^ei_ratio: expected that of each ColEI network whose arrays bring"):
        Network.from_arrays("colei", [arrays, arrays], ei_ratio=[4, None])


def test_a_ratio_that_contradicts_the_signs_is_refused():
    with pytest.raises(ValueError, match="^ei_ratio: expected the one with the signs that the arrays bring"):
        Network.from_arrays("colei", at_ratio(4).arrays(), ei_ratio=9)
    assert Network.from_arrays("colei", at_ratio(4).arrays(), ei_ratio=4).n_members == 2


def test_arrays_of_another_ratio_are_not_loaded():
    target = at_ratio(9)
    before = target.arrays()
    for source in (
        at_ratio(4).arrays(), at_ratio(4).arrays().with_signs(), at_ratio(9, ablated=2).arrays()
    ):  # fmt: skip
        with pytest.raises(ValueError, match="^arrays: expected layer0/W with the signs of this net"):
            target.load_arrays(source)
    for name, array in target.arrays().items():
        np.testing.assert_array_equal(array, before[name])
    target.load_arrays(at_ratio(9, layers=1).arrays().with_signs())


def test_signs_that_are_none_are_refused():
    arrays = at_ratio(4).arrays().with_signs()
    for bad in (2 * arrays["signs/layer0/W"], arrays["signs/layer0/W"][:, :, :7], np.ones((2, 20))):
        with pytest.raises(ValueError, match="^signs/layer0/W: expected -1, 0 or 1 of shape"):
            Network.from_arrays("colei", arrays | {"signs/layer0/W": bad})


def test_members_that_are_not_as_many_in_every_array_are_refused(draw):
    arrays = dict(draw("rnn").arrays())
    with pytest.raises(ValueError, match="^members: expected 3 members in every array, .* got layer0/U"):
        Network.from_arrays("rnn", arrays | {"layer0/U": arrays["layer0/U"][:2]})


# --- what people hold ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_may_be_lists_frames_and_tensors_in_a_graph(draw, kind):
    source = draw(kind, M=1)
    members = [{name: array[0] for name, array in source.arrays().with_signs().items()}]
    tensors = {name: torch.tensor(a, requires_grad=a.dtype.kind == "f") for name, a in members[0].items()}
    holders = [
        {name: array.tolist() for name, array in members[0].items()},
        {name: pandas.DataFrame(a) if a.ndim == 2 else pandas.Series(a) for name, a in members[0].items()},
        tensors,
    ]
    x = inputs(1)
    for held in holders:
        assert torch.equal(Network.from_arrays(kind, [held], dtype=torch.float64)(x), source(x))
    target = draw(kind, M=1, first_seed=7)
    target.load_arrays({name: p * 1 for name, p in source.tensors().items()})
    assert torch.equal(target.layers[0].W, source.layers[0].W)


def test_inputs_may_be_lists_whole_numbers_and_numpy(draw):
    network = draw("colei", M=2)
    x = np.arange(6 * 2 * 4 * 5).reshape(6, 2, 4, 5) % 3
    expected = network(torch.tensor(x, dtype=torch.float64))
    for held in (x, x.astype(np.float32), x.tolist(), torch.tensor(x), torch.tensor(x, dtype=torch.uint8)):
        assert torch.equal(network(held), expected)


@pytest.mark.parametrize(
    ("held", "message"),
    [
        (np.ma.masked_less(np.ones((6, 2, 4, 5)), 0), "x: expected numbers without gaps, got a masked array"),
        (np.ones((6, 2, 4, 5), complex), "x: expected real numbers, got complex128"),
        (torch.ones(6, 2, 4, 5, dtype=torch.complex64), "x: expected a dense tensor .* got a complex one"),
        (torch.ones(6, 2, 4, 5).to_sparse(), "x: expected a dense tensor of real numbers, got a sparse one"),
        (torch.ones(6, 2, 4, 5), "x: expected torch.float64, as the weights, got torch.float32; convert it"),
        ([[1, 2], [3]], "x: expected numbers, got gaps, or rows of unequal lengths"),
        ("text", "x: expected real numbers, got <U4"),
    ],
)
def test_inputs_that_are_no_real_numbers_get_one_line(draw, held, message):
    with pytest.raises(ValueError, match=f"^{message}") as error:
        draw("rnn", M=2)(held)
    assert "\n" not in str(error.value)


# --- starts --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, start, a", [("colei", "permutation", 0.9), ("rnn", "orthogonal", 1.1)])
def test_a_start_replaces_every_w_and_leaves_the_rest_of_the_seed(kind, start, a):
    shape = dict(n_in=5, n=20, n_out=3, seeds=[0, 1], layers=2, ei_ratio=4.0, dtype=torch.float64)
    plain = Network.draw(kind, **shape)
    begun = Network.draw(kind, **shape, start=[start, None], start_a=[a, None])
    for name, value in plain.arrays().items():
        same = (begun.arrays()[name] == value).all((*range(1, value.ndim),))
        assert same.tolist() == [not name.endswith("/W") or name.startswith("readout"), True], name
    for layer in begun.layers:
        s = np.linalg.svd(layer.W[0].detach().numpy(), compute_uv=False)
        np.testing.assert_allclose(s, a)
    assert (begun.layers[0].W[0] != begun.layers[1].W[0]).any()  # each layer has a draw of its own


def test_a_member_with_a_start_is_the_same_in_any_company():
    shape = dict(n_in=5, n=20, n_out=3, ei_ratio=4.0, dtype=torch.float64)
    start = dict(start="sparse", start_a=4.0, start_b=1.0)
    alone = Network.draw("colei", **shape, seeds=[3], **start).arrays()
    others = {name: [None, value] for name, value in start.items()}
    company = Network.draw("colei", **shape, seeds=[7, 3], **others).arrays()
    for name, value in alone.items():
        np.testing.assert_array_equal(value[0], company[name][1])


@pytest.mark.parametrize("part, changed", [("W", "layer0/W"), ("U", "layer0/U"), ("readout", "readout/W")])
def test_a_part_is_transplanted_and_the_others_are_the_vectors_own(part, changed):
    shape = dict(n_in=5, n=20, n_out=3, seeds=[0], ei_ratio=4.0, dtype=torch.float64)
    own = Network.draw("rnn", **shape, vectors="colei", spectrum="colei").arrays()
    whole = Network.draw("rnn", **shape, vectors="colei", spectrum="rnn").arrays()
    one = Network.draw("rnn", **shape, vectors="colei", spectrum="rnn", parts=part).arrays()
    for name, value in one.items():
        np.testing.assert_array_equal(value, (whole if name == changed else own)[name])


@pytest.mark.parametrize("seeds", [3, 2.0, [0.0, 1.0], [-1], [True], "12", None, [[0]]])
def test_seeds_are_whole_numbers_one_a_member(seeds):
    with pytest.raises(ValueError, match="^seeds: expected whole numbers >= 0, got "):
        Network.draw("colei", 5, 20, 4, seeds=seeds)


def test_seeds_may_be_held_in_anything():
    first = Network.draw("rnn", 5, 20, 4, seeds=[0, 3]).arrays()
    for seeds in (np.array([0, 3]), torch.tensor([0, 3]), (0, np.int64(3)), range(0, 6, 3), {0: 1, 3: 1}):
        again = Network.draw("rnn", 5, 20, 4, seeds=seeds).arrays()
        assert all(np.array_equal(first[name], again[name]) for name in first)
