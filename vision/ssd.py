"""From an SSD network's raw heads to boxes (Liu et al. 2016, section 2.2; the box coder is that of Faster R-CNN)."""

from typing import Literal, NamedTuple

import numpy as np

CODER = (10.0, 10.0, 5.0, 5.0)
"""What TensorFlow's Object Detection API multiplies offsets by: y, x, height, width."""


class Candidates(NamedTuple):
    """Scores over a threshold, a row each, best first."""

    anchor: np.ndarray
    """`(K,) int64`, row of the anchors."""
    class_id: np.ndarray
    """`(K,) int32`, 0 is the first class after background."""
    score: np.ndarray
    """`(K,) float32` in [0, 1]."""


def candidates(logits: np.ndarray, score: Literal["sigmoid", "softmax"], min_score: float, limit: int) -> Candidates:
    """The (anchor, class) pairs that score at least `min_score`.

    Thresholding comes first, on the logits where that is possible: of 1,917 anchors some 20 are left, and only those
    are worth an exponential and a decoded box.

    Args:
        logits: `(P, 1 + C) float32`, background in column 0.
        score: 'sigmoid' for classes that are scored each by itself, 'softmax' for a distribution over all.
        min_score: In (0, 1).
        limit: Most pairs to return, the best.
    """
    if score == "softmax":
        logits = _log_softmax(logits)
        floor = np.log(np.float32(min_score))
    else:
        floor = np.log(np.float32(min_score)) - np.log1p(-np.float32(min_score))
    anchor, class_id = np.nonzero(logits[:, 1:] >= floor)
    found = logits[anchor, class_id + 1]  # (K,)
    best = np.argsort(-found, kind="stable")[:limit]
    found = found[best]
    scores = np.exp(found) if score == "softmax" else 1 / (1 + np.exp(-found))
    return Candidates(anchor[best], class_id[best].astype(np.int32), np.minimum(scores, 1).astype(np.float32))


def _log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def decode(offsets: np.ndarray, anchors: np.ndarray, coder: tuple[float, float, float, float] = CODER) -> np.ndarray:
    """Boxes that a network means by its offsets.

    Args:
        offsets: `(K, 4) float32`: ty, tx, th, tw.
        anchors: `(K, 4) float32`: centre x, centre y, width, height, shares of the picture.
        coder: What the offsets were multiplied by in training.

    Returns:
        `(K, 4) float32` xyxy, shares of the picture; may reach beyond it.
    """
    scaled = offsets / np.array(coder, np.float32)
    sides = np.exp(scaled[:, 3:1:-1]) * anchors[:, 2:]  # (K, 2) width, height
    centres = scaled[:, 1::-1] * anchors[:, 2:] + anchors[:, :2]  # (K, 2) x, y
    return np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)


def encode(xyxy: np.ndarray, anchors: np.ndarray, coder: tuple[float, float, float, float] = CODER) -> np.ndarray:
    """The offsets that `decode` turns into `xyxy`; what a network is trained to give.

    Args:
        xyxy: `(K, 4) float32`, shares of the picture, none empty.
        anchors: `(K, 4) float32`: centre x, centre y, width, height.
        coder: What the offsets are multiplied by.

    Returns:
        `(K, 4) float32`: ty, tx, th, tw.
    """
    sides = xyxy[:, 2:] - xyxy[:, :2]  # (K, 2)
    centres = (xyxy[:, 2:] + xyxy[:, :2]) / 2
    moved = (centres - anchors[:, :2]) / anchors[:, 2:]  # (K, 2) x, y
    grown = np.log(sides / anchors[:, 2:])  # (K, 2) width, height
    return np.concatenate([moved[:, ::-1], grown[:, ::-1]], axis=1) * np.array(coder, np.float32)
