"""What a camera's picture says of the camera: measures of a small grey copy, each in [0, 1] or compared with another.

Every measure is literature or arithmetic; none knows of time. `stages/health.py` decides when one is bad for long
enough. Cost for 1280x720, all together: 0.32 ms on one core, 0.13 of it the small copy.
"""

import cv2
import numpy as np

WIDTH = 320
"""Of the small copy. At 4 pixels of the camera each, a defocus that a person minds is a pixel or more of it."""
BLOCKS = (20, 12)
"""Columns and rows of the grid that covering is judged on."""
STRUCTURE = (80, 45)
"""Size of what is compared to see whether the camera moved: a pixel is 1.25 % of the picture's width."""

DARK = 26
"""Grey level below which a pixel is black: a tenth of the range, as in FFmpeg's `blackdetect` (`pixel_black_th`)."""
CLIPPED = 250
"""Grey level from which a pixel holds nothing any more."""
FLAT = 3.0
"""Standard deviation of a block below which there is nothing in it to lose, grey levels."""
LOST = 0.25
"""A block has lost its texture when less than this part of its standard deviation is left."""


def small_grey(image: np.ndarray) -> np.ndarray:
    """A grey copy, `WIDTH` wide or as it is where it is smaller.

    Linear, which at this reduction looks at 2x2 pixels of each patch: averaging all of them would take 1 ms.

    Args:
        image: `(H, W, 3) uint8` BGR.

    Returns:
        `(h, w) uint8`.
    """
    height, width = image.shape[:2]
    if width > WIDTH:
        image = cv2.resize(image, (WIDTH, max(1, round(height * WIDTH / width))), interpolation=cv2.INTER_LINEAR)
    return cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)


def dark_share(grey: np.ndarray) -> float:
    """Part of the pixels that are black: FFmpeg's `blackdetect` calls a picture black from 0.98 on.

    >>> dark_share(np.zeros((4, 4), np.uint8))
    1.0
    """
    return 1 - cv2.countNonZero(cv2.threshold(grey, DARK - 1, 1, cv2.THRESH_BINARY)[1]) / grey.size


def clipped_share(grey: np.ndarray) -> float:
    """Part of the pixels that are as bright as can be.

    >>> clipped_share(np.full((4, 4), 255, np.uint8))
    1.0
    """
    return cv2.countNonZero(cv2.threshold(grey, CLIPPED - 1, 1, cv2.THRESH_BINARY)[1]) / grey.size


def still_share(grey: np.ndarray, before: np.ndarray) -> float:
    """Part of the pixels that are exactly as they were; 0 where the size is another.

    Exactly, because a good encoder leaves 99.9 % of a quiet scene alone between two key frames: only a picture that is
    repeated leaves all of it.

    >>> still_share(np.zeros((4, 4), np.uint8), np.zeros((4, 4), np.uint8))
    1.0
    """
    return 1 - cv2.countNonZero(cv2.absdiff(grey, before)) / grey.size if grey.shape == before.shape else 0.0


def sharpness(grey: np.ndarray) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al., ICPR 2000; LAPV in Pertuz et al., Pattern Recognition 2013),
    divided by the picture's own variance, so that light and contrast do not count. 0 for an empty picture.
    """
    _, spread = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    _, contrast = cv2.meanStdDev(grey)
    variance = float(contrast[0, 0]) ** 2
    return float(spread[0, 0]) ** 2 / variance if variance >= 1 else 0.0


def texture(grey: np.ndarray) -> np.ndarray:
    """Standard deviation in each block of the picture.

    Returns:
        `(rows, columns) float32`, grey levels.
    """
    values = grey.astype(np.float32)
    mean = cv2.resize(values, BLOCKS, interpolation=cv2.INTER_AREA)
    square = cv2.resize(values * values, BLOCKS, interpolation=cv2.INTER_AREA)
    return np.sqrt(np.maximum(square - mean * mean, 0))


def lost_share(now: np.ndarray, usual: np.ndarray) -> float:
    """Part of the blocks with something in them usually that are flat now: what a hand or a spray does to a lens.

    Args:
        now: as `texture` gives it.
        usual: the same, of the usual view.

    Returns:
        In [0, 1]; 0 where fewer than a tenth of the blocks ever had something in them.
    """
    had = usual >= 2 * FLAT
    if had.mean() < 0.1:
        return 0.0
    return float((had & (now < np.maximum(LOST * usual, FLAT))).sum() / had.sum())


def structure(grey: np.ndarray) -> np.ndarray:
    """What stands where, whatever the light: a small copy less its local mean, divided by its local deviation.

    Returns:
        `(45, 80) float32`, of unit length; zero where the picture is empty.
    """
    values = cv2.resize(grey, STRUCTURE, interpolation=cv2.INTER_AREA).astype(np.float32)
    detail = values - cv2.boxFilter(values, -1, (9, 9))
    normal = detail / np.sqrt(cv2.boxFilter(detail * detail, -1, (9, 9)) + 4)
    length = float(np.sqrt((normal * normal).sum()))
    return (normal / length if length > 0 else normal).astype(np.float32)


def likeness(now: np.ndarray, usual: np.ndarray) -> float:
    """Normalised correlation of two structures: 1 the same view, around 0 another one (Lewis, 1995).

    Args:
        now: as `structure` gives it.
        usual: the same or a mean of several; need not be of unit length.
    """
    length = float(np.sqrt((usual * usual).sum()))
    return float((now * usual).sum()) / length if length > 0 else 0.0
