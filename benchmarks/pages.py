"""How heavy the first page of the built book is, when its laboratory is drawn, and how fast that answers.

    python benchmarks/pages.py [_build/html/intro.html ...]

A page is opened from its folder, three times. The control is "New draw" of the page's first figure: on the
first page two networks of 100 units, drawn, decomposed and shown. Medians; needs Node.js and Chromium.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent))
from tools import browser  # noqa: E402

LONGEST = 120  # seconds for one page


def measured(page: str) -> dict:
    """What web/book/speed.mjs says of a page."""
    command = [browser.node(), browser.WEB / "book" / "speed.mjs", page, browser.chromium()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired:
        sys.exit(f"{page}: expected an answer within {LONGEST} s; is the machine busy?")
    if done.returncode:
        sys.exit(f"{page}: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout)


def line(page: str, found: dict) -> str:
    answer = f"{statistics.median(found['answers']):.0f} ms" if found["answers"] else "none"
    return (
        f"{page}: {found['bytes'] / 1e6:.2f} MB, {found['packed'] / 1e6:.2f} MB as a server sends it; "
        f"first drawing after {statistics.median(found['first']):.0f} ms; a new draw takes {answer}"
    )


def main(pages: list[str]) -> None:
    if missing := browser.missing():
        sys.exit(f"pages: expected a browser, missing: {', '.join(missing)}")
    for page in pages or ["_build/html/intro.html"]:
        found = measured(page)
        print(line(page, found))
        print("  heaviest:", ", ".join(f"{name} {size / 1000:.0f} kB" for name, size in found["heaviest"]))


if __name__ == "__main__":
    main(sys.argv[1:])
