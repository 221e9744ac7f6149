"""The display matrix of a phone's recording: how the stored picture has to be turned to stand upright.

The matrix of ISO 14496-12 (6.2.2) maps a stored pixel (x, y) to (a·x + c·y, b·x + d·y), y downwards, in 16.16 fixed
point. Its eight right-angled forms are turned exactly; any other angle is left as stored, as players do.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

Turn = Callable[[np.ndarray], np.ndarray]


def _rotated(code: int) -> Turn:
    return lambda image: cv2.rotate(image, code)


def _flipped(code: int) -> Turn:
    return lambda image: cv2.flip(image, code)


_TURNS: Mapping[tuple[int, int, int, int], Turn] = {
    (0, 1, -1, 0): _rotated(cv2.ROTATE_90_CLOCKWISE),
    (-1, 0, 0, -1): _rotated(cv2.ROTATE_180),
    (0, -1, 1, 0): _rotated(cv2.ROTATE_90_COUNTERCLOCKWISE),
    (-1, 0, 0, 1): _flipped(1),
    (1, 0, 0, -1): _flipped(0),
    (0, 1, 1, 0): cv2.transpose,
    (0, -1, -1, 0): lambda image: cv2.flip(cv2.transpose(image), -1),
}


def turn_of(matrix: np.ndarray | None) -> tuple[Turn | None, bool]:
    """How to turn a stored picture upright.

    Args:
        matrix: `(9,) int32`, 16.16 fixed point, as FFmpeg gives it; None where there is none.

    Returns:
        What turns a `(H, W, 3) uint8` picture, None where nothing has to be done; and whether width and height swap.
    """
    if matrix is None:
        return None, False
    a, b, c, d = (int(np.sign(value)) for value in matrix[[0, 1, 3, 4]])
    return _TURNS.get((a, b, c, d)), a == 0 and d == 0
