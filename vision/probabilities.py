"""Scores of a classifier as probabilities: from what a network gives, calibrated, and pooled over several views."""

import numpy as np

LEAST = 1e-6
"""Probability below which none is taken, so that its logarithm is finite."""


def as_float(scores: np.ndarray) -> np.ndarray:
    """Scores of a quantised softmax in 0..1: `(..., C) float64`; uint8 and int8 have 256 steps, floats stay."""
    if scores.dtype == np.uint8:
        return scores / 256.0
    if scores.dtype == np.int8:
        return (scores.astype(np.float64) + 128) / 256.0
    return scores.astype(np.float64)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Logits `(..., C)` as probabilities of the same shape."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True))


def calibrated(probability: np.ndarray, temperature: float) -> np.ndarray:
    """Temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks").

    Args:
        probability: `(..., C)`, as the network gives them.
        temperature: Above 1 they become less sure; the order of the classes stays.

    >>> calibrated(np.array([0.8, 0.2]), 2.0).round(2)
    array([0.67, 0.33])
    """
    return softmax(np.log(np.maximum(probability, LEAST)) / temperature)


def pooled(probabilities: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Several views of one thing as one answer: the weighted mean of their logarithms.

    Args:
        probabilities: `(V, C)`, a row for each view.
        weights: `(V,)`, how much each counts.

    Returns:
        `(C,)`, summing to 1.
    """
    logs = np.log(np.maximum(probabilities, LEAST))
    return softmax((logs * (weights / weights.sum())[:, None]).sum(axis=0))


def fit_temperature(probability: np.ndarray, truth: np.ndarray) -> float:
    """The temperature under which the truth is most likely, from 0.05 to 20.

    Args:
        probability: `(N, C)`, of pictures the network was not trained with.
        truth: `(N,)` integers, the right class of each.
    """
    low, high = np.log(0.05), np.log(20.0)
    for _ in range(40):  # the loss has one minimum: thirds of the interval close in on it
        third = (high - low) / 3
        if _loss(probability, truth, np.exp(low + third)) < _loss(probability, truth, np.exp(high - third)):
            high -= third
        else:
            low += third
    return float(np.exp((low + high) / 2))


def calibration_error(probability: np.ndarray, truth: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error: how far the best score and the share that is right are apart (Guo et al. 2017).

    Args:
        probability: `(N, C)`.
        truth: `(N,)` integers.
        bins: Ranges of the score that are compared.

    Returns:
        A share in [0, 1]; 0 is perfect.
    """
    score, right = probability.max(axis=1), probability.argmax(axis=1) == truth
    place = np.minimum((score * bins).astype(int), bins - 1)
    return float(sum(abs((score - right)[place == one].sum()) for one in range(bins)) / max(1, len(truth)))


def _loss(probability: np.ndarray, truth: np.ndarray, temperature: float) -> float:
    of_truth = calibrated(probability, temperature)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(of_truth, LEAST)).mean())
