"""Filters of colour and light."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from pipeline.changes import Changeable
from pipeline.stage import StageConfig
from stages.filters.base import Filter
from vision import filters


class ColourSpaceConfig(StageConfig):
    """Which space, and how much of it."""

    to: Annotated[filters.Space, Changeable(), Field(description="grey, or the three values of a space")] = "grey"
    channel: Annotated[
        Literal["all", 0, 1, 2], Changeable(), Field(description="all three in place of B, G and R; or one, as grey")
    ] = "all"


class ColourSpace(Filter[ColourSpaceConfig]):
    """The picture in another colour space (cv2.cvtColor): hue, saturation and value in place of B, G and R."""

    Config: ClassVar[type[StageConfig]] = ColourSpaceConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        to, channel = self.config.to, self.config.channel
        return filters.colour_space(image, to) if channel == "all" else filters.channel(image, to, channel)


class EqualiseConfig(StageConfig):
    """Nothing to set."""


class Equalise(Filter[EqualiseConfig]):
    """Spreads the brightness evenly, colours stay (cv2.equalizeHist on Y of YCrCb)."""

    Config: ClassVar[type[StageConfig]] = EqualiseConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.equalise(image)


class ClaheConfig(StageConfig):
    """How much, and in what parts."""

    clip: Annotated[
        float, Changeable(), Field(ge=0, le=100, description="limit of the contrast; more raises noise")
    ] = 2.0
    tiles: Annotated[int, Changeable(), Field(ge=1, le=64, description="parts along each side")] = 8


class Clahe(Filter[ClaheConfig]):
    """Raises contrast where it is low, part by part (cv2.createCLAHE on L of CIELAB)."""

    Config: ClassVar[type[StageConfig]] = ClaheConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.clahe(image, self.config.clip, self.config.tiles)


class GammaConfig(StageConfig):
    """How much."""

    value: Annotated[float, Changeable(), Field(ge=0.1, le=10, description="above 1: dark parts brighter")] = 1.5


class Gamma(Filter[GammaConfig]):
    """Brightens or darkens the middle, black and white stay (a table, cv2.LUT)."""

    Config: ClassVar[type[StageConfig]] = GammaConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.gamma(image, self.config.value)


class WhiteBalanceConfig(StageConfig):
    """How much."""

    strength: Annotated[float, Changeable(), Field(ge=0, le=1, description="share of the cast that is taken off")] = 1.0


class WhiteBalance(Filter[WhiteBalanceConfig]):
    """Takes a cast of colour off: the mean of the picture becomes grey."""

    Config: ClassVar[type[StageConfig]] = WhiteBalanceConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.white_balance(image, self.config.strength)
