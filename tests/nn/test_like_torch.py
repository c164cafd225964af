"""Our layers against torch.nn.RNN, in whatever people do with it: the same, or one clear line."""

import copy
import io
import os
import pickle

import pytest
import torch
from torch.nn.utils.rnn import PackedSequence, pack_padded_sequence, pack_sequence, pad_packed_sequence

from daleslaw_lib.nn import DANN, RNN, ColEI

T, B, N_IN, N = 6, 4, 3, 20
COMPILED = T if os.environ.get("DALESLAW_AT_LENGTH") else 3  # steps: each is compiled by itself
KINDS = [RNN, ColEI, DANN]


def random(*shape, seed=0, dtype=torch.float64):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def pair(layer_type, n_layers=1, dtype=torch.float64, **options):
    """One of our modules with biases, and torch's with the same effective weights."""
    ours = layer_type(N_IN, N, n_layers, generator=1, dtype=dtype, **options)
    options.pop("ei_ratio", None)
    theirs = torch.nn.RNN(N_IN, N, n_layers, nonlinearity="relu", dtype=dtype, **options)
    with torch.no_grad():
        for k, layer in enumerate(ours.layers):
            if layer.bias is not None:
                layer.bias.copy_(0.1 * random(N, seed=k))
                getattr(theirs, f"bias_ih_l{k}").copy_(layer.bias)
                getattr(theirs, f"bias_hh_l{k}").zero_()
            getattr(theirs, f"weight_ih_l{k}").copy_(layer.U)
            getattr(theirs, f"weight_hh_l{k}").copy_(layer.W)
    return ours, theirs


def assert_same(got, expected, **tolerance):
    for ours, theirs in zip(got, expected, strict=True):
        assert type(ours) is type(theirs)
        if isinstance(ours, PackedSequence):
            assert torch.equal(ours.batch_sizes, theirs.batch_sizes)
            for name in ("sorted_indices", "unsorted_indices"):
                a, b = getattr(ours, name), getattr(theirs, name)
                assert (a is None and b is None) or torch.equal(a, b)
            ours, theirs = ours.data, theirs.data
        assert ours.dtype == theirs.dtype and ours.shape == theirs.shape
        torch.testing.assert_close(ours, theirs, **tolerance)


# --- the table -----------------------------------------------------------------------------------

INPUTS = {
    "time first": lambda: (random(T, B, N_IN),),
    "an initial state": lambda: (random(T, B, N_IN), random(2, B, N, seed=1).relu()),
    "one sequence, no batch": lambda: (random(T, N_IN),),
    "one sequence and its state": lambda: (random(T, N_IN), random(2, N, seed=1).relu()),
    "a batch of one": lambda: (random(T, 1, N_IN),),
    "one step": lambda: (random(1, B, N_IN),),
    "one step of one": lambda: (random(1, 1, N_IN),),
    "an empty batch": lambda: (random(T, 0, N_IN),),
    "not contiguous": lambda: (random(N_IN, B, T).permute(2, 1, 0),),
    "every other step": lambda: (random(2 * T, B, N_IN)[::2],),
    "expanded": lambda: (random(T, 1, N_IN).expand(T, B, N_IN),),
    "packed, longest first": lambda: (pack_sequence([random(k, N_IN, seed=k) for k in (6, 4, 4, 1)]),),
    "packed, in any order": lambda: (
        pack_sequence([random(k, N_IN, seed=k) for k in (4, 6, 1, 4)], enforce_sorted=False),
        random(2, 4, N, seed=1).relu(),
    ),
    "packed, all of one length": lambda: (pack_sequence([random(5, N_IN, seed=k) for k in range(3)]),),
    "packed, a single one": lambda: (pack_sequence([random(5, N_IN)]),),
}


@pytest.mark.parametrize("case", INPUTS)
@pytest.mark.parametrize("layer_type", KINDS)
def test_it_is_called_and_returns_like_torchs(layer_type, case):
    ours, theirs = pair(layer_type, n_layers=2)
    assert_same(ours(*INPUTS[case]()), theirs(*INPUTS[case]()))


