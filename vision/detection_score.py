"""How many of the boxes that are there are found, and how many of those found are there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision.boxes import iou


@dataclass(frozen=True, eq=False)
class Matched:
    """Boxes found in all pictures, best first, each with whether it is one that is there."""

    score: np.ndarray
    """`(K,) float32`, descending."""
    right: np.ndarray
    """`(K,) bool`."""
    wanted: int
    """Boxes that are there."""

    @property
    def recall(self) -> float:
        """Share of the boxes that are there which were found; 1 where there is none."""
        return float(self.right.sum() / self.wanted) if self.wanted else 1.0

    @property
    def precision(self) -> float:
        """Share of the boxes found that are there; 1 where none was found."""
        return float(self.right.mean()) if len(self.right) else 1.0

    @property
    def average_precision(self) -> float:
        """Area under precision over recall, each precision the best at that recall or more (VOC 2010)."""
        if not self.wanted or not len(self.right):
            return 0.0
        hits = np.cumsum(self.right)
        precision = np.maximum.accumulate((hits / np.arange(1, len(hits) + 1))[::-1])[::-1]
        return float((precision * self.right).sum() / self.wanted)


def match_boxes(
    found: Sequence[tuple[np.ndarray, np.ndarray]],
    truth: Sequence[np.ndarray],
    ignored: Sequence[np.ndarray],
    min_iou: float,
) -> Matched:
    """Give each box found, best first over each picture, the free box that it overlaps most.

    Args:
        found: of each picture, `(N, 4) float32` xyxy and `(N,) float32` scores.
        truth: `(M, 4) float32` xyxy of each picture.
        ignored: `(I, 4) float32`: boxes that need not be found; what overlaps one counts neither way.
        min_iou: overlap that makes two boxes one.

    >>> box = np.float32([[0, 0, 10, 10]])
    >>> told = match_boxes([(np.repeat(box, 2, 0), np.float32([0.9, 0.8]))], [box], [box[:0]], 0.5)
    >>> told.recall, told.precision, told.average_precision
    (1.0, 0.5, 1.0)
    """
    scores, right = [], []
    for (boxes, score), wanted, ignore in zip(found, truth, ignored, strict=True):
        overlap, beside = iou(boxes, wanted), iou(boxes, ignore)  # (N, M), (N, I)
        free = np.ones(len(wanted), np.bool_)
        for row in np.argsort(-score, kind="stable"):
            near = np.where(free, overlap[row], 0.0)
            if len(near) and near.max() >= min_iou:
                free[near.argmax()] = False
                right.append(True)
            elif len(ignore) and beside[row].max() >= min_iou:
                continue
            else:
                right.append(False)
            scores.append(float(score[row]))
    order = np.argsort(-np.array(scores, np.float32), kind="stable")
    return Matched(
        np.array(scores, np.float32)[order], np.array(right, np.bool_)[order], sum(len(wanted) for wanted in truth)
    )
