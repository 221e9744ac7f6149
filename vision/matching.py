"""Who is who: pairs of rows from two lists, chosen so that together they are as alike as can be."""

import lap
import numpy as np

from vision.boxes import iou


def class_iou(a: np.ndarray, a_class: np.ndarray, b: np.ndarray, b_class: np.ndarray) -> np.ndarray:
    """Overlap of every box of `a` with every box of `b` of its own class.

    Args:
        a: `(N, 4) float32` xyxy, pixels.
        a_class: `(N,)` integers.
        b: `(M, 4) float32` xyxy, pixels.
        b_class: `(M,)` integers.

    Returns:
        `(N, M) float32` in [0, 1]; 0 where the classes differ.

    >>> box = np.float32([[0, 0, 2, 2]])
    >>> class_iou(box, np.int32([7]), np.repeat(box, 2, axis=0), np.int32([7, 8]))
    array([[1., 0.]], dtype=float32)
    """
    overlap: np.ndarray = iou(a, b) * (a_class[:, None] == b_class)
    return overlap


def assign(alike: np.ndarray, rows: np.ndarray, columns: np.ndarray, above: float) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of rows and columns with the largest sum of what each pair is alike beyond `above`.

    Solved exactly, by the algorithm of Jonker and Volgenant (1987). A pair that is not alike enough is never made, not
    even to make room for another; a row or a column may stay alone.

    Args:
        alike: `(N, M) float32`; NaN counts as not alike.
        rows: `(N,) bool`, those that may be paired.
        columns: `(M,) bool`, those that may be paired.
        above: A pair has to be more alike than this.

    Returns:
        Two arrays `(K,) int64` of equal length: pair k is `alike[row[k], column[k]]`. Rows ascend.

    >>> alike = np.float32([[0.9, 0.8], [0.8, 0.1]])
    >>> assign(alike, np.array([True, True]), np.array([True, True]), above=0.2)
    (array([0, 1]), array([1, 0]))
    """
    row, column = np.flatnonzero(rows), np.flatnonzero(columns)
    if not len(row) or not len(column):
        return row[:0], column[:0]
    offered = alike[row[:, None], column]  # (n, m)
    gain = np.where(offered > above, offered - above, 0).astype(np.float64)
    to = lap.lapjv(-gain, extend_cost=True, return_cost=False)[0]  # (n,) column of each row, -1: none
    paired = np.flatnonzero(to >= 0)
    paired = paired[gain[paired, to[paired]] > 0]
    return row[paired], column[to[paired]]
