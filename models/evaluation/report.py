"""An evaluation as a page: one file without scripts, for a phone and for a desk, light and dark."""

from html import escape
from pathlib import Path

from models.evaluation import report_parts as parts
from models.evaluation.html import share
from models.evaluation.judge import Evaluation
from models.evaluation.scores import Scores

STYLE = Path(__file__).with_name("report.css")


def page(told: Evaluation, drawn: parts.Drawn) -> str:
    """The whole report.

    Args:
        told: What it is about.
        drawn: PNG of each figure, for light and for dark pages, by name: confusion, roc, pr, reliability, and
            corruptions where there are any.
    """
    title = f"{told.model}: {share(told.scores.accuracy)} right"
    made = (
        _head(told),
        _tiles(told.scores),
        parts.confusion(told, drawn),
        parts.mistakes(told),
        parts.classes(told.scores),
        parts.sure(told, drawn),
        parts.curves(drawn),
        parts.corruptions(told.robustness, drawn),
        parts.speed(told),
        _about(told),
    )
    return (
        f"<!doctype html>\n<html lang=en><head><meta charset=utf-8><title>{escape(title)}</title>"
        '<meta name=viewport content="width=device-width, initial-scale=1">'
        f"<style>\n{STYLE.read_text(encoding='utf-8')}</style></head>\n<body>\n{''.join(made)}\n</body></html>\n"
    )


def _head(told: Evaluation) -> str:
    asked = told.questions
    of = {"test": "the test split", "validation": "the validation split", "all": "all pictures"}[asked.split]
    notes = "".join(f"<p class=note>{escape(note)}</p>" for note in asked.notes)
    return (
        f"<h1>{escape(told.model)}</h1><p class=soft>{escape(told.form)} · {told.scores.pictures:,} pictures,"
        f" {of} of {escape(asked.data)}</p>{notes}"
    )


def _tiles(scores: Scores) -> str:
    interval = f"right, between {share(scores.low)} and {share(scores.high)} with 95 % confidence (Wilson)"
    tiles = [(share(scores.accuracy, 2), interval, "first")]
    if len(scores.labels) > 5:
        tiles.append((share(scores.top5, 2), "among the five likeliest", ""))
    tiles += [
        (f"{scores.macro.f1:.4f}", "F1, mean of the classes", ""),
        ("–" if scores.auc is None else f"{scores.auc:.4f}", "area under the ROC curves", ""),
        (share(scores.reliability.error, 2), "expected calibration error", ""),
        (f"{scores.log_loss:.4f}", "log-loss, nats", ""),
        (f"{scores.brier:.4f}", "Brier score, 0 to 2", ""),
        (f"{scores.pictures - scores.right:,}", f"of {scores.pictures:,} wrong", ""),
    ]
    made = (f'<div class="{kind}"><dd>{value}</dd><dt>{escape(words)}</dt></div>' for value, words, kind in tiles)
    return f"<dl class=tiles>{''.join(made)}</dl>"


def _about(told: Evaluation) -> str:
    mean = "Means are over the classes that have pictures; ROC and PR compare each class with all others."
    return (
        f"<h2>About</h2><p class=soft>{escape(told.runtime)} · made {escape(told.made)} by python -m models evaluate."
        f" {mean} The figures are in metrics.json too.</p>"
    )
