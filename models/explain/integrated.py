"""Integrated gradients: how much each pixel contributes on the way from a black picture to this one.

Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks" (2017). Contributions add up to the difference of
the two scores (completeness); how far they miss it is reported, and the way is cut finer until it is little.
"""

from dataclasses import dataclass

import numpy as np

from models.explain.network import Network

FIRST_STEPS, MOST_STEPS = 16, 256
"""Pieces the way is cut into at first, and at most."""
ENOUGH = 0.05
"""Share of the difference of scores that may be missed; the paper's section 5."""
TOGETHER = 64
"""Most pictures in a batch."""


@dataclass(frozen=True, slots=True)
class Contributions:
    """What each pixel contributes to the score of a class, which is the logit."""

    values: np.ndarray
    """`(N, H, W, C) float32`, in units of the score; below 0 where a pixel speaks against the class."""
    gained: np.ndarray
    """`(N,) float64`: score of the picture less that of the black one."""
    missed: np.ndarray
    """`(N,) float64`: how far the sum of the values is from `gained`, as a share of it."""
    steps: np.ndarray
    """`(N,) int`: pieces the way was cut into."""


def integrate(network: Network, batch: np.ndarray, classes: np.ndarray, most_steps: int = MOST_STEPS) -> Contributions:
    """Contributions of pixels by the trapezoid rule, with twice the steps until completeness holds.

    Args:
        network: Which.
        batch: `(N, H, W, C)` pixels 0 to 255 of its size.
        classes: `(N,)` int.
        most_steps: Where it ends, whether complete or not.
    """
    found = [_one(network, image, int(number), most_steps) for image, number in zip(batch, classes, strict=True)]
    values, gained, missed, steps = zip(*found, strict=True)
    return Contributions(np.array(values), np.array(gained), np.array(missed), np.array(steps))


def _one(network: Network, image: np.ndarray, number: int, most_steps: int) -> tuple[np.ndarray, float, float, int]:
    """The same for one picture `(H, W, C)`."""
    image = image.astype(np.float32)
    ends, scores = _slopes(network, image, number, np.array([0.0, 1.0]))
    inner, _ = _slopes(network, image, number, np.arange(1, FIRST_STEPS) / FIRST_STEPS)
    total, steps, gained = ends / 2 + inner, FIRST_STEPS, float(scores[1] - scores[0])
    while True:
        values = image * total / steps  # (H, W, C)
        missed = abs(float(values.sum(dtype=np.float64)) - gained) / max(abs(gained), 1e-6)
        if missed <= ENOUGH or steps * 2 > most_steps:
            return values.astype(np.float32), gained, missed, steps
        between, _ = _slopes(network, image, number, (np.arange(steps) + 0.5) / steps)
        total, steps = total + between, steps * 2


def _slopes(network: Network, image: np.ndarray, number: int, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of the pixels at shares of the picture, summed, `(H, W, C) float64`; and the scores there."""
    total, scores = np.zeros(image.shape), []
    for begin in range(0, len(shares), TOGETHER):
        part = shares[begin : begin + TOGETHER].astype(np.float32)
        points = part[:, None, None, None] * image
        _, slopes, score = network.gradients(points, np.full(len(part), number), None)
        total += slopes.sum(0, dtype=np.float64)
        scores.append(score)
    return total, np.concatenate(scores)
