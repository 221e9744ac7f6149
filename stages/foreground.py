"""What is in the picture that is not usually there, for still cameras: the motion gate and the finder share it.

OpenCV's MOG2 (Zivkovic, "Improved adaptive Gaussian mixture model for background subtraction", ICPR 2004) on a small
grey copy whose light is made even first: a camera that closes its iris changes every pixel and nothing moves. MOG2
remembers several looks of each pixel, so what leaves after a while leaves no ghost behind, as it does with an average.
"""

import math

import cv2
import numpy as np

from vision.motion import light_gain
from vision.picture_health import small_grey

HISTORY = 300
"""Frames; only what MOG2 derives from it besides its rate, which is given in seconds."""
VARIANCES = 25.0
"""Squared distance from a look, in its variances, from which on a pixel is no part of it."""
USUAL = 0.9
"""MOG2's backgroundRatio as it is by default: a look is unusual until the others make up less than this of the past."""
SHADOW = 127
"""MOG2's mark for what is only darker than usual."""


class Foreground:
    """The picture's usual look, learnt as frames come.

    Args:
        width: of the copy that is looked at, pixels.
        absorb_s: media seconds after which what came and stands is a part of the usual look.
    """

    def __init__(self, width: int, absorb_s: float) -> None:
        self._width, self._learn_s = width, absorb_s / -math.log(USUAL)
        self._kernel = np.ones((2, 2) if width <= 200 else (3, 3), np.uint8)
        self._usual: np.ndarray | None = None  # (h, w) float32
        self._model = cv2.createBackgroundSubtractorMOG2(HISTORY, VARIANCES, True)
        self._now_s = 0.0

    def mask(self, image: np.ndarray, now_s: float) -> np.ndarray:
        """What is unusual in the next frame.

        Args:
            image: `(H, W, 3) uint8` BGR.
            now_s: media time.

        Returns:
            `(h, w) uint8`, 255 where something is, 0 elsewhere and all over the first frame.
        """
        grey = self._small(image)
        step_s, self._now_s = max(0.0, now_s - self._now_s), now_s
        if self._usual is None or self._usual.shape != grey.shape:
            self._usual = grey.astype(np.float32)
            self._model.apply(grey, None, 1.0)
            return np.zeros_like(grey)
        rate = 1 - math.exp(-step_s / self._learn_s)
        even = cv2.convertScaleAbs(grey, alpha=1 / light_gain(grey, self._usual))
        cv2.accumulateWeighted(grey, self._usual, rate)
        found = self._model.apply(even, None, rate)
        solid = cv2.threshold(found, SHADOW, 255, cv2.THRESH_BINARY)[1]
        return cv2.morphologyEx(solid, cv2.MORPH_OPEN, self._kernel)

    def restart(self) -> None:
        """Forget the usual look: the next frame is the first."""
        self._usual = None

    def _small(self, image: np.ndarray) -> np.ndarray:
        """`(h, w) uint8`: the copy that the picture's health looks at, or half of it."""
        grey = small_grey(image)
        if grey.shape[1] <= self._width:
            return cv2.blur(grey, (3, 3))
        height = max(1, round(grey.shape[0] * self._width / grey.shape[1]))
        return cv2.resize(grey, (self._width, height), interpolation=cv2.INTER_AREA)
