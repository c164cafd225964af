"""The floors of the library, what stands on each, and the picture of it, drawn from the imports.

    python -m tools.architecture            # write ARCHITECTURE.md's list and _static/architecture.svg
    python -m tools.architecture --check    # say what is out of date; exit 1 if anything is

A module imports from the floors below its own and from its own room; on the ground floor also from what
stands to its left. From nowhere else. `tests/test_floors.py` proves it for every module.
"""

from __future__ import annotations

import ast
import html
import re
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "daleslaw_lib"
PAGE, PICTURE = ROOT / "ARCHITECTURE.md", ROOT / "_static" / "architecture.svg"
FLOORS = (  # from the ground up; packages, and modules that stand by themselves
    ("checks", "regular_files", "locks", "checkpoints", "evaluation_times", "later", "own_files")
    + ("code_digests", "machine", "user_cache", "terminal", "statistics", "scaling", "spectra", "magnitudes")
    + ("jacobians",),
    ("initialisation", "tasks"),
    ("theory", "fused", "fused_gpu", "devices"),
    ("networks",),
    ("training", "experiments"),
    ("nn", "costs", "archive"),
    ("jobs",),
    ("verification",),
    ("running",),
    ("planning",),
    ("evidence",),
    ("figures", "widgets"),
    ("studies", "command"),
    ("notebook", "install_on_colab", "__main__"),
)  # fmt: skip
TOP = len(FLOORS) - 1


# --- imports ---------------------------------------------------------------------------------------


def modules(package: Path = PACKAGE) -> dict[str, Path]:
    """Every module by its dotted name below the library; an `__init__` has its package's, "" the first."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imported(source: str, module: str, is_package: bool, known) -> set[str]:
    """The library's modules that a source imports anywhere, inside functions too; `known` are all names."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [a.name.partition(".")[2] for a in node.names if a.name.split(".")[0] == PACKAGE.name]
            found.update(names)
        if not isinstance(node, ast.ImportFrom):
            continue
        start = begins(node, module, is_package)
        if start is not None:
            inner = {".".join(filter(None, (start, a.name))) for a in node.names}
            found |= inner & set(known)
            if inner - set(known):  # names of the module itself
                found.add(start)
    return found - {module, ""}


def begins(node: ast.ImportFrom, module: str, is_package: bool) -> str | None:
    """The dotted name that a from-import begins with, below the library; None for another library."""
    if node.level == 0:
        first, _, rest = (node.module or "").partition(".")
        return rest if first == PACKAGE.name else None
    parts = module.split(".") if module else []
    parts = parts[: len(parts) - (node.level - 1 if is_package else node.level)]
    return ".".join([*parts, *(node.module or "").split(".")]).strip(".")


def imports(package: Path = PACKAGE) -> dict[str, set[str]]:
    """What each module imports of the library."""
    found = modules(package)
    return {
        name: imported(path.read_text("utf-8"), name, path.stem == "__init__", found)
        for name, path in found.items()
    }


def room(module: str) -> str:
    """What a module stands in, as FLOORS has it."""
    return module.partition(".")[0]


def floor(name: str) -> int:
    """A room's floor, 0 for the ground.

    Raises: ValueError if it stands on none.
    """
    for k, names in enumerate(FLOORS):
        if name in names:
            return k
    raise ValueError(f"{name}: expected it on a floor, in tools/architecture.py, got it on none")


def may_import(room: str, other: str) -> bool:
    """Whether what stands in a room may import from another one."""
    if room == other or floor(other) < floor(room):
        return True
    ground = FLOORS[0]
    return room in ground and other in ground and ground.index(other) < ground.index(room)


def arrows(found: dict[str, set[str]]) -> set[tuple[str, str]]:
    """Rooms that import from one another, but for what follows from the others: (who, from whom)."""
    pairs = {(room(a), room(b)) for a, names in found.items() if a for b in names if room(a) != room(b)}
    below: dict[str, set[str]] = {}

    def reach(name: str) -> set[str]:
        if name not in below:
            direct = {b for a, b in pairs if a == name}
            below[name] = direct.union(*map(reach, direct))
        return below[name]

    return {(a, b) for a, b in pairs if not any(b in reach(c) for x, c in pairs if x == a and c != b)}


