"""A set as one picture: 25 of its pictures, how many of each class, their levels and sizes."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from models.data.dataset import DataSet, Split
from models.data.statistics import statistics

SIDE = 5
"""Pictures along each side of the grid."""
MOST_CLASSES = 24
"""Bars that are drawn; of more classes the largest and the smallest ones."""
INK, GREY = "#222222", "#666666"
PARTS = (("train", "#0072B2"), ("validation", "#E69F00"), ("test", "#56B4E9"))
"""Of Okabe and Ito: told apart by everybody."""
CHANNELS = (("red", "#D55E00", "-"), ("green", "#009E73", "--"), ("blue", "#0072B2", ":"))


def counts(found: DataSet) -> np.ndarray:
    """`(3, K) int64`: pictures of each class for training, validation and test."""
    splits = (found.train, found.validation, found.test)
    return np.stack([np.bincount(part.classes, minlength=len(found.labels)) for part in splits])


def examples(part: Split, many: int = SIDE * SIDE, seed: int = 0) -> np.ndarray:
    """`(M,)` rows of pictures by chance, each class as often as the others, in the order of classes."""
    order = np.random.default_rng(seed).permutation(len(part))
    classes = part.classes[order]
    turn = np.zeros(len(order), np.int64)
    for kind in np.unique(classes):
        turn[classes == kind] = np.arange((classes == kind).sum())
    chosen = order[np.lexsort((np.arange(len(order)), turn))][:many]
    return np.asarray(chosen[np.argsort(part.classes[chosen], kind="stable")])


def picture(found: DataSet, sizes: Sequence[tuple[int, int]]) -> bytes:
    """A PNG of a set.

    Args:
        found: The set.
        sizes: (width, height) of some of its pictures before they were scaled.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 8.2), dpi=110, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    left, right = np.asarray(figure.subfigures(1, 2, width_ratios=(1.25, 1)))
    _grid(left, found)
    height, width, channels = found.shape
    scaled = {*sizes} - {(width, height)}
    tall = min(max(len(found.labels) / 4.5, 0.7), 2.2)
    panels = right.subplots(3 if scaled else 2, 1, height_ratios=(tall, 1, 1) if scaled else (tall, 1))
    _bars(panels[0], found)
    _levels(panels[1], found)
    if scaled:
        _sizes(panels[2], found, sizes)
    for axes in panels:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    total = len(found.train) + len(found.validation) + len(found.test)
    kind = "RGB" if channels == 3 else "grey"
    figure.suptitle(
        f"{found.name}: {total:,} pictures, {len(found.labels)} classes, {width} × {height} {kind}",
        fontsize=15, color=INK, x=0.01, ha="left", fontweight="bold",
    )  # fmt: skip
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()


def _grid(figure: Any, found: DataSet) -> None:
    rows = examples(found.train)
    places = figure.subplots(SIDE, SIDE).ravel()
    for axes in places:
        axes.set_axis_off()
    for axes, row in zip(places, rows.tolist(), strict=False):
        image = np.asarray(found.train.images[row])
        grey = image.shape[2] == 1
        axes.imshow(image[..., 0] if grey else image, cmap="gray" if grey else None, vmin=0, vmax=255)
        axes.set_title(short(found.labels[found.train.classes[row]]), fontsize=10, color=INK, pad=3)


def _bars(axes: Any, found: DataSet) -> None:
    table = counts(found)
    order = np.arange(len(found.labels))
    title = "pictures of each class"
    if len(order) > MOST_CLASSES:
        by_size = np.argsort(-table.sum(axis=0), kind="stable")
        order = np.concatenate([by_size[: MOST_CLASSES // 2], by_size[-MOST_CLASSES // 2 :]])
        title = f"pictures of the {MOST_CLASSES // 2} largest and {MOST_CLASSES // 2} smallest classes"
    places, start = np.arange(len(order)), np.zeros(len(order))
    for (name, colour), row in zip(PARTS, table[:, order], strict=True):
        if row.any():
            axes.barh(places, row, left=start, color=colour, label=name, height=0.78)
        start = start + row
    for place, end in zip(places, start.tolist(), strict=True):
        axes.text(end, place, f" {int(end):,}", va="center", fontsize=8, color=GREY)
    axes.set_yticks(places, [short(found.labels[one]) for one in order], fontsize=9 if len(order) <= 12 else 7)
    axes.set_ylim(max(len(order), 3) - 0.5, -0.5)
    axes.set_xlim(0, 1.14 * max(start.max(), 1))
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.16 / max(1, len(order) / 5)), ncols=3, frameon=False, fontsize=9
    )


def _levels(axes: Any, found: DataSet) -> None:
    images = found.train.images
    some = np.asarray(images[:: max(1, len(images) // 5000)])
    mean, deviation = statistics(images)
    shares = [
        np.bincount(some[..., at].ravel(), minlength=256).reshape(64, 4).sum(axis=1) for at in range(some.shape[3])
    ]
    channels = CHANNELS if images.shape[3] == 3 else (("grey", INK, "-"),)
    for at, (name, colour, line) in enumerate(channels):
        label = f"{name}  {mean[at]:.3f} ± {deviation[at]:.3f}"
        axes.plot(
            np.arange(64) * 4 + 2, 100 * shares[at] / shares[at].sum(), line, color=colour, label=label, linewidth=1.8
        )
    if max(share.max() / max(np.median(share), 1) for share in shares) > 20:
        axes.set_yscale("log")  # mostly ground of one level, as of written digits
    else:
        axes.set_ylim(bottom=0)
    axes.set_xlim(0, 255)
    axes.set_ylabel("% of pixels", fontsize=9)
    axes.set_title("levels of the training pictures; mean ± deviation of 0..1", loc="left", fontsize=11, color=INK)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, frameon=False, fontsize=9)


def _sizes(axes: Any, found: DataSet, sizes: Sequence[tuple[int, int]]) -> None:
    height, width, _ = found.shape
    widths, heights = np.array(sizes or [(width, height)]).T
    same = len({*sizes}) <= 1
    axes.scatter(widths, heights, s=16, color=PARTS[0][1], alpha=0.45, linewidths=0, label="as they are")
    axes.scatter([width], [height], s=90, color="#D55E00", marker="+", linewidths=2, label="as the network sees them")
    axes.set_xlim(0, 1.15 * max(widths.max(), width))
    axes.set_ylim(0, 1.25 * max(heights.max(), height))
    axes.set_ylabel("height", fontsize=9)
    title = f"all are {widths[0]} × {heights[0]}" if same else f"width and height in pixels of {len(sizes):,} of them"
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2, frameon=False, fontsize=9)


def short(label: str, most: int = 16) -> str:
    """A name that fits under a picture.

    >>> short("a very long name of a class")
    'a very long nam…'
    """
    return label if len(label) <= most else f"{label[: most - 1]}…"
