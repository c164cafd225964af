"""Every road to a derivative of the recurrence, against a plain loop: right, or refused in one line."""

import gc
import itertools
import weakref

import pytest
import torch
from torch.autograd import functional

from daleslaw_lib.networks import recur

NAMES = ("x", "U", "W", "b", "h0")


def arguments(T=4, M=2, B=3, n=3, n_in=2, *, requires_grad=True):
    """x, U, W, b, h0 in double precision, about half of the units active."""
    generator = torch.Generator().manual_seed(T + 10 * n)
    shapes = (T, M, B, n_in), (M, n, n_in), (M, n, n), (M, n), (M, B, n)
    drawn = [torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes]
    drawn[4] = drawn[4].relu()
    return [value.requires_grad_(requires_grad) for value in drawn]


def loop(x, U, W, b, h0=None):
    """The equation, for torch to differentiate."""
    h = x.new_zeros(x.shape[1], x.shape[2], U.shape[1]) if h0 is None else h0
    states = []
    for x_t in x.unbind(0):
        z = torch.einsum("mbi,mni->mbn", x_t, U) + torch.einsum("mbk,mnk->mbn", h, W) + b[:, None]
        h = torch.relu(z)
        states.append(h)
    return torch.stack(states)


def energy(function, *inputs):
    """A number in which every state matters, each differently, and not linearly."""
    h = function(*inputs)
    return (h.square() * (1 + torch.arange(h.numel(), dtype=h.dtype).cos().view_as(h))).sum()


def of(function):
    return lambda *inputs: energy(function, *inputs)


def assert_same(got, expected):
    got, expected = (torch.utils._pytree.tree_leaves(value) for value in (got, expected))
    assert len(got) == len(expected)
    assert any(value.detach().abs().max() > 1e-3 for value in expected)  # zeros would agree with anything
    for ours, theirs in zip(got, expected):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-9)


# --- second and third derivatives --------------------------------------------------------------


@pytest.mark.parametrize("name", ["hessian", "jacobian", "hvp", "vhp"])
@pytest.mark.parametrize("which", range(5), ids=NAMES)
def test_torch_autograd_functional_is_right(name, which):
    inputs = arguments(requires_grad=False)
    v = () if name in ("hessian", "jacobian") else (inputs[which].cos(),)

    def along(function):
        return lambda value: energy(function, *inputs[:which], value, *inputs[which + 1 :])

    got, expected = (getattr(functional, name)(along(f), inputs[which], *v) for f in (recur, loop))
    assert_same(got, expected)


def test_a_vectorised_jacobian_is_right():
    inputs = tuple(arguments(requires_grad=False))
    for strategy in ("reverse-mode", "forward-mode"):
        options = dict(vectorize=True, strategy=strategy)
        assert_same(*(functional.jacobian(f, inputs, **options) for f in (recur, loop)))


@pytest.mark.parametrize("which", range(5), ids=NAMES)
def test_a_penalty_on_a_gradient_reaches_every_argument(which):
    totals = []
    for function in (recur, loop):
        inputs = arguments()
        loss = energy(function, *inputs)
        (g,) = torch.autograd.grad(loss, inputs[which], create_graph=True)
        (loss + 10 * g.square().sum()).backward()
        totals.append([value.grad for value in inputs])
    assert_same(*totals)


def test_a_penalty_is_right_where_the_input_is_data():
    totals = []
    for function in (recur, loop):
        x, *weights = arguments()
        gradients = torch.autograd.grad(energy(function, x.detach(), *weights), weights, create_graph=True)
        sum(g.square().sum() for g in gradients).backward()
        assert x.grad is None
        totals.append([value.grad for value in weights])
    assert_same(*totals)


def test_without_an_initial_state_second_derivatives_are_right():
    totals = []
    for function in (recur, loop):
        inputs = arguments()[:4]
        (g,) = torch.autograd.grad(energy(function, *inputs), inputs[0], create_graph=True)
        totals.append(torch.autograd.grad(g.square().sum(), inputs))
    assert_same(*totals)


