"""Whether probabilities mean what they say, and the temperature that makes them (Guo et al. 2017).

"On Calibration of Modern Neural Networks": a network that says 0.9 should be right nine times in ten. One number, by
which its logits are divided, does most of what can be done, and leaves its answers as they are.
"""

from dataclasses import dataclass

import numpy as np

from vision.probabilities import softmax

BINS = 15
"""Ranges of the best probability that are compared, as in the paper."""
RANGE = 0.05, 20.0
"""Temperatures that are searched."""


@dataclass(frozen=True, slots=True)
class Reliability:
    """The best probability beside the share that is right, in ranges of equal width."""

    edges: np.ndarray
    """`(B + 1,)` from 0 to 1."""
    count: np.ndarray
    """`(B,) int`, pictures in each range."""
    confidence: np.ndarray
    """`(B,)`, mean best probability; 0 where there are none."""
    accuracy: np.ndarray
    """`(B,)`, share that is right; 0 where there are none."""

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of the two, each range by its pictures."""
        weight = self.count / max(1, self.count.sum())
        return float((weight * np.abs(self.confidence - self.accuracy)).sum())

    @property
    def worst(self) -> float:
        """Maximum calibration error: the largest distance in any range that has pictures."""
        return float(np.abs(self.confidence - self.accuracy).max(initial=0.0))


def reliability(probability: np.ndarray, truth: np.ndarray, bins: int = BINS) -> Reliability:
    """Compare what was said with what came true.

    Args:
        probability: `(N, K)`, rows summing to 1.
        truth: `(N,)` integers.
        bins: Ranges; a probability on an edge belongs to the range below, as in the paper.
    """
    best, right = probability.max(axis=1), probability.argmax(axis=1) == truth
    edges = np.linspace(0, 1, bins + 1)
    place = np.clip(np.searchsorted(edges, best, side="left") - 1, 0, bins - 1)
    count = np.bincount(place, minlength=bins)
    some = np.maximum(count, 1)
    confidence = np.bincount(place, best, bins) / some
    return Reliability(edges, count, confidence, np.bincount(place, right, bins) / some)


def fit_temperature(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature under which the truth is most likely, by a bounded search of its logarithm.

    Args:
        logits: `(N, K)`, of pictures that the network was not trained on, nor is judged by.
        truth: `(N,)` integers.

    Returns:
        Above 1 where the network is too sure; an end of `RANGE` where no temperature is best, as where all is right.
    """
    from scipy.optimize import minimize_scalar

    raised = logits.astype(np.float64)
    rows = np.arange(len(truth))

    def loss(log_temperature: float) -> float:
        cooled = raised / np.exp(log_temperature)
        top = cooled.max(axis=1)
        return float((np.log(np.exp(cooled - top[:, None]).sum(axis=1)) + top - cooled[rows, truth]).mean())

    found = minimize_scalar(loss, bounds=np.log(RANGE).tolist(), method="bounded", options={"xatol": 1e-5})
    return float(np.exp(found.x))


def at_temperature(logits: np.ndarray, temperature: float) -> np.ndarray:
    """`(N, K)` probabilities of logits that are divided by it."""
    return softmax(logits.astype(np.float64) / temperature)
