"""nbval, of the execution that the book shows: a chapter is executed once, for its page and the comparison.

    python -m pytest --nbval chapters -p tools.nbval_of_book --nbval-sanitize-with tests/nbval_sanitize.cfg

Without the plugin nbval executes the chapters itself. With it, nbval is told, message by message, what came
of the execution in the book's cache (see `tools/execute_ahead.py`), and compares it with the stored outputs.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from jupyter_cache import get_cache
from nbformat import NotebookNode
from nbval.plugin import IPyNbFile

from .execute_ahead import CACHE


class Execution:
    """What nbval asks of a kernel, answered from an executed notebook, cell after cell."""

    def __init__(self, notebook: NotebookNode):
        self.cells = (cell for cell in notebook.cells if cell.cell_type == "code")
        self.messages: Iterator[dict] = iter(())

    def execute_cell_input(self, source: str, allow_stdin: bool = False) -> str:
        """What nbval skips is passed over; what was not executed is an error."""
        cell = next((cell for cell in self.cells if cell.source == source), None)
        if cell is None:
            raise LookupError(f"expected a cell that was executed, got {source.splitlines()[:1]}")
        contents = [(output.output_type, _as_stored(output)) for output in cell.outputs]
        contents.append(("status", {"execution_state": "idle"}))
        answered = {"msg_id": source}
        self.messages = iter(
            {"parent_header": answered, "msg_type": kind, "content": content} for kind, content in contents
        )
        return source

    def get_message(self, stream: str, timeout: float | None = None) -> dict:
        return next(self.messages)

    def await_reply(self, message: str, timeout: float | None = None) -> None:
        """It is there."""

    await_idle = await_reply

    def is_alive(self) -> bool:
        return True

    def stop(self) -> None:
        """Nothing runs."""


def _as_stored(output: NotebookNode) -> NotebookNode:
    """An output without the SVG that a figure has in the book alone."""
    if "data" not in output:
        return output
    kept = {kind: value for kind, value in output.data.items() if kind != "image/svg+xml"}
    return NotebookNode(output | {"data": NotebookNode(kept)})


class ExecutedFile(IPyNbFile):
    """A notebook whose cells have been executed for the book."""

    def setup(self) -> None:
        try:
            _, executed = get_cache(CACHE).merge_match_into_notebook(self.nb)
        except KeyError:
            name = self.path.name
            pytest.fail(f"{name}: expected an execution in the book's cache, got none; run: make book")
        self.kernel = Execution(executed)
        self.setup_sanitize_files()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(parent: pytest.Collector) -> Iterator[None]:
    """Each notebook that nbval collects is one of the book's."""
    found = yield
    return [
        ExecutedFile.from_parent(parent, path=file.path) if isinstance(file, IPyNbFile) else file
        for file in found
    ]
