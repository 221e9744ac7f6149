"""What lies between two looks at the same things: boxes that moved a little, or a reason to look again."""

from typing import NamedTuple

import numpy as np

from vision.matching import assign, class_iou

SURE = 0.4
"""A box of at least this score has to be in both looks; fainter ones come and go."""
AGREE = 0.7
"""Overlap of a sure box with itself in the other look; less, and it went too far to tell the way."""
SAME = 0.1
"""Overlap from which a faint box is taken for the same."""


class Boxes(NamedTuple):
    """What one look found, a row each."""

    xyxy: np.ndarray
    """`(N, 4) float32`, pixels."""
    score: np.ndarray
    """`(N,) float32` in [0, 1]."""
    class_id: np.ndarray
    """`(N,) int32`."""


class Joined(NamedTuple):
    """Two looks that agree, and which of their boxes are one."""

    first: Boxes
    last: Boxes
    pairs: tuple[np.ndarray, np.ndarray]
    """Rows of `first` and of `last`, `(K,) int64` each."""


def join(first: Boxes, last: Boxes) -> Joined | None:
    """The two looks joined, or None where one has a sure box that the other has not, or that moved too far.

    >>> box = Boxes(np.float32([[0, 0, 20, 20]]), np.float32([0.9]), np.int32([0]))
    >>> join(box, Boxes(box.xyxy + 1, box.score, box.class_id)) is None
    False
    >>> join(box, Boxes(box.xyxy + 9, box.score, box.class_id)) is None
    True
    """
    overlap = class_iou(first.xyxy, first.class_id, last.xyxy, last.class_id)  # (N, M)
    every = [np.ones(len(look.score), np.bool_) for look in (first, last)]
    pairs = assign(overlap, every[0], every[1], SAME)
    firm = overlap[pairs] >= AGREE  # (K,)
    for look, rows in ((first, pairs[0]), (last, pairs[1])):
        lone = look.score >= SURE
        lone[rows[firm]] = False
        if lone.any():
            return None
    return Joined(first, last, pairs)


def between(joined: Joined, share: float) -> Boxes:
    """The boxes at a share of the time from the first look to the last, best first.

    Boxes of both go from the one place to the other at an even pace, and so do their scores; a faint one of one look
    alone stands in the half of the time that is nearer to it.

    Args:
        joined: Two looks that agree.
        share: 0 is the first look, 1 the last.
    """
    first, last, (a, b) = joined
    near, rows = (first, a) if share < 0.5 else (last, b)
    alone = np.delete(np.arange(len(near.score)), rows)
    weights = np.float32(1 - share), np.float32(share)
    xyxy = np.concatenate([weights[0] * first.xyxy[a] + weights[1] * last.xyxy[b], near.xyxy[alone]])
    score = np.concatenate([weights[0] * first.score[a] + weights[1] * last.score[b], near.score[alone]])
    class_id = np.concatenate([first.class_id[a], near.class_id[alone]])
    best = np.argsort(-score, kind="stable")
    return Boxes(xyxy[best], score[best], class_id[best])
