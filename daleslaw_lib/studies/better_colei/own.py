"""Bring your own matrix: what this book can say about a reader's recurrent matrix. NumPy only."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ... import checks, theory
from ...checks import matrices
from ...initialisation.populations import obeys_dale
from ...jacobians import gain_of_half
from ...magnitudes import effective_inputs, most_entropy
from ...spectra import eigenvalues, singular_values, svd_entropy
from .files import from_file, name_of

MOST = 2_000  # units: above, a spectrum takes too long to wait for
ROUNDING = 1e-12  # in units of n times the largest weight: what is smaller is zero
LOW_ENTROPY = 0.05  # below an RNN's: worth a word
GAINS = (0.5, 1.5)  # of a step, outside which a gradient is soon gone, or overflows


def read(source) -> np.ndarray:
    """Chapter 10: a square matrix of finite numbers from an array, nested lists, or the path of a .npy or
    .csv file.

    In a .csv numbers are separated by commas, semicolons or blanks; what follows a # in a line is left out.

    Raises: ValueError that says in one line what is wrong: no such file, another kind of file, something
            that is not a number, another shape, fewer than 2 or more than MOST units, a largest weight that
            cannot be squared.
    """
    where = "matrix"
    if isinstance(source, (str, os.PathLike)):
        where, source = name_of(Path(source)), from_file(Path(source))
    W = checks.numbers(where, source, complex_too=True)
    if W.dtype.kind == "c":
        raise ValueError(f"{where}: expected real numbers, got complex ones")
    W = W.astype(float)
    if W.ndim != 2 or W.shape[0] != W.shape[1]:
        raise ValueError(f"{where}: expected a square matrix (n, n), got shape {W.shape}")
    if not 2 <= len(W) <= MOST:
        raise ValueError(f"{where}: expected 2 to {MOST:,} units, got {len(W):,}")
    if not W.any():
        raise ValueError(f"{where}: expected a matrix that is not zero, got zeros")
    largest = np.abs(matrices(where, W)).max()
    low, high = checks.SQUARABLE
    if not low <= largest <= high:
        raise ValueError(
            f"{where}: expected a largest weight between {low:g} and {high:g} in size, got {largest:.3g}"
        )
    return W


@dataclass(frozen=True)
class Report:
    """Chapter 10: what this book can say about a matrix `W (n, n)`; `advice` in sentences, most urgent
    first.
    """

    W: np.ndarray
    s: np.ndarray
    e: np.ndarray
    H: float
    rnn_H: float  # of independent entries: the quarter circle
    inputs: float
    most_H: float  # under Dale's law with so many inputs
    gain: float  # of a step with half of the units active
    obeys: bool
    reason: str
    n_e: int
    n_i: int
    disc: float | None  # under Dale's law: the radius that theory gives the bulk of eigenvalues
    mean: float | None  # and the eigenvalue of the mean
    advice: tuple[str, ...] = field(default=())

    @property
    def radius(self) -> float:
        return float(np.abs(self.e).max())

    def __str__(self) -> str:
        n = len(self.W)
        lines = [
            f"{n} units; {self.reason}",
            f"H = {self.H:.3f} (independent entries: {self.rnn_H:.3f}); "
            f"singular values from {self.s[0]:.3g} to {self.s[-1]:.3g}",
            f"spectral radius {self.radius:.3g}; "
            f"a step multiplies a small change by {self.gain:.3g}, half of the units being active",
            f"{self.inputs:.1f} effective inputs a unit; "
            f"under Dale's law these allow H up to {self.most_H:.3f}",
        ]
        if self.disc is not None:
            lines.append(
                f"{self.n_e} excitatory and {self.n_i} inhibitory columns; theory: eigenvalues in a disc "
                f"of radius {self.disc:.3g}, the mean's at {self.mean:.3g}"
            )
        return "\n".join([*lines, *(f"- {sentence}" for sentence in self.advice)])


def examine(source) -> Report:
    """Chapter 10: spectrum, H, Dale's law, theory and advice for a matrix; see `read` for what it may be.

    Raises: ValueError as `read`.
    """
    W = read(source)
    zero = ROUNDING * len(W) * np.abs(W).max()
    s, e, (obeys, reason) = singular_values(W), eigenvalues(W), obeys_dale(W)
    n_i, disc, mean = int((W < 0).any(0).sum()), None, None
    if obeys:
        disc = _zero_below(zero, float(np.sqrt(W.var(0).sum())))
        mean = _zero_below(zero, float(W.mean(0).sum()))
    inputs = min(effective_inputs(W), len(W))  # rounding can take it above
    found = dict(
        W=W, s=np.where(s < zero, 0.0, s), e=e, H=float(svd_entropy(singular_values=s)),
        rnn_H=theory.quarter_circle_entropy(len(W)), inputs=inputs,
        most_H=float(most_entropy(inputs, len(W))), gain=gain_of_half(W), obeys=obeys, reason=reason,
        n_e=len(W) - n_i, n_i=n_i, disc=disc, mean=mean,
    )  # fmt: skip
    report = Report(**found)
    return Report(**found, advice=tuple(_advice(report)))


def _zero_below(zero: float, value: float) -> float:
    return 0.0 if abs(value) < zero else value


def _units(count: int, one: str, several: str) -> str:
    return f"1 unit {one}" if count == 1 else f"{count} units {several}"


def _advice(r: Report):
    silent, deaf = np.flatnonzero(~r.W.any(0)), np.flatnonzero(~r.W.any(1))
    if not r.obeys:
        yield "It does not obey Dale's law by columns. If rows send in your convention, transpose it."
    elif not r.n_i or not r.n_e:
        yield f"Every column {'excites' if r.n_e else 'inhibits'}: nothing balances, and the mean decides."
    if len(silent) or len(deaf):
        counts = [_units(len(silent), "sends to none", "send to none")] if len(silent) else []
        counts += [_units(len(deaf), "hears none", "hear none")] if len(deaf) else []
        zeros = max(len(silent), len(deaf))
        yield f"{' and '.join(counts)}: at least {zeros} singular value{'s' * (zeros > 1)} must be zero."
    if r.obeys and r.disc and abs(r.mean) > 1.1 * r.disc:
        yield (
            f"Excitation and inhibition do not balance: the mean has an eigenvalue of {r.mean:.3g}, outside "
            "the disc. Scale one of them until the row sums vanish."
        )
    if r.gain < GAINS[0]:
        yield f"A change shrinks to {r.gain:.2g} of itself a step, and the past is lost. Scale it up."
    elif r.gain > GAINS[1]:
        yield f"A change grows {r.gain:.2g}-fold a step: gradients explode. Scale it by {1 / r.gain:.2g}."
    if r.H < r.rnn_H - LOW_ENTROPY:
        gap = f"H is {r.rnn_H - r.H:.2f} below that of independent entries: few directions dominate"
        if not r.obeys or r.most_H - r.H > LOW_ENTROPY:
            yield f"{gap}. Columns of more even strength, or weights that vary differently, would raise it."
        else:
            yield f"{gap}. It is as high as that many inputs allow: only fewer would raise it."
    elif r.obeys:
        yield "Its spectrum is as even as an RNN's, or more: nothing here stands against learning."
