"""Maps drawn: a sheet with a row for each question and a column for each method."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.explain.answers import Answer
from models.explain.scale import spread
from pipeline.whole import whole
from vision.evidence import lay_over

SIDE = 224
"""Longer side of a drawn picture in pixels."""
INCHES, ABOVE_INCHES, BELOW_INCHES = 1.9, 0.95, 0.75
"""Width of a column, and the room for headings and for the legend."""
CIVIDIS = "cividis"


def draw_sheet(answers: Sequence[Answer], labels: Sequence[str], title: str, path: Path) -> None:
    """Write a sheet as PNG, whole or not at all.

    Args:
        answers: One at least, all by the same methods.
        labels: Name of each class.
        title: Stands above.
        path: Of the PNG.

    Raises:
        OSError: it cannot be written.
    """
    from matplotlib.figure import Figure

    methods = list(answers[0].maps)
    rows, columns = len(answers), 1 + len(methods)
    wide = INCHES * columns + 1.6
    shares = [min(2.0, one.question.image.shape[0] / one.question.image.shape[1]) for one in answers]
    high = INCHES * sum(shares) + ABOVE_INCHES + BELOW_INCHES
    figure = Figure((wide, high), dpi=110)
    grid = figure.subplots(
        rows, columns, squeeze=False, gridspec_kw={"wspace": 0.05, "hspace": 0.05, "height_ratios": shares}
    )
    figure.subplots_adjust(1.6 / wide, BELOW_INCHES / high, 0.995, 1 - ABOVE_INCHES / high)
    for row, (axes, one) in enumerate(zip(grid, answers, strict=True)):
        picture = enlarged(one.question.image)
        _show(axes[0], picture)
        axes[0].set_ylabel(_told(one, labels), rotation=0, ha="right", va="center", fontsize=8.5, labelpad=6)
        for place, method in zip(axes[1:], methods, strict=True):
            heat = spread(one.maps[method][None], (picture.shape[1], picture.shape[0]))[0]
            _show(place, lay_over(picture, heat))
        if row == 0:
            for place, heading in zip(axes, ("picture", *methods), strict=True):
                place.set_title(heading, fontsize=9.5)
    figure.suptitle(title, fontsize=11, y=1 - 0.22 / high, va="top")
    _legend(figure, wide, high)
    save(figure, path)


def enlarged(image: np.ndarray) -> np.ndarray:
    """A picture at the size it is drawn in, `(h, w, 3) uint8` BGR: the pixels of small ones can be counted.

    Args:
        image: `(H, W, C) uint8`, RGB or grey.
    """
    bgr = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR if image.shape[2] == 1 else cv2.COLOR_RGB2BGR)
    factor = SIDE / max(bgr.shape[:2])
    size = max(1, round(bgr.shape[1] * factor)), max(1, round(bgr.shape[0] * factor))
    return cv2.resize(bgr, size, interpolation=cv2.INTER_NEAREST if factor > 1 else cv2.INTER_AREA)


def save(figure: Any, path: Path) -> None:
    """Write a figure as PNG beside its place, and put it there when it is whole."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    with whole(path) as part:
        figure.savefig(part, format="png")


def _show(axes: Any, bgr: np.ndarray) -> None:
    axes.imshow(bgr[..., ::-1])
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _told(one: Answer, labels: Sequence[str]) -> str:
    """What stands beside a row."""
    asked = one.question
    lines = [_short(asked.name), f"why {_short(labels[asked.asked])}?", f"probability {asked.probability:.2f}"]
    if asked.said != asked.asked:
        lines.append(f"(says {_short(labels[asked.said])})")
    if asked.truth is not None:
        right = asked.truth == asked.said
        lines.append("right" if right else f"wrong: it is {_short(labels[asked.truth])}")
    return "\n".join(lines)


def _short(text: str, most: int = 22) -> str:
    return text if len(text) <= most else f"{text[: most - 8]}...{text[-5:]}"


def _legend(figure: Any, wide: float, high: float) -> None:
    """A bar of the colours, with what its ends stand for."""
    axes = figure.add_axes((0.35, 0.36 / high, 0.3, 0.12 / high))
    axes.imshow(np.linspace(0, 1, 256)[None], aspect="auto", cmap=CIVIDIS)
    axes.set_yticks([])
    axes.set_xticks([0, 255], ["does not speak for the class", "speaks most for it"], fontsize=8)
