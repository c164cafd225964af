"""What a test registers leaves with it."""

from collections.abc import Iterator
from contextlib import contextmanager

from daleslaw_lib import experiments, own_files
from daleslaw_lib.initialisation.draw import KINDS
from daleslaw_lib.networks.cells import LAYERS
from daleslaw_lib.tasks import TASKS


@contextmanager
def as_before() -> Iterator[None]:
    """Kinds, tasks, experiments, claims and loaded files are afterwards those of before."""
    tables = (KINDS, LAYERS, TASKS, experiments.EXPERIMENTS, own_files._loaded)  # some tests replace one
    before, claims = [dict(table) for table in tables], list(experiments.CLAIMS)
    try:
        yield
    finally:
        for table, content in zip(tables, before):
            table.clear()
            table.update(content)
        experiments.CLAIMS[:] = claims
