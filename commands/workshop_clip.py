"""A clip for the workshop: pictures that a network has not seen, moving over a view, and when each is where."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from pipeline.sinks.video import VideoConfig, VideoSink
from pipeline.types import Colour, Frame, Packet, SourceInfo

SIZE = (640, 360)
"""(width, height) in pixels."""
SIDE = 120
"""Of a picture on its way, pixels."""
LANES = (30, 200)
"""Upper edges of the two ways, pixels: to the right on the first, to the left on the second."""
CROSSING = 80
"""Frames that one picture takes."""
STILL = 15
"""Frames before the first, from which a config learns what the view looks like."""
RATE = 25


@dataclass(frozen=True)
class Crossing:
    """One picture's way through the clip."""

    lane: int
    first: int
    """Frame on which it is at the edge."""
    label: str

    def left(self, frame: int) -> int:
        """Its left edge, pixels; outside of the picture before and after."""
        gone = round((frame - self.first) * (SIZE[0] + SIDE) / CROSSING)
        return gone - SIDE if self.lane == 0 else SIZE[0] - gone

    def covers(self, frame: int, xyxy: Sequence[float]) -> bool:
        """Whether the middle of a box lies on it."""
        x, y = (xyxy[0] + xyxy[2]) / 2, (xyxy[1] + xyxy[3]) / 2
        left, top = self.left(frame), LANES[self.lane]
        return left <= x < left + SIDE and top <= y < top + SIDE


def make_clip(pictures: np.ndarray, labels: Sequence[str], path: Path) -> list[Crossing]:
    """Write the clip.

    Args:
        pictures: `(N, H, W, C) uint8`, RGB where C is 3, grey where it is 1.
        labels: What each is.
        path: The video to write.

    Returns:
        The way of each picture, in order.

    Raises:
        SinkError: it cannot be written.
    """
    tiles = [_tile(picture) for picture in pictures]
    ways = [Crossing(n % 2, STILL + n // 2 * CROSSING, label) for n, label in enumerate(labels)]
    empty = ground()
    info = SourceInfo(path.name, *SIZE, float(RATE), Fraction(1, RATE), colour=Colour(6, 1, 1))
    sink = VideoSink(path, info, VideoConfig(crf=18))
    try:
        for index in range(STILL + -(-len(tiles) // 2) * CROSSING):
            image = empty.copy()
            for way, tile in zip(ways, tiles, strict=True):
                _place(image, tile, way.left(index), LANES[way.lane])
            sink.write(Packet(Frame(image, index, index / RATE, 0.0, path.name, 1 / RATE)))
        sink.finish()
    finally:
        sink.close()
    return ways


def ground() -> np.ndarray:
    """scikit-learn's picture of the Summer Palace in haze, `(H, W, 3) uint8` BGR: what is dark stands out from it."""
    from sklearn.datasets import load_sample_image

    picture = np.asarray(load_sample_image("china.jpg")[: SIZE[1], : SIZE[0], ::-1], np.uint8)  # (360, 640, 3) BGR
    return cv2.addWeighted(picture, 0.5, np.full_like(picture, 255), 0.5, 0)


def _tile(picture: np.ndarray) -> np.ndarray:
    bgr = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR) if picture.shape[2] == 1 else picture[..., ::-1]
    return cv2.resize(np.ascontiguousarray(bgr), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)


def _place(image: np.ndarray, tile: np.ndarray, left: int, top: int) -> None:
    """Put as much of a tile into the picture as lies in it."""
    begin, end = max(left, 0), min(left + SIDE, image.shape[1])
    if begin < end:
        image[top : top + SIDE, begin:end] = tile[:, begin - left : end - left]