def test_the_third_derivative_is_right():
    totals = []
    for function in (recur, loop):
        inputs = arguments()
        first = torch.autograd.grad(energy(function, *inputs), inputs, create_graph=True)
        second = torch.autograd.grad(
            sum(g.pow(3).sum() for g in first), inputs, create_graph=True, materialize_grads=True
        )
        totals.append(torch.autograd.grad(sum(g.pow(2).sum() for g in second), inputs))
    assert_same(*totals)


@pytest.mark.parametrize("shape", [(1, 1, 1, 2, 2), (4, 2, 2, 3, 2)])
def test_gradgradcheck_in_float64(shape):
    inputs = arguments(*shape)
    assert torch.autograd.gradgradcheck(recur, inputs, atol=1e-5)


# --- torch.func ----------------------------------------------------------------------------------


@pytest.mark.parametrize("transform", ["grad", "jacrev", "jacfwd", "hessian"])
@pytest.mark.parametrize("which", range(5), ids=NAMES)
def test_torch_func_is_right(transform, which):
    inputs = arguments(requires_grad=False)
    got, expected = (getattr(torch.func, transform)(of(f), argnums=which)(*inputs) for f in (recur, loop))
    assert_same(got, expected)


def test_torch_func_composes_in_any_order():
    inputs = tuple(arguments(T=2, M=1, B=1, requires_grad=False))
    for outer, inner in itertools.product((torch.func.jacrev, torch.func.jacfwd), repeat=2):
        assert_same(*(outer(inner(of(f), argnums=2), argnums=2)(*inputs) for f in (recur, loop)))


def test_jvp_and_vjp_are_right():
    inputs = tuple(arguments(requires_grad=False))
    tangents = tuple(value.cos() for value in inputs)
    assert_same(*(torch.func.jvp(f, inputs, tangents) for f in (recur, loop)))
    got, expected = (torch.func.vjp(f, *inputs) for f in (recur, loop))
    assert_same(got[1](got[0].cos()), expected[1](expected[0].cos()))


def test_forward_mode_is_right():
    with torch.autograd.forward_ad.dual_level():
        inputs = arguments(requires_grad=False)
        dual = [torch.autograd.forward_ad.make_dual(value, value.cos()) for value in inputs]
        got, expected = (torch.autograd.forward_ad.unpack_dual(f(*dual)).tangent for f in (recur, loop))
    assert_same(got, expected)


@pytest.mark.parametrize("batched", [b for b in itertools.product((True, False), repeat=5) if any(b)])
def test_vmap_over_any_arguments_is_right(batched):
    copies = [
        torch.stack([value, 2 * value, value.flip(-1)], dim=k % 2) if over else value
        for k, (value, over) in enumerate(zip(arguments(requires_grad=False), batched))
    ]
    axes = tuple(k % 2 if over else None for k, over in enumerate(batched))
    assert_same(*(torch.func.vmap(f, axes)(*copies) for f in (recur, loop)))


def test_gradients_of_single_items_are_right():
    x, *weights = arguments(B=5, requires_grad=False)
    x, h0 = x[:, :, :, None].movedim(2, 0), weights.pop().movedim(1, 0)[:, :, None]

    def per_item(function):
        def of_item(x, h0, *weights):
            return energy(function, x, *weights, h0)

        gradient = torch.func.grad(of_item, argnums=(0, 1, 2, 3, 4))
        return torch.func.vmap(gradient, (0, 0, None, None, None))(x, h0, *weights)

    assert_same(per_item(recur), per_item(loop))


# --- compiled, traced, exported ------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["eager", "aot_eager", pytest.param("inductor", marks=pytest.mark.slow)])
@pytest.mark.parametrize("with_x", [True, False])
def test_a_compiled_function_is_the_same_whole(backend, with_x):
    torch.compiler.reset()
    compiled = torch.compile(recur, backend=backend, fullgraph=True)
    totals = []
    for function in (compiled, recur):
        x, *others = arguments()
        inputs = [x if with_x else x.detach(), *others]
        loss = energy(function, *inputs)
        loss.backward()
        totals.append([loss.detach(), *(value.grad for value in inputs if value.grad is not None)])
    assert len(totals[0]) == 5 + with_x
    assert_same(*totals)


