"""The browser that checks and prints the book: found, or installed where that needs no questions.

    python -m tools.browser install          npm's modules for web/, Chromium, and JupyterLab for it to open;
                                             says what it could not get
    python -m tools.browser skip NAME        says what NAME is skipped for; status 1 if nothing is missing
    python -m tools.browser pages FOLDER     checks every page of a built book
    python -m tools.browser print PAGE PDF   prints the book's single page; every chapter must be in it

It takes Node.js as it is. Chromium is $DALESLAW_CHROMIUM, a system browser, or playwright-core's own.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
WEB = ROOT / "web"
MODULES = ("axe-core", "esbuild", "ml-matrix", "playwright-core")
JUPYTER = ("jupyterlab", "notebook", "anywidget")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SETTING = "DALESLAW_CHROMIUM"


def node() -> str | None:
    return shutil.which("node")


def modules() -> bool:
    return all((WEB / "node_modules" / name / "package.json").exists() for name in MODULES)


def playwrights_own() -> str | None:
    """Where playwright-core keeps the Chromium that it has downloaded, if it has."""
    if not (node() and modules()):
        return None
    ask = "import { chromium } from 'playwright-core'; console.log(chromium.executablePath());"
    done = subprocess.run([node(), "--input-type=module", "-e", ask], cwd=WEB, capture_output=True, text=True)
    path = done.stdout.strip()
    return path if path and Path(path).exists() else None


def chromium() -> str | None:
    """The executable, or None. A setting that names none is an error, not a reason to take another."""
    if named := os.environ.get(SETTING):
        if shutil.which(named) is None:
            sys.exit(f"{SETTING}: expected an executable, got {named}")
        return shutil.which(named)
    return next(filter(None, map(shutil.which, BROWSERS)), None) or playwrights_own()


def missing() -> list[str]:
    """What the checks lack, in words."""
    found = {"Node.js": node(), "`npm ci --ignore-scripts` in web/": modules(), "Chromium": chromium()}
    return [name for name, there in found.items() if not there]


def attempt(*command: str | Path, seconds: int, cwd: Path = WEB) -> bool:
    """Run a command that may fail, and say nothing of how."""
    try:
        quiet = subprocess.run(
            command, cwd=cwd, capture_output=True, timeout=seconds, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return quiet.returncode == 0


def install() -> None:
    """npm's modules where there is Node.js; Chromium from apt for root, else into playwright-core's cache.

    Where there is a browser, pip adds what `make lab` would: a test opens a notebook in JupyterLab.
    """
    if node() and shutil.which("npm") and not modules():
        attempt("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", seconds=300)
    if chromium() is None and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        attempt("apt-get", "update", "-qq", seconds=120)
        attempt("apt-get", "install", "-qq", "-y", "--no-install-recommends", "chromium", seconds=400)
    if chromium() is None and node() and modules():
        attempt(node(), "node_modules/playwright-core/cli.js", "install", "chromium", seconds=300)
    if missing():
        print(f"browser checks will be skipped; missing: {', '.join(missing())}")
        return
    print(chromium())
    if absent_from_python():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-input"]
        attempt(*pip, "--editable", ".[lab]", "--constraint", "requirements.txt", seconds=400, cwd=ROOT)
    if absent := absent_from_python():
        print(f"JupyterLab will not be looked at; missing: {', '.join(absent)}; run: make lab-ready")


def absent_from_python() -> list[str]:
    importlib.invalidate_caches()
    return [name for name in JUPYTER if importlib.util.find_spec(name) is None]


def skip(name: str) -> int:
    if not missing():
        return 1
    print(f"{name}: skipped, missing: {', '.join(missing())}")
    return 0


def run(script: str, *arguments: str) -> int:
    if missing():
        sys.exit(f"{script}: expected a browser, missing: {', '.join(missing())}")
    return subprocess.run([node(), WEB / script, *arguments, chromium()]).returncode


def letters(text: str) -> str:
    """What is left of a title whatever was done to its quotes, dashes and spaces."""
    return "".join(c for c in text.lower() if c.isascii() and c.isalpha())


def outline(pdf: bytes) -> list[str]:
    """The titles of a PDF's bookmarks, in order, as Chromium writes them: plain, or in UTF-16."""
    titles = []
    for plain, coded in re.findall(rb"/Title\s*(?:\(((?:\\.|[^\\)])*)\)|<([0-9A-Fa-f]*)>)", pdf):
        titles.append(bytes.fromhex(coded.decode()).decode("utf-16") if coded else plain.decode("latin-1"))
    return titles


def chapters() -> list[str]:
    """The first heading of every chapter."""
    headings = []
    for path in sorted((WEB.parent / "chapters").glob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        headings.append(re.search(r"^# (.*)", text, re.MULTILINE)[1])
    return headings


def print_book(page: str, pdf: str) -> int:
    if status := run("book/print.mjs", page, pdf):
        return status
    content = Path(pdf).read_bytes()
    found = [letters(title) for title in outline(content)]
    absent = [title for title in chapters() if letters(title) not in found]
    print(f"{pdf}: {len(found)} headings, {len(content) / 1e6:.1f} MB")
    for title in absent:
        print(f"{pdf}: no chapter of the title {title}", file=sys.stderr)
    return 1 if absent else 0


def main(arguments: list[str]) -> int:
    match arguments:
        case ["install"]:
            install()
            return 0
        case ["skip", name]:
            return skip(name)
        case ["pages", folder]:
            return run("book/pages.mjs", folder)
        case ["print", page, pdf]:
            return print_book(page, pdf)
    sys.exit("usage: python -m tools.browser install | skip NAME | pages FOLDER | print PAGE PDF")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