@pytest.mark.parametrize("case", [case for case in INPUTS if "packed" not in case])
def test_batch_first_is_torchs(case):
    ours, theirs = pair(ColEI, n_layers=2, batch_first=True)
    x, *h0 = INPUTS[case]()
    x = x.transpose(0, 1) if x.ndim == 3 else x
    assert_same(ours(x, *h0), theirs(x, *h0))


def test_a_packed_batch_first_is_torchs():
    ours, theirs = pair(DANN, batch_first=True)
    packed = pack_padded_sequence(random(B, T, N_IN), [6, 6, 3, 2], batch_first=True)
    assert_same(ours(packed), theirs(packed))


@pytest.mark.parametrize("layer_type", KINDS)
@pytest.mark.parametrize("case", ["an initial state", "packed, in any order", "an empty batch"])
def test_gradients_by_input_and_bias_are_torchs(layer_type, case):
    found = []
    for module in pair(layer_type, n_layers=2):
        x, *h0 = INPUTS[case]()
        leaf = (x.data if isinstance(x, PackedSequence) else x).requires_grad_()
        output, state = module(x._replace(data=leaf) if isinstance(x, PackedSequence) else x, *h0)
        output = output.data if isinstance(output, PackedSequence) else output
        ((output * output.detach().cos()).sum() + state.square().sum()).backward()
        biases = [p.grad for name, p in module.named_parameters() if "bias" in name and "hh" not in name]
        found.append([leaf.grad, *biases])
    assert len(found[0]) == 3
    assert_same(*found)


@pytest.mark.parametrize(
    ("dtype", "tolerance"),
    [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.bfloat16, 0.1), (torch.float16, 0.02)],
)
@pytest.mark.parametrize("layer_type", KINDS)
def test_every_precision_is_torchs(layer_type, dtype, tolerance):
    ours, theirs = pair(layer_type, dtype=dtype)
    x = random(T, B, N_IN, dtype=dtype)
    assert_same(ours(x), theirs(x), rtol=tolerance, atol=tolerance)
    ours(x)[0].sum().backward()
    assert all(p.grad.dtype == dtype and torch.isfinite(p.grad).all() for p in ours.parameters())
    readout = ours.readout(2)
    assert readout(ours(x)[0]).dtype == dtype


@pytest.mark.parametrize("name", ["half", "bfloat16", "double", "float"])
def test_a_module_is_converted_whole(name):
    ours = getattr(DANN(N_IN, N, generator=0), name)()
    dtypes = {value.dtype for value in ours.state_dict().values()}
    assert len(dtypes) == 1 and ours(random(T, B, N_IN, dtype=dtypes.pop()))[0].isfinite().all()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("layer_type", KINDS)
def test_autocast_is_torchs(layer_type, dtype):
    ours, theirs = pair(layer_type, n_layers=2, dtype=torch.float32)
    x = random(T, B, N_IN, dtype=torch.float32)
    with torch.autocast("cpu", dtype=dtype):
        assert_same(ours(x), theirs(x), rtol=0.1, atol=0.1)
        output, _ = ours(x)
        scores = ours.readout(2)(output[-1])
    assert scores.dtype == dtype
    scores.float().sum().backward()
    assert all(p.grad.dtype == torch.float32 for p in ours.parameters())


def test_autocast_folds_in_full_precision():
    dann = DANN(N_IN, N, generator=0)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _, W, _ = dann.layers[0].folded()
    assert W.dtype == torch.float32 and torch.equal(W[0], dann.layers[0].W)


@pytest.mark.parametrize("layer_type", KINDS)
@pytest.mark.parametrize("backend", ["eager", "aot_eager", pytest.param("inductor", marks=pytest.mark.slow)])
def test_a_compiled_model_is_the_same_and_lawful(layer_type, backend):
    torch.compiler.reset()
    plain, x = layer_type(N_IN, N, 2, generator=0, dtype=torch.float64), random(COMPILED, B, N_IN)
    readout = plain.readout(2, generator=0)
    other = copy.deepcopy(plain)
    compiled = torch.compile(other, backend=backend, fullgraph=True)
    for module, parameters in ((plain, plain.parameters()), (compiled, other.parameters())):
        optimiser = torch.optim.SGD(parameters, lr=0.3, momentum=0.9)
        for _ in range(3):
            optimiser.zero_grad()
            readout(module(x)[0][-1]).square().sum().backward()
            optimiser.step()
    assert_same(compiled(x), plain(x), rtol=1e-9, atol=1e-9)
    for (name, got), expected in zip(other.state_dict().items(), plain.state_dict().values()):
        torch.testing.assert_close(got, expected, rtol=1e-9, atol=1e-9, msg=name)


