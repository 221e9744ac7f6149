"""An evaluation as files in a folder: the page, the figures and the pictures."""

import json
from pathlib import Path

from models.evaluation import figures
from models.evaluation.judge import Evaluation, as_json
from models.evaluation.report import page
from models.evaluation.scores import report_text
from models.evaluation.theme import DARK, LIGHT, Theme, png, write
from models.experiments.predictions import PREDICTIONS, predictions_file
from models.experiments.run import METRICS

REPORT = "report.html"
TEXT = "classification.txt"
"""Scikit-learn's classification report."""
WORST = "worst.png"


def write_evaluation(told: Evaluation, folder: Path) -> Path:
    """Write `report.html`, `metrics.json`, `predictions.npz`, `classification.txt` and PNGs; the page's path.

    Args:
        told: What was found.
        folder: Made where it is not there; files of the same names are replaced, each whole or not at all.

    Raises:
        ModelError: matplotlib is not installed.
        SinkError: it cannot be written there.
    """
    asked = told.questions
    _put_worst(told, folder)
    light, dark = _draw(told, LIGHT), _draw(told, DARK)
    for name, data in light.items():
        write(folder / f"{name}.png", data)
    report = report_text(told.probability, asked.truth, told.scores.labels)
    write(folder / TEXT, report.encode())
    write(folder / METRICS, (json.dumps(as_json(told), indent=1) + "\n").encode())
    kept = predictions_file(told.probability, asked.truth, told.scores.labels, asked.data, asked.split)
    write(folder / PREDICTIONS, kept)
    drawn = {name: (light[name], dark[name]) for name in light}
    write(folder / REPORT, page(told, drawn).encode())
    return folder / REPORT


def _put_worst(told: Evaluation, folder: Path) -> None:
    """The grid of mistakes; where there are none, that of an earlier evaluation goes."""
    if told.mistakes:
        images, labels = told.questions.images, told.scores.labels
        write(folder / WORST, png(figures.mistakes_figure(told.mistakes, images, labels, LIGHT)))
    else:
        (folder / WORST).unlink(missing_ok=True)


def _draw(told: Evaluation, theme: Theme) -> dict[str, bytes]:
    scores, probability, truth = told.scores, told.probability, told.questions.truth
    there = [one.class_id for one in scores.classes]
    names = tuple(scores.labels[one] for one in there)
    made = {
        "confusion": figures.confusion_figure(scores.confusion[there][:, there], names, theme),
        "roc": figures.roc_figure(probability, truth, scores.labels, theme),
        "pr": figures.pr_figure(probability, truth, scores.labels, theme),
        "reliability": figures.reliability_figure(scores.reliability, theme),
    }
    if told.robustness is not None:
        made["corruptions"] = figures.robustness_figure(told.robustness, theme)
    return {name: png(figure) for name, figure in made.items()}
