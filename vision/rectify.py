"""A quadrilateral of a picture made a straight line of one height, as readers like it."""

import cv2
import numpy as np

LONGEST = 40
"""Width by height of the longest line: what is longer is pressed into it."""


def quad_size(quad: np.ndarray) -> tuple[float, float]:
    """Mean width and mean height of a quadrilateral `(4, 2)` whose corners are in reading order."""
    sides = np.linalg.norm(np.roll(quad, -1, axis=0) - quad, axis=1)  # (4,): top, right, bottom, left
    return float(sides[0] + sides[2]) / 2, float(sides[1] + sides[3]) / 2


def rectify(image: np.ndarray, quad: np.ndarray, height_px: int) -> np.ndarray:
    """What is inside `quad`, upright, `height_px` high and as wide as it was in proportion.

    What of it lies outside the picture is filled with the picture's edge.

    Args:
        image: `(H, W, 3) uint8` BGR.
        quad: `(4, 2) float32`, pixels, corners in reading order.
        height_px: height of the line.

    Returns:
        `(height_px, W, 3) uint8` BGR, W at least 1.
    """
    wide, high = quad_size(quad)
    width_px = max(1, min(round(wide * height_px / max(high, 1e-6)), LONGEST * height_px))
    left, top = np.floor(quad.min(axis=0)).astype(int) - 2
    right, bottom = np.ceil(quad.max(axis=0)).astype(int) + 2
    left, top = max(0, min(left, image.shape[1] - 1)), max(0, min(top, image.shape[0] - 1))
    part = image[top : max(top + 1, bottom), left : max(left + 1, right)]
    shrink = min(1.0, 2 * height_px / max(high, 1e-6))
    if shrink < 1:  # warping looks at four pixels only: what is far larger is averaged first
        size = max(1, round(part.shape[1] * shrink)), max(1, round(part.shape[0] * shrink))
        part = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    # Corners are edges of pixels, warping counts from their centres.
    corners = (quad.astype(np.float32) - np.array((left, top), np.float32)) * np.float32(shrink) - 0.5
    target = np.array([[0, 0], [width_px, 0], [width_px, height_px], [0, height_px]], np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(corners.astype(np.float32), target.astype(np.float32))
    return cv2.warpPerspective(
        part, matrix, (width_px, height_px), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )


def sharpness(image: np.ndarray, quad: np.ndarray) -> float:
    """How sharp the picture is inside the upright box of `quad`: variance of its Laplacian, grey levels squared.

    0 where the box has no pixels.
    """
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(quad.min(axis=0)).astype(int), 0, (width, height))
    right, bottom = np.clip(np.ceil(quad.max(axis=0)).astype(int), 0, (width, height))
    if right - left < 1 or bottom - top < 1:
        return 0.0
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())
