"""How far parts of a picture went from one frame to the next: sparse optical flow (Lucas and Kanade, IJCAI 1981)."""

import cv2
import numpy as np

POINTS = 4
"""Along the longer side of each part; half as many along the other."""
WINDOW_PX = 15
BACK_PX = 1.0
"""How far a point may be from where it began once it is followed there and back."""
LEAST = 3
"""Points that have to be followed; else the part is taken to stand still."""


def drift(before: np.ndarray, now: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Where parts of `before` are in `now`: the middle one of the ways of several points in each.

    Args:
        before: `(H, W) uint8`.
        now: `(H, W) uint8`.
        quads: `(N, 4, 2) float32`, pixels of `before`, corners in reading order.

    Returns:
        `(N, 2) float32`, pixels to the right and down; 0 where it cannot be told.
    """
    moved = np.zeros((len(quads), 2), np.float32)
    if not len(quads) or before.shape != now.shape or min(before.shape) < WINDOW_PX:
        return moved
    across, down = np.meshgrid((np.arange(POINTS) + 0.5) / POINTS, (np.arange(POINTS // 2) + 0.5) / (POINTS // 2))
    u, v = across.ravel()[:, None], down.ravel()[:, None]  # (P, 1)
    corners = quads[:, None]  # (N, 1, 4, 2)
    top = corners[..., 0, :] * (1 - u) + corners[..., 1, :] * u
    bottom = corners[..., 3, :] * (1 - u) + corners[..., 2, :] * u
    points = (top * (1 - v) + bottom * v).astype(np.float32)  # (N, P, 2)
    flat = np.ascontiguousarray(points.reshape(-1, 1, 2))
    size = (WINDOW_PX, WINDOW_PX)
    there, found, _ = cv2.calcOpticalFlowPyrLK(before, now, flat, flat.copy(), winSize=size, maxLevel=3)
    back, again, _ = cv2.calcOpticalFlowPyrLK(now, before, there, flat.copy(), winSize=size, maxLevel=3)
    returned = np.abs(back - flat).max(axis=(1, 2)) < BACK_PX
    good = ((found[:, 0] == 1) & (again[:, 0] == 1) & returned).reshape(points.shape[:2])  # (N, P)
    way = (there - flat).reshape(points.shape)
    for row in np.flatnonzero(good.sum(axis=1) >= LEAST):
        moved[row] = np.median(way[row, good[row]], axis=0)
    return moved
