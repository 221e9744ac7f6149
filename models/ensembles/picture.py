"""An ensemble beside its members as a picture: how often each is right, and how differently they err."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from models.ensembles.judged import Judgement
from models.figures import save_figure

_INK, _STRONG, _FAINT = "#0072B2", "#D55E00", "#707070"
"""Okabe and Ito's blue and vermillion, and grey."""
_MOST_NUMBERS = 12
"""Members up to which the figures are written into the cells."""


def draw(judgement: Judgement, path: Path, title: str) -> None:
    """Draw accuracies with their 95 % intervals, and the share of pictures that exactly one of two gets right.

    Args:
        judgement: What is drawn.
        path: A .png, .svg or .pdf; written beside and then put there.
        title: Of the picture.

    Raises:
        ModelError: it cannot be written there, or in no such format.
    """
    from matplotlib.figure import Figure

    count = len(judgement.members)
    figure = Figure(figsize=(11, max(3.0, 1.6 + 0.42 * count)), dpi=110, layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
    _accuracies(left, judgement)
    _disagreement(figure, right, judgement)
    figure.suptitle(
        f"{title}: {judgement.split} split, {judgement.pictures:,} pictures", fontsize=11, x=0.01, ha="left",
        parse_math=False,
    )  # fmt: skip
    with suppress(OSError):  # what is the matter with the place, the next line says
        path.parent.mkdir(parents=True, exist_ok=True)
    save_figure(figure, path)


def _accuracies(axes: Any, judgement: Judgement) -> None:
    """A dot and a line each, the ensemble below its members."""
    scores = [*judgement.members, judgement.ensemble]
    for place, one in enumerate(scores):
        ink = _STRONG if place == len(scores) - 1 else _INK
        axes.plot((100 * one.low, 100 * one.high), (place, place), color=ink, linewidth=2, solid_capstyle="butt")
        axes.plot(100 * one.accuracy, place, "o", color=ink, markersize=7)
        axes.annotate(
            f"{100 * one.accuracy:.2f}", (100 * one.accuracy, place), (0, 7), textcoords="offset points", fontsize=8,
            ha="center", color=ink,
        )  # fmt: skip
    axes.axvline(100 * judgement.ensemble.accuracy, color=_STRONG, linewidth=0.8, linestyle=(0, (2, 3)), zorder=0)
    axes.set_yticks(range(len(scores)), [_short(one.name) for one in scores], parse_math=False)
    axes.set_ylim(len(scores) - 0.5, -0.7)
    axes.set_title("accuracy in %, with 95 % intervals", loc="left", fontsize=10)
    axes.grid(axis="x", color="#e4e4e4")
    axes.set_axisbelow(True)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(left=False)


def _disagreement(figure: Any, axes: Any, judgement: Judgement) -> None:
    """A cell for each two members, dark to light."""
    shares = 100 * judgement.diversity.disagreement
    count = len(shares)
    shown = np.where(np.eye(count, dtype=bool), np.nan, shares)
    if count < 2:
        axes.axis("off")
        axes.text(0.5, 0.5, "one member: nothing to compare", ha="center", color=_FAINT, transform=axes.transAxes)
        return
    top = max(float(np.nanmax(shown)), 1e-9)
    picture = axes.imshow(shown, cmap="cividis", vmin=0, vmax=top)
    names = [_short(one.name, 14) for one in judgement.members]
    axes.set_xticks(range(count), names, rotation=40, ha="right", fontsize=8, parse_math=False)
    axes.set_yticks(range(count), names, fontsize=8, parse_math=False)
    axes.spines[:].set_visible(False)
    axes.set_title("% of pictures that exactly one of two gets right", loc="left", fontsize=10)
    if count > _MOST_NUMBERS:
        figure.colorbar(picture, ax=axes, shrink=0.8)
        return
    for row in range(count):
        for column in range(count):
            if row != column:
                ink = "white" if shares[row, column] < 0.6 * top else "black"
                axes.text(column, row, f"{shares[row, column]:.1f}", ha="center", va="center", fontsize=8, color=ink)


def _short(name: str, most: int = 24) -> str:
    return name if len(name) <= most else f"{name[: most // 2]}…{name[-(most // 2) + 1 :]}"
