"""Pictures in memory made as a network takes them: as large, and of as many channels."""

import numpy as np

from models.data.pictures import fitted


def fit(images: np.ndarray, size: tuple[int, int], channels: int) -> np.ndarray:
    """Pictures of one size and mode as pictures of another.

    Args:
        images: `(N, H, W, C) uint8`, RGB where C is 3, grey where it is 1; `(N, H, W)` is grey too.
        size: (width, height) wanted, stretched and averaged as files are read for training.
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
    if images.shape[2:0:-1] == size and (images.shape[3], channels) != (3, 1):
        return images if images.shape[3] == channels else np.repeat(images, channels, axis=3)
    made = [fitted(image, size, channels) for image in images]
    return np.stack(made) if made else np.zeros((0, size[1], size[0], channels), np.uint8)
