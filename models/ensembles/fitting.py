"""What is chosen on validation pictures: the weights of a mean, and how sure votes are."""

import numpy as np

from models.ensembles.rule import LEAST
from vision.probabilities import fit_temperature, softmax

_ROUNDS = 2000
_ENOUGH = 1e-7
_RANGE = 5.0
"""Logits in which a temperature is looked for: their softmax stays clear of 0."""


def mean_weights(probabilities: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """The weights of a mean that make the log-loss smallest, by expectation maximisation.

    The problem is convex, so that these steps find its one solution (mixture proportions; Dempster, Laird and Rubin
    1977, section 4.3).

    Args:
        probabilities: `(M, N, K)`, what each member says of validation pictures.
        classes: `(N,)`, what they are.

    Returns:
        `(M,) float64`, none below 0, that sum to 1.
    """
    likely = np.maximum(probabilities[:, np.arange(len(classes)), classes].astype(np.float64), LEAST)  # (M, N)
    weights = np.full(len(likely), 1 / len(likely))
    for _ in range(_ROUNDS):
        shares = weights[:, None] * likely
        before, weights = weights, (shares / shares.sum(axis=0)).mean(axis=1)
        if np.abs(weights - before).max() < _ENOUGH:
            break
    return np.asarray(weights / weights.sum(), np.float64)


def vote_temperature(logits: np.ndarray, classes: np.ndarray) -> float:
    """The temperature of summed votes under which validation pictures are most likely.

    Sums of votes are far too sure of themselves: each member counts as if it erred independently of the others.

    Args:
        logits: `(N, K)`, sums of votes, 0 or more.
        classes: `(N,)`, what the pictures are.
    """
    scale = float(logits.sum(axis=1).max()) / _RANGE
    return scale * fit_temperature(softmax(logits / scale), classes)
