"""Maps made comparable: as large as the picture, and from 0 to 1."""

import cv2
import numpy as np


def spread(maps: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Maps `(N, h, w) float32` enlarged to a size (width, height): `(N, height, width) float32`."""
    if maps.shape[2:0:-1] == size:
        return maps
    return np.stack([cv2.resize(one, size, interpolation=cv2.INTER_LINEAR) for one in maps])


def scaled(maps: np.ndarray, least: float = 0.0, share: float = 1.0) -> np.ndarray:
    """Maps in [0, 1], each by its own largest value.

    Args:
        maps: `(N, H, W)`, 0 and above.
        least: What is divided by at least, so that next to nothing is not shown as much.
        share: Of the pixels that are not larger than what becomes 1: 0.99 leaves single bright pixels aside.

    Returns:
        `(N, H, W) float32`; one without anything above 0 stays black.
    """
    most = maps.max((1, 2), initial=0)  # (N,)
    tops = np.asarray(np.quantile(maps, share, axis=(1, 2)) if share < 1 and len(maps) else most)
    tops = np.where(tops > 0, tops, most)
    tops = np.clip(tops, max(least, float(np.finfo(np.float32).tiny)), None)
    result: np.ndarray = np.clip(maps / tops[:, None, None], 0, 1).astype(np.float32)
    return result
