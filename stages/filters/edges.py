"""Filters that leave edges, forms, or black and white."""

from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from pipeline.changes import Changeable
from pipeline.stage import StageConfig
from stages.filters.base import Filter, Odd
from vision import filters

Invert = Annotated[bool, Changeable(), Field(description="black and white the other way round")]


class ThresholdConfig(StageConfig):
    """Where white begins."""

    level: Annotated[int, Changeable(), Field(ge=0, le=255, description="white is what is brighter")] = 128
    invert: Invert = False


class Threshold(Filter[ThresholdConfig]):
    """Black and white at a fixed level (cv2.threshold)."""

    Config: ClassVar[type[StageConfig]] = ThresholdConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.threshold(image, self.config.level, invert=self.config.invert)


class OtsuConfig(StageConfig):
    """Nothing but which way round."""

    invert: Invert = False


class Otsu(Filter[OtsuConfig]):
    """Black and white at the level that suits each picture best (cv2.threshold with THRESH_OTSU)."""

    Config: ClassVar[type[StageConfig]] = OtsuConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.otsu(image, invert=self.config.invert)


class AdaptiveThresholdConfig(StageConfig):
    """What each pixel is compared with."""

    block: Annotated[Odd, Changeable(), Field(ge=3, le=255, description="side of its surroundings, pixels, odd")] = 31
    offset: Annotated[float, Changeable(), Field(ge=-255, le=255, description="grey levels below their mean")] = 10.0
    invert: Invert = False


class AdaptiveThreshold(Filter[AdaptiveThresholdConfig]):
    """Black and white by the surroundings: writing under uneven light (cv2.adaptiveThreshold, Gaussian)."""

    Config: ClassVar[type[StageConfig]] = AdaptiveThresholdConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        config = self.config
        return filters.adaptive_threshold(image, config.block, config.offset, invert=config.invert)


class CannyConfig(StageConfig):
    """How steep an edge is."""

    low: Annotated[float, Changeable(), Field(ge=0, le=10000, description="slope from which an edge goes on")] = 100.0
    high: Annotated[float, Changeable(), Field(ge=0, le=10000, description="slope from which one begins")] = 200.0
    aperture: Annotated[Literal[3, 5, 7], Changeable(), Field(description="side of the Sobel operator")] = 3
    l2: Annotated[bool, Changeable(), Field(description="exact slopes, not the sum of both directions")] = False


class Canny(Filter[CannyConfig]):
    """Edges as thin white lines (cv2.Canny on the brightness)."""

    Config: ClassVar[type[StageConfig]] = CannyConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        config = self.config
        return filters.canny(image, config.low, config.high, config.aperture, l2=config.l2)


class SlopeConfig(StageConfig):
    """How far an operator reaches."""

    size: Annotated[Literal[1, 3, 5, 7], Changeable(), Field(description="side of the operator")] = 3
    scale: Annotated[float, Changeable(), Field(gt=0, le=100, description="multiplies what it gives")] = 1.0


class Sobel(Filter[SlopeConfig]):
    """How steep the brightness is (cv2.Sobel along x and y, half of each)."""

    Config: ClassVar[type[StageConfig]] = SlopeConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.sobel(image, self.config.size, self.config.scale)


class Laplacian(Filter[SlopeConfig]):
    """How much the brightness bends: lines and specks (cv2.Laplacian)."""

    Config: ClassVar[type[StageConfig]] = SlopeConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        return filters.laplacian(image, self.config.size, self.config.scale)


class MorphologyConfig(StageConfig):
    """What is done, with which element."""

    operation: Annotated[
        filters.Operation, Changeable(), Field(description="open: small bright things go; close: small dark ones")
    ] = "open"
    size: Annotated[int, Changeable(), Field(ge=1, le=127, description="side of the element, pixels")] = 5
    shape: Annotated[Literal["rect", "ellipse", "cross"], Changeable(), Field(description="of the element")] = "ellipse"
    iterations: Annotated[int, Changeable(), Field(ge=1, le=20, description="how often")] = 1


class Morphology(Filter[MorphologyConfig]):
    """Lets bright things grow or shrink (cv2.morphologyEx)."""

    Config: ClassVar[type[StageConfig]] = MorphologyConfig

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`."""
        config = self.config
        return filters.morphology(image, config.operation, config.size, config.shape, config.iterations)
