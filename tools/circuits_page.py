"""Write _static/circuits.html, the circuits of the three kinds for a page that is not a notebook.

python -m tools.circuits_page            # write
python -m tools.circuits_page --check    # exit 1 if it is out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

from daleslaw_lib.studies.building import circuits_html

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "_static" / "circuits.html"


def main() -> int:
    text = circuits_html() + "\n"
    if "--check" in sys.argv[1:]:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != text)
    PAGE.write_text(text, "utf-8")
    print(f"{PAGE.relative_to(ROOT)} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
