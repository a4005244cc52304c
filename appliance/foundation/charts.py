"""Charts for printed reports, drawn with Matplotlib as SVG; the words in them stay words."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1c2733"
FAINT = "#6b7785"
RULE = "#d9dee4"
BLUE = "#2f5d8a"
RUST = "#b5502b"
PALE = "#b9cbdc"
FONT = "Noto Sans CJK SC"
SIZE = (3.54, 2.05)
"""Inches: half the width of an A4 page between its margins."""


@dataclass(frozen=True)
class Columns:
    """One column a label; `across` and `up` name the axes. Every `every`-th label is written."""

    labels: Sequence[str]
    values: Sequence[float]
    across: str
    up: str
    every: int = 1


@dataclass(frozen=True)
class Distribution:
    """How often values fall between `edges` (one more than `counts`), with named values marked on the axis.

    Values above the last edge belong to the last count; `marks` are (name, value) in the unit of the edges.
    """

    edges: Sequence[float]
    counts: Sequence[int]
    marks: Sequence[tuple[str, float]]
    across: str
    up: str


@dataclass(frozen=True)
class Parts:
    """One column a label, of which `parts` (each at most its value) stands out; None is no column.

    names: of the whole and of the part, for the legend.
    """

    labels: Sequence[str]
    values: Sequence[float | None]
    parts: Sequence[float | None]
    names: tuple[str, str]
    across: str
    up: str
    every: int = 1


@dataclass(frozen=True)
class Pairs:
    """Two columns a label, side by side; either may be below nothing. names: of both, for the legend."""

    labels: Sequence[str]
    values: Sequence[float]
    others: Sequence[float]
    names: tuple[str, str]
    across: str
    up: str
    every: int = 1


@dataclass(frozen=True)
class Heat:
    """Counts in rows of equal length; the more, the darker."""

    rows: Sequence[str]
    labels: Sequence[str]
    counts: Sequence[Sequence[int]]
    across: str
    every: int = 1


Chart = Columns | Distribution | Parts | Pairs | Heat


def svg(chart: Chart) -> bytes:
    """`chart` as an SVG document."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "nightbell",
            "font.family": [FONT, "Noto Sans CJK JP", "sans-serif"],
            "font.size": 7,
        }
    ):
        figure = Figure(figsize=SIZE, layout="constrained")
        FigureCanvasSVG(figure)
        _draw(figure, chart)
        out = io.BytesIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return out.getvalue()


def _draw(figure: Figure, chart: Chart) -> None:
    axes = figure.add_subplot()
    match chart:
        case Columns():
            _columns(axes, chart)
        case Parts():
            _parts(axes, chart)
        case Pairs():
            _pairs(axes, chart)
        case Distribution():
            _distribution(axes, chart)
        case Heat():
            _heat(axes, chart)
            return
    _quiet(axes, chart.across, chart.up)


def _columns(axes: Axes, chart: Columns) -> None:
    places = range(len(chart.values))
    axes.bar(places, chart.values, width=0.72, color=BLUE)
    axes.set_xticks(list(places)[:: chart.every], list(chart.labels)[:: chart.every])
    axes.set_xlim(-0.6, len(chart.values) - 0.4)
    axes.set_ylim(0, max(1, *chart.values) * 1.08)


def _parts(axes: Axes, chart: Parts) -> None:
    places = range(len(chart.values))
    values, parts = ([value or 0 for value in some] for some in (chart.values, chart.parts))
    axes.bar(places, values, width=0.72, color=PALE, label=chart.names[0])
    axes.bar(places, parts, width=0.72, color=BLUE, label=chart.names[1])
    axes.set_xticks(list(places)[:: chart.every], list(chart.labels)[:: chart.every])
    axes.set_xlim(-0.6, len(values) - 0.4)
    axes.set_ylim(0, max(1, *values) * 1.25)
    axes.legend(loc="upper right", ncols=2, frameon=False, fontsize=6.5, labelcolor=INK, borderpad=0)


def _pairs(axes: Axes, chart: Pairs) -> None:
    places = range(len(chart.values))
    axes.bar([place - 0.2 for place in places], chart.values, width=0.38, color=PALE, label=chart.names[0])
    axes.bar([place + 0.2 for place in places], chart.others, width=0.38, color=BLUE, label=chart.names[1])
    axes.set_xticks(list(places)[:: chart.every], list(chart.labels)[:: chart.every])
    axes.set_xlim(-0.6, len(chart.values) - 0.4)
    both = [*chart.values, *chart.others, 0]
    axes.set_ylim(min(both) * 1.1, max(*both, 0.01) * 1.25)
    if min(both) < 0:
        axes.axhline(0, color=FAINT, linewidth=0.6)
    axes.legend(loc="upper right", ncols=2, frameon=False, fontsize=6.5, labelcolor=INK, borderpad=0)


def _heat(axes: Axes, chart: Heat) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("heat", ["#f2f5f8", BLUE])
    most = max(1, *(max(row) for row in chart.counts))
    # Not imshow: that is a picture made of pixels, and blurred on paper.
    edges = [[step - 0.5 for step in range(length + 1)] for length in (len(chart.labels), len(chart.rows))]
    axes.pcolormesh(*edges, chart.counts, cmap=colours, vmin=0, vmax=most, edgecolors="#ffffff", linewidth=0.5)
    axes.invert_yaxis()
    for row, counts in enumerate(chart.counts):
        for column, count in enumerate(counts):
            if count:
                ink = "#ffffff" if count > most / 2 else INK
                axes.text(column, row, str(count), ha="center", va="center", fontsize=4.5, color=ink)
    axes.set_xticks(range(0, len(chart.labels), chart.every), list(chart.labels)[:: chart.every])
    axes.set_yticks(range(len(chart.rows)), chart.rows)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0, colors=INK, labelsize=6.5)
    axes.set_xlabel(chart.across, color=FAINT, fontsize=6.5)


def _distribution(axes: Axes, chart: Distribution) -> None:
    from matplotlib.ticker import MaxNLocator

    widths = [right - left for left, right in zip(chart.edges, chart.edges[1:], strict=False)]
    axes.bar(chart.edges[:-1], chart.counts, width=[w * 0.92 for w in widths], align="edge", color=BLUE)
    top = max(1, *chart.counts)
    axes.set_ylim(0, top * 1.32)
    axes.set_xlim(chart.edges[0], chart.edges[-1])
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda value, _place: f"{value:g}")
    for step, (name, value) in enumerate(chart.marks):
        at = min(value, chart.edges[-1])
        axes.plot([at, at], [0, top * (1.28 - 0.1 * step)], color=RUST, linewidth=0.8)
        right = at > (chart.edges[0] + chart.edges[-1]) * 0.75
        axes.annotate(
            name,
            (at, top * (1.28 - 0.1 * step)),
            xytext=(-2 if right else 2, 0),
            textcoords="offset points",
            ha="right" if right else "left",
            va="top",
            color=RUST,
            fontsize=6.5,
        )


def _quiet(axes: Axes, across: str, up: str) -> None:
    from matplotlib.ticker import MaxNLocator

    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.spines["bottom"].set_linewidth(0.6)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=axes.get_ylim()[1] >= 4))
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, colors=INK, labelsize=6.5)
    axes.set_xlabel(across, color=FAINT, fontsize=6.5)
    axes.set_ylabel(up, color=FAINT, fontsize=6.5)
