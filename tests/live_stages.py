"""Stages for live tests, by `use: live_stages:...`."""

import sys
import time
from typing import ClassVar

from pipeline.stage import StageConfig
from pipeline.types import Detections, Packet


class FindsNothing:
    """Looks at each frame and finds nothing in it."""

    Config: ClassVar[type[StageConfig]] = StageConfig
    gives: ClassVar[type] = Detections
    in_order: ClassVar[bool] = False

    def __init__(self, config: StageConfig) -> None:
        self.config = config

    def process(self, packet: Packet) -> Detections:
        return Detections.none()


class Napper(FindsNothing):
    """Takes its time without taking a core: work on another device, as far as threads can tell."""

    def process(self, packet: Packet) -> Detections:
        time.sleep(0.02)
        return Detections.none()


class NotesSwitching(FindsNothing):
    """Notes how long a thread may keep the interpreter."""

    seen: ClassVar[list[float]] = []

    def process(self, packet: Packet) -> Detections:
        self.seen.append(round(sys.getswitchinterval(), 6))
        return Detections.none()
