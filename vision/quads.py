"""Quadrilaterals around text: how far they overlap, and in which order a reader would go through them."""

from collections.abc import Sequence

import cv2
import numpy as np

SAME_ROW = 0.5
"""Part of the lower line's height that two lines share in the vertical, to stand in one row."""
GUTTER = 1.0
"""Width of the empty strip between two columns, in heights of a line."""


def areas(quads: np.ndarray) -> np.ndarray:
    """Area of each quadrilateral, `(N, 4, 2) float32` to `(N,) float32`, pixels squared; of its convex hull."""
    return np.array([cv2.contourArea(cv2.convexHull(quad)) for quad in quads], np.float32)


def intersections(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """What every quadrilateral of `a` has in common with every one of `b`.

    Args:
        a: `(N, 4, 2) float32`, pixels, corners in order, either way round.
        b: `(M, 4, 2) float32`.

    Returns:
        `(N, M) float32`, pixels squared.

    >>> square = np.float32([[[0, 0], [4, 0], [4, 4], [0, 4]]])
    >>> intersections(square, square + 2)
    array([[4.]], dtype=float32)
    """
    shared = np.zeros((len(a), len(b)), np.float32)
    hulls = [cv2.convexHull(quad) for quad in b]
    for row, quad in enumerate(a):
        hull = cv2.convexHull(quad)
        left, top = quad.min(axis=0)
        right, bottom = quad.max(axis=0)
        for column, other in enumerate(b):
            (x, y), (x_end, y_end) = other.min(axis=0), other.max(axis=0)
            if x < right and x_end > left and y < bottom and y_end > top:
                shared[row, column] = cv2.intersectConvexConvex(hull, hulls[column])[0]
    return shared


def quad_iou(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Intersection over union of every quadrilateral of `a` with every one of `b`, `(N, M) float32` in [0, 1]."""
    shared = intersections(a, b)
    union = areas(a)[:, None] + areas(b)[None, :] - shared
    ratio: np.ndarray = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return ratio


def row_order(quads: np.ndarray) -> list[list[int]]:
    """Rows from top to bottom, and in each the lines from left to right.

    Args:
        quads: `(N, 4, 2) float32`, pixels.

    Returns:
        Indices into `quads`, each once.

    >>> def line(x, y): return [[x, y], [x + 40, y], [x + 40, y + 10], [x, y + 10]]
    >>> row_order(np.float32([line(60, 2), line(0, 20), line(0, 0)]))
    [[2, 0], [1]]
    """
    boxes = _boxes(quads)
    rows: list[list[int]] = []
    for index in np.argsort((boxes[:, 1] + boxes[:, 3]) / 2, kind="stable").tolist():
        _, top, _, bottom = boxes[index]
        for row in rows[-3:]:
            _, its_top, _, its_bottom = boxes[row[-1]]
            shared = min(bottom, its_bottom) - max(top, its_top)
            if shared > SAME_ROW * max(1.0, min(bottom - top, its_bottom - its_top)):
                row.append(index)
                break
        else:
            rows.append([index])
    return [sorted(row, key=lambda index: float(boxes[index, 0])) for row in rows]


def page_order(quads: np.ndarray) -> list[list[int]]:
    """Rows as in `row_order`, column by column where a page has columns: cut at empty strips, again and again.

    The recursive X-Y cut (Nagy and Seth, ICPR 1984), with one rule besides: between columns that start side by side
    stands a strip as wide as a line is high, all the way down.
    """
    return _cut(_boxes(quads), list(range(len(quads))), quads)


def _cut(boxes: np.ndarray, indices: list[int], quads: np.ndarray) -> list[list[int]]:
    if len(indices) < 2:
        return [indices] if indices else []
    height = float(np.median(boxes[indices, 3] - boxes[indices, 1]))
    for axis, least in ((0, GUTTER * height), (1, 1.5 * height)):
        parts = _parts(boxes, indices, axis, least)
        if len(parts) > 1 and (axis == 1 or all(len(part) > 2 for part in parts)):
            return [row for part in parts for row in _cut(boxes, part, quads)]
    return [[indices[place] for place in row] for row in row_order(quads[indices])]


def _parts(boxes: np.ndarray, indices: Sequence[int], axis: int, least: float) -> list[list[int]]:
    """Groups of boxes with an empty strip of at least so many pixels between them, along x (0) or y (1)."""
    parts: list[list[int]] = []
    end = -np.inf
    for index in sorted(indices, key=lambda index: float(boxes[index, axis])):
        if boxes[index, axis] - end > least or not parts:
            parts.append([])
        parts[-1].append(index)
        end = max(end, float(boxes[index, axis + 2]))
    return parts


def _boxes(quads: np.ndarray) -> np.ndarray:
    return np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1).reshape(-1, 4)
