"""From class scores of each column to a string: connectionist temporal classification (Graves et al., ICML 2006)."""

from collections.abc import Sequence

import numpy as np

BLANK = 0
"""The class that stands for nothing."""


def allowed_classes(labels: Sequence[str], whitelist: str) -> np.ndarray:
    """`(1 + len(labels),) bool`: the blank, and what `whitelist` has; all where it is empty."""
    allowed = np.array([True, *(label in whitelist for label in labels)])
    return allowed if whitelist else np.ones_like(allowed)


def best_path(
    probability: np.ndarray, labels: Sequence[str], allowed: np.ndarray | None = None
) -> tuple[str, tuple[float, ...]]:
    """The string along the best class of each column: repeats are one letter, and blanks are none (section 3.2).

    Args:
        probability: `(T, 1 + len(labels)) float32` in [0, 1], class 0 is the blank.
        labels: what each class after it stands for.
        allowed: `(1 + len(labels),) bool`, the classes that may be taken; None: all.

    Returns:
        The string, and for each of its letters the best probability of its columns.

    >>> best_path(np.float32([[0, 0.9, 0], [0, 0.8, 0], [0.9, 0, 0], [0, 0.7, 0], [0, 0, 1]]), "AB")
    ('AAB', (0.9, 0.7, 1.0))
    """
    if allowed is not None:
        probability = probability * allowed  # (T, C)
    classes = probability.argmax(axis=1)  # (T,)
    peaks = probability.max(axis=1)  # (T,)
    starts = np.flatnonzero(np.diff(classes, prepend=-1))  # the first column of each run
    best = np.maximum.reduceat(peaks, starts) if len(starts) else peaks
    letters = [
        (labels[which - 1], round(float(peak), 4))
        for which, peak in zip(classes[starts].tolist(), best.tolist(), strict=True)
        if which != BLANK
    ]
    text = "".join(letter for letter, _ in letters)
    return text, tuple(peak for letter, peak in letters for _ in letter)
