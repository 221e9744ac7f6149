"""A line of text burned into a picture, and a picture made to look old: what nobody can take for a fresh one."""

from functools import lru_cache

import cv2
import numpy as np

from vision.drawing import draw_label
from vision.lettering import Lettering
from vision.palette import Bgr, ink_on

_letterings = lru_cache(16)(Lettering)


def stamp_height(picture: tuple[int, int]) -> int:
    """Height in pixels of a stamp that can be read on a picture of this size, small ones too.

    >>> [stamp_height(size) for size in ((320, 180), (640, 360), (1280, 720))]
    [18, 24, 48]
    """
    return max(18, round(min(picture) / 15))


def stamp(image: np.ndarray, text: str, ground: Bgr) -> None:
    """Write a line into the lower left corner.

    Args:
        image: `(H, W, 3) uint8` BGR, drawn on.
        text: What stands there; its end is cut where the picture is narrower.
        ground: Colour behind it; the ink is black or white, whichever shows better.
    """
    height, width = image.shape[:2]
    high = stamp_height((width, height))
    lettering, pad = _letterings(high), high // 3
    tiles = [lettering.tile(letter, ink_on(ground), ground) for letter in text]
    wide = min(width, sum(tile.shape[1] for tile in tiles) + 2 * pad)
    draw_label(image, tiles, ground, (0, height - high, wide, height), pad)


def aged(image: np.ndarray, edge: Bgr) -> np.ndarray:
    """The picture in half-dark grey, with a broad edge: seen at a glance not to be live, whatever the colours.

    Args:
        image: `(H, W, 3) uint8` BGR.
        edge: Colour of the edge.

    Returns:
        A new `(H, W, 3) uint8` BGR.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    old = cv2.cvtColor(cv2.convertScaleAbs(grey, alpha=0.55), cv2.COLOR_GRAY2BGR)
    height, width = old.shape[:2]
    cv2.rectangle(old, (0, 0), (width - 1, height - 1), edge, 2 * max(2, min(width, height) // 60))
    return old
