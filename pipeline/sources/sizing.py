"""One size for all frames of a source: the first frame's."""

import cv2
import numpy as np


def fit(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Scale an image to a size with its aspect kept, in the middle of black.

    Args:
        image: `(H, W, 3) uint8`.
        size: `(width, height)` to give it, pixels.

    Returns:
        `(height, width, 3) uint8`; `image` itself where it has that size.

    >>> fit(np.full((10, 20, 3), 255, np.uint8), (8, 8))[:, 0, 0]
    array([  0,   0, 255, 255, 255, 255,   0,   0], dtype=uint8)
    """
    height, width = image.shape[:2]
    if (width, height) == size:
        return image
    scale = min(size[0] / width, size[1] / height)
    inner = (max(1, round(width * scale)), max(1, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    left, top = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    framed = np.zeros((size[1], size[0], 3), np.uint8)
    framed[top : top + inner[1], left : left + inner[0]] = cv2.resize(image, inner, interpolation=method)
    return framed
