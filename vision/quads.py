"""Quadrilaterals around text: how far they overlap, and in which order a reader would go through them."""

import cv2
import numpy as np

SAME_ROW = 0.5
"""Part of the lower line's height that two lines share in the vertical, to stand in one row."""
LEADING = 1.5
"""Empty space between two lines of a block at the most, in heights of a line."""
PROSE = 5.0
"""Width of a line by its height from which several of them are prose, and no column of a table."""


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
    """Rows as in `row_order`; column by column where lines of prose stand side by side.

    Lines that follow one another downwards form blocks, and blocks are ordered as by Breuel (DIA for Libraries, 2003):
    one above another before it, one left of another before it. Tables and receipts, whose lines are short, have no
    columns in this sense: there a row is read before the next. A page that was turned is read as its lines run, so
    the corners have to begin where each line does.
    """
    quads = _turned_back(quads)
    boxes = _boxes(quads)
    blocks = _blocks(boxes)
    frames = np.array([_around(boxes[block]) for block in blocks], np.float32).reshape(-1, 4)
    prose = np.array([_is_prose(boxes[block]) for block in blocks], np.bool_)
    if not (_left_of(frames) & prose[:, None] & prose[None, :]).any():
        return row_order(quads)
    before = _left_of(frames) | _above(frames)
    left, order = set(range(len(blocks))), []
    while left:
        free = [block for block in left if not any(before[other, block] for other in left - {block})] or list(left)
        first = min(free, key=lambda block: (float(frames[block, 0]), float(frames[block, 1])))
        left.remove(first)
        order += [[blocks[first][place] for place in row] for row in row_order(quads[blocks[first]])]
    return order


def _turned_back(quads: np.ndarray) -> np.ndarray:
    """The same with the lines running to the right, on the whole."""
    right, down = (quads[:, 1] - quads[:, 0]).sum(axis=0) if len(quads) else (1.0, 0.0)
    length = float(np.hypot(right, down))
    if length == 0.0:
        return quads
    back = np.array([[right, -down], [down, right]], np.float32) / np.float32(length)
    turned: np.ndarray = quads @ back
    return turned


def _blocks(boxes: np.ndarray) -> list[list[int]]:
    """Lines that follow one another downwards: each is the nearest below the one above, and that the nearest above."""
    count = len(boxes)
    left, top, right, bottom = boxes.T
    heights, widths = bottom - top, right - left
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)  # (N, N)
    gap = top[None, :] - bottom[:, None]
    height = np.minimum(heights[:, None], heights)
    follows = (shared > 0.5 * np.minimum(widths[:, None], widths)) & (gap > -0.6 * height) & (gap < LEADING * height)
    follows &= (heights[:, None] < 1.7 * heights) & (heights[None, :] < 1.7 * heights[:, None])
    follows &= (top[None, :] + bottom[None, :]) > (top + bottom)[:, None] + height
    cost = np.where(follows, gap, np.inf)
    blocks: list[list[int]] = []
    block_of: dict[int, list[int]] = {}
    for row in np.argsort(top, kind="stable").tolist():
        above = int(cost[:, row].argmin())
        if count > 1 and np.isfinite(cost[above, row]) and int(cost[above].argmin()) == row:
            block_of[above].append(row)
            block_of[row] = block_of[above]
        else:
            blocks.append([row])
            block_of[row] = blocks[-1]
    return blocks


def _around(boxes: np.ndarray) -> np.ndarray:
    return np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])


def _is_prose(boxes: np.ndarray) -> bool:
    wide = np.median((boxes[:, 2] - boxes[:, 0]) / np.maximum(boxes[:, 3] - boxes[:, 1], 1.0))
    return len(boxes) >= 3 and bool(wide >= PROSE)


def _left_of(frames: np.ndarray) -> np.ndarray:
    """`(B, B) bool`: a is left of b, and they share a height."""
    middle = (frames[:, 0] + frames[:, 2]) / 2
    beside = (frames[:, None, 2] <= middle[None, :]) & (frames[None, :, 0] >= middle[:, None])
    shared = np.minimum(frames[:, None, 3], frames[None, :, 3]) > np.maximum(frames[:, None, 1], frames[None, :, 1])
    result: np.ndarray = beside & shared
    return result


def _above(frames: np.ndarray) -> np.ndarray:
    """`(B, B) bool`: a is above b, and they share a width."""
    middle = (frames[:, 1] + frames[:, 3]) / 2
    shared = np.minimum(frames[:, None, 2], frames[None, :, 2]) > np.maximum(frames[:, None, 0], frames[None, :, 0])
    result: np.ndarray = shared & (middle[:, None] < middle[None, :]) & ~_left_of(frames) & ~_left_of(frames).T
    return result


def _boxes(quads: np.ndarray) -> np.ndarray:
    return np.concatenate([quads.min(axis=1), quads.max(axis=1)], axis=1).reshape(-1, 4)
