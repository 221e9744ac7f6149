"""What moves before a still camera: measures of a small grey copy and of a mask of it."""

import cv2
import numpy as np

SAMPLE = 5
"""The light is compared on each fifth pixel of each fifth row."""
DARKEST = 8.0
"""Grey level below which a pixel says nothing about the light."""
MOST_GAIN = 4.0
"""A light that changes by more is another picture."""


def light_gain(grey: np.ndarray, usual: np.ndarray) -> float:
    """How much brighter most of a picture is than it usually is; a lens or a lamp changes that and moves nothing.

    Args:
        grey: `(h, w) uint8`.
        usual: `(h, w) float32`, grey levels.

    >>> light_gain(np.full((20, 20), 60, np.uint8), np.full((20, 20), 120, np.float32))
    0.5
    """
    before = usual[::SAMPLE, ::SAMPLE].ravel()
    bright = before > DARKEST
    if not bright.any():
        return 1.0
    gain = float(np.median(grey[::SAMPLE, ::SAMPLE].ravel()[bright] / before[bright]))
    return min(max(gain, 1 / MOST_GAIN), MOST_GAIN)


def blobs(mask: np.ndarray, least_px: float) -> np.ndarray:
    """Boxes around connected parts of a mask.

    Args:
        mask: `(h, w) uint8`, 0 or 255.
        least_px: pixels that a part needs.

    Returns:
        `(N, 4) float32` xyxy, the largest part first.
    """
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count <= 1:
        return np.zeros((0, 4), np.float32)
    parts = stats[1:]
    parts = parts[parts[:, cv2.CC_STAT_AREA] >= least_px]
    parts = parts[np.argsort(-parts[:, cv2.CC_STAT_AREA], kind="stable")]
    return np.concatenate([parts[:, :2], parts[:, :2] + parts[:, 2:4]], 1).astype(np.float32)
