"""Pictures of a data set as exported networks are fed, and which of them calibrate."""

from collections.abc import Iterator

import numpy as np


def spread(classes: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Rows of about `count` pictures, as many of each class as of the next as far as there are enough.

    Args:
        classes: `(N,) int64`.
        count: How many are wanted, 1 or more.
        seed: Of the draw.

    Returns:
        `(M,) int64`, sorted, M = min(count, N).

    >>> classes = np.array([0] * 90 + [1] * 6 + [2] * 4)
    >>> np.bincount(classes[spread(classes, 12)]).tolist()
    [4, 4, 4]
    """
    random = np.random.default_rng(seed)
    order = random.permutation(len(classes))
    turn = np.empty(len(classes), np.int64)  # how many of its class come before each
    for one in np.unique(classes):
        of_class = order[classes[order] == one]
        turn[of_class] = np.arange(len(of_class))
    first = order[np.argsort(turn[order], kind="stable")]
    return np.sort(first[:count])


def as_rgb(images: np.ndarray) -> np.ndarray:
    """What exported networks take.

    Args:
        images: `(N, H, W, C) uint8`, RGB where C is 3, grey where it is 1.

    Returns:
        `(N, H, W, 3) float32`, RGB, 0 to 255.
    """
    return np.repeat(images, 4 - images.shape[-1], axis=-1)[..., :3].astype(np.float32)


def batches(images: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """The same, `size` pictures at a time and the rest."""
    for at in range(0, len(images), size):
        yield as_rgb(np.asarray(images[at : at + size]))
