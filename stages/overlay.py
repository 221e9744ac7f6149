"""Draws what was found on the picture: boxes with labels, where tracks went, and a status line."""

from collections import deque
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import Field

from pipeline.changes import Changeable
from pipeline.errors import ConfigError
from pipeline.stage import Reads, StageConfig
from pipeline.types import Detections, Frame, Packet, Tracks
from stages.draw import drawer_of
from stages.draw.pen import Pen
from vision.drawing import corners, draw_boxes, draw_label, draw_trail, line_width, text_height
from vision.labels import Rect, place_labels
from vision.lettering import Lettering
from vision.palette import WHITE, Bgr, colour_of, ink_on

RATE_OVER_S = 1.0
"""Media time over which the status line takes the frame rate."""
LABEL_STAYS = 25
"""Frames that a label keeps its place where it can, so that it does not jump to and fro."""
STATUS_GROUND: Bgr = (28, 28, 28)


class OverlayConfig(StageConfig):
    """What is drawn, and how large."""

    on: Annotated[str, Reads(Tracks, Detections, optional=True), Field(description="stage whose objects are drawn")] = (
        "auto"
    )
    labels: Annotated[bool, Changeable(), Field(description="write class and track id at each box")] = True
    scores: Annotated[bool, Changeable(), Field(description="write the score in the label")] = True
    trail_s: Annotated[
        float, Changeable(), Field(ge=0, le=60, description="seconds of a track's way that are drawn; 0: none")
    ] = 1.5
    status: Annotated[
        bool, Changeable(), Field(description="write time, frame, rate and number of objects in a corner")
    ] = True
    scale: Annotated[float, Changeable(), Field(ge=0.25, le=4, description="multiplies the size of lines and text")] = (
        1.0
    )
    font: Annotated[
        Path | None, Field(description="TrueType file, for names that are not ASCII; the built-in font has no others")
    ] = None


@dataclass
class _Trail:
    """Where one track was: bottom centre of its box, with the media time."""

    points: deque[tuple[float, float, float]] = field(default_factory=deque)
    label_place: int = -1
    label_frames: int = 0
    """For how many frames the label has been there."""

    def place_before(self) -> int:
        """Where the label was and should stay; every so often -1: free to go back to the best place."""
        if self.label_frames < LABEL_STAYS:
            return self.label_place
        self.label_frames = 0
        return -1


