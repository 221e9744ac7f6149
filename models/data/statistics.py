"""Mean and deviation of each channel, by which a network standardises what it sees."""

import numpy as np

FEW = 1024
"""Pictures that are counted at a time."""


def statistics(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of pixels scaled to [0, 1].

    Exact: sums of whole numbers, from how often each of the 256 levels occurs.

    Args:
        images: `(N, H, W, C) uint8`, at least one picture; may be a memory map, of which a part is read at a time.

    Returns:
        `(C,) float64` means and `(C,) float64` deviations, which are never below 1/255: a flat channel stays flat.

    >>> mean, deviation = statistics(np.uint8([[[[0], [255]]]]))
    >>> mean.tolist(), deviation.tolist()
    ([0.5], [0.5])
    """
    channels = images.shape[3]
    counts = np.zeros((channels, 256), np.int64)
    for start in range(0, len(images), FEW):
        part = np.asarray(images[start : start + FEW]).reshape(-1, channels)  # (n, C)
        counts += np.stack([np.bincount(part[:, one], minlength=256) for one in range(channels)])
    levels = np.arange(256) / 255  # (256,)
    share = counts / counts.sum(axis=1, keepdims=True)  # (C, 256)
    mean = share @ levels
    deviation = np.sqrt((share * (levels - mean[:, None]) ** 2).sum(axis=1))
    return mean, np.maximum(deviation, 1 / 255)
