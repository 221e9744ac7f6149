"""Whether anything moves before a still camera, so that costly stages are asked only then: `when: motion`."""

import math
from typing import Annotated, ClassVar

import cv2
import numpy as np
from pydantic import Field

from pipeline.changes import Changeable
from pipeline.results.motion import Motion
from pipeline.stage import StageConfig
from pipeline.types import Packet
from stages.foreground import Foreground
from vision.motion import blobs

WIDTH = 160
"""Of the copy that is looked at: a pixel of it is eight of a 720p camera, and it costs a third of twice the width."""
CHANGED = 0.7
"""Part of the picture from which on it is another picture: a lamp, a cut, a camera that turns."""
ROUNDING_S = 1e-6
NO_BOXES = np.zeros((0, 4), np.float32)


class MotionConfig(StageConfig):
    """What counts as motion, and for how long."""

    min_area: Annotated[
        float, Changeable(), Field(gt=0, le=1, description="share of the picture that the largest moving part needs")
    ] = 0.0005
    hold_s: Annotated[
        float, Changeable(), Field(ge=0, le=3600, description="seconds it stays active after the last motion")
    ] = 2.0
    refresh_s: Annotated[
        float, Changeable(), Field(ge=0, le=86_400, description="it is active once in so many seconds anyway; 0: never")
    ] = 10.0
    refresh_frames: Annotated[
        int, Changeable(), Field(ge=1, le=100, description="frames of such a look: a tracker needs some to confirm")
    ] = 3
    absorb_s: Annotated[
        float, Field(gt=0, le=3600, description="seconds after which what came and stands moves no more")
    ] = 2.0


class MotionGate:
    """Compares each frame with what the picture usually looks like: 0.4 ms."""

    Config: ClassVar[type[StageConfig]] = MotionConfig
    gives: ClassVar[type] = Motion
    in_order: ClassVar[bool] = True

    def __init__(self, config: MotionConfig) -> None:
        self.config = config
        self._foreground = Foreground(WIDTH, config.absorb_s)
        self._now_s = 0.0
        self._moved_s = self._looked_s = -math.inf
        self._looks_left = 0

    def process(self, packet: Packet) -> Motion:
        """What moves on this frame. The first ones are active, since nothing is known before them."""
        frame, config = packet.frame, self.config
        self._now_s = frame.media_s
        mask = self._foreground.mask(frame.image, frame.media_s)
        share = cv2.countNonZero(mask) / mask.size
        if share >= CHANGED:
            self._foreground.restart()
            self._moved_s, boxes = self._now_s, NO_BOXES
        else:
            boxes = blobs(mask, config.min_area * mask.size) if share else NO_BOXES
            if len(boxes):
                self._moved_s = self._now_s
        moves = self._now_s - self._moved_s <= config.hold_s + ROUNDING_S
        looks = self._is_due()
        if moves:
            self._looked_s, self._looks_left = self._now_s, 0
        height, width = mask.shape
        scale = np.array([frame.size[0] / width, frame.size[1] / height] * 2, np.float32)
        return Motion(moves or looks, bool(len(boxes)), share, boxes * scale)

    def _is_due(self) -> bool:
        """Whether it is time to look though nothing moves: some frames in a row, now and then."""
        if self._looks_left:
            self._looks_left -= 1
            return True
        if 0 < self.config.refresh_s <= self._now_s - self._looked_s + ROUNDING_S:
            self._looked_s = self._now_s
            self._looks_left = self.config.refresh_frames - 1
            return True
        return False
