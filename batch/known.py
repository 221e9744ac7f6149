"""Stages and sources that say what is known already, so that the rest of a pipeline runs without asking again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from pipeline.stage import StageConfig
from pipeline.types import Damage, Frame, Packet, SourceInfo


@dataclass(frozen=True)
class Moments:
    """The frames of some spans without their pictures, a row each."""

    index: tuple[int, ...]
    media_s: tuple[float, ...]
    duration_s: tuple[float, ...]
    clock_s: tuple[float | None, ...]
    size: tuple[int, int]
    """`(width, height)` of every picture as the later stages get it."""


class Known:
    """Gives what a stage said of each frame; nothing where it was not asked.

    Args:
        config: Of the stage it stands for.
        gives: What that stage gives.
        answers: By index of the frame.
    """

    Config: ClassVar[type[StageConfig]] = StageConfig
    in_order: ClassVar[bool] = True

    def __init__(self, config: StageConfig, gives: type, answers: Mapping[int, object]) -> None:
        self.config, self.gives, self._answers = config, gives, answers

    def process(self, packet: Packet) -> object | None:
        """What it said of the packet's frame."""
        return self._answers.get(packet.frame.index)


class PicturelessSource:
    """Frames that are black: for stages that do not look at the picture.

    Args:
        info: Of the recording.
        moments: Which frames.
    """

    def __init__(self, info: SourceInfo, moments: Sequence[Moments]) -> None:
        self.info, self.damage = info, Damage()
        self._moments = moments

    def __iter__(self) -> Iterator[Frame]:
        for span in self._moments:
            width, height = span.size
            black = np.broadcast_to(np.zeros(3, np.uint8), (height, width, 3))
            rows = zip(span.index, span.media_s, span.duration_s, span.clock_s, strict=True)
            for index, media_s, duration_s, clock_s in rows:
                yield Frame(black, index, media_s, 0.0, self.info.name, duration_s, clock_s)

    def close(self) -> None:
        """Nothing to let go of."""
