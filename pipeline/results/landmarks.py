"""Points of faces, hands and bodies, as networks of landmarks give them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.types import frozen_array


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Faces, hands or bodies in one frame, a row each; all have the same points."""

    key: ClassVar[str] = "landmarks"

    of: str
    """What they are of: 'face', 'hand' or 'pose'."""
    points: np.ndarray
    """`(N, K, 3) float32`: x and y in pixels of the frame, and how far behind the middle, in pixels as well."""
    visibility: np.ndarray
    """`(N, K) float32` in [0, 1]: how surely a point is seen; 1 where the network does not say."""
    label: tuple[str, ...]
    """Of each: 'Left' or 'Right' for a hand, as its owner has it; empty otherwise."""
    score: np.ndarray
    """`(N,) float32` in [0, 1], of the label; 1 where there is none."""
    edges: np.ndarray
    """`(E, 2) int32`: pairs of points to draw a line between."""

    def __post_init__(self) -> None:
        rows = len(self.label)
        frozen_array("points", self.points, (rows, None, 3), np.float32)
        frozen_array("visibility", self.visibility, (rows, self.points.shape[1]), np.float32)
        frozen_array("score", self.score, (rows,), np.float32)
        frozen_array("edges", self.edges, (None, 2), np.int32)

    def __len__(self) -> int:
        return len(self.label)

    def rows(self) -> list[dict[str, object]]:
        """A row for each, points as `[x, y, z]`; `visibility` only for bodies, of which parts are often hidden."""
        told: list[dict[str, object]] = []
        for row, label in enumerate(self.label):
            one: dict[str, object] = {
                "of": self.of,
                "label": label,
                "score": round(float(self.score[row]), 3),
                "points": [[round(value, 1) + 0.0 for value in point] for point in self.points[row].tolist()],
            }
            if self.of == "pose":
                one["visibility"] = [round(value, 2) for value in self.visibility[row].tolist()]
            told.append(one)
        return told
