"""Filters that move pixels. Each knows the way back, so what is found behind it is told in the source's pixels too."""

from typing import Annotated, ClassVar, Literal, Self

import cv2
import numpy as np
from pydantic import Field, model_validator

from pipeline.errors import ConfigError
from pipeline.stage import StageConfig
from stages.filters.base import Colour, Move, MovingConfig, MovingFilter, bgr_of, check_side, pixels
from vision.moves import (
    Homography,
    Lens,
    flipped,
    for_opencv,
    rotated,
    scaled,
    shifted,
    straightened,
)

Share = Annotated[float, Field(ge=0, le=32767)]
Interpolation = Literal["auto", "nearest", "linear", "cubic", "area", "lanczos"]
INTERPOLATIONS: dict[str, int] = {
    "nearest": cv2.INTER_NEAREST,
    "linear": cv2.INTER_LINEAR,
    "cubic": cv2.INTER_CUBIC,
    "area": cv2.INTER_AREA,
    "lanczos": cv2.INTER_LANCZOS4,
}
BORDERS: dict[str, int] = {
    "constant": cv2.BORDER_CONSTANT,
    "replicate": cv2.BORDER_REPLICATE,
    "reflect": cv2.BORDER_REFLECT_101,
}
QUARTERS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


class ResizeConfig(MovingConfig):
    """One side keeps the aspect, both stretch, or a factor for both."""

    width: Annotated[int, Field(ge=0, le=16384, description="pixels; 0: as the height asks")] = 0
    height: Annotated[int, Field(ge=0, le=16384, description="pixels; 0: as the width asks")] = 0
    scale: Annotated[float, Field(gt=0, le=16, description="factor, where neither side is given")] = 1.0
    how: Annotated[
        Interpolation, Field(description="between pixels; auto: area where it gets smaller, else linear")
    ] = "auto"


class Resize(MovingFilter[ResizeConfig]):
    """Makes the picture larger or smaller."""

    Config: ClassVar[type[StageConfig]] = ResizeConfig

    def move(self, size: tuple[int, int]) -> Move:
        """See `MovingFilter.move`."""
        wanted, config = self._size(size), self.config
        check_side(wanted, "resize")
        x, y = wanted[0] / size[0], wanted[1] / size[1]
        how = ("area" if x * y < 1 else "linear") if config.how == "auto" else config.how
        kind = INTERPOLATIONS[how]
        return Move(lambda image: cv2.resize(image, wanted, interpolation=kind), Homography(scaled(1 / x, 1 / y)))

    def _size(self, size: tuple[int, int]) -> tuple[int, int]:
        width, height = self.config.width, self.config.height
        if width and height:
            return width, height
        factor = width / size[0] if width else height / size[1] if height else self.config.scale
        return width or max(1, round(size[0] * factor)), height or max(1, round(size[1] * factor))


class CropConfig(MovingConfig):
    """Edges of what is kept: up to 1 a share of the picture, beyond that pixels."""

    left: Annotated[Share, Field(description="first column kept")] = 0
    top: Annotated[Share, Field(description="first row kept")] = 0
    right: Annotated[Share, Field(description="end of the columns kept")] = 1
    bottom: Annotated[Share, Field(description="end of the rows kept")] = 1

    @model_validator(mode="after")
    def _leaves_something(self) -> Self:
        for begin, end, names in ((self.left, self.right, "left, right"), (self.top, self.bottom, "top, bottom")):
            if begin >= end and (begin <= 1) == (end <= 1):  # a share and pixels are compared when the size is known
                raise ValueError(f"{names}: nothing is between {begin:g} and {end:g}; the first has to be smaller")
        return self


class Crop(MovingFilter[CropConfig]):
    """Keeps a rectangle of the picture."""

    Config: ClassVar[type[StageConfig]] = CropConfig

    def move(self, size: tuple[int, int]) -> Move:
        """See `MovingFilter.move`."""
        (width, height), config = size, self.config
        left, right = (round(min(pixels(edge, width), width)) for edge in (config.left, config.right))
        top, bottom = (round(min(pixels(edge, height), height)) for edge in (config.top, config.bottom))
        if left >= right or top >= bottom:
            raise ConfigError(
                f"crop: nothing of a picture of {width} x {height} is between left {left} and right {right}, top {top}"
                f" and bottom {bottom}; give edges inside it, left before right and top before bottom"
            )
        return Move(lambda image: image[top:bottom, left:right].copy(), Homography(shifted(left, top)))


