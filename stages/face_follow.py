"""Keeps faces apart over time: by the people they belong to where those are followed, else by their own tracker."""

from dataclasses import replace

import numpy as np

from models.face_finder import Square
from pipeline.types import Detections, Packet, Tracks
from stages.track import ByteTracker, TrackConfig
from vision.blazeface import FoundFaces
from vision.matching import assign

NAME = "faces"


class FaceFollower:
    """Gives faces the ids of tracks: those of ByteTrack, run on faces (`stages.track`)."""

    def __init__(self, min_score: float, faint_score: float, lost_s: float) -> None:
        """Make a tracker.

        Args:
            min_score: score from which a face nobody knows starts a track.
            faint_score: score from which a face that is followed is kept.
            lost_s: media time for which a track that is not seen is kept.
        """
        self._tracker = ByteTracker(
            TrackConfig(
                on=NAME,
                high_score=min_score,
                low_score=faint_score,
                new_score=min_score,
                min_iou_low=0.3,
                confirm=1,
                lost_s=lost_s,
                smooth=False,
            )
        )

    def __call__(self, packet: Packet, found: FoundFaces) -> np.ndarray:
        """The track of each face: `(N,) int64`; 0: none, as it is faint and nobody was there."""
        rows = len(found.score)
        boxes = Detections(found.xyxy.copy(), found.score.copy(), np.zeros(rows, np.int32), ("face",))
        tracks = self._tracker.process(replace(packet, results={}).plus(NAME, boxes))
        ids = {box.tobytes(): number for box, number in zip(tracks.boxes.xyxy, tracks.id.tolist(), strict=True)}
        return np.array([ids.get(box.tobytes(), 0) for box in found.xyxy], np.int64)


def heads(people: Tracks) -> list[Square]:
    """Where the faces of people are looked for: a square about the upper end of each box, as wide as its shoulders."""
    squares = []
    for left, top, right, bottom in people.boxes.xyxy.tolist():
        side = max(right - left, (bottom - top) / 3) * HEAD_SIDE
        squares.append(((left + right - side) / 2, top - side * HEAD_ABOVE, side))
    return squares


HEAD_SIDE = 1.1
"""Side of the square by the person's width, or a third of the height where that is more."""
HEAD_ABOVE = 0.15
"""How much of the square is above the person's box, as a detector's box may cut the hair."""


def owners(faces: np.ndarray, people: Tracks) -> np.ndarray:
    """Whose faces they are: one a person, the pairs chosen together.

    Args:
        faces: `(N, 4) float32` xyxy, pixels.
        people: who is in the picture.

    Returns:
        `(N,) int64` the person's track id; 0: nobody's.
    """
    given = np.zeros(len(faces), np.int64)
    if not len(faces) or not len(people):
        return given
    boxes = people.boxes.xyxy
    width = np.maximum(boxes[:, 2] - boxes[:, 0], 1)
    tall = np.maximum(boxes[:, 3] - boxes[:, 1], 1)
    # How far a face is from where a person's is: below the upper end by half of the face's height, in the middle.
    x = (faces[:, None, 0] + faces[:, None, 2]) / 2 - (boxes[:, 0] + boxes[:, 2]) / 2  # (N, M)
    y = faces[:, None, 1] - boxes[:, 1]
    away = np.hypot(x / (width / 2), y / (tall / 3))
    row, column = assign(np.clip(1 - away, 0, None), np.ones(len(faces), bool), np.ones(len(boxes), bool), 0.0)
    given[row] = people.id[column]
    return given
