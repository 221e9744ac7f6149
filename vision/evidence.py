"""A map of what counted for a class, laid over the picture, and the legend that says how to read it."""

import cv2
import numpy as np

from vision.drawing import paste, text_height
from vision.lettering import Lettering
from vision.palette import BLACK, WHITE

WEAKEST, STRONGEST = 0.35, 0.7
"""How much of the picture the map covers where it is 0 and where it is 1: what lies below can still be seen."""
COLOURS = cv2.COLORMAP_CIVIDIS
"""Even steps of brightness, from blue to yellow; the same for people with a colour vision deficiency."""


def lay_over(image: np.ndarray, heat: np.ndarray) -> np.ndarray:
    """The picture in grey, with the map over it: the stronger, the yellower and the less transparent; blue is nothing.

    Colours of the picture are left out, so that every colour that is seen is the map's.

    Args:
        image: `(H, W, 3) uint8` BGR.
        heat: `(H, W) float32` in [0, 1].

    Returns:
        A new `(H, W, 3) uint8` BGR.
    """
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    share = np.float32(WEAKEST) + heat.astype(np.float32) * np.float32(STRONGEST - WEAKEST)  # (H, W)
    colours = cv2.applyColorMap(np.rint(heat * 255).astype(np.uint8), COLOURS)
    return cv2.blendLinear(colours, grey, share, 1 - share)


def draw_legend(image: np.ndarray, low: str, high: str) -> None:
    """A bar of the map's colours in the lower right corner, with words at its ends; left out where there is no room.

    Args:
        image: `(H, W, 3) uint8` BGR, drawn on.
        low: What 0 stands for.
        high: What 1 stands for.
    """
    height, width = image.shape[:2]
    high_px = text_height((width, height))
    lettering, pad = Lettering(high_px), high_px // 3
    words = [lettering.tile(word, WHITE, BLACK) for word in (low, high)]
    length = 4 * high_px
    wide = words[0].shape[1] + words[1].shape[1] + length + 4 * pad
    if wide > width // 2:
        return
    bar = np.zeros((high_px, wide, 3), np.uint8)
    paste(bar, words[0], pad, 0)
    begin = words[0].shape[1] + 2 * pad
    levels = np.linspace(0, 255, length).astype(np.uint8)[None].repeat(high_px - 2 * (high_px // 6), 0)
    paste(bar, cv2.applyColorMap(levels, COLOURS), begin, high_px // 6)
    paste(bar, words[1], begin + length + pad, 0)
    paste(image, bar, width - wide, height - high_px)
