"""What a run costs, from its configuration alone: floating-point operations, and bytes. No torch.

Counted are the products, which are nearly all of the work: a product of (a, b) and (b, c) matrices is 2 a b c
operations. Forward, weight gradients and backward in time of one update are, for a layer of n units on
n_below,

    2 T B n (n + n_below)  +  2 T B n (n + n_below)  +  2 (T - 1) B n^2  (+ 2 T B n n_below),

the last where what is below needs its gradient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .evaluation_times import evaluations
from .experiments.configs import RunConfig
from .initialisation.populations import count_interneurons
from .tasks import TASKS

BYTES = {"float32": 4, "float64": 8}
HEAD_BYTES = 2**30  # outputs of several steps at once, and what is made of them: at most, on a GPU


@dataclass(frozen=True)
class Sizes:
    """The numbers that decide what an update costs: T steps, B sequences, units of what comes in, is there,
    and goes out; `reads`: of how many steps the outputs are read."""

    T: int
    B: int
    n_in: int
    layers: tuple[int, ...]
    dense: tuple[int, ...]
    n_out: int
    reads: int
    learned_words: int  # rows of a learned table of word vectors; 0: none

    @property
    def head(self) -> tuple[int, ...]:
        """Outputs of dense layers and readout; a readout of one output is computed with two (`Head`)."""
        return (*self.dense, max(self.n_out, 2))


def sizes(run: RunConfig) -> Sizes:
    """What costs follow from: the sizes of a run's network, as `jobs.draw` makes it."""
    ends, text = TASKS[run.task].ends(run), _is_text(run)
    return Sizes(
        T=ends.T, B=run.batch, n_in=ends.n_in, layers=(run.hidden,) * run.layers,
        dense=(run.hidden,) * (run.dense or 0), n_out=ends.n_out, reads=ends.T if text else 1,
        learned_words=ends.n_out if text and ends.vectors is None else 0,
    )  # fmt: skip


def _is_text(run: RunConfig) -> bool:
    return TASKS[run.task].form == "text"


def evaluated_items(run: RunConfig) -> int:
    """What the cost of an evaluation is counted in: sequences, or words, to validate and to test with."""
    return run.n_valid + TASKS[run.task].n_test(run.source)


def update_flops(run: RunConfig) -> float:
    """Floating-point operations of one update of one network: products of layers, head and folding."""
    s = sizes(run)
    total, below = 0, s.n_in
    for k, n in enumerate(s.layers):
        down = n * below if k or s.learned_words else 0
        total += 2 * s.B * (s.T * (2 * n * (n + below) + down) + (s.T - 1) * n * n)
        below = n
    for n in s.head:
        total += 3 * 2 * s.reads * s.B * n * below
        below = n
    return float(total + _folding(run, s))


def _folding(run: RunConfig, s: Sizes) -> int:
    """W_ei W_ix and its two gradients, of every DANN weight."""
    if run.interneurons is None:
        return 0
    shapes, below = [], s.n_in
    for n in s.layers:
        shapes += [(n, below, count_interneurons(n, run.ei_ratio)), (n, n, run.interneurons)]
        below = n
    for n in (*s.dense, s.n_out):
        shapes.append((n, below, count_interneurons(max(n, 2), run.ei_ratio)))
        below = n
    return sum(3 * 2 * n * n_pre * n_i for n, n_pre, n_i in shapes)


def evaluation_flops(run: RunConfig) -> float:
    """Operations of one evaluation of one network: forward through validation and test data."""
    s = sizes(run)
    forward, below = 0, s.n_in
    for n in s.layers:
        forward += 2 * s.T * n * (n + below)
        below = n
    for n in s.head:
        forward += 2 * s.reads * n * below
        below = n
    if _is_text(run):  # twice: windowed and carried
        return 2.0 * forward * evaluated_items(run) / s.T
    return float(forward * evaluated_items(run))


def run_flops(run: RunConfig) -> float:
    """Operations of all updates and evaluations of one network."""
    n = evaluations(run.updates, run.eval_every, run.end_every)
    return run.updates * update_flops(run) + n * evaluation_flops(run)


def member_bytes(run: RunConfig) -> int:
    """Memory of one member: states and their gradients, its batch, three times its parameters."""
    s = sizes(run)
    states = 2 * s.T * s.B * (sum(s.layers) + s.n_in)
    batch = s.T * s.B * s.n_in
    parameters, below = s.learned_words * s.n_in, s.n_in
    for n in s.layers:
        parameters += 2 * n * (n + below)  # the folded matrix, too
        below = n
    for n in (*s.dense, s.n_out):
        parameters += 2 * n * below
        below = n
    outputs = 3 * s.B * s.n_out
    evaluation = 200 * (2 * sum(s.layers) + s.n_out)
    return BYTES[run.dtype] * (states + batch + 3 * parameters + outputs + evaluation) + 8 * (run.n_train)


def shared_bytes(run: RunConfig) -> int:
    """Memory that all members share: the data, and outputs of text that are held together."""
    s, items = sizes(run), run.n_train + evaluated_items(run)
    return 8 * items + HEAD_BYTES if _is_text(run) else BYTES[run.dtype] * items * s.T * s.n_in


def members_within(run: RunConfig, budget: float) -> int:
    """The most members, of 1, 2, 4, .., that train together within a budget of so many bytes.

    Raises: ValueError if one does not fit.
    """
    fixed, each = shared_bytes(run), member_bytes(run)
    if fixed + each > budget:
        raise ValueError(
            f"memory: expected at least {(fixed + each) / 1e9:.3g} GB, for the data and one member of "
            f"{run.kind} with {run.hidden} units, got a budget of {budget / 1e9:.3g} GB"
        )
    return 2 ** int(math.log2((budget - fixed) / each))
