"""Where the joints of people are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.types import frozen_array


@dataclass(frozen=True, slots=True, eq=False)
class Poses:
    """Keypoints of each person, a row each."""

    key: ClassVar[str] = "poses"

    xyxy: np.ndarray
    """`(N, 4) float32`, pixels of the frame: the person's box, or the whole frame."""
    track_id: np.ndarray
    """`(N,) int64`; -1 where people are not followed."""
    points: np.ndarray
    """`(N, K, 2) float32` x, y in pixels of the frame."""
    score: np.ndarray
    """`(N, K) float32` in [0, 1], of each point."""
    names: tuple[str, ...]
    """Of the K points."""
    min_score: float = 0.0
    """Score below which a point is not drawn."""

    def __post_init__(self) -> None:
        rows, points = len(self.xyxy), len(self.names)
        frozen_array("xyxy", self.xyxy, (rows, 4), np.float32)
        frozen_array("track_id", self.track_id, (rows,), np.int64)
        frozen_array("points", self.points, (rows, points, 2), np.float32)
        frozen_array("score", self.score, (rows, points), np.float32)

    def __len__(self) -> int:
        return len(self.xyxy)

    def rows(self) -> list[dict[str, object]]:
        """A row for each person: box, mean score, and x, y, score of each keypoint in the order of the names."""
        return [
            {
                "track_id": None if track_id < 0 else track_id,
                "xyxy": [round(edge, 3) + 0.0 for edge in xyxy],
                "score": round(float(score.mean()), 3),
                "keypoints": [
                    [round(x, 1) + 0.0, round(y, 1) + 0.0, round(float(one), 3)]
                    for (x, y), one in zip(points.tolist(), score, strict=True)
                ],
            }
            for xyxy, track_id, points, score in zip(
                self.xyxy.tolist(), self.track_id.tolist(), self.points, self.score, strict=True
            )
        ]
