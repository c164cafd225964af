"""The hand-derived recurrence against autograd, gradcheck and PyTorch's own RNN."""

import pytest
import torch

from daleslaw_lib.networks import Unrolled, recur

SHAPES = [  # T, M, B, n, n_in
    (1, 1, 1, 1, 1),
    (1, 3, 2, 4, 5),
    (6, 1, 4, 5, 3),
    (5, 4, 1, 3, 2),
    (7, 2, 3, 8, 4),
    (28, 3, 5, 6, 7),
]


def arguments(T, M, B, n, n_in, *, with_h0, device="cpu", dtype=torch.float64):
    """x, U, W, b and perhaps h0: leaves that autograd follows."""
    generator = torch.Generator().manual_seed(T * 1000 + n)

    def random(*shape, scale=1.0):
        values = scale * torch.randn(shape, generator=generator, dtype=torch.float64)
        return values.to(device, dtype).requires_grad_()

    W = random(M, n, n, scale=n**-0.5)
    tensors = [random(T, M, B, n_in), random(M, n, n_in), W, random(M, n)]
    return tensors + ([random(M, B, n)] if with_h0 else [])


def loop(x, U, W, b, h0=None):
    """The equation, a step and a member at a time, for autograd to differentiate."""
    T, M, B, _ = x.shape
    members = []
    for m in range(M):
        h = x.new_zeros(B, U.shape[1]) if h0 is None else h0[m]
        states = []
        for t in range(T):
            h = torch.relu(x[t, m] @ U[m].T + h @ W[m].T + b[m])
            states.append(h)
        members.append(torch.stack(states))
    return torch.stack(members, dim=1)


def unequal(like):
    """Numbers in [-1, 1], no two alike."""
    return torch.arange(like.numel(), dtype=like.dtype, device=like.device).cos().view_as(like)


def assert_close(got, expected, tolerance=1e-12):
    scale = max(expected.abs().max().item(), 1e-3)
    assert got.shape == expected.shape
    assert (got - expected).abs().max().item() <= tolerance * scale


@pytest.mark.parametrize("with_h0", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_states_and_every_gradient_equal_those_of_a_plain_loop(shape, with_h0, device):
    inputs = arguments(*shape, with_h0=with_h0, device=device)
    h, expected = recur(*inputs), loop(*inputs)
    assert_close(h, expected)
    weights = unequal(expected)  # every state matters, each differently
    got = torch.autograd.grad((h * weights).sum(), inputs)
    by_autograd = torch.autograd.grad((expected * weights).sum(), inputs)
    for ours, theirs in zip(got, by_autograd):
        assert_close(ours, theirs)


@pytest.fixture(params=["a product a step", "one product", "one product, time third"])
def order(request, monkeypatch):
    """Every way of `Unrolled`, whatever the sizes and the device."""
    init = Unrolled._buffer

    def buffer(self, *arguments):
        self.large, self.time_third = "one" in request.param, "third" in request.param
        return init(self, *arguments)

    monkeypatch.setattr(Unrolled, "_buffer", buffer)


def batch_last(value):
    return value.detach().transpose(-1, -2).contiguous()


@pytest.mark.parametrize("with_h0", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_trainers_buffers_give_the_same_gradients(shape, with_h0, order, device):
    inputs = arguments(*shape, with_h0=with_h0, device=device)
    expected = loop(*inputs)
    upstream = unequal(expected[-1])  # as from a readout of the last state
    by_autograd = torch.autograd.grad((expected[-1] * upstream).sum(), inputs)
    x, U, W, b, *h0 = (value.detach() for value in inputs)
    T, M, B, n, n_in = shape
    unrolled, dx = Unrolled(T, M, B, n_in, [n], x), torch.full_like(batch_last(x), float("nan"))
    for _ in range(2):  # buffers are used again
        unrolled.x.copy_(x.transpose(2, 3))
        unrolled.start_([batch_last(h0[0]) if h0 else None])
        unrolled.forward_([(U, W, b)])
        unrolled.delta[0].fill_(float("nan"))
        unrolled.delta[0][-1] = batch_last(upstream)
        unrolled.backward_(last_only=True, dx=dx)
        assert_close(unrolled.h[0], batch_last(expected))
        ((dU, dW, db),) = unrolled.gradients
        for ours, theirs in zip((dx.transpose(2, 3), dU, dW, db), by_autograd):
            assert_close(ours, theirs)


@pytest.mark.parametrize("sizes", [[3, 5], [4, 4, 4], [6, 2, 3]])
def test_a_stack_of_layers_is_one_layer_on_another(sizes, order, device):
    T, M, B, n_in = 6, 2, 3, 4
    layers, below = [], n_in
    for n in sizes:
        layers.append(arguments(T, M, B, n, below, with_h0=False, device=device)[1:])
        below = n
    x = arguments(T, M, B, 3, n_in, with_h0=False, device=device)[0]
    states = [x]
    for U, W, b in layers:
        states.append(loop(states[-1], U, W, b))
    upstream = unequal(states[-1])
    leaves = [x, *(value for layer in layers for value in layer)]
    by_autograd = torch.autograd.grad((states[-1] * upstream).sum(), leaves)
    unrolled, dx = Unrolled(T, M, B, n_in, sizes, x.detach()), torch.empty_like(batch_last(x))
    unrolled.x.copy_(x.detach().transpose(2, 3))
    unrolled.forward_([[value.detach() for value in layer] for layer in layers])
    for ours, theirs in zip(unrolled.h, states[1:]):
        assert_close(ours, batch_last(theirs))
    unrolled.delta[-1].copy_(batch_last(upstream))
    unrolled.backward_(dx=dx)
    ours = [dx.transpose(2, 3), *(value for layer in unrolled.gradients for value in layer)]
    for got, expected in zip(ours, by_autograd):
        assert_close(got, expected)


@pytest.mark.parametrize("with_h0", [False, True])
@pytest.mark.parametrize("shape", [(1, 1, 1, 2, 2), (4, 2, 2, 3, 2), (3, 1, 2, 4, 1)])
def test_gradcheck_in_float64(shape, with_h0):
    generator = torch.Generator().manual_seed(0)
    for _ in range(100):
        inputs = arguments(*shape, with_h0=with_h0)
        for value in inputs:
            value.data.normal_(generator=generator)
        if distance_to_kinks(*inputs) > 1e-3:
            break
    assert distance_to_kinks(*inputs) > 1e-3
    assert torch.autograd.gradcheck(recur, inputs, eps=1e-6, atol=1e-6, rtol=1e-6)


@torch.no_grad()
def distance_to_kinks(x, U, W, b, h0=None):
    """Least modulus of what goes into a relu: finite differences must not cross zero."""
    h = recur(x, U, W, b, h0)
    first = torch.zeros_like(h[:1]) if h0 is None else h0[None]
    before = torch.cat([first, h[:-1]])
    z = torch.einsum("tmbi,mni->tmbn", x, U) + torch.einsum("tmbk,mnk->tmbn", before, W) + b[:, None]
    return z.abs().min().item()


@pytest.mark.parametrize("with_h0", [False, True])
@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape[1] == 1] + [(9, 1, 4, 6, 3)])
def test_one_member_is_pytorchs_rnn(shape, with_h0):
    T, _, B, n, n_in = shape
    x, U, W, b, *h0 = inputs = arguments(*shape, with_h0=with_h0)
    theirs = torch.nn.RNN(n_in, n, nonlinearity="relu", dtype=torch.float64)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(U[0])
        theirs.weight_hh_l0.copy_(W[0])
        theirs.bias_ih_l0.copy_(b[0])
        theirs.bias_hh_l0.zero_()
    h, expected = recur(*inputs), theirs(x[:, 0], *h0)[0]
    assert_close(h[:, 0], expected)
    got = torch.autograd.grad(h.square().sum(), inputs[:4])
    parameters = (x, theirs.weight_ih_l0, theirs.weight_hh_l0, theirs.bias_ih_l0)
    expected = torch.autograd.grad(expected.square().sum(), parameters)
    for ours, its in zip(got, expected):
        assert_close(ours.reshape(its.shape), its)