class PadConfig(MovingConfig):
    """How much is added: up to 1 a share of the picture, beyond that pixels."""

    left: Annotated[Share, Field(description="added on the left")] = 0
    top: Annotated[Share, Field(description="added above")] = 0
    right: Annotated[Share, Field(description="added on the right")] = 0
    bottom: Annotated[Share, Field(description="added below")] = 0
    border: Annotated[
        Literal["constant", "replicate", "reflect"], Field(description="what is added: a colour, the edge, a mirror")
    ] = "constant"
    colour: Annotated[Colour, Field(description="name or #rrggbb, where the border is constant")] = "black"


class Pad(MovingFilter[PadConfig]):
    """Adds a border."""

    Config: ClassVar[type[StageConfig]] = PadConfig

    def move(self, size: tuple[int, int]) -> Move:
        """See `MovingFilter.move`."""
        (width, height), config = size, self.config
        left, right = (round(pixels(edge, width)) for edge in (config.left, config.right))
        top, bottom = (round(pixels(edge, height)) for edge in (config.top, config.bottom))
        check_side((width + left + right, height + top + bottom), "pad")
        kind, colour = BORDERS[config.border], bgr_of(config.colour)
        return Move(
            lambda image: cv2.copyMakeBorder(image, top, bottom, left, right, kind, value=colour),
            Homography(shifted(-left, -top)),
        )


class RotateConfig(MovingConfig):
    """How far, and what becomes of the corners."""

    angle: Annotated[float, Field(ge=-360, le=360, description="degrees, counter-clockwise as it is seen")] = 90.0
    expand: Annotated[bool, Field(description="make the picture large enough for all of it; false: cut corners")] = True
    colour: Annotated[Colour, Field(description="of what was not in the picture: name or #rrggbb")] = "black"


class Rotate(MovingFilter[RotateConfig]):
    """Turns the picture about its middle; quarters of a turn move whole pixels."""

    Config: ClassVar[type[StageConfig]] = RotateConfig

    def move(self, size: tuple[int, int]) -> Move:
        """See `MovingFilter.move`."""
        angle, expand = self.config.angle % 360, self.config.expand
        matrix, new = rotated(size, angle, expand=expand)
        back = Homography(matrix).inverse()
        if angle == 0:
            return Move(np.copy, back)
        if angle in QUARTERS and (expand or angle == 180 or size[0] == size[1]):
            code = QUARTERS[int(angle)]
            return Move(lambda image: cv2.rotate(image, code), back)
        check_side(new, "rotate")
        warp, colour = for_opencv(matrix)[:2], bgr_of(self.config.colour)
        return Move(lambda image: cv2.warpAffine(image, warp, new, borderValue=colour), back)


class FlipConfig(MovingConfig):
    """Which way."""

    axis: Annotated[
        Literal["horizontal", "vertical", "both"],
        Field(description="horizontal: left becomes right, as in a mirror; vertical: upside down"),
    ] = "horizontal"


class Flip(MovingFilter[FlipConfig]):
    """Mirrors the picture."""

    Config: ClassVar[type[StageConfig]] = FlipConfig

    def move(self, size: tuple[int, int]) -> Move:
        """See `MovingFilter.move`."""
        axis = self.config.axis
        code = {"horizontal": 1, "vertical": 0, "both": -1}[axis]
        back = Homography(flipped(size, x=axis != "vertical", y=axis != "horizontal"))
        return Move(lambda image: cv2.flip(image, code), back)


Point = tuple[Share, Share]


class PerspectiveConfig(MovingConfig):
    """What is to be seen from the front."""

    corners: Annotated[
        tuple[Point, Point, Point, Point],
        Field(description="upper left, upper right, lower right, lower left: x, y as shares up to 1, beyond in pixels"),
    ]
    width: Annotated[int, Field(ge=0, le=16384, description="of the new picture; 0: the longer of the two edges")] = 0
    height: Annotated[int, Field(ge=0, le=16384, description="of the new picture; 0: the longer of the two edges")] = 0

    @model_validator(mode="after")
    def _span_an_area(self) -> Self:
        corners = np.array(self.corners, np.float64)
        if (corners <= 1).all() or (corners > 1).all():  # else they are looked at when the size is known
            straightened(corners, (1, 1))
        return self