@pytest.mark.parametrize("layer_type", KINDS)
def test_a_deepcopy_is_a_module_of_its_own(layer_type):
    ours, x = layer_type(N_IN, N, 2, generator=0), random(T, B, N_IN, dtype=torch.float32)
    other = copy.deepcopy(ours)
    assert torch.equal(other(x)[0], ours(x)[0])
    with torch.no_grad():
        other.layers[0].bias.add_(1)
    assert not torch.equal(other(x)[0], ours(x)[0])


@pytest.mark.parametrize("layer_type", KINDS)
def test_a_module_survives_pickle_and_a_file(layer_type):
    ours, x = layer_type(N_IN, N, 2, generator=0), random(T, B, N_IN, dtype=torch.float32)
    assert torch.equal(pickle.loads(pickle.dumps(ours))(x)[0], ours(x)[0])
    file = io.BytesIO()
    torch.save(ours.state_dict(), file)
    file.seek(0)
    other = layer_type(N_IN, N, 2, generator=5)
    assert not torch.equal(other(x)[0], ours(x)[0])
    other.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(other(x)[0], ours(x)[0])


def test_hooks_are_called_as_torchs():
    for module in pair(ColEI):
        called = []
        module.register_forward_pre_hook(lambda m, arguments, called=called: called.append("before"))
        module.register_forward_hook(lambda m, arguments, output, called=called: called.append(len(output)))
        module.register_full_backward_hook(lambda m, i, o, called=called: called.append("backward"))
        module(random(T, B, N_IN).requires_grad_())[0].sum().backward()
        assert called == ["before", 2, "backward"]


@pytest.mark.parametrize("layer_type", KINDS)
def test_frozen_parameters_get_no_gradient(layer_type):
    ours, theirs = pair(layer_type)
    for module in (ours, theirs):
        module.requires_grad_(False)
        output, state = module(random(T, B, N_IN))
        assert not output.requires_grad and not state.requires_grad
        x = random(T, B, N_IN).requires_grad_()
        module(x)[0].sum().backward()
        assert x.grad is not None and all(p.grad is None for p in module.parameters())


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_it_runs_where_nothing_is_differentiated(context):
    ours, theirs = pair(DANN)
    with context():
        assert_same(ours(random(T, B, N_IN)), theirs(random(T, B, N_IN)))


def test_the_same_weights_may_be_used_twice_before_going_back():
    ours, theirs = pair(ColEI)
    for module in (ours, theirs):
        first, state = module(random(T, B, N_IN))
        second, _ = module(random(T, B, N_IN, seed=1), state)
        (first.sum() + second.sum()).backward()
    torch.testing.assert_close(ours.layers[0].bias.grad, theirs.bias_ih_l0.grad)


@pytest.mark.parametrize("layer_type", KINDS)
def test_without_biases_it_is_torchs(layer_type):
    ours, theirs = pair(layer_type, n_layers=2, bias=False)
    assert not any("bias" in name for name in ours.state_dict())
    assert_same(ours(random(T, B, N_IN)), theirs(random(T, B, N_IN)))


def test_dropout_stands_between_layers_in_training_alone():
    ours, theirs = pair(RNN, n_layers=2, dropout=0.5)
    x = random(T, B, N_IN)
    outputs = []
    for module in (ours, theirs):
        torch.manual_seed(3)
        outputs.append(module(x))
    assert_same(*outputs)
    assert not torch.equal(ours(x)[0], outputs[0][0])
    ours.eval(), theirs.eval()
    assert_same(ours(x), theirs(x))


