"""What the columns of an archive's tables must hold, whoever wrote them: text, numbers, truth, lists."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pandas as pd

from ..checks import shown
from ..experiments.configs import DrawConfig, RunConfig
from ..initialisation.draw import KINDS
from ..tasks import TASKS

MOST_VALUES = 30_000_000  # in a table: five times those of the largest of the book
MOST_BYTES = 1_000_000_000  # of them, unpacked
KNOWN = {"kind": (KINDS, "kinds of network"), "task": (TASKS, "tasks")}
OPTIONAL = " | None"
HELD = {f.name: str(f.type) for config in (RunConfig, DrawConfig) for f in fields(config)}
HELD |= {"run_id": "str", "diverged": "bool", "singular_values": "list"}
HELD |= dict.fromkeys(("diverged_at", "part", "update", "rank"), "int")
WORDS = {
    "str": "text",
    "int": "whole numbers",
    "float": "numbers",
    "bool": "truth values",
    "list": "lists of numbers",
}


def read(content: bytes) -> pd.DataFrame:
    """The table in a parquet file, if it is no larger than its size lets expect.

    Raises: ValueError for one that would unpack to more than any table has; whatever pyarrow raises for
            anything but a table.

    It is read in this thread alone: others, which ask Python for its bytes, gain nothing on tables so small.
    """
    from pyarrow import BufferReader, parquet

    file = parquet.ParquetFile(BufferReader(content))
    said = file.metadata
    groups = [said.row_group(k) for k in range(said.num_row_groups)]
    values, size = said.num_rows, sum(group.total_byte_size for group in groups)
    if values <= MOST_VALUES and size <= MOST_BYTES:
        file.scan_contents()  # raises where a column is described wrongly: there its number ends the process
        values = sum(group.column(k).num_values for group in groups for k in range(group.num_columns))
    if values > MOST_VALUES or size > MOST_BYTES:
        raise ValueError(f"{said.num_rows:,} rows with {values:,} values, of which none has so many")
    return file.read(use_threads=False).to_pandas(use_threads=False)


def needed(trains: bool) -> list[str]:
    """The fields that every run, or every draw, has."""
    return [f.name for f in fields(RunConfig if trains else DrawConfig) if OPTIONAL not in str(f.type)]


def faults(table: pd.DataFrame) -> Iterator[str]:
    """What is wrong with a table's columns, a line each."""
    if table.columns.duplicated().any():
        yield f"two columns {table.columns[table.columns.duplicated()][0]!r}"
        return
    if len(table) == 0:
        yield "no rows"
    if odd := [name for name in table if not str(name).isprintable()]:
        yield f"a column {odd[0]!r}"
        return
    for name in table:
        expected = HELD.get(name, f"float{OPTIONAL}")  # a loss, an error, a measure: NaN where there is none
        if not _holds(table[name], expected):
            yield f"column {name!r} holds other things than {WORDS[expected.removesuffix(OPTIONAL)]}"
        elif name in KNOWN:
            known, words = KNOWN[name]
            if strange := [value for value in table[name].unique() if value not in known]:
                yield f"column {name!r} holds other things than {words} known here: {shown(strange[0])}"


def _holds(column: pd.Series, expected: str) -> bool:
    absent, of = expected.endswith(OPTIONAL), expected.removesuffix(OPTIONAL)
    if not isinstance(column.dtype, (np.dtype, pd.StringDtype)):  # pandas has other gaps than NaN and None
        return False
    if absent and column.isna().all():
        return True
    if of == "str":
        found = pd.api.types.infer_dtype(column, skipna=absent)
        return found == "string" and all(map(_is_plain, column.unique()))
    if of == "list":
        return all(map(_is_list, column))
    if not isinstance(column.dtype, np.dtype):
        return False
    if of == "bool":
        return column.dtype.kind == "b"
    if of == "int" and not absent:
        return column.dtype.kind in "iu"
    return column.dtype.kind in "iuf" and (absent or not column.isna().any())


def _is_plain(value) -> bool:
    return value is None or value != value or value.isprintable()


def _is_list(value) -> bool:
    return (
        isinstance(value, (list, np.ndarray)) and np.asarray(value).dtype.kind == "f" and np.ndim(value) == 1
    )
