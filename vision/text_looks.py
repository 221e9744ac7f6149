"""What a line of text looks like in small, to tell without reading it whether it still says the same."""

import cv2
import numpy as np

HEIGHT_PX = 16
"""Of a look: enough to tell a 5 from a 6, little enough that a tremble of the corners does not count."""
MOST_PX = 1024
"""Width of the longest look."""
WINDOW_PX = 8
"""Width of what is compared at once: about one letter, so that one digit of a clock is enough."""
FLAT = 6.0
"""Grey levels of contrast below which a picture is taken for noise, so that noise is not blown up to text."""
SHIFTS_PX = (-2, -1, 0, 1, 2)
"""How far one look may lie beside the other: corners that are found tremble."""
REACH_PX = max(SHIFTS_PX)
"""Margin around the line in a look, to move in."""
SOFT_PX = 0.6
"""Deviation of the blur that a look gets, so that part of a pixel beside is no difference."""


def look(grey: np.ndarray, quad: np.ndarray) -> np.ndarray:
    """A line of text in small, with its contrast evened.

    Args:
        grey: `(H, W) uint8`.
        quad: `(4, 2) float32`, corners in pixels, clockwise from where the text begins; may lie outside the picture.

    Returns:
        `(20, w) float32`, 16 rows and a margin of 2, mean 0 and deviation 1, or less where there is only noise; w
        goes with the line's length.
    """
    width = max(float(np.linalg.norm(quad[1] - quad[0])), float(np.linalg.norm(quad[2] - quad[3])), 1.0)
    height = max(float(np.linalg.norm(quad[3] - quad[0])), float(np.linalg.norm(quad[2] - quad[1])), 1.0)
    margin = REACH_PX / HEIGHT_PX * height
    along, down = (quad[1] - quad[0]) / width * margin, (quad[3] - quad[0]) / height * margin
    quad = quad + np.array([-along - down, along - down, along + down, -along + down])
    width, height = width + 2 * margin, height + 2 * margin
    shrink = min(1.0, HEIGHT_PX * 2 / height)
    size = min(MOST_PX * 2, max(4, round(width * shrink))), max(4, round(height * shrink))
    upright = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    cut = cv2.warpPerspective(
        grey,
        cv2.getPerspectiveTransform(quad.astype(np.float32), upright),
        size,
        flags=cv2.INTER_AREA,
        borderMode=cv2.BORDER_REPLICATE,
    )
    rows = HEIGHT_PX + 2 * REACH_PX
    columns = min(MOST_PX, max(WINDOW_PX + 2 * REACH_PX, round(width * rows / height)))
    small = cv2.resize(cut, (columns, rows), interpolation=cv2.INTER_AREA).astype(np.float32)
    soft = cv2.GaussianBlur(small, (0, 0), SOFT_PX)
    evened: np.ndarray = (soft - soft.mean()) / max(FLAT, float(soft.std()))
    return evened


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """How much two looks differ where they differ most: mean difference over about one letter's width.

    Args:
        a: `(20, w) float32`, as `look` gives it.
        b: `(20, v) float32`; is stretched to the length of `a`.

    Returns:
        At least 0, in deviations of the picture; the best over small shifts, to half a pixel. The same line a pixel or
        two beside and less sharp: 0.1 to 0.25; a 6 in place of an 8, the two digits most alike: 0.32 and more.
    """
    if a.shape != b.shape:
        b = cv2.resize(b, (a.shape[1], a.shape[0]), interpolation=cv2.INTER_LINEAR)
    _, right, down = min((_beside(a, b, right, down), right, down) for right in SHIFTS_PX for down in SHIFTS_PX)
    halves = (-0.5, 0.0, 0.5)
    return min(_beside(a, b, right + more, down + lower) for more in halves for lower in halves)


def _beside(a: np.ndarray, b: np.ndarray, right: float, down: float) -> float:
    """The difference with `b` moved by so many pixels."""
    moved = cv2.warpAffine(
        b, np.array([[1, 0, right], [0, 1, down]], np.float32), a.shape[::-1], borderMode=cv2.BORDER_REPLICATE
    )
    inner = slice(REACH_PX, -REACH_PX)
    columns = cv2.absdiff(a, moved)[inner, inner].mean(axis=0, keepdims=True)  # (1, w - 4)
    return float(cv2.blur(columns, (WINDOW_PX, 1), borderType=cv2.BORDER_REPLICATE).max())
