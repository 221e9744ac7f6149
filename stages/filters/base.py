"""What filters are made of: a function from picture to picture, and for those that move pixels, the way back."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, ClassVar, Generic, Self, TypeVar

import numpy as np
from PIL import ImageColor
from pydantic import AfterValidator, model_validator

from pipeline.errors import ConfigError
from pipeline.stage import StageConfig
from pipeline.types import Frame, Packet, ToSource
from vision.moves import after
from vision.palette import Bgr

C = TypeVar("C", bound=StageConfig)


class Filter(Generic[C]):
    """Makes another picture of the same size; only `apply` differs."""

    gives: ClassVar[type] = Frame
    in_order: ClassVar[bool] = False

    def __init__(self, config: C) -> None:
        self.config = config

    def process(self, packet: Packet) -> Frame:
        """The frame with the picture changed."""
        frame = packet.frame
        return frame.showing(self.apply(frame.image), frame.to_source)

    def apply(self, image: np.ndarray) -> np.ndarray:
        """A new picture; `(H, W, 3) uint8` BGR in and out."""
        raise NotImplementedError


class MovingConfig(StageConfig):
    """Settings of a filter that moves pixels: it is asked on every frame, or sizes and places would jump."""

    @model_validator(mode="after")
    def _on_every_frame(self) -> Self:
        if self.every != 1 or self.when or self.aside:
            raise ValueError("a filter that moves pixels works on every frame; leave out every, when and aside")
        return self


M = TypeVar("M", bound=MovingConfig)


@dataclass(frozen=True, eq=False)
class Move:
    """How pictures of one size are changed."""

    picture: Callable[[np.ndarray], np.ndarray]
    to_source: ToSource
    """From points of the new picture to points of the old one."""


class MovingFilter(Generic[M]):
    """Makes a picture whose pixels stand elsewhere, and says where they came from; only `move` differs."""

    gives: ClassVar[type] = Frame
    in_order: ClassVar[bool] = False
    moves_pixels: ClassVar[bool] = True

    def __init__(self, config: M) -> None:
        self.config = config
        self._made_for: tuple[tuple[int, int], ToSource | None] | None = None
        self._picture: Callable[[np.ndarray], np.ndarray] = np.copy
        self._to_source: ToSource | None = None

    def process(self, packet: Packet) -> Frame:
        """The frame with the picture changed; what is found in it can be told in the source's pixels.

        Raises:
            ConfigError: the settings do not fit a picture of this size.
        """
        frame = packet.frame
        if self._made_for is None or self._made_for[0] != frame.size or self._made_for[1] is not frame.to_source:
            move = self.move(frame.size)
            self._picture, self._to_source = move.picture, after(move.to_source, frame.to_source)
            self._made_for = frame.size, frame.to_source
        return frame.showing(self._picture(frame.image), self._to_source)

    def move(self, size: tuple[int, int]) -> Move:
        """How to change pictures of `(width, height)`; made once for each size."""
        raise NotImplementedError


def pixels(value: float, side: int) -> float:
    """A place along a side: a share of it up to 1, pixels beyond.

    >>> pixels(0.25, 640), pixels(1, 640), pixels(20, 640)
    (160.0, 640.0, 20.0)
    """
    return float(value * side if -1 <= value <= 1 else value)


def check_side(size: tuple[int, int], what: str) -> None:
    """Raise ConfigError where a picture would be empty or beyond what OpenCV's warps can address."""
    if not (1 <= size[0] < 1 << 15 and 1 <= size[1] < 1 << 15):
        raise ConfigError(f"{what}: it would make a picture of {size[0]} x {size[1]}; sides go from 1 to 32767 pixels")


def bgr_of(colour: str) -> Bgr:
    """A colour by its name in CSS or as #rrggbb.

    >>> bgr_of("red"), bgr_of("#102030")
    ((0, 0, 255), (48, 32, 16))
    """
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return blue, green, red


def _known_colour(value: str) -> str:
    try:
        bgr_of(value)
    except ValueError as error:
        raise ValueError("expected the name of a colour such as red, or #rrggbb in quotes") from error
    return value


def _odd(value: int) -> int:
    if value % 2 == 0 and value:
        raise ValueError("expected an odd number: a window has a middle")
    return value


Colour = Annotated[str, AfterValidator(_known_colour)]
Odd = Annotated[int, AfterValidator(_odd)]
