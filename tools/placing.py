"""A test of the house: can a reader who knows only the rooms' names say where a function lives?

    python -m tools.placing [SEED]             # twelve public functions without their rooms, and the rooms
    python -m tools.placing [SEED] --answers   # where they are

Ten of twelve is the aim. What is misplaced has a name, a first line or a room that misleads.
"""

from __future__ import annotations

import ast
import random
import sys
from dataclasses import dataclass

from . import architecture

HOW_MANY = 12


@dataclass(frozen=True)
class Public:
    """A public function or class of the library: its name, its first line, and the room it is in."""

    name: str
    line: str
    room: str


def public() -> list[Public]:
    """Every public function and class with a docstring, by room and name; entry points are left out."""
    found = set()
    for module, path in architecture.modules().items():
        room = architecture.room(module)
        if not module or room == "__main__":
            continue
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                if said := ast.get_docstring(node):
                    found.add(Public(node.name, said.split("\n\n")[0].replace("\n", " "), room))
    return sorted(found, key=lambda one: (one.room, one.name))


def rooms() -> list[str]:
    return sorted({one.room for one in public()})


def drawn(seed: int, n: int = HOW_MANY) -> list[Public]:
    """n of them; the same for a seed, as long as the library is."""
    return random.Random(seed).sample(public(), n)


def main(arguments: list[str]) -> int:
    answers = "--answers" in arguments
    numbers = [word for word in arguments if word != "--answers"]
    if len(numbers) > 1 or not all(word.isdecimal() for word in numbers):
        sys.exit(f"placing: expected one seed, a whole number >= 0, got {' '.join(numbers)}")
    for k, one in enumerate(drawn(int(numbers[0]) if numbers else 0), 1):
        print(f"{k:>2}  {one.name:<28} {one.room if answers else one.line}")
    if not answers:
        print(f"\nrooms: {', '.join(rooms())}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
