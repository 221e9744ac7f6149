"""How slow a form of a network is: one picture at a time, and many together."""

from dataclasses import dataclass
from time import perf_counter

import numpy as np

from models.evaluation.classifier import BATCH, Classifier

SECONDS = 0.25
"""That each of both measurements takes."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Of one form on this machine, with what it takes to get pixels ready."""

    form: str
    runtime: str
    single_ms: float
    """Median time for one picture."""
    images_per_s: float
    """The best of several batches."""
    batch: int


def measure(classifier: Classifier, images: np.ndarray, seconds: float = SECONDS) -> Speed:
    """Time a classifier on pictures it is shown.

    Args:
        classifier: Which; one that was never used is warmed up first.
        images: `(N, H, W, C) uint8`, one and more.
        seconds: For each of both measurements, at least five calls.
    """
    batch = np.asarray(images[:BATCH])
    for warm in (batch[:1], batch[:1], batch):
        classifier(warm)
    single = _times(classifier, batch[:1], seconds)
    many = _times(classifier, batch, seconds)
    return Speed(
        classifier.form, classifier.runtime, 1000 * float(np.median(single)), len(batch) / min(many), len(batch)
    )


def _times(classifier: Classifier, images: np.ndarray, seconds: float) -> list[float]:
    taken: list[float] = []
    while len(taken) < 5 or (sum(taken) < seconds and len(taken) < 1000):
        began = perf_counter()
        classifier(images)
        taken.append(perf_counter() - began)
    return taken
