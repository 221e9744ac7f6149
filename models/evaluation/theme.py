"""Colours of figures, for light and for dark pages, and how a figure becomes bytes."""

import io
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.workshop import require
from pipeline.errors import SinkError
from pipeline.whole import write_whole

WIDTH = 4.6
"""Inches, so that letters of 9 points can be read where a phone shows it 330 px wide."""
DPI = 150


@dataclass(frozen=True)
class Theme:
    """Paper and inks; people with a colour vision deficiency can tell the inks apart (Okabe and Ito 2008)."""

    paper: str
    ink: str
    faint: str
    """Of grids and what is in the background."""
    inks: tuple[str, ...]


LIGHT = Theme("#ffffff", "#1b1b1b", "#d5d5d5", ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B07A00"))
DARK = Theme("#16191d", "#e8e8e8", "#3a4048", ("#56B4E9", "#E69F00", "#2FC79B", "#E39CC5", "#F0E442"))


def new_axes(theme: Theme, height: float, width: float = WIDTH) -> tuple[Any, Any]:
    """A `matplotlib.figure.Figure` of so many inches with one panel.

    Raises:
        ModelError: matplotlib is not installed.
    """
    figure = _figure(theme, height, width)
    return figure, _dressed(figure.add_subplot(), theme)


def new_pair(theme: Theme, height: float) -> tuple[Any, Any, Any]:
    """A figure with two panels on one x axis, the upper one four times as high.

    Raises:
        ModelError: matplotlib is not installed.
    """
    figure = _figure(theme, height, WIDTH)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    return figure, _dressed(upper, theme), _dressed(lower, theme)


def new_grid(theme: Theme, rows: int, columns: int) -> tuple[Any, list[Any]]:
    """A figure with so many square panels without ticks, row by row; those that stay empty show nothing.

    Raises:
        ModelError: matplotlib is not installed.
    """
    figure = _figure(theme, 2.1 * rows, 1.75 * columns)
    panels = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for panel in panels:
        panel.set(xticks=[], yticks=[], facecolor=theme.paper)
        panel.spines[:].set_visible(False)
    return figure, panels


def _figure(theme: Theme, height: float, width: float) -> Any:
    require(("matplotlib",), "drawing")
    from matplotlib.figure import Figure

    return Figure((width, height), DPI, layout="constrained", facecolor=theme.paper)


def _dressed(axes: Any, theme: Theme) -> Any:
    axes.set_facecolor(theme.paper)
    axes.tick_params(colors=theme.ink, which="both", labelsize=9)
    for part in (axes.xaxis.label, axes.yaxis.label):
        part.set_color(theme.ink)
        part.set_fontsize(9.5)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(theme.ink)
    return axes


def legend(axes: Any, theme: Theme, **where: Any) -> None:
    """The names of the lines, in the colours of the page; none is read as a formula."""
    ground = {"facecolor": theme.paper, "edgecolor": "none", "framealpha": 0.8}
    made = axes.legend(fontsize=8.5, labelcolor=theme.ink, **ground, **where)
    for text in made.get_texts():
        text.set_parse_math(False)


def png(figure: Any) -> bytes:
    """The figure as a file; letters that the font has not become boxes."""
    data = io.BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)
        figure.savefig(data, format="png", facecolor=figure.get_facecolor(), metadata={"Software": None})
    return data.getvalue()


def write(path: Path, data: bytes) -> None:
    """A file, whole or not at all.

    Raises:
        SinkError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data)
    except OSError as error:
        why = error.strerror or error
        raise SinkError(f"cannot write {path}: {why}; choose another place, or free the disk") from error
