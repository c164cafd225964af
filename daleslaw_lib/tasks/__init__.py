"""The tasks of the paper, one a file, and the table of all tasks there are; NumPy only.

A `Task` says all that the library knows of one: its data as NumPy arrays, its loss, the miniature of which
fingerprints are made. `register_task` adds one from outside.
"""

from __future__ import annotations

import numpy as np

from . import adding, mnist, penn_treebank
from .task import Ends, Task

__all__ = ["TASKS", "Ends", "Task", "adding", "mnist", "penn_treebank", "register_task"]

TASKS: dict[str, Task] = {task.name: task for task in (mnist.TASK, adding.TASK, penn_treebank.TASK)}
OURS = frozenset(TASKS)


def register_task(task: Task) -> Task:
    """Make a task of your own known, once the arrays of its miniature are made and are as it says.

    Registering a name again, as a notebook does when a cell is run twice, replaces the task.

    Raises: ValueError for the name of a task of the library, for arrays of other shapes than it says, or for
            others each time.
    """
    if not isinstance(task, Task):
        raise TypeError(f"task: expected a Task, got {type(task).__name__}")
    if task.name in OURS:
        raise ValueError(f"name: expected one that no task of the library has, got {task.name!r}")
    first, again = (task.checked_arrays(task.miniature) for _ in range(2))
    for split, arrays in first.items():
        if arrays is not None and not _same(arrays, again[split]):
            raise ValueError(
                f"{task.name}, {split}: expected the same arrays each time, got others; a generator with a "
                "seed of its own, made in `arrays`, repeats them"
            )
    TASKS[task.name] = task
    return task


def _same(arrays, again) -> bool:
    pairs = zip(arrays, again) if isinstance(arrays, tuple) else [(arrays, again)]
    return all(np.array_equal(a, b) for a, b in pairs)
