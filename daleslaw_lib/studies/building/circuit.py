"""Small networks as circuits: units and arrows beside the matrix that the library draws. No torch.

Each unit is a choice in the page, without a script: one that is chosen, or pointed at, has its arrows and its
column lit, and so has the unit of a column.
"""

from __future__ import annotations

import html
import math
from dataclasses import dataclass

import numpy as np
from IPython.display import display

from ... import HOME
from ...checks import one_of, positive_integer
from ...initialisation import NAMES, colei_weights, dann_weights, rnn_weights

STYLE = HOME / "studies" / "building" / "circuit.css"
WORDS = {"any": "any sign", "E": "excitatory", "I": "inhibitory", "interneuron": "interneuron"}
SAYS = {
    "rnn": "A unit may excite some units and inhibit others.",
    "colei": "A unit excites all its targets, or inhibits them all.",
    "dann": "Every unit excites. Interneurons, which settle at once, inhibit.",
}


@dataclass(frozen=True)
class Circuit:
    """Chapter 2: a wiring and what its units do: `W (m, m)`, rows receive and columns send; a role a unit."""

    kind: str
    W: np.ndarray
    roles: tuple[str, ...]  # "any", "E", "I" or "interneuron"

    @property
    def names(self) -> list[str]:
        """1, 2, ... and the interneurons i1, i2, ..."""
        units = sum(role != "interneuron" for role in self.roles)
        return [f"{k + 1}" if k < units else f"i{k - units + 1}" for k in range(len(self.roles))]


def draw_circuit(kind: str, n: int = 8, n_inhibitory: int = 2, *, rng: np.random.Generator) -> Circuit:
    """Chapter 2: a new network of n units in all, as its wiring: a DANN's has its interneurons' rows and
    columns.

    Raises: ValueError for another kind than RNN, ColEI and DANN, or unless 0 < n_inhibitory < n.
    """
    one_of("kind", kind, SAYS)
    n, n_i = positive_integer("n", n), positive_integer("n_inhibitory", n_inhibitory)
    if n_i >= n:
        raise ValueError(f"n_inhibitory: expected fewer than the {n} units, got {n_i}")
    n_e = n - n_i
    if kind == "rnn":
        return Circuit(kind, rnn_weights(n, rng=rng), ("any",) * n)
    if kind == "colei":
        return Circuit(kind, colei_weights(n, n_e / n_i, rng=rng), ("E",) * n_e + ("I",) * n_i)
    W_ex, W_ix, W_ei = dann_weights(n_e, n_i, rng=rng)
    W = np.block([[W_ex, -W_ei], [W_ix, np.zeros((n_i, n_i))]])
    return Circuit(kind, W, ("E",) * n_e + ("interneuron",) * n_i)


def show_circuits(kinds=tuple(SAYS), *, n: int = 8, n_inhibitory: int = 2, seed: int = 1) -> None:
    """Chapter 2: display a new network of each kind as a circuit beside its matrix.

    Raises: ValueError as `draw_circuit`.
    """
    text = circuits_html(kinds, n=n, n_inhibitory=n_inhibitory, seed=seed)
    names = ", ".join(NAMES[kind] for kind in kinds)
    display({"text/html": text, "text/plain": f"the circuits of {names}"}, raw=True)


def circuits_html(kinds=tuple(SAYS), *, n: int = 8, n_inhibitory: int = 2, seed: int = 1) -> str:
    """Chapter 2: circuits of these kinds beside their matrices, as HTML that stands alone on a page."""
    kinds = tuple(kinds)
    found = [draw_circuit(kind, n, n_inhibitory, rng=np.random.default_rng(seed)) for kind in kinds]
    cards = "".join(_card(one, f"ci-{'-'.join(kinds)}-{seed}-{one.kind}") for one in found)
    lit = "\n".join(_lit(k) for k in range(n))
    return (
        "<div class='ci interactive' role='group' aria-label='Circuits'>"
        f"<style>{STYLE.read_text('utf-8')}{lit}\n</style><div class='ci-cards'>{cards}</div>"
        "<p class='ci-hint'>Choose a unit, or point at it or at its column. "
        "<b class='ci-e'>Orange</b> excites, <b class='ci-i'>purple</b> inhibits; "
        "a stronger weight has more colour.</p></div>"
    )


# --- a card: the circuit, and its matrix -----------------------------------------------------------------

SIDE, ROUND, UNIT = 220, 78, 13  # of the drawing; radii of the ring and of a unit
LEFT, TOP, CELLS = 38, 20, 176  # of the matrix: its margins and its own side


