"""Faces, and whose they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

import numpy as np

from pipeline.types import Index, frozen_array


class FaceRow(TypedDict):
    """One face in one frame; the order of the keys is the order in the data."""

    track_id: int | None
    """None where it is not followed."""
    xyxy: list[float]
    score: float
    name: str | None
    """None: not known, or not yet."""
    distance: float | None
    """To the nearest picture of that person, as the embedder measures; None without a name."""
    quality: float | None
    """Of the best view that was looked at, in [0, 1]; None where none was."""
    unknown: int | None
    """Number of somebody who was looked at well and is not known: the same one all through a run."""


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """Faces found in one frame, a row each."""

    xyxy: np.ndarray
    """`(N, 4) float32` pixels of the packet's frame; may reach beyond it."""
    score: np.ndarray
    """`(N,) float32` in [0, 1]."""
    points: np.ndarray
    """`(N, 6, 2) float32` x, y in pixels: right eye, left eye, nose, mouth, right ear, left ear (the face's own right);
    NaN where the detector does not give one."""
    track_id: np.ndarray
    """`(N,) int64`; 0: not followed."""

    key: ClassVar[str] = "faces"

    def __post_init__(self) -> None:
        rows = len(self.score)
        frozen_array("xyxy", self.xyxy, (rows, 4), np.float32)
        frozen_array("score", self.score, (rows,), np.float32)
        frozen_array("points", self.points, (rows, 6, 2), np.float32)
        frozen_array("track_id", self.track_id, (rows,), np.int64)

    def __len__(self) -> int:
        return len(self.score)

    def __getitem__(self, rows: Index) -> Faces:
        """The rows that a mask, an index array or a slice selects, in every column."""
        return Faces(self.xyxy[rows], self.score[rows], self.points[rows], self.track_id[rows])

    @classmethod
    def none(cls) -> Faces:
        """No rows."""
        none = np.zeros(0, np.float32)
        return cls(none.reshape(0, 4), none.copy(), none.reshape(0, 6, 2).copy(), np.zeros(0, np.int64))

    def rows(self) -> list[FaceRow]:
        """A row each, of faces that nobody has recognised."""
        return [_row(self, row) for row in range(len(self))]


@dataclass(frozen=True, slots=True, eq=False)
class Identities:
    """Whose the faces of one frame are, a row each; tells everything that Faces tells, in its place."""

    faces: Faces
    name: tuple[str | None, ...]
    """None: not known, or not yet."""
    unknown: np.ndarray
    """`(N,) int32` number of somebody who is not known; 0: known, or not looked at well enough yet."""
    distance: np.ndarray
    """`(N,) float32`; NaN without a name."""
    quality: np.ndarray
    """`(N,) float32` in [0, 1]; NaN where no view was looked at."""
    instead_of: str
    """Stage whose rows these are, completed."""

    key: ClassVar[str] = "faces"

    def __post_init__(self) -> None:
        rows = len(self.faces)
        if len(self.name) != rows:
            raise ValueError(f"name: expected {rows}, received {len(self.name)}")
        frozen_array("unknown", self.unknown, (rows,), np.int32)
        frozen_array("distance", self.distance, (rows,), np.float32)
        frozen_array("quality", self.quality, (rows,), np.float32)

    def __len__(self) -> int:
        return len(self.faces)

    def rows(self) -> list[FaceRow]:
        """A row each."""
        rows = []
        for number in range(len(self)):
            row = _row(self.faces, number)
            row["name"] = self.name[number]
            row["distance"] = _told(self.distance[number])
            row["quality"] = _told(self.quality[number])
            row["unknown"] = int(self.unknown[number]) or None
            rows.append(row)
        return rows


def _row(faces: Faces, number: int) -> FaceRow:
    return {
        "track_id": int(faces.track_id[number]) or None,
        "xyxy": [round(float(value), 1) + 0.0 for value in faces.xyxy[number]],
        "score": round(float(faces.score[number]), 3),
        "name": None,
        "distance": None,
        "quality": None,
        "unknown": None,
    }


def _told(value: np.floating) -> float | None:
    """A number as it is printed; NaN is none."""
    return round(float(value), 3) if np.isfinite(value) else None
