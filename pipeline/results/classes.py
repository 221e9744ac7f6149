"""What a picture, a region or a tracked thing was said to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.types import frozen_array

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """The best classes of each thing that was looked at, a row each."""

    key: ClassVar[str] = "classes"

    xyxy: np.ndarray
    """`(N, 4) float32`, pixels of the frame: what was looked at."""
    track_id: np.ndarray
    """`(N,) int64`; -1 for the frame or a region."""
    class_id: np.ndarray
    """`(N, K) int32`, best first, index into `names`."""
    score: np.ndarray
    """`(N, K) float32` in [0, 1]: calibrated probabilities."""
    votes: np.ndarray
    """`(N,) int32`, views that the answer is pooled from."""
    names: tuple[str, ...]
    unknown_below: float = 0.0
    """Best score below which it is called unknown."""

    def __post_init__(self) -> None:
        rows = len(self.xyxy)
        best = self.class_id.shape[1] if self.class_id.ndim == 2 else 0
        frozen_array("xyxy", self.xyxy, (rows, 4), np.float32)
        frozen_array("track_id", self.track_id, (rows,), np.int64)
        frozen_array("class_id", self.class_id, (rows, best), np.int32)
        frozen_array("score", self.score, (rows, best), np.float32)
        frozen_array("votes", self.votes, (rows,), np.int32)

    def __len__(self) -> int:
        return len(self.xyxy)

    def label(self, row: int) -> str:
        """The best name of a row, or 'unknown'."""
        sure = self.score[row, 0] >= self.unknown_below
        return self.names[self.class_id[row, 0]] if sure else UNKNOWN

    def rows(self) -> list[dict[str, object]]:
        """A row for each thing: where it is, its name, and the best classes with their probabilities."""
        return [
            {
                "track_id": None if self.track_id[row] < 0 else int(self.track_id[row]),
                "xyxy": [round(float(edge), 3) + 0.0 for edge in self.xyxy[row]],
                "class_name": self.label(row),
                "score": round(float(self.score[row, 0]), 3),
                "votes": int(self.votes[row]),
                "top": [
                    {"class_id": int(one), "class_name": self.names[one], "score": round(float(score), 3)}
                    for one, score in zip(self.class_id[row], self.score[row], strict=True)
                ],
            }
            for row in range(len(self))
        ]
