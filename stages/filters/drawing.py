"""Filters that draw: a shape, a line of text. Several of them stand in a config under names of their own."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

import cv2
import numpy as np
from pydantic import Field, model_validator

from pipeline.changes import Changeable
from pipeline.errors import ConfigError
from pipeline.stage import StageConfig
from pipeline.types import Frame, Packet
from stages.filters.base import Colour, Filter, bgr_of, pixels
from vision.drawing import draw_label, line_width, text_height
from vision.lettering import Lettering
from vision.palette import ink_on

Place = tuple[Annotated[float, Field(ge=-32768, le=32767)], Annotated[float, Field(ge=-32768, le=32767)]]
Kind = Literal["rectangle", "ellipse", "line", "arrow", "polygon"]


class DrawShapeConfig(StageConfig):
    """What, where, and how it looks."""

    shape: Annotated[Kind, Field(description="rectangle and ellipse: two corners; line; arrow; polygon: 3 points on")]
    points: Annotated[
        tuple[Place, ...], Field(min_length=2, max_length=1000, description="x, y: shares up to 1, beyond in pixels")
    ]
    colour: Annotated[Colour, Changeable(), Field(description="name or #rrggbb")] = "yellow"
    width: Annotated[int, Changeable(), Field(ge=0, le=200, description="of the line, pixels; 0: fits the size")] = 0
    fill: Annotated[bool, Changeable(), Field(description="fill it")] = False
    opacity: Annotated[float, Changeable(), Field(ge=0, le=1, description="0: cannot be seen")] = 1.0

    @model_validator(mode="after")
    def _enough_points(self) -> Self:
        count = len(self.points)
        if (count < 3) if self.shape == "polygon" else (count != 2):
            wanted = "3 points or more" if self.shape == "polygon" else "2 points"
            raise ValueError(f"a {self.shape} has {wanted}, received {count}")
        return self


class DrawShape(Filter[DrawShapeConfig]):
    """Draws a rectangle, an ellipse, a line, an arrow or a polygon."""

    Config: ClassVar[type[StageConfig]] = DrawShapeConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        config, drawn = self.config, image.copy()
        height, width = image.shape[:2]
        points = np.array([[pixels(x, width), pixels(y, height)] for x, y in config.points]).round().astype(np.int32)
        self._draw(drawn, points, config.width or line_width((width, height)))
        return drawn if config.opacity == 1 else cv2.addWeighted(drawn, config.opacity, image, 1 - config.opacity, 0)

    def _draw(self, image: np.ndarray, points: np.ndarray, width_px: int) -> None:
        shape, colour = self.config.shape, bgr_of(self.config.colour)
        thickness = cv2.FILLED if self.config.fill else width_px
        first, last = points[0].tolist(), points[-1].tolist()
        if shape == "rectangle":
            cv2.rectangle(image, first, last, colour, thickness)
        elif shape == "ellipse":
            centre = ((points[0] + points[-1]) // 2).tolist()
            axes = (np.abs(points[-1] - points[0]) // 2).tolist()
            cv2.ellipse(image, centre, axes, 0, 0, 360, colour, thickness, cv2.LINE_AA)
        elif shape == "line":
            cv2.line(image, first, last, colour, width_px, cv2.LINE_AA)
        elif shape == "arrow":
            cv2.arrowedLine(image, first, last, colour, width_px, cv2.LINE_AA, tipLength=0.1)
        elif self.config.fill:
            cv2.fillPoly(image, [points], colour, cv2.LINE_AA)
        else:
            cv2.polylines(image, [points], True, colour, width_px, cv2.LINE_AA)


class DrawTextConfig(StageConfig):
    """What is written, and where."""

    text: Annotated[
        str, Changeable(), Field(max_length=500, description="a line; {time}, {frame} and {source} are filled in")
    ]
    at: Annotated[Place, Changeable(), Field(description="upper left corner: shares up to 1, beyond in pixels")] = (
        0.02,
        0.02,
    )
    height: Annotated[int, Changeable(), Field(ge=0, le=500, description="of the line, pixels; 0: fits the size")] = 0
    ground: Annotated[Colour, Changeable(), Field(description="colour behind the letters: name or #rrggbb")] = "black"
    font: Annotated[Path | None, Field(description="TrueType file, for letters that are not ASCII")] = None


class DrawText(Filter[DrawTextConfig]):
    """Writes a line of text on a ground of one colour."""

    Config: ClassVar[type[StageConfig]] = DrawTextConfig

    def __init__(self, config: DrawTextConfig) -> None:
        super().__init__(config)
        self._lettering = self._letter(14)

    def process(self, packet: Packet) -> Frame:
        """The frame with the text on it."""
        frame, image = packet.frame, packet.frame.image.copy()
        config, (width, height) = self.config, frame.size
        tall = config.height or text_height(frame.size)
        if tall != self._lettering.height_px:
            self._lettering = self._letter(tall)
        text = config.text.replace("{time}", str(timedelta(seconds=round(max(0.0, frame.media_s)))))
        text = text.replace("{frame}", str(frame.index)).replace("{source}", frame.source)
        ground = bgr_of(config.ground)
        tile = self._lettering.tile(text, ink_on(ground), ground)
        left, top, pad = round(pixels(config.at[0], width)), round(pixels(config.at[1], height)), max(2, tall // 4)
        draw_label(image, [tile], ground, (left, top, left + tile.shape[1] + 2 * pad, top + tall), pad)
        return replace(frame, image=image)

    def _letter(self, height_px: int) -> Lettering:
        font = self.config.font
        try:
            return Lettering(max(6, height_px), None if font is None else str(font))
        except OSError as error:
            raise ConfigError(f"font: cannot read {font}: {error}; name a TrueType file (.ttf, .otf)") from error
