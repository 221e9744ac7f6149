"""Filters that remember earlier frames. A picture of another size than the one before begins anew."""

from typing import Annotated, ClassVar, Generic, Literal, TypeVar

import cv2
import numpy as np
from pydantic import Field

from pipeline.changes import Changeable
from pipeline.stage import StageConfig
from stages.filters.base import Filter
from vision.filters import gains

MOST_GAIN = 2.0
"""What deflicker changes the brightness by, at most."""


class TemporalDenoiseConfig(StageConfig):
    """How much of what came before stays, and what counts as motion."""

    keep: Annotated[float, Changeable(), Field(ge=0, le=0.95, description="share of the frames before")] = 0.7
    motion: Annotated[
        int, Changeable(), Field(ge=1, le=255, description="grey levels from which on a pixel is taken as it is now")
    ] = 20


class TemporalDenoise(Filter[TemporalDenoiseConfig]):
    """Mixes each pixel with those before it, where nothing moves: noise goes, moving things stay sharp."""

    Config: ClassVar[type[StageConfig]] = TemporalDenoiseConfig
    in_order: ClassVar[bool] = True

    def __init__(self, config: TemporalDenoiseConfig) -> None:
        super().__init__(config)
        self._before: np.ndarray | None = None

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`; the first frame is as it was."""
        before = self._before
        if before is None or before.shape != image.shape:
            self._before = image.copy()
            return self._before
        change = cv2.blur(cv2.cvtColor(cv2.absdiff(image, before), cv2.COLOR_BGR2GRAY), (5, 5))
        moves = cv2.threshold(change, self.config.motion - 1, 255, cv2.THRESH_BINARY)[1]
        mixed = cv2.addWeighted(before, self.config.keep, image, 1 - self.config.keep, 0)
        cv2.copyTo(image, moves, mixed)
        self._before = mixed
        return mixed


class DeflickerConfig(StageConfig):
    """How slowly the brightness may change."""

    over: Annotated[int, Changeable(), Field(ge=2, le=1000, description="frames whose brightness is evened out")] = 25


class Deflicker(Filter[DeflickerConfig]):
    """Evens the brightness out: lamps that flicker, a camera that adjusts itself (a table, cv2.LUT)."""

    Config: ClassVar[type[StageConfig]] = DeflickerConfig
    in_order: ClassVar[bool] = True

    def __init__(self, config: DeflickerConfig) -> None:
        super().__init__(config)
        self._mean: float | None = None

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`; the first frame is as it was."""
        now = max(1.0, sum(cv2.mean(image)[:3]) / 3)
        if self._mean is None or not 1 / MOST_GAIN < self._mean / now < MOST_GAIN:
            self._mean = now  # another scene
        self._mean += (now - self._mean) / self.config.over
        return gains(image, (self._mean / now,) * 3)


class BackgroundConfig(StageConfig):
    """What stands still, and what is shown."""

    history: Annotated[int, Field(ge=1, le=10000, description="frames it learns from")] = 500
    shadows: Annotated[bool, Field(description="tell shadows apart, so that they are no motion")] = True
    show: Annotated[
        Literal["mask", "foreground", "background", "tint"],
        Changeable(),
        Field(description="mask: white moves; foreground: what moves, on black; background: what stands; tint: in red"),
    ] = "mask"


class Mog2Config(BackgroundConfig):
    """The same, and how different a pixel has to be."""

    threshold: Annotated[float, Field(gt=0, le=1000, description="squared deviations from the background")] = 16.0


class KnnConfig(BackgroundConfig):
    """The same, and how different a pixel has to be."""

    threshold: Annotated[float, Field(gt=0, le=100000, description="squared distance, grey levels")] = 400.0


B = TypeVar("B", bound=BackgroundConfig)
Subtractor = cv2.BackgroundSubtractorMOG2 | cv2.BackgroundSubtractorKNN


class _Background(Filter[B], Generic[B]):
    in_order: ClassVar[bool] = True

    def __init__(self, config: B) -> None:
        super().__init__(config)
        self._subtractor = self._open()

    def _open(self) -> Subtractor:
        raise NotImplementedError

    def apply(self, image: np.ndarray) -> np.ndarray:
        """See `Filter.apply`; on the first frame all is new, and on one of another size: OpenCV begins anew itself."""
        mask = self._subtractor.apply(image)
        show = self.config.show
        if show == "background":
            return self._subtractor.getBackgroundImage()
        if self.config.shadows:
            mask = cv2.threshold(mask, 200, 255, cv2.THRESH_BINARY)[1]  # shadows are 127
        if show == "mask":
            return cv2.cvtColor(mask, cv2.COLOR_GRAY2BGR)
        if show == "foreground":
            return cv2.bitwise_and(image, image, mask=mask)
        tinted = cv2.addWeighted(image, 0.5, np.full_like(image, (0, 0, 255)), 0.5, 0)
        return cv2.copyTo(tinted, mask, image.copy())


class Mog2(_Background[Mog2Config]):
    """What moves, by a mixture of Gaussians for each pixel (cv2.createBackgroundSubtractorMOG2)."""

    Config: ClassVar[type[StageConfig]] = Mog2Config

    def _open(self) -> Subtractor:
        config = self.config
        return cv2.createBackgroundSubtractorMOG2(config.history, config.threshold, config.shadows)


class Knn(_Background[KnnConfig]):
    """What moves, by the nearest earlier values of each pixel (cv2.createBackgroundSubtractorKNN)."""

    Config: ClassVar[type[StageConfig]] = KnnConfig

    def _open(self) -> Subtractor:
        config = self.config
        return cv2.createBackgroundSubtractorKNN(config.history, config.threshold, config.shadows)