def _lit(k: int) -> str:
    """What is lit where unit k is pointed at, or chosen and none is pointed at."""
    when = f":is(:has(.h{k}:hover), :has(.h{k}:checked):not(:has(.h:hover)))"
    return f".ci-card{when} .u{k} {{ --ci-lit: 1; --ci-frame: 1; }}"


def _card(one: Circuit, prefix: str) -> str:
    chosen = next((k for k, role in enumerate(one.roles) if role in ("I", "interneuron")), 0)
    places = _places(one)
    radios = labels = ""
    for k, ((x, y), role) in enumerate(zip(places, one.roles)):
        name = f"{NAMES[one.kind]}, unit {one.names[k]}, {WORDS[role]}"
        radios += (
            f"<input type='radio' class='h h{k}' id='{prefix}-{k}' name='{prefix}' value='{k}' "
            f"aria-label='{name}' style='left:{_percent(x)};top:{_percent(y)}'"
            f"{' checked' if k == chosen else ''}>"
        )
        left, width = LEFT + k * CELLS / len(places), CELLS / len(places)
        labels += (
            f"<label class='h h{k}' for='{prefix}-{k}' aria-hidden='true' style='left:{_percent(left)};"
            f"width:{_percent(width)};top:{_percent(TOP)};height:{_percent(CELLS)}'></label>"
        )
    return (
        f"<div class='ci-card ci-{one.kind}' role='radiogroup' aria-label='Units of {NAMES[one.kind]}'>"
        f"<div class='ci-title'>{NAMES[one.kind]}</div><div class='ci-says'>{SAYS[one.kind]}</div>"
        f"<div class='ci-pair'><div class='ci-part'>{_drawing(one, places)}{radios}</div>"
        f"<div class='ci-part'>{_matrix(one)}{labels}</div></div></div>"
    )


def _percent(x: float) -> str:
    return f"{100 * x / SIDE:.2f}%"


def _svg(label: str, content: str) -> str:
    label = html.escape(label, quote=True)
    return f"<svg viewBox='0 0 {SIDE} {SIDE}' role='img' aria-label='{label}'>{content}</svg>"


def _places(one: Circuit) -> list[tuple[float, float]]:
    """Units on a ring, from the top; those that only inhibit inside it."""
    middle = SIDE / 2
    outer = [k for k, role in enumerate(one.roles) if role in ("any", "E")]
    inner = [k for k in range(len(one.roles)) if k not in outer]
    found = {}
    for ring, radius, start in ((outer, ROUND, -math.pi / 2), (inner, 28 if len(inner) > 1 else 0, 0.0)):
        for position, k in enumerate(ring):
            angle = start + 2 * math.pi * position / len(ring)
            found[k] = (middle + radius * math.cos(angle), middle + radius * math.sin(angle))
    return [found[k] for k in range(len(one.roles))]


def _sign(w: float) -> str:
    return "ci-e" if w > 0 else "ci-i"


def _drawing(one: Circuit, places: list[tuple[float, float]]) -> str:
    largest = np.abs(one.W).max()
    groups = ""
    for j in range(len(places)):
        arrows = ""
        for i, w in enumerate(one.W[:, j]):
            if w:
                size = 0.5 + 2.6 * math.sqrt(abs(w) / largest)
                arrows += (
                    f"<path class='{_sign(w)}' stroke-width='{size:.2f}' d='{_arrow(places, j, i, w > 0)}'/>"
                )
        groups += f"<g class='ci-arrows u{j}'>{arrows}</g>"
    for (x, y), role, name, k in zip(places, one.roles, one.names, range(len(places))):
        if role == "interneuron":
            box = f"x='{x - UNIT:.1f}' y='{y - UNIT:.1f}' width='{2 * UNIT}' height='{2 * UNIT}' rx='4'"
            shape = f"<rect {box}/>"
        else:
            shape = f"<circle cx='{x:.1f}' cy='{y:.1f}' r='{UNIT}'/>"
        groups += (
            f"<g class='ci-unit ci-{role} u{k}'>{shape}<text x='{x:.1f}' y='{y + 4:.1f}'>{name}</text></g>"
        )
    counts = {role: one.roles.count(role) for role in dict.fromkeys(one.roles)}
    label = f"Circuit of {NAMES[one.kind]}: " + ", ".join(f"{c} units, {WORDS[r]}" for r, c in counts.items())
    return _svg(label, groups)


