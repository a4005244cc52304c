"""Draw the life of a call from the machine itself: `python -m docs.call_life` writes docs/pictures/call-life.svg."""

from __future__ import annotations

from html import escape
from math import cos, hypot, pi, sin
from pathlib import Path

from nursecall.life import Life

PICTURE = Path(__file__).parent / "pictures" / "call-life.svg"

WIDTH, HEIGHT = 1000, 840
CENTRE = (WIDTH / 2, HEIGHT / 2 + 10)
AROUND = ("raised", "attended", "talking", "acknowledged", "escalated")
"""Clockwise from the top; `ended` is in the middle."""

RADIUS, BOX = 330, (176, 64)
BEND = 42
"""How far an arrow bows to its left, so that there and back are two."""

STYLE = """
text { font: 15px sans-serif; fill: #1b2733; text-anchor: middle } .state { font-weight: bold; font-size: 18px }
.inputs { font-size: 13px; paint-order: stroke; stroke: #fff; stroke-width: 5px }
.stays { font-size: 12px; fill: #51606e }
rect { fill: #eef4fa; stroke: #4a6f94; stroke-width: 1.5 } .waits { fill: #fdeeda; stroke: #b5761c }
path { fill: none; stroke: #4a6f94; stroke-width: 1.4; marker-end: url(#tip) } .over { stroke: #b3bfca }
"""

NOTHING = "returns(())"
"""How Automat names the answer of an input that nothing comes of."""

Point = tuple[float, float]
Inputs = dict[tuple[str, str], list[str]]


def moves() -> tuple[Inputs, dict[str, list[str]]]:
    """Inputs that lead from one state to another; and those that something comes of while the state stays."""
    between: Inputs = {}
    within: dict[str, list[str]] = {}
    for before, what, after, outputs in Life.__automat_automaton__.allTransitions():
        if before is not after:
            between.setdefault((before.name, after.name), []).append(what)
        elif any(output.name != NOTHING for output in outputs):
            within.setdefault(before.name, []).append(what)
    return {pair: sorted(what) for pair, what in sorted(between.items())}, {
        state: sorted(what) for state, what in within.items()
    }


def drawing() -> str:
    """The picture, as SVG text; the same machine always gives the same text."""
    between, within = moves()
    ends = sorted({what for (_, after), inputs in between.items() if after == "ended" for what in inputs})
    arrows = [_arrow(before, after, inputs) for (before, after), inputs in between.items()]
    boxes = [_box(state, within.get(state, [])) for state in (*AROUND, "ended")]
    caption = f"{', '.join(ends)}: from everywhere to the middle. Under a name: what is noted while the state stays."
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        "<title>The life of a call</title>",
        f"<style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
        '<polygon points="0,0 8,4 0,8" fill="#4a6f94"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" style="fill:#fff;stroke:none"/>',
        *(path for path, _ in arrows),
        *boxes,
        *(label for _, label in arrows),
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 14}">{escape(caption)}</text>',
        "</svg>\n",
    ))  # fmt: skip


def _at(state: str) -> Point:
    if state == "ended":
        return CENTRE
    turn = 2 * pi * AROUND.index(state) / len(AROUND)
    return CENTRE[0] + 1.18 * RADIUS * sin(turn), CENTRE[1] - RADIUS * cos(turn)


def _box(state: str, stays: list[str]) -> str:
    (x, y), (width, height) = _at(state), BOX
    look = ' class="waits"' if state in ("raised", "escalated") else ""
    lines = [", ".join(stays[:2]), ", ".join(stays[2:])]
    noted = "".join(
        f'<text class="stays" x="{x:.0f}" y="{y + 10 + 15 * row:.0f}">{escape(line)}</text>'
        for row, line in enumerate(lines)
    )
    frame = f'<rect{look} x="{x - width / 2:.0f}" y="{y - height / 2:.0f}" width="{width}" height="{height}" rx="10"/>'
    return f'{frame}<text class="state" x="{x:.0f}" y="{y - 9:.0f}">{state}</text>{noted}'


def _arrow(before: str, after: str, inputs: list[str]) -> tuple[str, str]:
    """The line, and its words."""
    (ax, ay), (bx, by) = _edge(_at(before), _at(after)), _edge(_at(after), _at(before))
    length = hypot(bx - ax, by - ay)
    bend = 0 if after == "ended" else BEND
    mx, my = (ax + bx) / 2 + bend * (by - ay) / length, (ay + by) / 2 - bend * (bx - ax) / length
    look = ' class="over"' if after == "ended" else ""
    path = f'<path{look} d="M{ax:.0f},{ay:.0f} Q{mx:.0f},{my:.0f} {bx:.0f},{by:.0f}"/>'
    if after == "ended":
        return path, ""
    # Nearer to where it begins, so that two that cross do not lie upon one another.
    wx, wy = 0.49 * ax + 0.42 * mx + 0.09 * bx, 0.49 * ay + 0.42 * my + 0.09 * by
    return path, f'<text class="inputs" x="{wx:.0f}" y="{wy:.0f}">{escape(", ".join(inputs))}</text>'


def _edge(of: Point, towards: Point) -> Point:
    """Where the line between two boxes leaves the first."""
    (x, y), dx, dy = of, towards[0] - of[0], towards[1] - of[1]
    reach = min(
        (BOX[0] / 2 + 6) / abs(dx) if dx else float("inf"),
        (BOX[1] / 2 + 6) / abs(dy) if dy else float("inf"),
    )
    return x + dx * reach, y + dy * reach


if __name__ == "__main__":
    PICTURE.write_text(drawing(), "utf-8")
