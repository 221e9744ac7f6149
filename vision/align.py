"""Faces turned upright: the similarity that brings a face's points onto a template, and the chip that it cuts out.

A plane of two dimensions is the complex numbers, and a similarity without mirroring is `z -> a z + b`: least squares
over `a` and `b` is Umeyama's solution (1991, "Least-squares estimation of transformation parameters between two point
patterns") without a singular value decomposition, and for all faces of a frame at once.
"""

from typing import Literal, NamedTuple

import cv2
import numpy as np


class Template(NamedTuple):
    """Where an embedder expects the six points of a face."""

    points: np.ndarray
    """`(6, 2) float32` x, y in pixels of the chip, in the order of `vision.blazeface.POINTS`."""
    weight: np.ndarray
    """`(6,) float32`: how much each counts; 0: not at all."""
    side: int
    """Of the square chip, pixels."""


class Fit(NamedTuple):
    """Similarities, a row each."""

    matrix: np.ndarray
    """`(N, 2, 3) float32`: from the picture to the chip; NaN where the points say nothing (they fall together)."""
    error: np.ndarray
    """`(N,) float32`: weighted root mean square of what is left between points and template, share of the chip's side.
    Small for a face seen from the front; a face in profile, or none, does not fit."""


DLIB = np.array(
    [[46.6, 46.2], [101.9, 47.0], [74.0, 76.6], [73.4, 103.7], [16.3, 59.3], [130.7, 61.1]], np.float32
) / np.float32(150)
"""dlib's chips, padding 0.25: measured with `tools/face_template.py` on 285 faces; scatter of 2 px at the eyes, 3 to 4
at nose and mouth, 8 at the ears."""
DLIB_WEIGHT = np.array([1.0, 1.0, 0.26, 0.4, 0.06, 0.06], np.float32)
"""Inverse variance of each point in the same measurement."""
ARCFACE = np.array(
    [[38.29, 51.70], [73.53, 51.50], [56.03, 71.74], [56.14, 92.28], [0, 0], [0, 0]], np.float32
) / np.float32(112)
"""The usual template of 112 pixels (InsightFace, SFace), its corners of the mouth brought together; it has no ears."""
ARCFACE_WEIGHT = np.array([1.0, 1.0, 0.5, 1.0, 0, 0], np.float32)


def template_of(name: Literal["dlib", "arcface"], side: int) -> Template:
    """A template for chips of `side` pixels."""
    shares, weight = (DLIB, DLIB_WEIGHT) if name == "dlib" else (ARCFACE, ARCFACE_WEIGHT)
    return Template(shares * np.float32(side), weight, side)


def fit(points: np.ndarray, template: Template) -> Fit:
    """The similarity of each face that brings its points nearest to the template, in weighted least squares.

    Args:
        points: `(N, 6, 2) float32` x, y in pixels of the picture; a NaN point is left out.
        template: Where they belong.
    """
    seen = np.isfinite(points).all(axis=2)  # (N, 6)
    weight = np.where(seen, template.weight, 0).astype(np.float64)
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-12)
    z = np.where(seen, points[..., 0] + 1j * points[..., 1], 0)  # (N, 6)
    t = template.points[:, 0] + 1j * template.points[:, 1].astype(np.float64)  # (6,)
    z_mean, t_mean = (weight * z).sum(axis=1), (weight * t).sum(axis=1)  # (N,)
    z0, t0 = z - z_mean[:, None], t - t_mean[:, None]
    spread = (weight * np.abs(z0) ** 2).sum(axis=1)  # (N,) square pixels
    alone = spread < 1e-6
    a = np.where(alone, 0, (weight * np.conj(z0) * t0).sum(axis=1) / np.maximum(spread, 1e-6))
    b = t_mean - a * z_mean
    left = np.abs(a[:, None] * z + b[:, None] - t)  # (N, 6)
    error = np.sqrt((weight * left**2).sum(axis=1)) / template.side
    rows = np.stack([np.stack([a.real, -a.imag, b.real], -1), np.stack([a.imag, a.real, b.imag], -1)], axis=1)
    rows[alone] = np.nan
    return Fit(rows.astype(np.float32), np.where(alone, np.inf, error).astype(np.float32))


def cut(image: np.ndarray, matrix: np.ndarray, side: int) -> np.ndarray:
    """The chip that a similarity cuts out of a picture; black where it reaches beyond.

    A face more than twice as large as the chip is halved first as often as that holds: bilinear sampling would skip
    pixels, and an embedder takes the ripples that come of it for a face's own.

    Args:
        image: `(H, W, 3) uint8`.
        matrix: `(2, 3) float32`, from the picture to the chip.
        side: Of the chip, pixels.

    Returns:
        `(side, side, 3) uint8`, in the picture's colour order.

    Raises:
        ValueError: the matrix is not finite.
    """
    if not np.isfinite(matrix).all():
        raise ValueError("matrix: expected finite numbers; the points of this face fall together")
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    if scale < 0.5:
        image, matrix = _halved(image, matrix, side)
    return np.asarray(cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR))


def _halved(image: np.ndarray, matrix: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray]:
    """The part of the picture that the chip sees, halved until the chip is at least half as large, and its matrix."""
    back = cv2.invertAffineTransform(matrix)
    corners = np.array([[0, 0, 1], [side, 0, 1], [0, side, 1], [side, side, 1]], np.float32) @ back.T  # (4, 2)
    height, width = image.shape[:2]
    left, top = np.clip(np.floor(corners.min(axis=0)) - 2, 0, [width - 1, height - 1]).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)) + 2, [left + 1, top + 1], [width, height]).astype(int)
    part = image[top:bottom, left:right]
    matrix = matrix.astype(np.float64).copy()
    matrix[:, 2] += matrix[:, :2] @ [left, top]
    while np.hypot(matrix[0, 0], matrix[1, 0]) < 0.5 and min(part.shape[:2]) > 1:
        rows, columns = part.shape[0], part.shape[1]
        part = cv2.resize(part, (columns // 2, rows // 2), interpolation=cv2.INTER_AREA)
        step = np.array([columns / part.shape[1], rows / part.shape[0]])
        matrix[:, 2] += matrix[:, :2] @ ((step - 1) / 2)  # a pixel's middle is at a half
        matrix[:, :2] *= step
    return part, matrix.astype(np.float32)
