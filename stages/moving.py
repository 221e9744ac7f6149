"""Finds what moves before a still camera, whatever it is: no network, no model, a millisecond or two a frame."""

from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from pipeline.changes import Changeable
from pipeline.stage import StageConfig
from pipeline.types import Detections, Packet
from stages.foreground import Foreground
from vision.motion import blobs

WIDTH = 320
NAMES = ("moving",)
SURE_AT = 4
"""A part of so many times the least area has a score of almost 1."""


class MovingConfig(StageConfig):
    """What counts as one thing that moves."""

    min_area: Annotated[
        float, Changeable(), Field(gt=0, le=1, description="share of the picture that a moving part needs")
    ] = 0.002
    max_area: Annotated[
        float, Changeable(), Field(gt=0, le=1, description="share of the picture above which it is no thing any more")
    ] = 0.6
    join: Annotated[
        float, Changeable(), Field(ge=0, le=0.2, description="gap between parts of one thing, share of the width")
    ] = 0.03
    absorb_s: Annotated[
        float, Field(gt=0, le=3600, description="seconds after which what came and stands is not found any more")
    ] = 10.0


class MovingFinder:
    """Boxes around what is not usually there. One class, `moving`: it cannot tell a lorry from a cloud's shadow."""

    Config: ClassVar[type[StageConfig]] = MovingConfig
    gives: ClassVar[type] = Detections
    in_order: ClassVar[bool] = True

    def __init__(self, config: MovingConfig) -> None:
        self.config = config
        self._foreground = Foreground(WIDTH, config.absorb_s)

    def process(self, packet: Packet) -> Detections:
        """What moves in the frame, the largest first; the score grows with the size and stays below 1."""
        frame, config = packet.frame, self.config
        mask = self._foreground.mask(frame.image, frame.media_s)
        height, width = mask.shape
        gap_px = round(config.join * width)
        if gap_px:  # windscreens and bonnets of one car, say
            mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((gap_px + 1, gap_px + 1), np.uint8))
        boxes = blobs(mask, config.min_area * mask.size)
        area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) / mask.size  # (N,)
        boxes, area = boxes[area <= config.max_area], area[area <= config.max_area]
        score = 1 - np.exp(-area / config.min_area * 3 / SURE_AT)
        scale = np.array([frame.size[0] / width, frame.size[1] / height] * 2, np.float32)
        return Detections(boxes * scale, score.astype(np.float32), np.zeros(len(boxes), np.int32), NAMES)
