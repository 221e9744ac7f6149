"""Figures of an evaluation: confusion, ROC, precision and recall, reliability, corruptions."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from models.evaluation.calibration import Reliability
from models.evaluation.mistakes import Mistake
from models.evaluation.robustness import Robustness
from models.evaluation.theme import Theme, legend, new_axes, new_grid, new_pair

MOST_LINES = 5
"""Classes that have a coloured line: those that are told apart worst."""
MOST_NUMBERS = 16
"""Classes with which a confusion matrix has numbers in its cells."""


def confusion_figure(confusion: np.ndarray, labels: tuple[str, ...], theme: Theme) -> Any:
    """Rows are the truth, each in shares of its pictures; columns what was said; counts in the cells where they fit.

    Args:
        confusion: `(K, K)` counts.
        labels: K names.
        theme: Colours.
    """
    count = len(labels)
    side = float(np.clip(1.6 + 0.34 * count, 4.6, 9))
    figure, axes = new_axes(theme, side, side)
    shares = confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    axes.imshow(np.sqrt(shares), cmap="cividis", vmin=0, vmax=1, interpolation="nearest")  # few are seen too
    step = -(-count // 40)
    places = range(0, count, step)
    names = [_short(labels[place]) for place in places]
    turned = 0 if max(map(len, names)) <= 2 else 90 if count > 12 else 45
    axes.set_xticks(places, names, rotation=turned, ha="right" if turned == 45 else "center", rotation_mode="anchor")
    axes.set_yticks(places, names)
    if turned == 90:
        axes.tick_params(axis="x", labelrotation=90)
        for text in axes.get_xticklabels():
            text.set_ha("right")
            text.set_va("center")
    for text in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        text.set_parse_math(False)
        text.set_fontsize(9 if count <= 20 else 6.5)
    axes.set(xlabel="said", ylabel="truth")
    axes.spines[:].set_visible(False)
    if count <= MOST_NUMBERS:
        for row, column in np.ndindex(count, count):
            if confusion[row, column]:
                ink = "#ffffff" if shares[row, column] < 0.3 else "#000000"
                number = f"{confusion[row, column]}"
                axes.text(column, row, number, ha="center", va="center", color=ink, fontsize=8 if count <= 10 else 6.5)
    return figure


def roc_figure(probability: np.ndarray, truth: np.ndarray, labels: tuple[str, ...], theme: Theme) -> Any:
    """Of each class against all others: how many are found at how many false alarms, which are on a log scale."""
    from sklearn.metrics import roc_auc_score, roc_curve

    figure, axes = new_axes(theme, 4.0)
    least = 1 / max(len(truth), 10)
    for place, one in _easiest_first(probability, truth):
        area = roc_auc_score(truth == one, probability[:, one])
        false, found, _ = roc_curve(truth == one, probability[:, one])
        axes.step(
            np.maximum(false, least / 2), found, where="post", **_line(theme, place, f"{labels[one]}  {area:.4f}")
        )
    axes.set_xscale("log")
    axes.set(
        xlim=(least / 2, 1), ylim=(0, 1.02), xlabel="share of the others called so", ylabel="share of the class found"
    )
    axes.grid(color=theme.faint, linewidth=0.5)
    if axes.lines:
        legend(axes, theme, loc="lower right", reverse=True)
    return figure


def pr_figure(probability: np.ndarray, truth: np.ndarray, labels: tuple[str, ...], theme: Theme) -> Any:
    """Of each class: how many of those called so are, at how many that are found."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    figure, axes = new_axes(theme, 4.0)
    for place, one in _easiest_first(probability, truth):
        area = average_precision_score(truth == one, probability[:, one])
        precision, recall, _ = precision_recall_curve(truth == one, probability[:, one])
        axes.step(recall, precision, where="post", **_line(theme, place, f"{labels[one]}  {area:.4f}"))
    axes.set(
        xlim=(0, 1.01),
        ylim=(0, 1.02),
        xlabel="recall: share of the class found",
        ylabel="precision: share that is right",
    )
    axes.grid(color=theme.faint, linewidth=0.5)
    if axes.lines:
        legend(axes, theme, loc="lower left", reverse=True)
    return figure


