"""Where pixels go when a picture is scaled, cut, turned or straightened, and where they came from.

Points count from the upper left corner of the picture: pixel (i, j) covers i to i + 1 and j to j + 1, as boxes do.
OpenCV counts from the middle of the first pixel; `for_opencv` goes from one to the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

Map = Callable[[np.ndarray], np.ndarray]
"""Takes points `(N, 2) float64` x, y in pixels, and gives as many."""


@dataclass(frozen=True, eq=False)
class Homography:
    """Maps points by a 3 x 3 matrix (Hartley and Zisserman, Multiple View Geometry, section 2.3)."""

    matrix: np.ndarray
    """`(3, 3) float64`."""

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """The points of one picture in the other: `(N, 2)`; not finite on its horizon."""
        flat = points @ self.matrix[:, :2].T + self.matrix[:, 2]  # (N, 3)
        with np.errstate(divide="ignore", invalid="ignore"):
            moved: np.ndarray = flat[:, :2] / flat[:, 2:]
        return moved

    def inverse(self) -> Homography:
        """The way back."""
        return Homography(np.linalg.inv(self.matrix))


@dataclass(frozen=True, eq=False)
class Lens:
    """Maps points of a straightened picture to the picture that the lens bent (Brown 1966, as OpenCV has it)."""

    camera: np.ndarray
    """`(3, 3) float64`, the camera's matrix in pixels."""
    bends: np.ndarray
    """`(5,) float64`: k1, k2, p1, p2, k3."""
    straight: np.ndarray
    """`(3, 3) float64`, the matrix of the straightened picture."""

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """The points of the straightened picture in the bent one: `(N, 2)`."""
        if not len(points):
            return points.astype(np.float64)
        centred = points - 0.5
        rays = np.c_[centred, np.ones(len(points))] @ np.linalg.inv(self.straight).T  # (N, 3)
        nothing = np.zeros(3)
        bent, _ = cv2.projectPoints(rays[:, None], nothing, nothing, self.camera, self.bends)
        moved: np.ndarray = bent[:, 0] + 0.5
        return moved


def after(last: Map, before: Map | None) -> Map:
    """First `last`, then `before`: how to get back over two moves, the last one first."""
    if before is None:
        return last
    if isinstance(last, Homography) and isinstance(before, Homography):
        return Homography(before.matrix @ last.matrix)
    return lambda points: before(last(points))


def scaled(x: float, y: float) -> np.ndarray:
    """`(3, 3) float64`: each coordinate times its factor."""
    return np.diag([x, y, 1.0])


def shifted(x: float, y: float) -> np.ndarray:
    """`(3, 3) float64`: so many pixels are added."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)


def flipped(size: tuple[int, int], *, x: bool, y: bool) -> np.ndarray:
    """`(3, 3) float64`: mirrored left to right where `x`, upside down where `y`; `size` is (width, height)."""
    return np.asarray(shifted(size[0] * x, size[1] * y) @ scaled(1 - 2 * x, 1 - 2 * y))


def rotated(size: tuple[int, int], degrees: float, *, expand: bool) -> tuple[np.ndarray, tuple[int, int]]:
    """A turn about the middle, counter-clockwise as it is seen.

    Args:
        size: (width, height) before, pixels.
        degrees: How far.
        expand: Make the picture as large as everything in it needs, and not leave it as it was.

    Returns:
        `(3, 3) float64`, and (width, height) afterwards.

    >>> rotated((4, 2), 90, expand=True)[1]
    (2, 4)
    """
    width, height = size
    turn = np.deg2rad(degrees)
    cosine, sine = np.cos(turn), np.sin(turn)
    spin = np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
    new = size
    if expand:
        across, down = abs(cosine), abs(sine)
        new = round(width * across + height * down), round(width * down + height * across)
    return shifted(new[0] / 2, new[1] / 2) @ spin @ shifted(-width / 2, -height / 2), new


def straightened(corners: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """What makes four corners the corners of a picture.

    Args:
        corners: `(4, 2) float64`: upper left, upper right, lower right, lower left, pixels.
        size: (width, height) of the picture made.

    Returns:
        `(3, 3) float64`.

    Raises:
        ValueError: the corners are in another order, or three of them lie on one line.
    """
    legs = np.roll(corners, -1, 0) - corners  # (4, 2)
    turns = legs[:, 0] * np.roll(legs[:, 1], -1) - legs[:, 1] * np.roll(legs[:, 0], -1)  # (4,), > 0: to the right
    if not (turns > 1e-9 * np.abs(legs).max() ** 2).all():
        raise ValueError("corners: expected upper left, upper right, lower right, lower left, no three on one line")
    width, height = size
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners.astype(np.float32), target), np.float64)


def for_opencv(matrix: np.ndarray) -> np.ndarray:
    """The same move for points that count from the middle of the first pixel, as OpenCV's warps take it."""
    return np.asarray(shifted(-0.5, -0.5) @ matrix @ shifted(0.5, 0.5))