def test_torchs_attributes_are_there():
    ours, theirs = pair(DANN, n_layers=2, batch_first=True)
    for name in ("input_size", "hidden_size", "num_layers", "batch_first", "dropout"):
        assert getattr(ours, name) == getattr(theirs, name)
    assert ours.flatten_parameters() is None


def test_a_time_first_output_can_be_viewed():
    output, _ = pair(RNN)[0](random(T, B, N_IN))
    assert output.view(T * B, N).shape == (T * B, N)


# --- torch.func ----------------------------------------------------------------------------------


@pytest.mark.parametrize("layer_type", KINDS)
def test_functional_calls_and_gradients_are_those_of_the_module(layer_type):
    ours, x = layer_type(N_IN, N, generator=0, dtype=torch.float64), random(T, B, N_IN)
    parameters = {name: p.detach() for name, p in ours.named_parameters()}

    def loss(parameters):
        return torch.func.functional_call(ours, parameters, (x,))[0].square().sum()

    ours(x)[0].square().sum().backward()
    for name, gradient in torch.func.grad(loss)(parameters).items():
        torch.testing.assert_close(gradient, ours.get_parameter(name).grad)
    many = {name: torch.stack([p, 2 * p]) for name, p in parameters.items()}
    losses = torch.func.vmap(loss)(many)
    torch.testing.assert_close(losses[0], loss(parameters))
    torch.testing.assert_close(losses[1], loss({name: 2 * p for name, p in parameters.items()}))


@pytest.mark.parametrize("layer_type", KINDS)
def test_second_derivatives_are_torchs(layer_type):
    ours, theirs = pair(layer_type)
    x = random(2, 2, N_IN)

    def hessians(module):
        def loss(x):
            return module(x)[0].pow(3).sum()

        return torch.autograd.functional.hessian(loss, x), torch.func.hessian(loss)(x)

    got, expected = hessians(ours), hessians(theirs)
    assert expected[0].abs().max() > 1e-3
    for ours, theirs in zip(got, expected):
        torch.testing.assert_close(ours, theirs)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("layer_type", KINDS)
def test_traced_and_exported_models_are_the_same(layer_type):
    ours = layer_type(N_IN, N, 2, generator=0, dtype=torch.float64)
    traced = torch.jit.trace(ours, random(T, B, N_IN))
    exported = torch.export.export(ours, (random(T, B, N_IN),)).module()
    assert_same(traced(random(9, 2, N_IN, seed=2)), ours(random(9, 2, N_IN, seed=2)))
    assert_same(exported(random(T, B, N_IN, seed=2)), ours(random(T, B, N_IN, seed=2)))


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("layer_type", [ColEI, DANN])
def test_an_exported_model_is_lawful_whatever_a_step_has_left(layer_type, strict):
    ours = layer_type(N_IN, N, generator=0, dtype=torch.float64)
    with torch.no_grad():
        for raw in ours.layers[0].recurrent.raw.values():
            raw -= 0.05
    exported = torch.export.export(copy.deepcopy(ours), (random(T, B, N_IN),), strict=strict).module()
    assert_same(exported(random(T, B, N_IN, seed=2)), ours(random(T, B, N_IN, seed=2)))


# --- one clear line ------------------------------------------------------------------------------


@pytest.mark.parametrize("layer_type", KINDS)
def test_script_says_what_to_do_instead(layer_type):
    for module in (layer_type(N_IN, N), torch.nn.Sequential(layer_type(N_IN, N).readout(2))):
        with pytest.raises(
            TypeError, match=r": torch.jit.script cannot compile it; torch.jit.trace, "
        ) as error:
            torch.jit.script(module)
        assert "\n" not in str(error.value)


