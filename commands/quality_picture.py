"""The frontier of doing less as a picture: frames a second to the right, what is found upwards."""

import io
from collections.abc import Sequence

BLUE, ORANGE, GREY, INK = "#0072B2", "#D55E00", "#666666", "#222222"
"""Of Okabe and Ito: told apart by everybody; shapes differ too."""


def picture(points: Sequence[tuple[str, float, float, float]], loss: float) -> bytes | None:
    """A PNG of the points, or None where matplotlib is not installed.

    Args:
        points: Name, frames a second without video, recall and IDF1 in [0, 1]; the first is the run they are held to.
        loss: What a good point may lose at most; a band shows it.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return None
    figure = Figure(figsize=(10, 5), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    rates = [point[1] for point in points]
    lowest = min(100 * min(recall, idf1) for _, _, recall, idf1 in points)
    axes.axhspan(100 - 100 * loss, 101, color=BLUE, alpha=0.08, lw=0)
    for number, (name, fps, recall, idf1) in enumerate(points, 1):
        axes.plot([fps, fps], [100 * recall, 100 * idf1], color=GREY, lw=0.8, zorder=1)
        axes.annotate(str(number), (fps, 100 * min(recall, idf1)), (0, -6), textcoords="offset points",
                      ha="center", va="top", fontsize=9, color=INK)  # fmt: skip
        axes.plot([], [], " ", label=f"{number}  {name}")
    circles = axes.scatter(rates, [100 * p[3] for p in points], color=BLUE, marker="o", s=44, zorder=3)
    squares = axes.scatter(rates, [100 * p[2] for p in points], facecolors="none", edgecolors=ORANGE, linewidths=1.6,
                          marker="s", s=64, zorder=4)  # fmt: skip
    axes.set_ylim(max(0, lowest - max(4, 0.2 * (100 - lowest))), 101)
    axes.set_xlim(0, 1.1 * max(rates))
    axes.set_xlabel("frames a second, without video")
    axes.set_ylabel("% of a look at every frame")
    axes.grid(alpha=0.25)
    key = axes.legend([circles, squares, axes.patches[0]], ["IDF1", "recall", f"within {100 * loss:.0f} points"],
                      loc="lower left", framealpha=0.9, edgecolor="none")  # fmt: skip
    axes.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, handlelength=0, handletextpad=0)
    axes.add_artist(key)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