def test_a_compiled_function_takes_sequences_of_any_length():
    torch.compiler.reset()
    compiled = torch.compile(recur, backend="aot_eager", fullgraph=True, dynamic=True)
    for T, B in ((4, 3), (7, 3), (9, 5)):
        inputs = arguments(T=T, B=B)
        assert_same(compiled(*inputs), recur(*inputs))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_traced_function_takes_sequences_of_any_length(tmp_path):
    traced = torch.jit.trace(recur, tuple(arguments(requires_grad=False)))
    torch.jit.save(traced, str(tmp_path / "traced.pt"))
    inputs = arguments(T=9)
    again = torch.jit.load(str(tmp_path / "traced.pt"))(*inputs)
    assert_same(again, recur(*inputs))
    assert_same(*(torch.autograd.grad(of(f)(*inputs), inputs) for f in (traced, recur)))


def test_pytorch_finds_the_operations_well_defined():
    x, U, W, b, h0 = arguments()
    torch.library.opcheck(torch.ops.daleslaw.recur, (x, U, W, b, h0))
    h, z = torch.ops.daleslaw.recur(x, U, W, b, h0)
    torch.library.opcheck(
        torch.ops.daleslaw.recur_gradient, (h.detach(), z, U.detach(), W.detach(), True, True)
    )


# --- precision, memory ---------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_autocast_computes_in_its_own_precision(dtype):
    inputs = [value.detach().float().requires_grad_() for value in arguments()]
    with torch.autocast("cpu", dtype=dtype):
        h = recur(*inputs)
    assert h.dtype == dtype
    torch.testing.assert_close(h.float(), recur(*inputs), rtol=0.05, atol=0.05)
    h.float().sum().backward()
    assert all(value.grad.dtype == torch.float32 for value in inputs)


def test_dtypes_that_differ_are_named():
    x, *others = arguments()
    with pytest.raises(ValueError, match="^recur: expected one dtype for all, got x torch.float32, U to"):
        recur(x.float(), *others)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("wrong", [[1.0, 2.0], torch.ones(4, dtype=torch.int64), torch.ones(4) * 1j])
def test_what_is_no_floating_tensor_is_named(name, wrong):
    inputs = dict(zip(NAMES, arguments())) | {name: wrong}
    with pytest.raises(
        ValueError, match=f"^recur: expected tensors of floating numbers, got {name} of "
    ) as e:
        recur(**inputs)
    assert "\n" not in str(e.value)


def test_what_the_backward_pass_has_used_is_freed_with_it():
    def alive():
        gc.collect()
        return sum(
            value.untyped_storage().nbytes()
            for value in gc.get_objects()
            if type(value) is torch.Tensor and value.numel() == marked
        )

    inputs = arguments(T=11, M=1, B=13, n=17, n_in=2)
    marked = 12 * 13 * 19  # of the buffer of states and inputs
    h = recur(*inputs)
    saved = [weakref.ref(value) for value in h.grad_fn.saved_tensors if value.numel() == marked]
    assert len(saved) == 1
    h.sum().backward()
    assert saved[0]() is None and alive() == 0
    with pytest.raises(RuntimeError, match="a second time"):
        h.sum().backward()


def test_a_kept_graph_gives_the_same_gradient_again():
    inputs = arguments()
    loss = energy(recur, *inputs)
    first = torch.autograd.grad(loss, inputs, retain_graph=True)
    assert_same(torch.autograd.grad(loss, inputs), first)


def test_states_may_be_overwritten_before_the_backward_pass():
    inputs = arguments()
    expected = torch.autograd.grad(loop(*inputs).mul(2).sum(), inputs)
    assert_same(torch.autograd.grad(recur(*inputs).mul_(2).sum(), inputs), expected)
