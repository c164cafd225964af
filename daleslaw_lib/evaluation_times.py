"""After which updates a training is evaluated: every so many, and ten times at its end."""

from __future__ import annotations

N_LAST = 10  # evaluations at the end of a run, whose mean is its final figure ...
LATE = 0.8  # ... but none before this share of its updates


def evaluated_at(update: int, updates: int, eval_every: int, end_every: int | None) -> bool:
    """Whether a training of `updates` is evaluated after `update` of them.

    It is before the first, then every `eval_every`, and after the last; with `end_every` the last ten
    evaluations are that far apart, and no other falls among them.
    """
    if update == updates:
        return True
    left = updates - update
    if end_every is None or left > (N_LAST - 1) * end_every:
        return update % eval_every == 0
    return left % end_every == 0


def evaluations(updates: int, eval_every: int, end_every: int | None) -> int:
    """How many evaluations such a training has."""
    if end_every is None:
        return 2 + (updates - 1) // eval_every
    before = updates - (N_LAST - 1) * end_every  # the first of the last ten
    return N_LAST + (1 + (before - 1) // eval_every if before > 0 else 0)