def _arrow(places, j: int, i: int, excites: bool) -> str:
    """A path from unit j to unit i, a little to its right, with a head; a bar inhibits."""
    (x0, y0), (x1, y1) = places[j], places[i]
    middle = SIDE / 2
    if i == j:  # a loop, away from the middle
        dx, dy = x0 - middle, y0 - middle
        length = math.hypot(dx, dy) or 1
        a, b = math.atan2(dy / length, dx / length), UNIT + 1
        start, end = (_on(x0, y0, a + turn, b) for turn in (-0.75, 0.75))
        out, back = (_on(x0, y0, a + turn, UNIT + 22) for turn in (-0.6, 0.6))
        line = f"M{_p(start)}C{_p(out)} {_p(back)} {_p(end)}"
        return line + _head(end, math.atan2(end[1] - back[1], end[0] - back[0]), excites)
    dx, dy = x1 - x0, y1 - y0
    length = math.hypot(dx, dy)
    bend = ((x0 + x1) / 2 - 0.12 * dy, (y0 + y1) / 2 + 0.12 * dx)
    leaves = math.atan2(bend[1] - y0, bend[0] - x0)
    arrives = math.atan2(y1 - bend[1], x1 - bend[0])
    start, end = _on(x0, y0, leaves, UNIT + 1), _on(x1, y1, arrives + math.pi, UNIT + 2)
    return f"M{_p(start)}Q{_p(bend)} {_p(end)}" + _head(end, arrives, excites)


def _on(x: float, y: float, angle: float, distance: float) -> tuple[float, float]:
    return x + distance * math.cos(angle), y + distance * math.sin(angle)


def _p(point: tuple[float, float]) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _head(tip, angle: float, excites: bool) -> str:
    back = math.pi - 0.45 if excites else math.pi / 2
    left, right = (_on(*tip, angle + turn, 6 if excites else 4.5) for turn in (back, -back))
    return f"M{_p(left)}L{_p(tip)}L{_p(right)}" if excites else f"M{_p(left)}L{_p(right)}"


def _matrix(one: Circuit) -> str:
    n, cell = len(one.W), CELLS / len(one.W)
    full = np.quantile(np.abs(one.W), 0.9)  # one large weight must not make the others pale
    content = ""
    for (i, j), w in np.ndenumerate(one.W):
        if w:
            at = f"x='{LEFT + j * cell:.1f}' y='{TOP + i * cell:.1f}'"
            at += f" width='{cell - 1:.1f}' height='{cell - 1:.1f}'"
            content += (
                f"<rect class='{_sign(w)}' {at} fill-opacity='{min(math.sqrt(abs(w) / full), 1):.2f}'/>"
            )
    content += f"<rect class='ci-box' x='{LEFT}' y='{TOP}' width='{CELLS}' height='{CELLS}'/>"
    for k, name in enumerate(one.names):
        middle = (k + 0.5) * cell
        content += (
            f"<text class='u{k} ci-number' x='{LEFT + middle:.1f}' y='{TOP - 6}'>{name}</text>"
            f"<text x='{LEFT - 11}' y='{TOP + middle + 4:.1f}'>{name}</text>"
            f"<rect class='ci-frame u{k}' x='{LEFT + k * cell:.1f}' y='{TOP}' width='{cell:.1f}' "
            f"height='{CELLS}'/>"
        )
    units = sum(role == "E" for role in one.roles)
    if one.kind == "dann":
        edge = units * cell
        content += (
            f"<path class='ci-edge' d='M{LEFT + edge:.1f} {TOP}v{CELLS}M{LEFT} {TOP + edge:.1f}h{CELLS}'/>"
            + _block("W", "ex", edge / 2, edge / 2)
            + _block("−W", "ei", (edge + CELLS) / 2, edge / 2)
            + _block("W", "ix", edge / 2, (edge + CELLS) / 2)
            + _block("0", "", (edge + CELLS) / 2, (edge + CELLS) / 2)
        )
    content += f"<text x='{LEFT + CELLS / 2}' y='{TOP + CELLS + 16}'>sending unit</text>"
    middle = TOP + CELLS / 2
    content += f"<text transform='translate(8 {middle}) rotate(-90)'>receiving unit</text>"
    return _svg(f"Weights of {NAMES[one.kind]}, {n} by {n}: a row receives, a column sends.", content)


def _block(symbol: str, index: str, x: float, y: float) -> str:
    name = f"<tspan class='ci-symbol'>{symbol}</tspan><tspan class='ci-index' dy='3'>{index}</tspan>"
    return f"<text class='ci-block' x='{LEFT + x:.1f}' y='{TOP + y + 4:.1f}'>{name}</text>"
