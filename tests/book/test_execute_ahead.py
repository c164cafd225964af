"""Notebooks are executed at the same time, and lie then where the build looks for them."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest
from jupyter_cache import get_cache
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from daleslaw_lib.figures import vectors
from helpers import ROOT
from tools import execute_ahead, workers

MEET = """
import time
from pathlib import Path
Path("{mine}").touch()
while not Path("{other}").exists():
    time.sleep(0.01)
print("{mine} met {other}")
"""


DRAW = """
from daleslaw_lib.notebook import show
from daleslaw_lib.figures.style import in_house_style, subplots

@in_house_style
def line():
    figure, ((ax,),) = subplots(size=(3, 2))
    ax.plot([1, 2], [3, 4])
    return figure

line()
"""


@pytest.fixture
def write(tmp_path):
    def write(name, *sources):
        notebook = new_notebook(cells=[new_markdown_cell("# A page"), *map(new_code_cell, sources)])
        nbformat.write(notebook, tmp_path / name)
        return tmp_path / name

    return write


@pytest.fixture
def cache(tmp_path):
    return get_cache(tmp_path / "cache")


def executed(cache, path):
    """What a build would take from the cache: the text of the last output."""
    _, notebook = cache.merge_match_into_notebook(nbformat.read(path, as_version=4))
    return notebook.cells[-1].outputs[-1].text


def ahead(paths, cache, at_once=2, seconds=60):
    asyncio.run(execute_ahead.execute_ahead(paths, cache, at_once, seconds))


def test_two_run_at_once_each_in_its_own_folder(write, cache):
    """Either waits for the other: one after another, neither would end."""
    paths = [
        write("a.ipynb", MEET.format(mine="a", other="b")),
        write("b.ipynb", MEET.format(mine="b", other="a")),
    ]
    ahead(paths, cache)
    assert [executed(cache, path) for path in paths] == ["a met b\n", "b met a\n"]


def test_what_fails_or_takes_too_long_is_left_to_the_build(write, cache, capsys):
    fails = write("fails.ipynb", "1 / 0")
    slow = write("slow.ipynb", "import time; time.sleep(60)")
    fine = write("fine.ipynb", "print('fine')")
    ahead([fails, slow, fine], cache, seconds=1)
    assert [record.uri for record in cache.list_cache_records()] == [str(fine)]
    said = capsys.readouterr().out
    assert "fails.ipynb: CellExecutionError; the build says more\n" in said
    assert "slow.ipynb: CellTimeoutError; the build says more\n" in said


def test_what_is_in_the_cache_is_not_executed_again(write, cache, tmp_path):
    path = write("counts.ipynb", "print('x', file=open('count', 'a'))\nprint('done')")
    ahead([path], cache)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = "# Other words"
    nbformat.write(notebook, path)
    ahead([path], cache)
    assert (tmp_path / "count").read_text() == "x\n"
    notebook.cells[1].source += "  # other code"
    nbformat.write(notebook, path)
    ahead([path], cache)
    assert (tmp_path / "count").read_text() == "x\nx\n"


def test_one_core_leaves_all_to_the_build(write, cache, monkeypatch):
    monkeypatch.setattr(workers, "workers", lambda: 0)
    monkeypatch.setattr(execute_ahead, "get_cache", lambda path: cache)
    path = write("a.ipynb", "print(1)")
    assert execute_ahead.main([str(path)]) == 0 and not cache.list_cache_records()
    monkeypatch.setattr(workers, "workers", lambda: 2)
    assert execute_ahead.main([str(path)]) == 0 and executed(cache, path) == "1\n"


def test_figures_are_drawn_in_lines_as_in_the_build(write, cache, monkeypatch):
    """A figure that a cell ends in is an SVG in the book, with its form for phones and its numbers."""
    monkeypatch.delenv(vectors.SETTING, raising=False)
    monkeypatch.setattr(workers, "workers", lambda: 2)
    monkeypatch.setattr(execute_ahead, "get_cache", lambda path: cache)
    path = write("a.ipynb", DRAW)
    assert execute_ahead.main([str(path)]) == 0
    _, notebook = cache.merge_match_into_notebook(nbformat.read(path, as_version=4))
    svg = notebook.cells[-1].outputs[-1].data["image/svg+xml"]
    assert set(vectors.unpacked(svg)[1]) == {"phone", "data"}


def test_the_cache_and_the_time_are_those_of_the_build():
    assert execute_ahead.timeout() == 300
    assert execute_ahead.CACHE == ROOT / "_build" / ".jupyter_cache"


def test_an_interrupt_ends_all_at_once(write, tmp_path):
    """nbclient by itself ends one kernel, and the next notebook begins."""
    wait = "import time; open('{0}', 'w').close(); time.sleep(600)"
    paths = [str(write(f"{name}.ipynb", wait.format(name))) for name in "abc"]
    script = (
        "import sys; from jupyter_cache import get_cache; from tools import execute_ahead, workers; "
        "execute_ahead.get_cache = lambda path: get_cache('cache'); workers.workers = lambda: 2; "
        "sys.exit(execute_ahead.main(sys.argv[1:]))"
    )
    with subprocess.Popen([sys.executable, "-c", script, *paths], cwd=tmp_path, env=with_root()) as process:
        try:
            until = time.monotonic() + 120
            while not ((tmp_path / "a").exists() and (tmp_path / "b").exists()):
                assert process.poll() is None and time.monotonic() < until
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
        finally:
            process.kill()
    assert not (tmp_path / "c").exists()


def with_root():
    return os.environ | {"PYTHONPATH": str(ROOT)}