class Perspective(MovingFilter[PerspectiveConfig]):
    """Makes four corners the corners of the picture: a page, a court, a number plate seen from the side."""

    Config: ClassVar[type[StageConfig]] = PerspectiveConfig

    def move(self, size: tuple[int, int]) -> Move:
        """See `MovingFilter.move`."""
        corners = np.array([[pixels(x, size[0]), pixels(y, size[1])] for x, y in self.config.corners])
        edges = np.hypot(*(np.roll(corners, -1, 0) - corners).T)  # (4,): upper, right, lower, left
        new = (
            self.config.width or max(1, round(max(edges[0], edges[2]))),
            self.config.height or max(1, round(max(edges[1], edges[3]))),
        )
        check_side(new, "perspective")
        try:
            matrix = straightened(corners, new)
        except ValueError as error:
            raise ConfigError(f"perspective: {error}") from error
        warp = for_opencv(matrix)
        return Move(lambda image: cv2.warpPerspective(image, warp, new), Homography(matrix).inverse())


class UndistortConfig(MovingConfig):
    """The camera as a calibration gives it (cv2.calibrateCamera), for pictures of the size that come in."""

    fx: Annotated[float, Field(ge=0, description="focal length along x, pixels; 0: the picture's width")] = 0.0
    fy: Annotated[float, Field(ge=0, description="along y; 0: as fx")] = 0.0
    cx: Annotated[float, Field(ge=0, description="where the axis meets the picture, pixels; 0: the middle")] = 0.0
    cy: Annotated[float, Field(ge=0, description="the same along y; 0: the middle")] = 0.0
    k1: Annotated[float, Field(ge=-10, le=10, description="bend with the square of the distance; < 0: a barrel")] = 0.0
    k2: Annotated[float, Field(ge=-100, le=100, description="with its fourth power")] = 0.0
    p1: Annotated[float, Field(ge=-1, le=1, description="tilt of the lens along y")] = 0.0
    p2: Annotated[float, Field(ge=-1, le=1, description="tilt of the lens along x")] = 0.0
    k3: Annotated[float, Field(ge=-100, le=100, description="with its sixth power")] = 0.0
    keep: Annotated[float, Field(ge=0, le=1, description="0: only what has no black edge; 1: every pixel")] = 0.0

    @model_validator(mode="after")
    def _bends(self) -> Self:
        if not any((self.k1, self.k2, self.p1, self.p2, self.k3)):
            raise ValueError("nothing is bent: set k1 (for a barrel about -0.3), or what a calibration gave")
        return self


class Undistort(MovingFilter[UndistortConfig]):
    """Takes the bend of a lens off, so that straight things are straight."""

    Config: ClassVar[type[StageConfig]] = UndistortConfig

    def move(self, size: tuple[int, int]) -> Move:
        """See `MovingFilter.move`."""
        config, (width, height) = self.config, size
        fx = config.fx or width
        camera = np.array(
            [
                [fx, 0, config.cx or (width - 1) / 2],
                [0, config.fy or fx, config.cy or (height - 1) / 2],
                [0, 0, 1],
            ],
            np.float64,
        )
        bends = np.array([config.k1, config.k2, config.p1, config.p2, config.k3])
        straight, _ = cv2.getOptimalNewCameraMatrix(camera, bends, size, config.keep)
        if not (np.isfinite(straight).all() and straight[0, 0] > 0 and straight[1, 1] > 0):
            raise ConfigError("undistort: these values bend the picture over itself; check k1, k2, p1, p2, k3 and fx")
        first, second = cv2.initUndistortRectifyMap(camera, bends, np.eye(3), straight, size, cv2.CV_16SC2)
        return Move(
            lambda image: cv2.remap(image, first, second, cv2.INTER_LINEAR), Lens(camera, bends, np.asarray(straight))
        )
