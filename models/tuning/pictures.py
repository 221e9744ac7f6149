"""A search as pictures: how it went, which settings mattered, and which values were good."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.experiments.curves import INKS
from models.figures import save_figure
from models.tuning.outcome import Row, best_of
from models.tuning.space import Space
from models.tuning.study import one_line

if TYPE_CHECKING:
    from optuna import Study

IMPORTANCE = "importance.png"
SLICES = "slices.png"
_LEAST = 8
"""Trials that came to their end, from which on something is said of what mattered."""
_COLUMNS = 3


def importances(study: "Study", folder: Path) -> dict[str, float]:
    """How much of the difference between trials each setting accounts for; shares that sum to 1, the largest first.

    fANOVA (Hutter, Hoos and Leyton-Brown 2014): variance of a random forest's prediction, by setting. Empty where too
    few trials came to their end, or all came to the same.
    """
    from optuna.importance import FanovaImportanceEvaluator, get_param_importances
    from optuna.trial import TrialState

    with one_line(folder):
        ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if len(ended) < _LEAST or len({trial.value for trial in ended}) < 2:
            return {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            shares = get_param_importances(study, evaluator=FanovaImportanceEvaluator(seed=0))
    return {name: float(share) for name, share in shares.items()}


def draw_importance(rows: Sequence[Row], shares: dict[str, float], path: Path) -> None:
    """How the best accuracy rose from trial to trial, and beside it how much each setting mattered.

    Raises:
        ModelError: it cannot be written.
    """
    figure = _figure(12, max(3.4, 1.6 + 0.4 * len(shares)))
    left, right = figure.subplots(1, 2)
    _draw_history(left, rows)
    right.set_title("what mattered: share of the difference", loc="left", fontsize=11)
    right.spines[["top", "right", "bottom"]].set_visible(False)
    right.set_xticks([])
    names = list(shares)[::-1]
    if not names:
        right.set_yticks([])
        right.text(0.5, 0.5, f"not known before {_LEAST} trials are done", transform=right.transAxes, ha="center")
    bars = right.barh(names, [shares[name] for name in names], color=INKS[0], height=0.6)
    right.bar_label(bars, [f"{shares[name]:.0%}" for name in names], padding=4)
    right.set_xlim(0, 1.12 * max(shares.values(), default=1))
    save_figure(figure, path)


def draw_slices(rows: Sequence[Row], space: Space, path: Path) -> None:
    """Of each setting: which value came to which accuracy; trials that ended early are hollow, the best has a ring.

    Raises:
        ModelError: it cannot be written.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    names = list(space.ranges)
    columns = min(_COLUMNS, len(names))
    high = -(-len(names) // columns)
    figure = _figure(4.2 * columns + 0.8, 3.4 * high)
    grid = figure.subplots(high, columns, squeeze=False, sharey=True)
    known = [row for row in rows if row.value is not None]
    inks = ScalarMappable(Normalize(0, max((row.number for row in rows), default=1)), "viridis")
    for axes, name in zip(grid.flat, names, strict=False):
        _draw_slice(axes, name, known, space, inks)
    for axes in grid[:, 0]:
        axes.set_ylabel("validation accuracy")
    for axes in list(grid.flat)[len(names) :]:
        axes.set_visible(False)
    if len(known) > 1:
        figure.colorbar(inks, ax=grid, label="trial", aspect=40, pad=0.02).locator.set_params(integer=True)
    figure.supxlabel("filled: whole    hollow: ended early    ring: the best", fontsize=9, color="#606060")
    save_figure(figure, path)


def _draw_history(axes: Any, rows: Sequence[Row]) -> None:
    axes.set_title("best validation accuracy so far", loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e4e4e4")
    axes.set_xlabel("trial")
    done = sorted(best_of(rows), key=lambda row: row.number)
    early = [row for row in rows if row.state != "done" and row.value is not None]
    axes.plot([row.number for row in done], [row.value for row in done], "o", color=INKS[5], label="whole")
    axes.plot(
        [row.number for row in early],
        [row.value for row in early],
        "o",
        fillstyle="none",
        color=INKS[5],
        label="ended early",
    )
    best, steps = 0.0, []
    for row in done:
        best = max(best, row.value or 0.0)
        steps.append((row.number, best))
    if steps:
        steps.append((max(row.number for row in rows), best))
        axes.step(*zip(*steps, strict=True), where="post", color=INKS[1], linewidth=2)
        axes.annotate(f"{best:.2%}", steps[-1], (-4, 6), textcoords="offset points", color=INKS[1], ha="right")
    if early:
        axes.legend(frameon=False, fontsize=9)
    axes.xaxis.get_major_locator().set_params(integer=True, min_n_ticks=1)
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")


def _draw_slice(axes: Any, name: str, rows: Sequence[Row], space: Space, inks: Any) -> None:
    one = space.ranges[name]
    axes.set_title(name, loc="left", fontsize=11, parse_math=False)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="#e4e4e4")
    axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:.4g} %")
    if one.kind == "choice":
        axes.set_xticks(range(len(one.labels)), [_short(str(label)) for label in one.labels])
        axes.set_xlim(-0.5, len(one.labels) - 0.5)
    elif one.kind == "log":
        axes.set_xscale("log")
    best = best_of(rows)[:1]
    for row in rows:
        place = one.labels.index(row.params[name]) if one.kind == "choice" else row.params[name]
        ink = inks.to_rgba(row.number)
        fill = ink if row.state == "done" else "none"
        axes.plot(place, row.value, "o", markersize=7, markeredgecolor=ink, markerfacecolor=fill, markeredgewidth=1.4)
        if row in best:
            axes.plot(place, row.value, "o", markersize=14, fillstyle="none", color=INKS[1], markeredgewidth=2)


def _figure(width: float, height: float) -> Any:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=110, layout="constrained")


def _short(name: str, most: int = 14) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