def reliability_figure(told: Reliability, theme: Theme) -> Any:
    """How often it is right beside how sure it says it is; below, how many pictures that is of."""
    figure, axes, shares = new_pair(theme, 4.6)
    some = told.count > 0
    middle = (told.edges[:-1] + told.edges[1:]) / 2
    width = float(np.diff(told.edges)[0])
    axes.plot([0, 1], [0, 1], color=theme.ink, linewidth=1, linestyle=(0, (4, 3)), label="as it should be")
    axes.bar(middle[some], told.accuracy[some], width * 0.92, color=theme.inks[0], label="right")
    low = np.minimum(told.accuracy, told.confidence)[some]
    gap = np.abs(told.accuracy - told.confidence)[some]
    drawn: dict[str, Any] = {"color": "none", "edgecolor": theme.inks[1], "hatch": "////", "linewidth": 0.8}
    axes.bar(middle[some], gap, width * 0.92, low, label="too sure, or not sure enough", **drawn)
    axes.set(xlim=(0, 1), ylim=(0, 1.02), ylabel="share that is right")
    legend(axes, theme, loc="upper left")
    shares.bar(middle, told.count / max(1, told.count.sum()), width * 0.92, color=theme.inks[0])
    shares.set(ylabel="pictures", xlabel="how sure it says it is", ylim=(0, None))
    shares.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
    return figure


def robustness_figure(told: Robustness, theme: Theme) -> Any:
    """Mean accuracy of each group of corruptions from none to the strongest."""
    from models.evaluation.corruptions import CORRUPTIONS

    figure, axes = new_axes(theme, 3.4)
    for number, group in enumerate(told.by_group()):
        rows = [values for name, values in told.accuracy.items() if CORRUPTIONS[name].group == group]
        heights = [told.clean, *np.mean(rows, axis=0)]
        axes.plot(range(6), heights, color=theme.inks[number], marker="osD^"[number], markersize=4, label=group)
    axes.plot(range(6), [told.clean, *told.by_strength()], color=theme.ink, linewidth=2.4, label="all")
    axes.set(xlim=(-0.1, 5.1), ylim=(0, 1.02), xlabel="strength of the corruption", ylabel="accuracy")
    axes.grid(color=theme.faint, linewidth=0.5)
    legend(axes, theme, loc="lower left", ncols=2)
    return figure


def mistakes_figure(mistakes: Sequence[Mistake], images: np.ndarray, labels: tuple[str, ...], theme: Theme) -> Any:
    """The worst mistakes as pictures, each with what was said of it and what it is.

    Args:
        mistakes: One and more, of these pictures.
        images: `(N, H, W, C) uint8`, RGB or grey.
        labels: K names.
        theme: Colours.
    """
    columns = min(5, len(mistakes))
    rows = -(-len(mistakes) // columns)
    figure, grid = new_grid(theme, rows, columns)
    for panel, one in zip(grid, mistakes, strict=False):
        image = images[one.row]
        grey = image.shape[2] == 1
        panel.imshow(image[..., 0] if grey else image, cmap="gray" if grey else None, vmin=0, vmax=255)
        said = f"{_short(labels[one.said], 16)} {100 * one.sure:.0f} %"
        panel.set_title(said, fontsize=9, color=theme.inks[1], parse_math=False, pad=3)
        is_it = f"is {_short(labels[one.truth], 16)} {100 * one.of_truth:.0f} %"
        panel.set_xlabel(is_it, fontsize=8.5, color=theme.ink, parse_math=False, labelpad=2)
    return figure


def _easiest_first(probability: np.ndarray, truth: np.ndarray) -> list[tuple[int, int]]:
    """(place, class) of the classes there are by average precision: those told apart worst lie on top, from place 0."""
    from sklearn.metrics import average_precision_score

    there = [one for one in np.unique(truth).tolist() if (truth != one).any()]
    hardest = sorted(there, key=lambda one: float(average_precision_score(truth == one, probability[:, one])))
    return list(reversed(list(enumerate(hardest))))


def _line(theme: Theme, place: int, label: str) -> dict[str, Any]:
    """A coloured line with its name for the worst, a faint one for the others."""
    if place >= MOST_LINES:
        return {"color": theme.faint, "linewidth": 1.0}
    return {"color": theme.inks[place], "linewidth": 1.6, "label": _short(label, 30)}


def _short(name: str, most: int = 18) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
