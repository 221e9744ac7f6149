"""A detector without a network: it finds the bright square of `recordings.moving`, and may be asked less."""

from collections.abc import Callable
from typing import ClassVar

import numpy as np

from pipeline.stage import StageConfig
from pipeline.types import Detections, Packet
from stages.between import detections_between


class SquareFinder:
    """Gives the box around what is white."""

    Config: ClassVar[type[StageConfig]] = StageConfig
    gives: ClassVar[type] = Detections
    in_order: ClassVar[bool] = False

    def __init__(self, config: StageConfig) -> None:
        self.config = config

    def process(self, packet: Packet) -> Detections:
        rows, columns = np.nonzero(packet.frame.image.min(axis=2) > 230)
        if not len(rows):
            return Detections.none(("square",))
        box = np.array([[columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]], np.float32)
        return Detections(box, np.ones(1, np.float32), np.zeros(1, np.int32), ("square",))

    def between(self, first: object, last: object) -> Callable[[float], Detections] | None:
        return detections_between(first, last)
