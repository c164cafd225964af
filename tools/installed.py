"""Say in one line if an installation is not whole, and do now what a page would otherwise tell about.

    python -m tools.installed

pip can be told elsewhere to install into another folder, or nothing at all, and ends with status 0.
Matplotlib lists the fonts of a machine when it is first used, and on a slow one says so, under a figure; the
library compiles its C++ then, and a reader would wait for it.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements.txt"


def faults(lock: str, prefix: Path) -> list[str]:
    """What of the lock is missing, of another version, or not below `prefix`; and so the library itself."""
    wanted = dict(re.findall(r"^([\w.-]+)==(\S+)$", lock, re.MULTILINE)) | {"daleslaw_lib": None}
    found = []
    for name, version in wanted.items():
        there = distribution(name, prefix)
        if there is None:
            found.append(f"{name} is missing")
            continue
        if version and there.version.split("+")[0] != version:
            found.append(f"{name} is {there.version}")
        elif prefix not in Path(there.locate_file("")).resolve().parents:
            found.append(f"{name} is elsewhere")
    return found


def distribution(name: str, prefix: Path) -> importlib.metadata.Distribution | None:
    """The one below `prefix`, or else the first there is; None: there is none.

    An editable install leaves its metadata in the checkout, too, which comes first on the path.
    """
    found = list(importlib.metadata.distributions(name=name))
    inside = [d for d in found if prefix in Path(d.locate_file("")).resolve().parents]
    return next(iter([*inside, *found]), None)


def main() -> None:
    prefix = Path(sys.prefix).resolve()
    if found := faults(LOCK.read_text("utf-8"), prefix):
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        sys.exit(
            f"pip: expected all of {LOCK.name} in {prefix}, but {', '.join(found[:3])}{more}; does a setting "
            "of pip (`pip config list`) send packages elsewhere?"
        )
    import matplotlib.font_manager  # noqa: F401

    from daleslaw_lib import fused

    fused.library()


if __name__ == "__main__":
    main()
