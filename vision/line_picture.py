"""A line of text as Tesseract likes it: grey, dark letters on light ground, even contrast, free ground around."""

import cv2
import numpy as np

from vision.filters import clahe, grey_of, median_blur

FLAT = 4.0
"""Grey levels of deviation below which there is nothing to read."""
MARGIN = 0.2
"""Of the height, added on each side."""
LETTER_HIGH = (0.05, 0.97)
"""Height of a letter by that of the picture: what is lower is a speck, what is higher an edge of the sign."""
ENOUGH = 0.5
"""Of the picture's height: letters that take up so much of it are not cut closer, since an end might be lost."""
AIR = 0.25
"""Of the letters' height, left above and below them."""


def is_flat(image: np.ndarray) -> bool:
    """Whether a picture has too little contrast to hold text."""
    return image.size == 0 or float(grey_of(image).std()) < FLAT


def is_dark_ground(grey: np.ndarray) -> bool:
    """Whether the letters are lighter than their ground: what is scarcer is ink, and the rim is mostly ground.

    Args:
        grey: `(H, W) uint8`, one line with a little ground around.
    """
    level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    light = grey > level  # (H, W)
    rim = np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])
    return bool(light.mean() + rim.mean() < 1.0)


def plain_line(image: np.ndarray, contrast: float = 0.0, denoise: bool = False) -> np.ndarray:
    """The line, ready to be read.

    Args:
        image: `(H, W, 3) uint8` BGR or `(H, W) uint8` grey, upright.
        contrast: limit of the local equalisation (CLAHE); 0: none, the levels are only stretched.
        denoise: take single wrong pixels off first (median of 3 x 3).

    Returns:
        `(H + 2 m, W + 2 m) uint8`, m a fifth of the height.
    """
    grey = grey_of(image)
    if denoise:
        grey = median_blur(grey, 3)
    if contrast > 0:
        grey = clahe(grey, contrast, max(1, min(8, grey.shape[0] // 16)))
    low, high = np.percentile(grey, (1, 99))
    grey = cv2.convertScaleAbs(cv2.subtract(grey, np.array([low])), alpha=255 / max(1.0, high - low))
    if is_dark_ground(grey):
        grey = cv2.bitwise_not(grey)
    margin = max(1, round(grey.shape[0] * MARGIN))
    return cv2.copyMakeBorder(grey, margin, margin, margin, margin, cv2.BORDER_REPLICATE)


def tight(image: np.ndarray) -> np.ndarray:
    """The part of a loosely cut picture that its letters take up, with a little ground around.

    Args:
        image: `(H, W, 3) uint8` BGR, one upright line somewhere in it.

    Returns:
        A part of it; all of it where it is tight already, or no letters can be told from the ground.
    """
    grey = grey_of(image)
    height, width = grey.shape
    kind = cv2.THRESH_BINARY if is_dark_ground(grey) else cv2.THRESH_BINARY_INV
    _, ink = cv2.threshold(grey, 0, 255, kind | cv2.THRESH_OTSU)
    _, _, found, _ = cv2.connectedComponentsWithStats(ink)
    left, top, wide, high = found[1:, :4].T  # (K,) each; the first is the ground
    share = high / height
    letters = (share > LETTER_HIGH[0]) & (share < LETTER_HIGH[1]) & (wide < 0.9 * width)
    if not letters.any():
        return image
    tallest = high[letters].max()
    letters &= high > tallest / 3  # dots and commas are between the others, or close below
    upper, lower = top[letters].min(), (top + high)[letters].max()
    if lower - upper > ENOUGH * height:
        return image
    air = max(2, round(AIR * (lower - upper)))
    begin, end = left[letters].min() - air, (left + wide)[letters].max() + air
    return image[max(0, upper - air) : lower + air, max(0, begin) : end]
