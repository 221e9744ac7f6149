"""A network drawn step by step: what happens, how large the picture is then, where parameters and arithmetic are."""

import tempfile
from math import log2
from pathlib import Path
from typing import Any

from models.net_figures import NetFigures
from models.net_steps import Kind, Step
from pipeline.errors import ModelError
from vision.palette import OKABE_ITO

ENDINGS = (".png", ".svg", ".pdf")
_COLOURS: dict[Kind, tuple[int, int, int]] = {
    "pixels": (200, 200, 200),
    "convolution": OKABE_ITO[2],
    "module": OKABE_ITO[1],
    "pool": OKABE_ITO[0],
    "dense": OKABE_ITO[6],
    "answer": OKABE_ITO[4],
}
_WORDS: dict[Kind, str] = {
    "convolution": "convolution",
    "module": "several convolutions",
    "pool": "pool: fewer pixels",
    "dense": "no picture any more",
    "answer": "answer",
}
_GREY = "0.35"
_LINE = 0.21
"""Inches of a line of text."""
_FUNNEL, _TEXT, _SHAPE, _PARAMETERS, _ARITHMETIC, _END = 1.3, 2.75, 9.0, 10.9, 12.5, 14.0
"""Where columns begin, inches; the funnel is around its place."""


def draw(name: str, rows: list[Step], total: NetFigures, path: Path) -> None:
    """Draw a network into a file.

    Args:
        name: Of the network, for the title.
        rows: From `models.net_steps.steps`.
        total: From `models.net_figures.figures`.
        path: Ends in .png, .svg or .pdf.

    Raises:
        ModelError: another ending, or it cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if path.suffix.lower() not in ENDINGS:
        raise ModelError(f"{path}: a diagram ends in {', '.join(ENDINGS)}")
    heights = [_LINE * (len(row.text) + 1) for row in rows]
    tall = sum(heights) + 2.1
    figure = Figure((_END + 0.3, tall), layout=None)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(0, _END + 0.3)
    axes.set_ylim(tall, 0)
    axes.axis("off")
    _title(axes, name, rows, total)
    top = 1.5
    for number, (row, height) in enumerate(zip(rows, heights, strict=True)):
        before = rows[max(number - 1, 0)].gives
        _row(axes, row, before, top, height, rows, total)
        top += height
    _legend(axes, rows, top + 0.3)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".drawing-") as folder:
            part = Path(folder) / path.name
            figure.savefig(part, format=path.suffix[1:].lower(), dpi=110, metadata=_undated(path))
            part.replace(path)
    except OSError as error:
        raise ModelError(f"cannot write {path}: {error.strerror or error}; name another place") from error


def size(count: float) -> str:
    """A number as people say it.

    >>> size(57_418), size(930), size(1_648_362), size(3.9e9)
    ('57.4 k', '930', '1.65 M', '3.9 G')
    """
    for factor, letter in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if count >= factor:
            return f"{count / factor:.3g}{letter}"
    return f"{count:.0f}"


def shape(gives: tuple[int, ...]) -> str:
    """What a step gives, (height, width, channels) or (features,), as people say it.

    >>> shape((28, 32, 64)), shape((10,))
    ('32 × 28 × 64', '10 values')
    """
    return f"{gives[1]} × {gives[0]} × {gives[2]}" if len(gives) == 3 else f"{gives[0]} values"


def _title(axes: Any, name: str, rows: list[Step], total: NetFigures) -> None:
    axes.text(0.3, 0.42, name, fontsize=19, fontweight="bold", va="center")
    line = (
        f"{size(total.parameters)} parameters · {size(total.multiply_adds)} multiply-adds a picture · "
        f"{total.disk_bytes / 1e6:.3g} MB on disk · {total.activation_bytes / 1e6:.3g} MB a picture in training"
    )
    axes.text(0.3, 0.8, line, fontsize=10.5, color=_GREY, va="center")
    heads = ((_FUNNEL, "picture", "center"), (_TEXT, "what happens, from top to bottom", "left"))
    for x, text, side in (*heads, (_SHAPE, "width × height × channels", "left")):
        axes.text(x, 1.25, text, fontsize=9, color=_GREY, ha=side, va="center")
    axes.text(_PARAMETERS, 1.25, "parameters", fontsize=9, color=_GREY, va="center")
    axes.text(_ARITHMETIC, 1.25, "multiply-adds", fontsize=9, color=_GREY, va="center")
    axes.plot([0.3, _END], [1.4, 1.4], color="0.8", linewidth=0.8)


def _row(
    axes: Any, row: Step, before: tuple[int, ...], top: float, height: float, rows: list[Step], total: NetFigures
) -> None:
    largest = max(max(step.gives[:2]) for step in rows if len(step.gives) == 3)
    wide, colour = _width(row.gives, largest), _colour(row.kind)
    above = _width(before, largest)
    low = top + height - 0.07
    corners = [(-above, top), (above, top), (wide, low), (-wide, low)]
    axes.fill([_FUNNEL + x for x, _ in corners], [y for _, y in corners], color=colour, linewidth=0)
    middle = top + height / 2 - 0.03
    if row.times > 1:
        ink = "white" if row.kind == "module" else "black"
        times = f"× {row.times}"
        axes.text(_FUNNEL, middle, times, color=ink, fontsize=10, fontweight="bold", ha="center", va="center")
    if row.around:
        _shortcut(axes, top, low, max(above, wide))
    first = middle - (len(row.text) - 1) * _LINE / 2
    for number, line in enumerate(row.text):
        axes.text(_TEXT, first + number * _LINE, _shortened(line), fontsize=10, va="center")
    axes.text(_SHAPE, middle, shape(row.gives), fontsize=10, va="center")
    for x, share, count in (
        (_PARAMETERS, row.parameters / max(total.parameters, 1), row.parameters),
        (_ARITHMETIC, row.multiply_adds / max(total.multiply_adds, 1), row.multiply_adds),
    ):
        axes.barh(middle, share * 0.85, 0.16, x, color=colour, linewidth=0)
        axes.text(x + share * 0.85 + 0.06, middle, size(count) if count else "", fontsize=9, va="center")


def _width(gives: tuple[int, ...], largest: int) -> float:
    """Half the width of the funnel, inches: by the logarithm of the picture's side."""
    return 0.08 + 0.75 * log2(max(gives[:2])) / max(log2(largest), 1) if len(gives) == 3 else 0.08


