"""Write appendix/library.md, the reference, from the packages: a list a package, in the order of the floors.

python -m tools.library_page            # write
python -m tools.library_page --check    # exit 1 if it is out of date
"""

from __future__ import annotations

import sys
from pathlib import Path

from . import architecture

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "appendix" / "library.md"
HEAD = """(library)=
# Library reference

A package an idea, in reading order: what comes later imports what comes before, never the other way round.
The first packages need NumPy alone. Shapes are written `(..., receiving, sending)` for weights and
`(time, member, batch, unit)` for activity: a *member* is one network of an ensemble that is trained together.

This page is made from the docstrings by `tools/library_page.py`.

```{eval-rst}
.. currentmodule:: daleslaw_lib
```
"""


def page() -> str:
    """The reference: a section for each room of the library, and in it every module."""
    found, parts = architecture.modules(), [HEAD]
    for names in architecture.FLOORS:
        for name in names:
            inside = [m for m in found if architecture.room(m) == name and not m.endswith("__main__")]
            if not inside:
                continue
            parts.append(f"## {_title(name)}\n")
            for group in dict.fromkeys(_group(m) for m in inside):
                members = [m for m in inside if _group(m) == group]
                if group != name:
                    parts.append(f"### {_title(group.rpartition('.')[2])}\n")
                parts.append(
                    "```{eval-rst}\n" + "".join(map(_entry, members, [found] * len(members))) + "```\n"
                )
    return "\n".join(parts)


def _group(module: str) -> str:
    """The package whose list a module stands in: a study has one of its own."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "studies" and len(parts) > 1 else parts[0]


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize().replace(" gpu", " on a GPU")


def _entry(module: str, found: dict[str, Path]) -> str:
    """A package says what it is; what it hands on stands where it is defined."""
    package = found[module].stem == "__init__" and module != "experiments"
    return f".. automodule:: daleslaw_lib.{module}\n" + ("   :no-members:\n" if package else "") + "\n"


def main() -> int:
    if "--check" in sys.argv[1:]:
        return int(PAGE.read_text("utf-8") != page())
    PAGE.write_text(page(), "utf-8")
    print(f"{PAGE.relative_to(ROOT)} lists every module")
    return 0


if __name__ == "__main__":
    sys.exit(main())