# --- the picture -----------------------------------------------------------------------------------

WIDTH, MARGIN, ROW, GAP, LINE = 860, 100, 74, 26, 13
STYLE = """
  text { font-family: sans-serif; fill: #222; text-anchor: middle; }
  .room { fill: #f4f1ea; stroke: #b9ae96; }
  .torch { fill: #e8eef7; stroke: #93a9c9; }
  .name { font-size: 14px; font-weight: bold; }
  .inside { font-size: 10.5px; fill: #555; }
  .arrow { fill: none; stroke: #888; stroke-width: 1.2; }
"""


@dataclass(frozen=True)
class Box:
    """Where a room stands in the picture, and how many others stand beside it on either side."""

    x: float
    y: float
    width: float
    left: int
    right: int

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


def needs_torch(found: dict[str, Path], name: str) -> bool:
    """Whether a module in this room imports torch at its top."""
    for module, path in found.items():
        if module and room(module) == name:
            for node in ast.parse(path.read_text("utf-8")).body:
                names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
                if any(n.split(".")[0] == "torch" for n in names):
                    return True
    return False


def svg(package: Path = PACKAGE) -> str:
    """The floors as boxes, from the ground up; an arrow for each import that does not follow from others."""
    found = modules(package)
    there = [[n for n in names if any(room(m) == n for m in found if m)] for names in FLOORS[1:]]
    height = GAP + (ROW + GAP) * (len(there) + 1)
    boxes = {
        name: box
        for k, names in enumerate(there)
        for name, box in zip(names, _row(len(names), height - (k + 2) * (ROW + GAP)))
    }
    parts = [_drawn(n, box, _inside(found, n, box.width), needs_torch(found, n)) for n, box in boxes.items()]
    ground = [n for n in FLOORS[0] if n in found]
    below = Box(MARGIN, height - ROW - GAP, WIDTH - 2 * MARGIN, 0, 0)
    parts.append(_drawn("the ground", below, ["   ".join(ground)], False))
    pairs = sorted((a, b) for a, b in arrows(imports(package)) if b not in FLOORS[0])
    pairs.sort(key=lambda pair: boxes[pair[1]].y - boxes[pair[0]].y)  # the shortest lies innermost
    lanes = {"left": 0, "right": 0}
    lines = [_arrow(boxes[a], boxes[b], lanes) for a, b in pairs]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        'aria-label="The floors of the library, and which imports which">\n'
        f"<style>{STYLE}</style>\n"
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8z" fill="#888"/></marker></defs>\n'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>\n'
    ) + "\n".join([*lines, *parts, "</svg>\n"])


def _row(n: int, y: float) -> list[Box]:
    """n boxes side by side, of the widest not more than half of the picture."""
    room_for_all = WIDTH - 2 * MARGIN - GAP * (n - 1)
    wide = min(room_for_all / n, 340)
    left = (WIDTH - wide * n - GAP * (n - 1)) / 2
    return [Box(left + k * (wide + GAP), y, wide, k, n - 1 - k) for k in range(n)]


def _inside(found: dict[str, Path], name: str, wide: float) -> list[str]:
    """The names of a room's modules, or of its packages, broken into lines."""
    lines, line = [], ""
    for word in sorted({m.split(".")[1] for m in found if m.startswith(f"{name}.")}):
        if line and 5.8 * len(f"{line} {word}") > wide - 16:
            lines.append(line)
            line = ""
        line = f"{line} {word}".strip()
    return [*lines, line] if line else []


