"""Every figure of a classifier, of its probabilities and the truth; scikit-learn computes."""

from dataclasses import dataclass

import numpy as np

from models.evaluation.calibration import Reliability, reliability
from models.evaluation.interval import wilson

TINIEST = 1e-7
"""Probability below which none is taken, so that its logarithm is finite."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How well one class is told from the others."""

    class_id: int
    """Position among the labels."""
    label: str
    pictures: int
    precision: float
    """Share of what was called so that is; 0 where nothing was."""
    recall: float
    """Share of its pictures that were called so."""
    f1: float
    auc: float | None
    """Area under the ROC curve, it against all others; None where it has no pictures, or all."""
    ap: float | None
    """Average precision: area under the precision-recall curve; None as above."""


@dataclass(frozen=True, slots=True)
class Average:
    """Precision, recall and F1 over the classes that have pictures."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Scores:
    """How right a classifier is on pictures whose truth is known."""

    labels: tuple[str, ...]
    pictures: int
    right: int
    accuracy: float
    low: float
    """Lower end of its 95 % interval, by Wilson."""
    high: float
    top5: float
    """Share whose truth is among the five best; 1 where there are five classes or fewer."""
    classes: tuple[ClassScore, ...]
    """Of those labels that have pictures or were said, in order."""
    macro: Average
    """Each class counts the same."""
    weighted: Average
    """Each picture counts the same."""
    brier: float
    """Mean squared error of the probabilities, summed over the classes (Brier 1950): 0 is best, 2 worst."""
    mse: float
    """The same, averaged over the classes."""
    log_loss: float
    """Mean of -log of the truth's probability, nats."""
    auc: float | None
    """Mean of the classes' areas."""
    ap: float | None
    confusion: np.ndarray
    """`(K, K) int64`, rows are the truth, columns what was said."""
    reliability: Reliability


def score(probability: np.ndarray, truth: np.ndarray, labels: tuple[str, ...]) -> Scores:
    """Measure.

    Args:
        probability: `(N, K)`, rows summing to 1; N is 1 and more.
        truth: `(N,)` integers in 0..K-1.
        labels: K names.

    Raises:
        ValueError: shapes that do not fit, or no pictures.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    count, width = probability.shape
    if not count or len(truth) != count or len(labels) != width:
        raise ValueError(f"expected (N, {len(labels)}) and (N,), received {probability.shape} and {truth.shape}")
    said = probability.argmax(axis=1)
    every = np.arange(width)
    precision, recall, f1, support = precision_recall_fscore_support(truth, said, labels=every, zero_division=0)
    areas = [_areas(truth == one, probability[:, one]) for one in every]
    seen = np.flatnonzero(support)
    right = int((said == truth).sum())
    low, high = wilson(right, count)
    sure = probability.astype(np.float64)
    of_truth = sure[np.arange(count), truth]
    brier = float(((sure**2).sum(axis=1) - 2 * of_truth + 1).mean())
    return Scores(
        labels=labels,
        pictures=count,
        right=right,
        accuracy=right / count,
        low=low,
        high=high,
        top5=in_top(probability, truth, 5),
        classes=tuple(
            ClassScore(
                int(one),
                labels[one],
                int(support[one]),
                float(precision[one]),
                float(recall[one]),
                float(f1[one]),
                *areas[one],
            )
            for one in np.union1d(seen, said)
        ),
        macro=Average(*(float(one[seen].mean()) for one in (precision, recall, f1))),
        weighted=Average(*(float(np.average(one, weights=support)) for one in (precision, recall, f1))),
        brier=brier,
        mse=brier / width,
        log_loss=float(-np.log(np.maximum(of_truth, TINIEST)).mean()),
        auc=_mean([auc for auc, _ in areas]),
        ap=_mean([ap for _, ap in areas]),
        confusion=confusion_matrix(truth, said, labels=every),
        reliability=reliability(probability, truth),
    )


def in_top(probability: np.ndarray, truth: np.ndarray, most: int) -> float:
    """Share of the pictures whose truth is among the `most` likeliest classes; of equals the first in order wins.

    Args:
        probability: `(N, K)`.
        truth: `(N,)` integers.
        most: 1 and more.

    >>> in_top(np.array([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]]), np.array([1, 2]), 2)
    0.5
    """
    best = np.argsort(-probability, axis=1, kind="stable")[:, :most]
    return float((best == truth[:, None]).any(axis=1).mean())


def report_text(probability: np.ndarray, truth: np.ndarray, labels: tuple[str, ...]) -> str:
    """Scikit-learn's classification report of the classes that have pictures or were said."""
    from sklearn.metrics import classification_report

    said = probability.argmax(axis=1)
    some = np.union1d(truth, said)
    names = [labels[one] for one in some]
    return str(classification_report(truth, said, labels=some, target_names=names, digits=4, zero_division=0))


def _areas(is_it: np.ndarray, probability: np.ndarray) -> tuple[float | None, float | None]:
    """Under the ROC and the precision-recall curve of one class; None where there is nothing to tell apart."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    if not 0 < is_it.sum() < len(is_it):
        return None, None
    return float(roc_auc_score(is_it, probability)), float(average_precision_score(is_it, probability))


def _mean(values: list[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None
