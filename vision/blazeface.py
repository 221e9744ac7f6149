"""BlazeFace's cells, what its outputs mean, and the blending that takes the place of non-maximum suppression.

Bazarevsky et al. 2019, "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs". A face is a box and six
points: right eye, left eye, nose tip, middle of the mouth, right ear, left ear (the face's own right: left in the
picture).
"""

from typing import NamedTuple

import numpy as np

from vision.boxes import iou

POINTS = ("right eye", "left eye", "nose", "mouth", "right ear", "left ear")
"""In the order of the columns."""
GRIDS: dict[int, tuple[tuple[int, int], ...]] = {896: ((16, 2), (8, 6)), 2304: ((48, 1),)}
"""By number of anchors: cells a side of each layer, and anchors a cell. Short range (128 x 128) has strides 8 and 16,
full range (192 x 192) has stride 4."""
CLIPPED = 80.0
"""A logit beyond this is cut off: its exponential would overflow (MediaPipe cuts at 100, for the same reason)."""


class FoundFaces(NamedTuple):
    """Faces, a row each."""

    xyxy: np.ndarray
    """`(N, 4) float32`; may reach beyond the picture."""
    score: np.ndarray
    """`(N,) float32` in [0, 1]."""
    points: np.ndarray
    """`(N, 6, 2) float32` x, y in the order of `POINTS`; NaN where a detector does not give one."""

    def rows(self, keep: np.ndarray) -> "FoundFaces":
        """The rows that a mask or an index array selects."""
        return FoundFaces(self.xyxy[keep], self.score[keep], self.points[keep])

    @classmethod
    def none(cls) -> "FoundFaces":
        """No rows."""
        return cls(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros((0, 6, 2), np.float32))


def centres(anchors: int) -> np.ndarray:
    """Middle of each anchor; all have the same size, that of the input, so a middle is all there is.

    Args:
        anchors: How many: 896 or 2304.

    Returns:
        `(P, 2) float32` x, y in 0..1, in the order of the network's outputs.

    Raises:
        ValueError: no BlazeFace has so many.

    >>> centres(896)[[0, 1, 2, -1]]
    array([[0.03125, 0.03125],
           [0.03125, 0.03125],
           [0.09375, 0.03125],
           [0.9375 , 0.9375 ]], dtype=float32)
    """
    if anchors not in GRIDS:
        raise ValueError(f"anchors: expected one of {sorted(GRIDS)}, received {anchors}")
    layers = []
    for cells, each in GRIDS[anchors]:
        y, x = np.mgrid[:cells, :cells]
        middle = (np.stack([x, y], axis=-1).reshape(-1, 2) + 0.5) / cells  # (cells * cells, 2)
        layers.append(np.repeat(middle, each, axis=0))
    return np.concatenate(layers).astype(np.float32)


def decode(regressors: np.ndarray, logits: np.ndarray, middles: np.ndarray, side: int, min_score: float) -> FoundFaces:
    """The faces that score at least `min_score`, before blending.

    Args:
        regressors: `(P, 16) float32`: box as centre x, centre y, width, height, then six points x, y; pixels of the
            input, centre and points from the anchor's middle.
        logits: `(P,) float32`.
        middles: `(P, 2) float32`, as `centres` gives them.
        side: Of the square input, pixels.
        min_score: In (0, 1).

    Returns:
        Faces in pixels of the input, in the order of the anchors.
    """
    score = 1 / (1 + np.exp(-np.clip(logits, -CLIPPED, CLIPPED)))  # (P,)
    keep = np.flatnonzero(score >= min_score)
    pairs = regressors[keep].reshape(-1, 8, 2)  # (K, 8, 2)
    middle = middles[keep] * np.float32(side)  # (K, 2)
    half, centre = pairs[:, 1] / 2, pairs[:, 0] + middle
    xyxy = np.concatenate([centre - half, centre + half], axis=1)  # (K, 4)
    return FoundFaces(
        xyxy.astype(np.float32), score[keep].astype(np.float32), (pairs[:, 2:] + middle[:, None]).astype(np.float32)
    )


def blend(found: FoundFaces, max_iou: float) -> FoundFaces:
    """One face for each heap of overlapping ones: their mean, weighted by score.

    BlazeFace, section 4: suppression takes one box of a heap and jumps between them from frame to frame; the weighted
    mean trembles 30 to 40 % less. The best box gathers all that overlap it by more than `max_iou` and are left, and so
    on with the best that remains; the score is that of the best.

    Args:
        found: Faces in any one unit.
        max_iou: Largest overlap of two faces that both stay, in [0, 1].

    Returns:
        `(K,)` faces, best first.
    """
    order = np.argsort(-found.score, kind="stable")
    found = found.rows(order)
    overlap = iou(found.xyxy, found.xyxy)  # (N, N)
    left = np.ones(len(order), np.bool_)
    boxes, points, best = [], [], []
    for row in range(len(order)):
        if not left[row]:
            continue
        heap = left & (overlap[row] > max_iou)
        heap[row] = True  # also a box without area
        left &= ~heap
        weight = found.score[heap] / found.score[heap].sum()  # (H,)
        boxes.append(weight @ found.xyxy[heap])
        points.append(np.tensordot(weight, found.points[heap], 1))
        best.append(row)
    if not best:
        return FoundFaces.none()
    return FoundFaces(np.array(boxes, np.float32), found.score[best], np.array(points, np.float32))
