"""Files of the reader's own, which make tasks, kinds of network and experiments known to the library.

    daleslaw --module mine.py run mine

Such a file calls `register_task`, `register_kind` and `register_experiment`. Workers execute it, too.
"""

from __future__ import annotations

import sys
import traceback
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

MOST = 10_000_000  # bytes of such a file
_loaded: dict[Path, str] = {}  # as the reader named it


def load(file: str | Path) -> None:
    """Execute a file of the reader's own, once.

    Raises: ValueError, a line that names the file and the place in it, if there is no such file or it fails.
    """
    path = Path(file).expanduser().resolve()
    if path in _loaded:
        return
    if path.suffix != ".py" or not path.is_file():
        raise ValueError(f"module: expected a Python file, got {str(file)!r}")
    if (size := path.stat().st_size) > MOST:
        raise ValueError(f"module: expected at most {MOST:,} bytes, got {size:,} in {str(file)!r}")
    digest = sha256(str(path).encode()).hexdigest()[:8]  # two folders may hold files of one name
    spec = spec_from_file_location(f"daleslaw_extension_{path.stem}_{digest}", path)
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except SystemExit as end:
        del sys.modules[spec.name]
        got = f"sys.exit({end.code!r})"
        raise ValueError(
            f"module: {path.name}{_line(end, path)}: expected a file that goes on, got {got}"
        ) from end
    except Exception as error:
        del sys.modules[spec.name]
        raise ValueError(f"module: {path.name}{_line(error, path)}: {_said(error)}") from error
    _loaded[path] = str(file)


def loaded() -> tuple[Path, ...]:
    """The reader's own files that have been executed, in order."""
    return tuple(_loaded)


def options() -> list[str]:
    """What a command needs to have the reader's own files loaded again."""
    return [word for file in _loaded.values() for word in ("--module", file)]


def _line(error: BaseException, path: Path) -> str:
    if isinstance(error, SyntaxError):
        return f", line {error.lineno}" if error.lineno else ""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) == path]
    return f", line {lines[-1]}" if lines else ""


def _said(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if type(error) is ValueError else f"{type(error).__name__}: {text}"
