"""Write results/index.json: the archives that should be there, each with the SHA-256 of its manifest.

python -m tools.index            # write
python -m tools.index --check    # exit 1 if it is out of date

`daleslaw verify` misses an archive that is listed and is not there, and names one whose manifest is another.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from daleslaw_lib import regular_files
from daleslaw_lib.archive import manifests

ROOT = Path(__file__).resolve().parents[1]


def text(results: Path) -> str:
    """The list of the archives in a results folder, as it is written."""
    return json.dumps({"archives": manifests.listing(results)}, indent=1) + "\n"


def main(words: list[str], results: Path = ROOT / "results") -> int:
    try:
        return _write(words, results)
    except OSError as problem:
        print(f"{problem.filename}: {problem.strerror}", file=sys.stderr)
        return 1


def _write(words: list[str], results: Path) -> int:
    file, now = results / manifests.INDEX, text(results)
    regular_files.check_place(file)
    if not (file.is_file() and regular_files.content(file, manifests.MOST) == now.encode()):
        if words == ["--check"]:
            print(f"{file.name}: out of date; run: python -m tools.index", file=sys.stderr)
            return 1
        file.write_text(now, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