def _shortcut(axes: Any, top: float, low: float, wide: float) -> None:
    """An arrow around a step."""
    x = _FUNNEL - wide
    arrow = {"arrowstyle": "->", "color": _GREY, "connectionstyle": "arc3,rad=0.6", "linewidth": 1.2}
    axes.annotate("", (x, low), (x, top), arrowprops=arrow)


def _colour(kind: Kind) -> tuple[float, float, float]:
    blue, green, red = _COLOURS[kind]
    return red / 255, green / 255, blue / 255


def _shortened(text: str) -> str:
    return text if len(text) <= 84 else f"{text[:82]} …"


def _legend(axes: Any, rows: list[Step], y: float) -> None:
    x = 0.35
    for kind, word in _WORDS.items():
        if any(row.kind == kind for row in rows):
            axes.barh(y, 0.18, 0.16, x, color=_colour(kind), linewidth=0)
            axes.text(x + 0.26, y, word, fontsize=9, color=_GREY, va="center")
            x += 0.6 + 0.085 * len(word)
    note = "a coloured shape narrows as the picture does" + (
        "; an arrow leads what came in around a step" if any(row.around for row in rows) else ""
    )
    axes.text(x, y, note, fontsize=9, color=_GREY, va="center")


def _undated(path: Path) -> dict[str, None]:
    """The same network gives the same file."""
    return {"Date": None} if path.suffix.lower() == ".svg" else {}
