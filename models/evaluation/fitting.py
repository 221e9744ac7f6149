"""Pictures made as a network takes them: as many channels, as large."""

import cv2
import numpy as np


def fit(images: np.ndarray, size: tuple[int, int], channels: int) -> np.ndarray:
    """Pictures of one size and mode as pictures of another.

    Args:
        images: `(N, H, W, C) uint8`, RGB where C is 3, grey where it is 1; `(N, H, W)` is grey too.
        size: (width, height) wanted; the aspect is not kept.
        channels: 1 or 3. Grey becomes colour by repeating it, colour becomes grey with OpenCV's weights
            (0.299 red, 0.587 green, 0.114 blue).

    Returns:
        `(N, height, width, channels) uint8`; the same array where nothing is to be done.

    Raises:
        ValueError: not so many axes or channels, or not uint8.

    >>> fit(np.full((1, 2, 2, 1), 7, np.uint8), (4, 3), 3).shape
    (1, 3, 4, 3)
    """
    if images.ndim == 3:
        images = images[..., None]
    if images.ndim != 4 or images.shape[3] not in (1, 3) or images.dtype != np.uint8:
        raise ValueError(f"expected (N, H, W, 1 or 3) uint8, received {images.shape} {images.dtype}")
    if images.shape[3] == 3 and channels == 1:
        images = np.stack([cv2.cvtColor(image, cv2.COLOR_RGB2GRAY) for image in images])[..., None]
    if images.shape[2:0:-1] != size:
        images = np.stack([_resized(image, size) for image in images])
    if images.shape[3] == 1 and channels == 3:
        images = np.repeat(images, 3, axis=3)
    return images


def _resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Averaged over the area where it shrinks, so that fine detail does not turn into a pattern."""
    shrinks = size[0] * size[1] < image.shape[0] * image.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(image, size, interpolation=how).reshape(size[1], size[0], image.shape[2])
