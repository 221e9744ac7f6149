"""A classifier asked about pictures whose truth is known: everything that is then told of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from models.evaluation.classifier import BATCH, Classifier
from models.evaluation.mistakes import Mistake, most_confused, worst_mistakes
from models.evaluation.questions import Questions, some
from models.evaluation.robustness import MOST, Robustness, robustness
from models.evaluation.scores import Scores, score
from models.evaluation.speed import Speed

Told = Callable[[int, int], None]
"""Gets how many pictures were asked about, and of how many."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a classifier answered, and how right that is."""

    model: str
    """As it was named."""
    form: str
    runtime: str
    temperature: float | None
    """That its logits are divided by; None where it is not known."""
    questions: Questions
    probability: np.ndarray
    """`(N, K) float32`."""
    scores: Scores
    mistakes: tuple[Mistake, ...]
    robustness: Robustness | None
    speeds: tuple[Speed, ...]
    made: str
    """When, UTC."""


def judge(
    model: str,
    classifier: Classifier,
    questions: Questions,
    corruptions: bool = False,
    speeds: tuple[Speed, ...] = (),
    temperature: float | None = None,
    told: Told = lambda done, total: None,
) -> Evaluation:
    """Ask about every picture, and measure the answers.

    Args:
        model: Its name, for the report.
        classifier: Which.
        questions: One and more.
        corruptions: Ask again about corrupted pictures, at most `MOST` of them, 75 times.
        speeds: Of its forms, measured before.
        temperature: That its logits are divided by, if that is known.
        told: Progress.
    """
    count = len(questions)
    fewer = some(questions, MOST) if corruptions else None
    total = count + (75 * len(fewer) if fewer is not None else 0)
    probability = np.zeros((count, len(classifier.labels)), np.float32)
    for begin in range(0, count, BATCH):
        probability[begin : begin + BATCH] = classifier.plain(questions.images[begin : begin + BATCH])
        told(min(begin + BATCH, count), total)
    robust = None
    if fewer is not None:
        clean = float((classifier.plain(fewer.images).argmax(axis=1) == fewer.truth).mean())
        robust = robustness(
            classifier.plain, fewer.images, fewer.truth, clean, lambda done: told(count + done * len(fewer), total)
        )
    return Evaluation(
        model=model,
        form=classifier.form,
        runtime=classifier.runtime,
        temperature=temperature,
        questions=questions,
        probability=probability,
        scores=score(probability, questions.truth, classifier.labels),
        mistakes=worst_mistakes(probability, questions.truth),
        robustness=robust,
        speeds=speeds,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def as_json(told: Evaluation) -> dict[str, Any]:
    """Every figure, for programs: shares in 0..1, six digits; None where there is none."""
    scores, asked, robust = told.scores, told.questions, told.robustness
    names = scores.labels
    return {
        "model": told.model,
        "form": told.form,
        "runtime": told.runtime,
        "made": told.made,
        "data": asked.data,
        "split": asked.split,
        "own_data": asked.own,
        "notes": list(asked.notes),
        "pictures": scores.pictures,
        "right": scores.right,
        "accuracy": _short(scores.accuracy),
        "accuracy_low": _short(scores.low),
        "accuracy_high": _short(scores.high),
        "top5": _short(scores.top5),
        **{f"{part}_macro": _short(getattr(scores.macro, part)) for part in ("precision", "recall", "f1")},
        **{f"{part}_weighted": _short(getattr(scores.weighted, part)) for part in ("precision", "recall", "f1")},
        "auc": _short(scores.auc),
        "average_precision": _short(scores.ap),
        "brier": _short(scores.brier),
        "mean_squared_error": _short(scores.mse),
        "log_loss": _short(scores.log_loss),
        "ece": _short(scores.reliability.error),
        "mce": _short(scores.reliability.worst),
        "temperature": _short(told.temperature),
        "classes": [
            {
                "label": one.label,
                "pictures": one.pictures,
                "precision": _short(one.precision),
                "recall": _short(one.recall),
                "f1": _short(one.f1),
                "auc": _short(one.auc),
                "average_precision": _short(one.ap),
            }
            for one in scores.classes
        ],
        "labels": list(names),
        "confusion": scores.confusion.tolist() if len(names) <= 200 else None,
        "most_confused": [
            {"truth": names[truth], "said": names[said], "pictures": count}
            for truth, said, count in most_confused(scores.confusion)
        ],
        "reliability": {
            "edges": [_short(edge) for edge in scores.reliability.edges.tolist()],
            "pictures": scores.reliability.count.tolist(),
            "confidence": [_short(one) for one in scores.reliability.confidence.tolist()],
            "accuracy": [_short(one) for one in scores.reliability.accuracy.tolist()],
        },
        "corruptions": None if robust is None else _of_corruptions(robust),
        "speed": [
            {
                "form": one.form,
                "runtime": one.runtime,
                "single_ms": round(one.single_ms, 3),
                "images_per_s": round(one.images_per_s, 1),
                "batch": one.batch,
            }
            for one in told.speeds
        ],
    }


def _of_corruptions(robust: Robustness) -> dict[str, Any]:
    return {
        "pictures": robust.pictures,
        "clean": _short(robust.clean),
        "mean": _short(robust.mean),
        "by_strength": [_short(one) for one in robust.by_strength()],
        "by_group": {group: _short(one) for group, one in robust.by_group().items()},
        "accuracy": {name: [_short(one) for one in values] for name, values in robust.accuracy.items()},
    }


def _short(value: float | None) -> float | None:
    return None if value is None else round(float(value), 6)
