"""Filters that make a picture softer or sharper."""

from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from pipeline.changes import Changeable
from pipeline.stage import StageConfig
from stages.filters.base import Filter, Odd
from vision import filters


class BoxBlurConfig(StageConfig):
    """How wide."""

    size: Annotated[int, Changeable(), Field(ge=1, le=255, description="side of the window, pixels")] = 5


class BoxBlur(Filter[BoxBlurConfig]):
    """The mean of the pixels around each (cv2.blur)."""

    Config: ClassVar[type[StageConfig]] = BoxBlurConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.box_blur(image, self.config.size)


class GaussianBlurConfig(StageConfig):
    """How wide."""

    size: Annotated[Odd, Changeable(), Field(ge=1, le=255, description="side of the window, pixels, odd")] = 5
    sigma: Annotated[float, Changeable(), Field(ge=0, le=100, description="width of the bell; 0: as size asks")] = 0.0


class GaussianBlur(Filter[GaussianBlurConfig]):
    """A weighted mean of the pixels around each, the near ones more (cv2.GaussianBlur)."""

    Config: ClassVar[type[StageConfig]] = GaussianBlurConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.gaussian_blur(image, self.config.size, self.config.sigma)


class MedianBlurConfig(StageConfig):
    """How wide."""

    size: Annotated[Odd, Changeable(), Field(ge=1, le=255, description="side of the window, pixels, odd")] = 5


class MedianBlur(Filter[MedianBlurConfig]):
    """The middle value around each pixel: specks go, edges stay (cv2.medianBlur)."""

    Config: ClassVar[type[StageConfig]] = MedianBlurConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.median_blur(image, self.config.size)


class BilateralConfig(StageConfig):
    """What counts as near."""

    diameter: Annotated[int, Changeable(), Field(ge=1, le=31, description="of the window, pixels")] = 9
    sigma_colour: Annotated[float, Changeable(), Field(gt=0, le=500, description="grey levels that are alike")] = 50.0
    sigma_space: Annotated[float, Changeable(), Field(gt=0, le=500, description="pixels that are near")] = 50.0


class Bilateral(Filter[BilateralConfig]):
    """Smooths surfaces and leaves edges (cv2.bilateralFilter); slow."""

    Config: ClassVar[type[StageConfig]] = BilateralConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        config = self.config
        return filters.bilateral(image, config.diameter, config.sigma_colour, config.sigma_space)


class SharpenConfig(StageConfig):
    """How much."""

    amount: Annotated[float, Changeable(), Field(ge=0, le=10, description="of the difference that is added")] = 1.0
    sigma: Annotated[float, Changeable(), Field(gt=0, le=50, description="width of the blur it is taken from")] = 1.5


class Sharpen(Filter[SharpenConfig]):
    """Unsharp mask: what a blur would take is added."""

    Config: ClassVar[type[StageConfig]] = SharpenConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.sharpen(image, self.config.amount, self.config.sigma)


class DenoiseConfig(StageConfig):
    """How much, and how far it looks."""

    strength: Annotated[float, Changeable(), Field(gt=0, le=50, description="grey levels of noise in brightness")] = 5.0
    colour: Annotated[float, Changeable(), Field(gt=0, le=50, description="grey levels of noise in colour")] = 5.0
    patch: Annotated[Odd, Field(ge=1, le=21, description="side of what is compared, pixels, odd")] = 7
    search: Annotated[Odd, Field(ge=3, le=51, description="side of where it looks, pixels, odd; costs its square")] = 15


class Denoise(Filter[DenoiseConfig]):
    """Non-local means (cv2.fastNlMeansDenoisingColored): very slow, for pictures rather than video."""

    Config: ClassVar[type[StageConfig]] = DenoiseConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        config = self.config
        return filters.denoise(image, config.strength, config.colour, config.patch, config.search)