class Overlay:
    """Draws boxes, labels, trails and a status line on a copy of the frame."""

    Config: ClassVar[type[StageConfig]] = OverlayConfig
    gives: ClassVar[type] = Frame
    in_order: ClassVar[bool] = True
    draws: ClassVar[bool] = True
    """For eyes alone: left out where no picture is wanted."""

    def __init__(self, config: OverlayConfig) -> None:
        """Raises ConfigError where the font cannot be read."""
        self.config = config
        self._trails: dict[int, _Trail] = {}
        self._times: deque[float] = deque()
        self._lettering = self._letter(14)

    def process(self, packet: Packet) -> Frame:
        """The frame with everything drawn on it; only the status line where the stage it reads gave nothing."""
        frame = packet.frame
        image = frame.image.copy()
        self._fit(frame.size)
        found = packet.find(self.config.on, object)
        boxes = found.boxes if isinstance(found, Tracks) else found if isinstance(found, Detections) else None
        ids = found.id.tolist() if isinstance(found, Tracks) else None
        tiles, place = self._status(frame, 0 if boxes is None else len(boxes))
        self._remember(frame.media_s, boxes, ids)
        if boxes is not None and len(boxes):
            self._draw_objects(image, boxes, ids, [place])
        self._draw_results(packet, image)
        draw_label(image, tiles, STATUS_GROUND, place, self._pad)
        return replace(frame, image=image)

    def _draw_results(self, packet: Packet, image: np.ndarray) -> None:
        """What has a drawer of its own: masks, faces, texts, zones."""
        kinds: list[tuple[type[Any], object]] = [(type(result), result) for result in packet.results.values()]
        drawn = [(drawer, result) for kind, result in kinds if (drawer := drawer_of(kind)) is not None]
        pen = Pen(image, self._line_px, self._pad, self._lettering)
        for (_, draw), result in sorted(drawn, key=lambda entry: entry[0][0]):
            draw(pen, result)

    def _draw_objects(self, image: np.ndarray, boxes: Detections, ids: list[int] | None, status: list[Rect]) -> None:
        numbers = boxes.class_id.tolist() if ids is None else ids
        colours = [colour_of(number) for number in numbers]
        for number, colour in zip(ids or (), colours, strict=False):
            points = self._trails[number].points
            if len(points) > 1:
                draw_trail(image, np.array(points, np.float32)[:, :2], colour, self._line_px)
        draw_boxes(image, boxes.xyxy, colours, self._line_px)
        if self.config.labels:
            self._draw_labels(image, boxes, ids, colours, status)

    def _draw_labels(
        self,
        image: np.ndarray,
        boxes: Detections,
        ids: list[int] | None,
        colours: list[Bgr],
        status: list[Rect],
    ) -> None:
        rows = []
        for row, colour in enumerate(colours):
            prefix = "" if ids is None else f"#{ids[row]} "
            texts = [f"{prefix}{boxes.names[boxes.class_id[row]]}"]
            if self.config.scores:
                texts += f" {boxes.score[row]:.2f}"  # a letter at a time: a handful of tiles serves every score
            rows.append([self._lettering.tile(text, ink_on(colour), colour) for text in texts])
        sizes = [(sum(tile.shape[1] for tile in tiles) + 2 * self._pad, self._lettering.height_px) for tiles in rows]
        before = None if ids is None else [self._trails[number].place_before() for number in ids]
        picture = image.shape[1], image.shape[0]
        places, kept = place_labels(corners(boxes.xyxy), sizes, picture, before, status)
        for number, choice in zip(ids or (), kept, strict=False):
            self._trails[number].label_place = choice
            self._trails[number].label_frames += 1
        for tiles, colour, place in zip(rows, colours, places, strict=True):
            draw_label(image, tiles, colour, place, self._pad)

    def _status(self, frame: Frame, objects: int) -> tuple[list[np.ndarray], Rect]:
        """The status line's letters and its place: as much of it as there is room for, nothing where it is off."""
        parts = [clock(frame.media_s), f"frame {frame.index}", f"{self._rate(frame.media_s)} fps"]
        if self.config.on:  # where only faces or texts are drawn, nobody counts
            parts.append(f"{objects} found")
        while self.config.status and parts:
            tiles = [self._lettering.tile(letter, WHITE, STATUS_GROUND) for letter in "  ".join(parts)]
            width = sum(tile.shape[1] for tile in tiles) + 2 * self._pad
            if width <= frame.size[0]:
                return tiles, (0, 0, width, self._lettering.height_px)
            parts.pop()
        return [], (0, 0, 0, 0)

    def _rate(self, media_s: float) -> str:
        """Frames a second in the picture's own time, over the last second; it does not depend on the machine."""
        times = self._times
        if times and media_s < times[-1]:
            times.clear()
        times.append(media_s)
        while len(times) > 2 and times[-1] - times[0] > RATE_OVER_S:
            times.popleft()
        spread = times[-1] - times[0]
        return f"{(len(times) - 1) / spread:.1f}" if spread > 0 else "-"

    def _remember(self, media_s: float, boxes: Detections | None, ids: list[int] | None) -> None:
        """Add the tracks of this frame to their trails, and forget what is older than is drawn."""
        if boxes is not None and ids is not None:
            feet = zip(ids, boxes.xyxy.tolist(), strict=True)
            for number, (left, _, right, bottom) in feet:
                trail = self._trails.setdefault(number, _Trail())
                trail.points.append(((left + right) / 2, bottom, media_s))
        oldest = media_s - self.config.trail_s
        for number, trail in list(self._trails.items()):
            while trail.points and trail.points[0][2] < oldest:
                trail.points.popleft()
            if not trail.points and (ids is None or number not in ids):
                del self._trails[number]

    def _fit(self, size: tuple[int, int]) -> None:
        """Take line and text size from the picture's."""
        self._line_px = line_width(size, self.config.scale)
        height = text_height(size, self.config.scale)
        self._pad = max(2, height // 4)
        if height != self._lettering.height_px:
            self._lettering = self._letter(height)

    def _letter(self, height_px: int) -> Lettering:
        font = self.config.font
        try:
            return Lettering(height_px, None if font is None else str(font))
        except OSError as error:
            raise ConfigError(f"font: cannot read {font}: {error}; name a TrueType file (.ttf, .otf)") from error


def clock(media_s: float) -> str:
    """A time in the recording.

    >>> clock(3725.5), clock(-0.02)
    ('1:02:05.500', '-0:00:00.020')
    """
    sign = "-" if media_s < 0 else ""
    ms = round(abs(media_s) * 1000)
    return f"{sign}{ms // 3_600_000}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
