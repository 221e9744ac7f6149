"""What a form is worth: how far it is from the Keras model, how often it is right, how long it takes."""

from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

import numpy as np

from models.backend import Backend, Opening, open_file
from models.export.pictures import batches

AT_ONCE = 256
LIMIT_POINTS = 0.5
"""Percentage points of accuracy that eight bits may cost."""


@dataclass(frozen=True)
class Judged:
    """Pictures that forms are judged on, and what the Keras model says of them."""

    images: np.ndarray
    """`(N, H, W, C) uint8`, as the data set has them."""
    classes: np.ndarray
    """`(N,) int64`."""
    wants: np.ndarray
    """`(N, K) float32`, what the Keras model gives."""

    @property
    def right(self) -> int:
        """How many the Keras model knows."""
        return int((self.wants.argmax(axis=1) == self.classes).sum())

    @property
    def accuracy(self) -> float:
        """Of the Keras model."""
        return self.right / max(len(self.classes), 1)

    def judge(self, found: np.ndarray) -> dict[str, Any]:
        """How a form does, whose answers `(N, K) float32` are `found`."""
        count = max(len(self.classes), 1)
        before, after = self.wants.argmax(axis=1) == self.classes, found.argmax(axis=1) == self.classes
        lost, gained = int((before & ~after).sum()), int((after & ~before).sum())
        return {
            "pictures": len(self.classes),
            "accuracy": int(after.sum()) / count,
            "lost_points": 100 * (lost - gained) / count,
            "lost": lost,
            "gained": gained,
            "chance": chance_of(lost, gained),
            "difference": float(np.abs(found - self.wants).max(initial=0)),
            "same_class": int((found.argmax(axis=1) == self.wants.argmax(axis=1)).sum()) / count,
        }


def chance_of(lost: int, gained: int) -> float:
    """How likely so many or more of the answers that changed are lost where neither form is better.

    The one-sided exact form of McNemar's test (Psychometrika 12, 1947).

    >>> chance_of(2, 0), chance_of(0, 0)
    (0.25, 1.0)
    """
    changed = lost + gained
    return float(sum(comb(changed, count) for count in range(lost, changed + 1)) / 2**changed)


def costs_too_much(judged: dict[str, Any]) -> bool:
    """Whether more than `LIMIT_POINTS` are lost."""
    return bool(judged["lost_points"] > LIMIT_POINTS)


def can_tell(judged: dict[str, Any]) -> bool:
    """Whether a split is large enough for its loss to mean something: chance does as much in one of ten."""
    return bool(judged["chance"] < 0.1)


def answers(path: Path, images: np.ndarray, threads: int = 2) -> np.ndarray:
    """What a file gives for pictures.

    Args:
        path: Of an exported form.
        images: `(N, H, W, C) uint8`.
        threads: Of one inference.

    Returns:
        `(N, K) float32`.

    Raises:
        ModelError: its runtime is missing, or refuses it.
    """
    backend = open_file(path, Opening(path.name, threads))
    try:
        rows = [_run(backend, batch) for batch in batches(images, AT_ONCE)]
    finally:
        backend.close()
    return np.concatenate(rows) if rows else np.empty((0, backend.outputs[0].shape[1] or 0), np.float32)


def _run(backend: Backend, batch: np.ndarray) -> np.ndarray:
    """All at once where the file leaves the number of pictures open, else one after another."""
    if backend.input.shape[0] is None:
        return backend.run(batch)[0]
    return np.concatenate([backend.run(batch[row : row + 1])[0] for row in range(len(batch))])
