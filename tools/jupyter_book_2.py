"""Whether the sources would do for Jupyter Book 2: converted, and every page read.

    python -m tools.jupyter_book_2 [FOLDER]   # needs Node.js, and jupyter-book 2 in FOLDER/bin or on PATH

The book is built with Jupyter Book 1. This says once a week how far it is to its successor: what is not in
KNOWN is new, and a fault. Nothing is asked of any site: pages are read, and written as Markdown.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (
    "_config.yml", "_toc.yml", "_static", "appendix", "benchmarks", "chapters", "daleslaw_lib", "intro.md",
    "references.bib", "tools",
)  # fmt: skip
ANSWERS = "y\n" * 20
TIMES = 600  # seconds, for either step
# What is known to differ, and would have to be done.
KNOWN = {
    r"unknown directive: eval-rst": "the library reference is reStructuredText, made by Sphinx",
    r"Cross reference (target was not found: (fig|tab)-|text is empty)": "captions of MyST-NB",
    r"Duplicate identifier": "cells of two chapters with one id",
    r"Unsupported node type: (outputs?|div|span|bibliography|glossary)": "it has no form in Markdown",
    r"(unexpected option|value is not a string for option)": "options of MyST-NB",
    r"role is not recommended|Legacy syntax": "older words for a link",
}
LINE = re.compile(r"^(?:⚠️|⛔️)\s+(?P<file>\S+)\s+(?P<what>.*)$", re.MULTILINE)


def sort_out(log: str) -> tuple[Counter, list[str]]:
    """How often each known difference was met, and lines of any other kind."""
    known, others = Counter(), []
    for found in LINE.finditer(log):
        name = next((why for pattern, why in KNOWN.items() if re.search(pattern, found["what"])), None)
        if name:
            known[name] += 1
        else:
            others.append(f"{found['file']}: {found['what']}")
    return known, list(dict.fromkeys(others))


def pages(toc: str) -> list[str]:
    """The files that _toc.yml names, without their endings."""
    return re.findall(r"^\s*(?:- )?(?:file|root): (\S+)", toc, re.MULTILINE)


def convert(jupyter_book: str, folder: Path) -> str:
    """Copy the sources, have them converted, read every page; what was said meanwhile.

    Raises: RuntimeError if the project file is not written or names fewer pages than _toc.yml.
    """
    for name in SOURCES:
        source = ROOT / name
        leave = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, folder / name, ignore=leave) if source.is_dir() else shutil.copy(
            source, folder
        )
    options = {"cwd": folder, "capture_output": True, "text": True, "timeout": TIMES}
    made = subprocess.run([jupyter_book, "book", "init"], input=ANSWERS, **options)
    project = folder / "myst.yml"
    if not project.exists():
        raise RuntimeError(
            f"jupyter book init: expected a myst.yml, got: {(made.stdout + made.stderr)[-400:]}"
        )
    wanted = pages((ROOT / "_toc.yml").read_text("utf-8"))
    absent = [name for name in wanted if f"file: {name}" not in project.read_text("utf-8")]
    if absent:
        raise RuntimeError(f"myst.yml: expected every page of _toc.yml, missing {', '.join(absent)}")
    files = [next(folder.glob(f"{name}.*")).relative_to(folder) for name in wanted]
    built = subprocess.run([jupyter_book, "book", "build", *map(str, files), "--md"], **options)
    return built.stdout + built.stderr


def main(arguments: list[str]) -> int:
    where = str(Path(arguments[0], "bin", "jupyter")) if arguments else "jupyter"
    if shutil.which(where) is None or shutil.which("node") is None:
        sys.exit(f"expected Node.js and jupyter-book 2, got {where} and {shutil.which('node')}")
    with tempfile.TemporaryDirectory() as folder:
        log = convert(where, Path(folder))
    known, others = sort_out(log)
    for name, times in known.most_common():
        print(f"known, {times} times: {name}")
    for line in others:
        print(f"new: {line}")
    print(f"Jupyter Book 2 reads the {len(pages((ROOT / '_toc.yml').read_text('utf-8')))} pages")
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