def _drawn(name: str, box: Box, inside: list[str], torch: bool) -> str:
    top = box.y + 20 + (ROW - 30 - LINE * len(inside)) / 2
    words = "".join(
        f'<text class="inside" x="{box.middle:.0f}" y="{top + LINE * (k + 1) + 2:.0f}">'
        f"{html.escape(line)}</text>"
        for k, line in enumerate(inside)
    )
    return (
        f'<rect class="room{" torch" if torch else ""}" x="{box.x:.0f}" y="{box.y:.0f}" '
        f'width="{box.width:.0f}" height="{ROW}" rx="6"/>'
        f'<text class="name" x="{box.middle:.0f}" y="{top:.0f}">{name}</text>{words}'
    )


def _arrow(a: Box, b: Box, lanes: dict[str, int]) -> str:
    """From the box that imports to the other: down to the next floor, or by a lane in the margin."""
    start, end = a.y + ROW, b.y
    if end - start <= GAP:
        half = (start + end) / 2
        path = f"M{a.middle:.0f} {start}C{a.middle:.0f} {half} {b.middle:.0f} {half} {b.middle:.0f} {end}"
    else:
        side = "left" if (b.left, a.left) < (b.right, a.right) else "right"
        if (b.left, a.left) == (b.right, a.right):
            side = min(lanes, key=lanes.get)
        lanes[side] += 1
        lane = MARGIN - 12 * lanes[side] if side == "left" else WIDTH - MARGIN + 12 * lanes[side]
        shift = 5 * lanes[side] - 15
        if getattr(a, side):  # another box is between: along the gap below
            path = f"M{a.middle:.0f} {start}V{start + 8}H{lane}"
        else:
            edge = a.x if side == "left" else a.x + a.width
            path = f"M{edge:.0f} {a.y + ROW / 2 + shift:.0f}H{lane}"
        if getattr(b, side):
            path += f"V{end - 8}H{b.middle:.0f}V{end}"
        else:
            edge = b.x if side == "left" else b.x + b.width
            path += f"V{b.y + ROW / 2 + shift:.0f}H{edge:.0f}"
    return f'<path class="arrow" marker-end="url(#tip)" d="{path}"/>'


# --- the page --------------------------------------------------------------------------------------


def listed(package: Path = PACKAGE) -> str:
    """The floors from the top down, each room with the first sentence of its docstring, as Markdown."""
    found, lines = modules(package), []
    for names in FLOORS[::-1]:
        for name in names:
            if name in found:
                lines.append(f"- `{name}`: {first_sentence(found[name])}")
                if name == "studies":
                    inner = [m for m in found if m.startswith("studies.") and m.count(".") == 1]
                    lines += [f"  - `{m}`: {first_sentence(found[m])}" for m in inner]
    return "\n".join(lines)


def first_sentence(path: Path) -> str:
    """The first sentence of a module's docstring, on one line."""
    text = " ".join((ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n\n")[0].split())
    return re.split(r"(?<=[.?]) (?=[A-Z`])", text)[0]


def with_list(text: str) -> str:
    """The page with its list made anew."""
    pattern = r"(<!-- floors -->)\n.*?(<!-- end -->)"
    return re.sub(pattern, lambda m: f"{m[1]}\n{listed()}\n{m[2]}", text, flags=re.DOTALL)


def outdated() -> list[str]:
    """What does not say what the imports say."""
    page = PAGE.read_text("utf-8")
    stale = [PAGE.name] if page != with_list(page) else []
    there = PICTURE.read_text("utf-8") if PICTURE.exists() else ""
    return stale + ([str(PICTURE.relative_to(ROOT))] if there != svg() else [])


def main() -> int:
    if "--check" in sys.argv[1:]:
        for name in outdated():
            print(f"{name}: out of date; run: python -m tools.architecture")
        return 1 if outdated() else 0
    PAGE.write_text(with_list(PAGE.read_text("utf-8")), "utf-8")
    PICTURE.write_text(svg(), "utf-8")
    print(f"{PAGE.name} and {PICTURE.relative_to(ROOT)} say what the imports say")
    return 0


if __name__ == "__main__":
    sys.exit(main())
