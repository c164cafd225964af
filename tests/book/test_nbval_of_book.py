"""nbval compares with the stored outputs what the book's execution gave, and a chapter is executed once."""

import re
import subprocess
import sys

import nbformat
import pytest
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbformat.v4 import new_code_cell, new_notebook, new_output

from helpers import ROOT

SANITIZE = ROOT / "tests" / "nbval_sanitize.cfg"
RUN = """
import sys
from pathlib import Path
import pytest
from tools import nbval_of_book
nbval_of_book.CACHE = Path(sys.argv[1])
sys.exit(pytest.main(sys.argv[2:], plugins=[nbval_of_book]))
"""


def printed(text):
    return new_output("stream", name="stdout", text=text)


def shown(text):
    return new_output("execute_result", {"text/plain": text}, execution_count=1)


def drawn(picture):
    return new_output("display_data", {"image/png": picture, "text/plain": "<Figure>"})


ERROR = new_output("error", ename="ValueError", evalue="a", traceback=["ValueError: a"])
# What is stored, what the book's execution gave, the cell's tag, and whether it passes.
CASES = {
    "same": ([printed("1\n"), shown("2")], [printed("1\n"), shown("2")], None, True),
    "other text": ([printed("1\n")], [printed("2\n")], None, False),
    "other result": ([shown("1")], [shown("2")], None, False),
    "one output more": ([printed("1\n")], [printed("1\n"), shown("2")], None, False),
    "one output less": ([printed("1\n"), shown("2")], [printed("1\n")], None, False),
    "other duration": ([printed("in 3 s\n")], [printed("in 4 s\n")], None, True),
    "other pixels": ([drawn("aaaa")], [drawn("bbbb")], None, True),
    "drawn in lines as well": (
        [drawn("aaaa")],
        [new_output("display_data", drawn("aaaa").data | {"image/svg+xml": "<svg/>"})],
        None,
        True,
    ),
    "in two pieces": ([printed("1\n2\n")], [printed("1\n"), printed("2\n")], None, True),
    "ignored": ([printed("1\n")], [printed("2\n")], "nbval-ignore-output", True),
    "skipped": ([printed("1\n")], [printed("2\n")], "nbval-skip", True),
    "an error": ([printed("1\n")], [printed("1\n"), ERROR], None, False),
    "an ignored error": ([printed("1\n")], [ERROR], "nbval-ignore-output", False),
    "an error that is meant": ([ERROR], [ERROR], "raises-exception", True),
}


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What pytest prints of a notebook for each case and one that was not executed."""
    folder = tmp_path_factory.mktemp("chapters")
    cached = tmp_path_factory.mktemp("cache")
    cache = get_cache(cached)
    for name, (stored, gave, tag, _) in CASES.items():
        path, metadata = folder / f"{name}.ipynb", {"tags": [tag]} if tag else {}
        cells = [
            new_code_cell("1 + 1", outputs=[shown("2")], execution_count=1),
            new_code_cell(f"say({name!r})", outputs=stored, execution_count=2, metadata=metadata),
            new_code_cell("1 + 1", outputs=[shown("2")], execution_count=3),
        ]
        nbformat.write(new_notebook(cells=cells), path)
        executed = nbformat.read(path, as_version=4)
        executed.cells[1].outputs = gave
        cache.cache_notebook_bundle(CacheBundleIn(executed, str(path)), check_validity=False, overwrite=True)
    nbformat.write(new_notebook(cells=[new_code_cell("never")]), folder / "not executed.ipynb")
    options = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", str(SANITIZE), "-rA", "-q"]
    options += ["-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(folder), str(folder)]
    command = [sys.executable, "-c", RUN, str(cached), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300).stdout


@pytest.mark.parametrize("name", CASES)
def test_an_execution_passes_if_it_gave_what_is_stored(said, name):
    *_, tag, passes = CASES[name]
    found = re.findall(rf"(?m)^(PASSED|FAILED) .*/{name}\.ipynb::Cell (\d)", said)
    expected = {"0": "PASSED", "1": "PASSED" if passes else "FAILED", "2": "PASSED"}
    if tag == "nbval-skip":
        del expected["1"]
    assert {cell: outcome for outcome, cell in found} == expected


def test_what_differs_is_shown(said):
    assert "Cell outputs differ" in said and "ValueError: a" in said


def test_a_chapter_that_was_not_executed_fails_in_a_line(said):
    assert "not executed.ipynb: expected an execution in the book's cache, got none; run: make book" in said
