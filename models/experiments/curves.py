"""How training went, as a picture: loss and accuracy over the epochs, of one run or of several together."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.figures import save_figure

INKS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's colours less yellow, which is too light for lines on white."""
GREY = "#707070"
DASHES = ("-", (0, (5, 1, 1, 1)), (0, (1, 1)))
"""Of validation, when the colours begin anew."""
PANELS = (("loss", "loss"), ("accuracy", "accuracy"))
STEEP = 50
"""A loss that falls by more than this factor is drawn on a logarithmic scale."""
GAP = 0.055
"""Least distance of two labels, of the panel's height."""


@dataclass(frozen=True)
class _Line:
    """One curve: points `(epoch, value)`, none of them NaN."""

    label: str
    points: Sequence[tuple[float, float]]
    style: dict[str, Any]
    best: bool
    """Whether its highest point gets a mark."""
    percent: bool
    """Whether values are shares."""


def draw_curves(histories: dict[str, list[dict[str, float]]], path: Path) -> None:
    """Draw loss and accuracy, of training (thin, dashed) and validation, each line with its name at its end.

    Args:
        histories: Rows as in `history.csv`, by the name of the run; a value that is missing or not finite is left out.
        path: A .png, .svg or .pdf; written beside and then put there, so that it is whole always.

    Raises:
        ModelError: it cannot be written there, or in no such format.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 4.8), dpi=110, layout="constrained")
    for axes, (title, key) in zip(figure.subplots(1, 2), PANELS, strict=True):
        _draw_panel(axes, title, _lines(histories, key))
    if len(histories) > 1:
        figure.supxlabel("thick: validation    thin, dashed: training    ring: best epoch", fontsize=9, color=GREY)
    elif histories:
        figure.suptitle(next(iter(histories)), fontsize=11, parse_math=False)
    save_figure(figure, path)


def _lines(histories: dict[str, list[dict[str, float]]], key: str) -> list[_Line]:
    """Training and validation of each run, as they are drawn."""
    lines, share = [], key == "accuracy"
    for number, (name, rows) in enumerate(histories.items()):
        several = len(histories) > 1
        ink = INKS[number % len(INKS)] if several else INKS[0]
        dash = DASHES[number // len(INKS) % len(DASHES)]
        kept = {"color": ink, "linewidth": 2.2, "linestyle": dash, "zorder": 3}
        seen = {"color": ink if several else INKS[1], "linewidth": 1.1, "linestyle": (0, (4, 2)), "zorder": 2}
        seen["alpha"] = 0.6 if several else 1.0
        lines += [
            _Line("" if several else "training", _points(rows, key), seen, False, share),
            _Line(name if several else "validation", _points(rows, f"val_{key}"), kept, share, share),
        ]
    return [line for line in lines if line.points]


def _points(rows: Iterable[dict[str, float]], key: str) -> list[tuple[float, float]]:
    found = ((row.get("epoch", number), row.get(key, math.nan)) for number, row in enumerate(rows, 1))
    return [(epoch, value) for epoch, value in found if math.isfinite(value)]


def _draw_panel(axes: Any, title: str, lines: Sequence[_Line]) -> None:
    """One panel with its lines, and their names at the right."""
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel("epoch")
    axes.spines[["top", "right"]].set_visible(False)
    if not lines:
        axes.text(0.5, 0.5, "no figures yet", transform=axes.transAxes, ha="center", color=GREY)
        axes.set_xticks([])
        axes.set_yticks([])
        return
    axes.grid(axis="y", color="#e4e4e4")
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    for line in lines:
        alone = {"marker": "o", "markersize": 5} if len(line.points) == 1 else {}
        axes.plot(*zip(*line.points, strict=True), **line.style, **alone)
        if line.best:
            epoch, value = max(line.points, key=lambda point: point[1])
            axes.plot(epoch, value, "o", markersize=9, fillstyle="none", color=line.style["color"], zorder=4)
    values = [value for line in lines for _, value in line.points]
    if title == "loss" and min(values) > 0 and max(values) / min(values) > STEEP:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    if title == "accuracy":
        axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
    epochs = {epoch for line in lines for epoch, _ in line.points}
    if len(epochs) == 1:
        axes.set_xlim(min(epochs) - 0.5, min(epochs) + 0.5)
    axes.set_ylim(axes.get_ylim())  # fixed now: labels stand where the lines end
    _name_ends(axes, [line for line in lines if line.label])


def _name_ends(axes: Any, lines: Sequence[_Line]) -> None:
    """Write each name right of the panel at the height of its line's end, apart from the others."""
    ends = [axes.transAxes.inverted().transform(axes.transData.transform(line.points[-1])) for line in lines]
    heights = spread([float(y) for _, y in ends], GAP)
    for line, (x, y), height in zip(lines, ends, heights, strict=True):
        ink, words = line.style["color"], f"{_short(line.label)} {_figures(line)}"
        lead = axes.plot((x, 1.025), (y, height), color=ink, lw=0.6, transform=axes.transAxes, clip_on=False)
        lead[0].set_in_layout(False)
        place = {"transform": axes.transAxes, "va": "center", "parse_math": False}
        axes.text(1.03, height, words, fontsize=9, color=ink, **place)


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Move labels apart, as little as need be, in the order they have.

    >>> [round(height, 2) for height in spread([0.5, 0.5, 0.1], 0.1)]
    [0.45, 0.55, 0.1]
    """
    order = sorted(range(len(heights)), key=lambda row: heights[row])
    groups: list[list[int]] = []
    centres: list[float] = []
    for row in order:
        groups.append([row])
        centres.append(heights[row])
        while len(groups) > 1 and centres[-1] - centres[-2] < gap * (len(groups[-1]) + len(groups[-2])) / 2 - 1e-9:
            groups[-2:] = [groups[-2] + groups[-1]]
            centres[-2:] = [sum(heights[member] for member in groups[-1]) / len(groups[-1])]
    places = list(heights)
    for group, centre in zip(groups, centres, strict=True):
        for step, row in enumerate(group):
            places[row] = centre + (step - (len(group) - 1) / 2) * gap
    return places


def _short(name: str, most: int = 28) -> str:
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-most // 2 + 1 :]}"


def _figures(line: _Line) -> str:
    """Where a line ends, and its highest point where that is the one that counts."""
    end = line.points[-1][1]
    if not line.percent:
        return f"{end:.3g}"
    highest = max(value for _, value in line.points)
    best = f", best {100 * highest:.1f}" if line.best and highest > end else ""
    return f"{100 * end:.1f} %{best}"
