"""Occlusion: cover a part of the picture, and see how much less sure the network is. It works with any classifier.

Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks" (2014), section 4.2.
"""

from collections.abc import Callable

import numpy as np

SHARE = 0.2
"""Side of what is covered, of the side of the picture."""
PLACES = 14
"""Where it is put, along each side, at most."""
TOGETHER = 128
"""Most pictures in a batch."""

Classify = Callable[[np.ndarray], np.ndarray]
"""From `(N, H, W, C) uint8` to `(N, K) float32` probabilities."""


def occlusion(classify: Classify, images: np.ndarray, classes: np.ndarray) -> np.ndarray:
    """How much probability of the class is lost where a square of the picture's mean colour covers it.

    Args:
        classify: Any classifier.
        images: `(N, H, W, C) uint8` of its size.
        classes: `(N,)` int.

    Returns:
        `(N, H, W) float32` in [0, 1]: the mean loss over all squares that cover a pixel; 0 where covering it helps.
    """
    return np.stack([_one(classify, image, int(number)) for image, number in zip(images, classes, strict=True)])


def _one(classify: Classify, image: np.ndarray, number: int) -> np.ndarray:
    """The same for one picture `(H, W, C)`."""
    height, width = image.shape[:2]
    rows, columns = _spans(height), _spans(width)
    places = [(row, column) for row in rows for column in columns]
    sure = float(classify(image[None])[0, number])
    mean = np.rint(image.mean((0, 1))).astype(np.uint8)
    lost, times = np.zeros((height, width)), np.zeros((height, width))
    for begin in range(0, len(places), TOGETHER):
        part = places[begin : begin + TOGETHER]
        covered = np.repeat(image[None], len(part), 0)
        for picture, (row, column) in zip(covered, part, strict=True):
            picture[row, column] = mean
        for (row, column), left in zip(part, classify(covered)[:, number], strict=True):
            lost[row, column] += sure - float(left)
            times[row, column] += 1
    return np.maximum(lost / times, 0).astype(np.float32)


def _spans(side: int) -> list[slice]:
    """Where a square begins and ends along a side, so that every pixel is covered by one at least."""
    window = max(1, round(side * SHARE))
    count = min(PLACES, side - window + 1)
    count = max(count, -(-side // window))
    return [slice(begin, begin + window) for begin in np.rint(np.linspace(0, side - window, count)).astype(int)]
