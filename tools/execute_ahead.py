"""Execute notebooks on every core, ahead of a build, which would execute one after another.

    python -m tools.execute_ahead chapters/*.ipynb

They lie then in the build's cache, where the book looks first, with figures as SVG, as the build would ask
for (`_ext/vectors.py`). One that fails is left out: the build executes it again, in its place, and shows what
went wrong.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from pathlib import Path

import nbformat
import yaml
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn, JupyterCacheAbstract
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError

from daleslaw_lib.figures.vectors import SETTING

from . import workers

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"


def timeout() -> int:
    """Seconds that a cell may take, as for the build."""
    return yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["execute"]["timeout"]


async def execute_ahead(paths: list[Path], cache: JupyterCacheAbstract, at_once: int, seconds: int) -> None:
    """Execute what the cache lacks, so many at once, `seconds` a cell at most; cache what succeeds."""
    gate = asyncio.Semaphore(at_once)
    # Ctrl-C is for all: nbclient's own way ends one kernel, and the next notebook begins.
    asyncio.get_running_loop().add_signal_handler = _refuse

    async def one(path: Path) -> None:
        notebook = nbformat.reads(path.read_text("utf-8"), as_version=4)
        if _is_in(cache, notebook):
            return
        async with gate:
            started, place = time.perf_counter(), {"metadata": {"path": str(path.parent)}}
            client = NotebookClient(notebook, timeout=seconds, record_timing=False, resources=place)
            try:
                await client.async_execute()
            except (CellControlSignal, DeadKernelError) as error:
                print(f"{path.name}: {type(error).__name__}; the build says more", flush=True)
                return
        took = time.perf_counter() - started
        bundle = CacheBundleIn(notebook, str(path), data={"execution_seconds": took})
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
        print(f"{path.name}: executed in {took:.0f} s", flush=True)

    await asyncio.gather(*(one(path.resolve()) for path in paths))


def _refuse(*_) -> None:
    raise RuntimeError("signals: expected no handler but the program's own")


def _is_in(cache: JupyterCacheAbstract, notebook) -> bool:
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def main(arguments: list[str]) -> int:
    at_once = workers.workers()
    if not at_once:  # the build does it as fast, and says more
        return 0
    paths = [Path(name) for name in arguments]
    os.environ.setdefault(SETTING, "1")  # the kernels inherit it
    try:
        asyncio.run(execute_ahead(paths, get_cache(CACHE), at_once, timeout()))
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
