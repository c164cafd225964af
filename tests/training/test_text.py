"""Text: windows, perplexity two ways, and gradients where every step is read, against the plain way."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from daleslaw_lib.initialisation import KINDS
from daleslaw_lib.networks.network import Network
from daleslaw_lib.training import Splits, Training, gradients, text
from daleslaw_lib.training.gradients import Gradients
from daleslaw_lib.training.losses import cross_entropy
from daleslaw_lib.training.text import Text, carried_loss, windowed_loss

V, T, B = 11, 7, 3


def reader(draw, kind="rnn", M=2, **options):
    """A small network that reads words: two recurrent layers, one dense, word vectors of 5 numbers."""
    options = dict(n_in=5, n_out=V, layers=2, dense=1, words=V, every_step=True) | options
    return draw(kind, M, **options)


def words(*shape, seed=0):
    return torch.randint(V, shape, generator=torch.Generator().manual_seed(seed))


def plain_losses(network, x, y):
    """Mean cross-entropy of each member, `(M,)`, through `forward` and autograd; x, y `(T, M, B)`."""
    outputs = network(x)
    return torch.stack(
        [functional.cross_entropy(outputs[:, m].flatten(0, 1), y[:, m].flatten()) for m in range(len(x[0]))]
    )


# --- gradients -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dense", [0, 1, 2])
@pytest.mark.parametrize("at_once", [1, 2 * V * B * 2, 10**6])  # one step at a time, two, all
def test_gradients_at_every_step_equal_autograd(draw, kind, dense, at_once, monkeypatch, device):
    monkeypatch.setattr(gradients, "OUTPUTS_AT_ONCE", {"cpu": at_once, "cuda": at_once})
    network = reader(draw, kind, dense=dense, ei_ratio=1, device=device)
    x, y = (words(T, 2, B, seed=s).to(device) for s in (1, 2))
    expected = plain_losses(network, x, y)
    expected.sum().backward()
    by_autograd = {name: p.grad.clone() for name, p in network.tensors().items()}
    network.zero_grad()
    losses = Gradients(network, T, B)(x, y, cross_entropy)
    torch.testing.assert_close(losses, expected.detach(), rtol=1e-12, atol=0)
    assert set(by_autograd) >= {"embedding/E", "readout/b", "layer1/b"}
    for name, p in network.tensors().items():
        assert by_autograd[name].abs().max() > 0, name
        torch.testing.assert_close(p.grad, by_autograd[name], rtol=1e-10, atol=1e-14)


def test_members_have_word_vectors_of_their_own_and_alone_are_the_same(draw):
    both, alone = reader(draw, M=2), reader(draw, M=1, first_seed=1)
    x = words(T, 2, B)
    assert not torch.equal(both.embedding.E[0], both.embedding.E[1])
    with torch.no_grad():
        for block in (*both.layers, *both.head, *alone.layers, *alone.head):
            block.b.zero_()
        torch.testing.assert_close(both(x)[:, 1:], alone(x[:, 1:]))


def test_a_fixed_table_serves_all_members_and_learns_nothing():
    table = np.random.default_rng(0).normal(size=(V, 5))
    network = Network.draw("rnn", 5, 8, V, seeds=[0, 1], table=table, every_step=True, dtype=torch.float64)
    x, y = words(T, 2, B), words(T, 2, B, seed=1)
    assert "embedding/E" not in network.tensors() and len(network.blocks()) == 2
    expected = plain_losses(network, x, y)
    torch.testing.assert_close(Gradients(network, T, B)(x, y, cross_entropy), expected.detach())
    assert np.array_equal(network.embedding.E.numpy(), table)


def test_an_embedding_and_a_table_are_refused_together():
    with pytest.raises(ValueError, match="table: expected none where members have an embedding of their own"):
        Network.draw("rnn", 5, 8, V, seeds=[0], words=V, table=np.zeros((V, 5)))


# --- windows ---------------------------------------------------------------------------------------


def test_a_window_is_followed_by_the_next_words():
    data = Text(torch.arange(100), T)
    x, y = data.batch(torch.tensor([[0, 5], [92, 40]]))
    assert len(data) == 93 and x.shape == y.shape == (T, 2, 2)
    assert x[:, 0, 1].tolist() == list(range(5, 12)) and torch.equal(y, x + 1)
    assert y.max() == 99  # the last window ends with the last word


def plain_loss(network, pieces):
    """Mean loss of each member over pieces of text, each read from the zero state."""
    total, n = 0, 0
    for piece in pieces:
        x, y = (part[:, None, None].expand(-1, network.n_members, 1) for part in (piece[:-1], piece[1:]))
        total = total + plain_losses(network, x, y).detach() * len(x)
        n += len(x)
    return total / n


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("at_once", [1, 500, 10**6])
def test_windowed_loss_restarts_after_every_window(draw, kind, at_once, monkeypatch):
    monkeypatch.setattr(gradients, "OUTPUTS_AT_ONCE", {"cpu": at_once})
    monkeypatch.setattr(text, "WINDOWS", 3)
    network, row = reader(draw, kind), words(45)  # five windows of eight words, and five left out
    expected = plain_loss(network, row[:40].split(8))
    torch.testing.assert_close(windowed_loss(network, row, T), expected)


@pytest.mark.parametrize("at_once", [1, 500, 10**6])
def test_carried_loss_reads_each_stream_from_end_to_end(draw, at_once, monkeypatch):
    monkeypatch.setattr(gradients, "OUTPUTS_AT_ONCE", {"cpu": at_once})
    network, row = reader(draw, "dann"), words(62)
    expected = plain_loss(network, [row[k : k + 21] for k in (0, 20, 40)])
    torch.testing.assert_close(carried_loss(network, row, streams=3), expected)


def test_a_network_that_knows_nothing_has_the_vocabulary_for_perplexity(draw):
    network = reader(draw, M=2)
    with torch.no_grad():
        for p in network.readout.parameters():
            p.zero_()
    measured = Text(words(60), T).measure(network, "cross_entropy")
    for name in ("perplexity", "carried_perplexity"):
        assert measured[name].tolist() == pytest.approx([V, V])
    assert measured["loss"].tolist() == pytest.approx([math.log(V)] * 2)


@pytest.mark.parametrize("n", [1, T])
def test_a_text_shorter_than_a_window_is_refused(draw, n):
    with pytest.raises(ValueError, match=f"words: expected more than 7, one window, got {n}"):
        windowed_loss(reader(draw), words(n), T)


def test_a_text_shorter_than_the_streams_is_refused(draw):
    with pytest.raises(ValueError, match="words: expected more than 10, one for each stream, got 9"):
        carried_loss(reader(draw), words(9))


# --- training --------------------------------------------------------------------------------------


def test_a_network_learns_which_word_follows(draw):
    """In a text that repeats 0, 1, ..., 10 every word tells the next."""
    row = torch.arange(600) % V
    network = reader(draw, layers=1, dense=0, n=16)
    training = Training(
        network, Splits(Text(row, T), Text(row[:200], T)), seeds=[0, 1], lr=[0.5] * 2, clip=[1.0] * 2,
        clip_by="layer", batch=8, updates=200, eval_every=100,
    )  # fmt: skip
    training.run()
    perplexity = np.array(training.history["test_perplexity"])
    assert (perplexity[0] > 5).all() and (perplexity[-1] < 1.5).all()
