"""Guesses about new pictures that a network may learn from: sure ones, and each class in its share.

Lee, "Pseudo-Label" (2013); Zou et al., "Unsupervised Domain Adaptation for Semantic Segmentation via Class-Balanced
Self-Training" (2018): without balance the classes that are easy on the new pictures take all.
"""

import numpy as np

ENOUGH = 100
"""Rounds of `balanced`; it is at rest long before."""


def balanced(probability: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Answers weighed so that each class has its share of them all, by weights of classes alone.

    Sinkhorn and Knopp (1967), as self-labelling takes it (Asano et al. 2020).

    Args:
        probability: `(N, K)`, rows that sum to 1.
        shares: `(K,)`, sum to 1: how often each class is expected.

    Returns:
        `(N, K)`, rows that sum to 1 and columns that sum to `N * shares`.
    """
    answer: np.ndarray = np.maximum(probability, 1e-9)
    for _ in range(ENOUGH):
        answer = answer * (shares / np.maximum(answer.mean(0), 1e-12))
        answer /= answer.sum(1, keepdims=True)
    return answer


def sure_ones(probability: np.ndarray, threshold: float, most: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choose guesses.

    Args:
        probability: `(N, K)`, rows that sum to 1.
        threshold: Least probability of the guessed class.
        most: `(K,) int64`, so many at most of each class.

    Returns:
        `(M,) int64` rows and `(M,) int64` guessed classes, the surest of each class.
    """
    guess, sure = probability.argmax(1), probability.max(1)
    rows = []
    for number, few in enumerate(most):
        own = np.flatnonzero((guess == number) & (sure >= threshold))
        rows.append(own[np.argsort(-sure[own], kind="stable")][:few])
    found = np.concatenate(rows)
    return found, guess[found]
