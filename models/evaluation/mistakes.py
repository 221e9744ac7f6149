"""The worst mistakes: wrong answers that the network was surest of."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Mistake:
    """A picture that was taken for something else."""

    row: int
    """Position among the pictures."""
    said: int
    sure: float
    """Probability of what it said."""
    truth: int
    of_truth: float
    """Probability of what it is."""


def worst_mistakes(probability: np.ndarray, truth: np.ndarray, most: int = 25) -> tuple[Mistake, ...]:
    """Wrong answers, the surest first; of equals the one whose truth had less.

    Args:
        probability: `(N, K)`.
        truth: `(N,)` integers.
        most: So many at most.
    """
    said = probability.argmax(axis=1)
    rows = np.arange(len(truth))
    sure, of_truth = probability[rows, said], probability[rows, truth]
    wrong = np.flatnonzero(said != truth)
    order = wrong[np.lexsort((of_truth[wrong], -sure[wrong]))][:most]
    return tuple(
        Mistake(row, int(said[row]), float(sure[row]), int(truth[row]), float(of_truth[row])) for row in order.tolist()
    )


def most_confused(confusion: np.ndarray, most: int = 10) -> tuple[tuple[int, int, int], ...]:
    """(truth, said, how often) of the pairs that are mixed up most.

    Args:
        confusion: `(K, K)`, rows are the truth.
        most: So many at most.
    """
    off = confusion * (1 - np.eye(len(confusion), dtype=confusion.dtype))
    order = np.argsort(-off, axis=None, kind="stable")[:most]
    pairs = [divmod(int(place), len(off)) for place in order]
    return tuple((truth, said, int(off[truth, said])) for truth, said in pairs if off[truth, said])
