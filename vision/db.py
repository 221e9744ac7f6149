"""From a map of how likely each pixel is text to a quadrilateral round each line.

The second half of a text detector with differentiable binarisation: Real-time Scene Text Detection with Differentiable
Binarization (Liao et al., AAAI 2020). The network was trained on areas that are shrunk by `A (1 - r^2) / L` (section
3.4, after Vatti), so that neighbouring lines stay apart; what is found is grown again by `A' r' / L'` (section 3.5).
"""

import cv2
import numpy as np

LEAST_SIDE = 3.0
"""Pixels of the map: what is lower than this is noise."""
MOST = 1000
"""Areas that are looked at, as in the authors' own program."""


def text_quads(
    probability: np.ndarray, threshold: float = 0.3, min_score: float = 0.5, grow: float = 1.6
) -> tuple[np.ndarray, np.ndarray]:
    """A rectangle, turned as the text is, round each connected area of text.

    Args:
        probability: `(H, W) float32` in [0, 1].
        threshold: from which a pixel is text.
        min_score: least mean probability inside the rectangle.
        grow: r' of the paper: the larger, the more ground round the text. The authors use 1.5; 1.6 suits PP-OCR.

    Returns:
        `(N, 4, 2) float32`, pixels of the map, corners as `upright` orders them, from the top of the picture down;
        and the mean probability of each, `(N,) float32`.
    """
    ink = (probability > threshold).astype(np.uint8)  # (H, W)
    contours, _ = cv2.findContours(ink, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    quads, scores = [], []
    for contour in contours[:MOST]:
        centre, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < LEAST_SIDE - 1:  # sides run between centres of pixels: 3 pixels are 2 apart
            continue
        score = _mean_inside(probability, cv2.boxPoints((centre, (width, height), angle)))
        if score < min_score:
            continue
        more = width * height * grow / (width + height)  # 2 D: D = A r' / L on either side
        quads.append(cv2.boxPoints((centre, (width + more, height + more), angle)))
        scores.append(score)
    if not quads:
        return np.zeros((0, 4, 2), np.float32), np.zeros(0, np.float32)
    found = upright(np.array(quads, np.float32))
    order = np.lexsort((found[:, 0, 0], found[:, 0, 1]))  # by y, then by x
    return found[order], np.array(scores, np.float32)[order]


def upright(quads: np.ndarray, tall: float = 1.5) -> np.ndarray:
    """The same quadrilaterals with their corners in reading order: clockwise, the first letter's upper left first.

    A quadrilateral does not say which way up its text is: it is taken for upright, and one that is `tall` times as
    high as wide for a line that was turned a quarter, read from the bottom up, as on the spine of many books.

    Args:
        quads: `(N, 4, 2) float32`, convex, corners in any order round it.
        tall: height by width from which the text runs upwards.

    Returns:
        `(N, 4, 2) float32`.
    """
    centre = quads.mean(axis=1, keepdims=True)  # (N, 1, 2)
    spokes = quads - centre
    turn = np.argsort(np.arctan2(spokes[..., 1], spokes[..., 0]), axis=1)  # clockwise on the screen, where y is down
    ring = np.take_along_axis(quads, turn[..., None], axis=1)  # (N, 4, 2)
    edges = np.roll(ring, -1, axis=1) - ring  # (N, 4, 2): edge i runs from corner i to the next
    rightwards = edges[..., 0] / np.maximum(np.linalg.norm(edges, axis=2), 1e-6)  # (N, 4)
    first = rightwards.argmax(axis=1)  # the top edge runs from left to right
    ring = np.take_along_axis(ring, ((first[:, None] + np.arange(4)) % 4)[..., None], axis=1)
    width = np.linalg.norm(ring[:, 1] - ring[:, 0], axis=1)
    height = np.linalg.norm(ring[:, 3] - ring[:, 0], axis=1)
    is_tall = height > tall * width
    ring[is_tall] = np.roll(ring[is_tall], 1, axis=1)  # begins at the lower left, and runs up
    return np.ascontiguousarray(ring, np.float32)


def _mean_inside(probability: np.ndarray, quad: np.ndarray) -> float:
    height, width = probability.shape
    left, top = np.clip(np.floor(quad.min(axis=0)).astype(int), 0, (width - 1, height - 1))
    right, bottom = np.clip(np.ceil(quad.max(axis=0)).astype(int), 0, (width - 1, height - 1))
    inside = np.zeros((bottom - top + 1, right - left + 1), np.uint8)
    cv2.fillPoly(inside, [np.rint(quad - (left, top)).astype(np.int32)], 1)
    return float(cv2.mean(probability[top : bottom + 1, left : right + 1], inside)[0])