BAD = {
    "float64 into float32": (
        lambda: (random(T, B, N_IN),),
        r"x: expected torch.float32, as the weights, got torch.float64; convert it, x.to\(torch.float32\)",
    ),
    "packed float64": (
        lambda: (pack_sequence([random(T, N_IN)]),),
        "x: expected torch.float32, as the weights",
    ),
    "complex": (
        lambda: (random(T, B, N_IN).to(torch.complex64),),
        "x: expected a dense tensor of real numbers",
    ),
    "nested": (
        lambda: (torch.nested.nested_tensor([random(3, N_IN).float()], layout=torch.jagged),),
        "x: expected a dense tensor of real numbers, got a nested one; pad it, or pack it",
    ),
    "nested as before": (
        lambda: (torch.nested.nested_tensor([random(3, N_IN).float()]),),
        "x: expected a dense tensor of real numbers, got a nested one; pad it, or pack it",
    ),
    "sparse": (lambda: (random(T, B, N_IN).float().to_sparse(),), "x: expected a dense .* got a sparse one"),
    "another size": (
        lambda: (random(T, B, 5).float(),),
        r"x: expected shape \(T, B, 3\) or .*, got \(6, 4, 5\)",
    ),
    "packed of another size": (
        lambda: (pack_sequence([random(T, 5).float()]),),
        "x: expected packed items of",
    ),
    "four axes": (lambda: (random(1, T, B, N_IN).float(),), r"x: expected shape .*, got \(1, 6, 4, 3\)"),
    "no step": (lambda: (random(0, B, N_IN).float(),), "x: expected at least one time step, got none"),
    "another batch of states": (
        lambda: (random(T, B, N_IN).float(), random(1, 3, N).float()),
        r"h0: expected shape \(1, 4, 20\), \(n_layers, B, n\), got \(1, 3, 20\)",
    ),
    "a state without batch": (
        lambda: (random(T, B, N_IN).float(), random(1, N).float()),
        r"h0: expected shape \(1, 4, 20\)",
    ),
    "a state of another dtype": (
        lambda: (random(T, B, N_IN).float(), random(1, B, N)),
        "h0: expected torch.float32, as the weights, got torch.float64",
    ),
    "text": (lambda: ("text",), "x: expected real numbers, got <U4"),
    "nothing": (lambda: (None,), "x: expected real numbers, got object"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.parametrize("layer_type", KINDS)
def test_bad_input_gets_one_line(layer_type, case):
    make, message = BAD[case]
    with pytest.raises(ValueError, match=f"^{message}") as error:
        layer_type(N_IN, N)(*make())
    assert "\n" not in str(error.value)


# --- lengths -------------------------------------------------------------------------------------


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("lengths", [[6, 1, 3, 3], [2, 2, 2, 2], [1, 2, 3, 6]])
def test_lengths_are_packing_and_unpacking(batch_first, lengths):
    ours, theirs = pair(ColEI, n_layers=2, batch_first=batch_first)
    x = random(B, T, N_IN) if batch_first else random(T, B, N_IN)
    packed = pack_padded_sequence(x, lengths, batch_first=batch_first, enforce_sorted=False)
    expected, state = theirs(packed, random(2, B, N).relu())
    expected, _ = pad_packed_sequence(expected, batch_first=batch_first, total_length=T)
    for held in (lengths, torch.tensor(lengths)):
        assert_same(ours(x, random(2, B, N).relu(), lengths=held), (expected, state))


@pytest.mark.parametrize(
    "lengths", [[1, 2, 3], [0, 1, 2, 3], [1, 2, 3, 7], [1.0, 2.0, 3.0, 4.0], [[1, 2, 3, 4]]]
)
def test_lengths_that_do_not_fit_are_refused(lengths):
    with pytest.raises(ValueError, match="^lengths: expected 4 whole numbers from 1 to 6, one for each s"):
        RNN(N_IN, N, dtype=torch.float64)(random(T, B, N_IN), lengths=lengths)


def test_what_comes_after_an_end_has_no_say():
    rnn = RNN(N_IN, N, init={"rho": 50.0}, generator=0, dtype=torch.float64)
    x = random(500, 2, N_IN).requires_grad_()
    assert not torch.isfinite(rnn(x)[0][-1]).all()  # it would explode
    output, _ = rnn(x, lengths=[3, 2])
    gradients = torch.autograd.grad(output.sum(), [x, *rnn.parameters()])
    assert all(torch.isfinite(g).all() for g in gradients)
    assert gradients[0][1, 1].any() and not gradients[0][3:].any() and not gradients[0][2, 1].any()
