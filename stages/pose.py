"""Where the joints of people are, by a network for one person at a time (MoveNet): in each box, or the whole frame."""

from pathlib import Path
from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from models.resolve import NamesModel
from pipeline.changes import Changeable
from pipeline.errors import ModelError
from pipeline.results.poses import Poses
from pipeline.stage import Reads, StageConfig
from pipeline.types import Detections, Packet, Tracks
from stages.network import NetworkConfig, open_network


class PoseConfig(NetworkConfig):
    """Which network, whom it looks at, and what counts."""

    model: Annotated[
        str, NamesModel(), Field(description="name on the shelf, or path of a spec (.yaml) or of weights")
    ] = "pose-movenet-lightning"
    on: Annotated[
        str,
        Reads(Tracks, Detections, optional=True),
        Field(description="stage whose people are looked at, each by itself; empty: one person, the whole frame"),
    ] = "auto"
    classes: Annotated[
        tuple[str, ...], Field(description="names of the classes that are people, where they have names")
    ] = ("person",)
    min_score: Annotated[
        float, Changeable(), Field(ge=0, le=1, description="score of a point from which it is drawn")
    ] = 0.3
    min_mean: Annotated[
        float, Changeable(), Field(ge=0, le=1, description="mean score of the points from which there is a person")
    ] = 0.2
    margin: Annotated[float, Field(ge=0, le=2, description="how much around a box is taken, share of it")] = 0.2
    most: Annotated[
        int, Changeable(), Field(ge=1, le=100, description="people that are looked at on a frame, the largest")
    ] = 8


class PoseFinder:
    """Finds keypoints; the same frame gives the same points, whichever worker looks at it."""

    Config: ClassVar[type[StageConfig]] = PoseConfig
    gives: ClassVar[type] = Poses
    in_order: ClassVar[bool] = False

    def __init__(self, config: PoseConfig, cache: Path | None = None) -> None:
        """Open the network.

        Raises:
            ModelError: the model is missing, damaged, or gives no keypoints.
        """
        self.config = config
        self._network = open_network(config, "pose", 4, cache)
        shape = self._network.backend.outputs[0].shape
        if shape[1] not in (1, None) or shape[3] not in (3, None):
            self.close()
            raise ModelError(f"model '{self._network.spec.name}' gives {shape}; pose needs (1, 1, K, 3)")
        labels, count = self._network.spec.labels, shape[2] or len(self._network.spec.labels)
        self.names = labels if len(labels) == count else tuple(f"point {number}" for number in range(count))

    def process(self, packet: Packet) -> Poses:
        """The people that were found; none is an answer too."""
        image, size = packet.frame.image, packet.frame.size
        found = packet.find(self.config.on, object) if self.config.on else None
        whole = Detections(np.array([[0, 0, *size]], np.float32), np.ones(1, np.float32), np.zeros(1, np.int32), ())
        boxes = (
            whole
            if not self.config.on
            else found.boxes
            if isinstance(found, Tracks)
            else found
            if isinstance(found, Detections)
            else Detections.none()
        )
        ids = found.id if isinstance(found, Tracks) else np.full(len(boxes), -1, np.int64)
        rows = self._people(boxes)
        squares = [self._square(boxes.xyxy[row], self.config.margin if self.config.on else 0.0) for row in rows]
        looked = [self._look(image, square) for square in squares]
        points = np.array([one[:, :2] for one in looked], np.float32).reshape(-1, len(self.names), 2)
        score = np.array([one[:, 2] for one in looked], np.float32).reshape(-1, len(self.names))
        keep = score.mean(axis=1) >= self.config.min_mean  # (N,)
        kept = np.array(rows, np.int64)[keep]
        return Poses(
            boxes.xyxy[kept].copy(), ids[kept].copy(), points[keep], score[keep], self.names, self.config.min_score
        )

    def close(self) -> None:
        """Let go of the network."""
        self._network.close()

    def _people(self, boxes: Detections) -> list[int]:
        """Rows of the largest people, in their order."""
        wanted = [index for index, name in enumerate(boxes.names) if name in self.config.classes]
        is_one = np.isin(boxes.class_id, wanted) if wanted else np.ones(len(boxes), bool)
        sides = boxes.xyxy[:, 2:] - boxes.xyxy[:, :2]  # (N, 2)
        is_one &= (sides > 1).all(axis=1)
        rows = np.flatnonzero(is_one)
        largest = rows[np.argsort(-sides[rows].prod(axis=1), kind="stable")][: self.config.most]
        return sorted(largest.tolist())

    @staticmethod
    def _square(box: np.ndarray, margin: float) -> tuple[float, float, float]:
        """Left, top and side of the square around a box: the network is not shown a person out of shape."""
        side = float((box[2:] - box[:2]).max() * (1 + margin))
        middle = (box[:2] + box[2:]) / 2
        return float(middle[0]) - side / 2, float(middle[1]) - side / 2, side

    def _look(self, image: np.ndarray, square: tuple[float, float, float]) -> np.ndarray:
        """`(K, 3) float32`: x, y in pixels of the frame and score; what lies outside of the picture is black."""
        left, top, side = square
        width, height = self._network.spec.input.size
        scale = np.array([side / width, side / height])
        # From the middle of an input's pixel to the middle of a frame's pixel.
        back = np.array([[scale[0], 0, left + scale[0] / 2 - 0.5], [0, scale[1], top + scale[1] / 2 - 0.5]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        small = cv2.warpAffine(image, back, (width, height), flags=flags, borderMode=cv2.BORDER_CONSTANT)
        found = self._network(small)[0].astype(np.float32)  # (K, 3): y, x in 0..1, score
        return np.stack([left + found[:, 1] * side, top + found[:, 0] * side, found[:, 2]], axis=1)