def test_states_come_in_the_dtype_of_the_input(device):
    inputs = arguments(5, 2, 3, 4, 2, with_h0=True, device=device)
    single = [value.detach().float() for value in inputs]
    h = recur(*single)
    assert h.dtype == torch.float32
    assert_close(h.double(), recur(*inputs), 1e-5)


def test_gradients_are_right_for_inputs_that_are_views():
    x, U, W, b = arguments(5, 3, 2, 4, 4, with_h0=False)
    shared = x[:, :1].expand(-1, 3, -1, -1)  # one input for all members
    views = (shared, U.transpose(1, 2), W.transpose(1, 2), b)
    got = torch.autograd.grad(recur(*views)[::2].sum(), (x, U, W, b))
    expected = torch.autograd.grad(loop(*views)[::2].sum(), (x, U, W, b))
    for ours, theirs in zip(got, expected):
        assert_close(ours, theirs)


def test_arguments_are_left_alone():
    inputs = arguments(5, 2, 3, 4, 2, with_h0=True)
    copies = [value.detach().clone() for value in inputs]
    recur(*inputs).sum().backward()
    for value, copy in zip(inputs, copies):
        assert torch.equal(value, copy)


def test_the_gradient_of_a_gradient_is_right_not_zero():
    found = []
    for function in (recur, loop):
        inputs = arguments(3, 1, 2, 3, 2, with_h0=False)
        (dU,) = torch.autograd.grad(function(*inputs).square().sum(), inputs[1], create_graph=True)
        dU.sum().backward()
        found.append([value.grad for value in inputs])
    for ours, theirs in zip(*found):
        assert_close(ours, theirs)
        assert theirs.abs().max() > 1e-3


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("x", (5, 2, 3)),
        ("x", (0, 2, 3, 4)),
        ("x", (5, 2, 3, 7)),
        ("x", (5, 1, 3, 4)),
        ("U", (6, 4)),
        ("U", (2, 6, 5)),
        ("U", (3, 6, 4)),
        ("W", (2, 6, 5)),
        ("W", (1, 6, 6)),
        ("b", (6,)),
        ("b", (2, 6, 1)),
        ("b", (2, 5)),
        ("h0", (2, 3, 5)),
        ("h0", (3, 6)),
        ("h0", (1, 2, 3, 6)),
    ],
)
def test_shapes_that_do_not_fit_are_named(name, shape):
    shapes = {"x": (5, 2, 3, 4), "U": (2, 6, 4), "W": (2, 6, 6), "b": (2, 6)} | {name: shape}
    with pytest.raises(ValueError) as error:
        recur(**{key: torch.zeros(value) for key, value in shapes.items()})
    message = str(error.value)
    assert message.startswith("recur: expected x (T, M, B, n_in), U (M, n, n_in), W (M, n, n), b (M, n)")
    assert f"{name} {shape}" in message.split("got")[1] and "\n" not in message


def test_another_way_to_do_a_layer_is_refused():
    with pytest.raises(ValueError, match="by: expected one of torch, exact, any, untried, got 'tried'"):
        Unrolled(2, 1, 4, 3, [5], torch.empty(0), by="tried")
