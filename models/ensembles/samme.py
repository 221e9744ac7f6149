"""SAMME, boosting with several classes: Zhu, Zou, Rosset and Hastie, "Multi-class AdaBoost" (2009), algorithm 2."""

import numpy as np


def weighted_error(wrong: np.ndarray, weights: np.ndarray) -> float:
    """Share of the weight that lies on wrong answers (step 2 b); where none is wrong, half of the lightest picture's.

    So a vote is never endless.

    Args:
        wrong: `(N,) bool`.
        weights: `(N,)`, sum 1.
    """
    return float(max(weights[wrong].sum(), weights.min() / 2))


def vote_weight(error: float, classes: int) -> float:
    """Alpha (step 2 c): ln((1 - error) / error) + ln(K - 1); 0 at chance, below it negative.

    >>> round(vote_weight(0.25, 3), 4)
    1.7918
    """
    return float(np.log((1 - error) / error) + np.log(classes - 1))


def reweighted(weights: np.ndarray, wrong: np.ndarray, alpha: float) -> np.ndarray:
    """Weights of the next round (steps 2 d and e): what was wrong counts e^alpha times as much.

    Args:
        weights: `(N,)`, sum 1.
        wrong: `(N,) bool`.
        alpha: Of the member that was wrong.

    Returns:
        `(N,) float64`, sum 1.

    >>> reweighted(np.full(4, 0.25), np.array([True, False, False, False]), np.log(3)).round(3)
    array([0.5  , 0.167, 0.167, 0.167])
    """
    grown = weights * np.exp(alpha * wrong)
    return np.asarray(grown / grown.sum(), np.float64)
