"""What a fixed camera usually sees, learned as it looks: against it a picture is blurred, covered or another view."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vision.picture_health import likeness, lost_share, sharpness, structure, texture

REMEMBERED_S = 300.0
"""The mean reaches back about so far, so that it follows the light of the day."""
LEAST_SHARPNESS = 0.05
"""What a picture in focus has at least, whatever it shows; of 15 clips tried none had less than 0.057."""


@dataclass(frozen=True)
class View:
    """One look, or the mean of many."""

    structure: np.ndarray
    """`(45, 80) float32`; see `picture_health.structure`."""
    texture: np.ndarray
    """`(rows, columns) float32`; see `picture_health.texture`."""
    sharpness: float
    seconds: float = 0.0
    """How long was looked."""

    @classmethod
    def of(cls, grey: np.ndarray) -> View:
        """What a small grey picture `(h, w) uint8` shows."""
        return cls(structure(grey), texture(grey), sharpness(grey))

    def learn(self, now: View, dt_s: float) -> View:
        """The mean with one more look, which stands for `dt_s` seconds."""
        seconds = self.seconds + dt_s
        weight = dt_s / min(seconds, REMEMBERED_S) if seconds > 0 else 0.0
        return View(
            cv2.addWeighted(self.structure, 1 - weight, now.structure, weight, 0),
            _lower_mean(self.texture, now.texture, weight),
            self.sharpness + weight * (now.sharpness - self.sharpness),
            seconds,
        )

    def moved(self, now: View) -> float:
        """How unlike this view a look is, in [0, 1]: 0 the same, 1 another one."""
        return min(1.0, max(0.0, 1 - likeness(now.structure, self.structure)))

    def covered(self, now: View) -> float:
        """Part of this view's texture that is gone, in [0, 1]."""
        return lost_share(now.texture, self.texture)

    def blurred(self, now: View) -> float:
        """Part of this view's sharpness that is gone, in [0, 1]."""
        return lost_sharpness(now, self.sharpness)


def _lower_mean(usual: np.ndarray, now: np.ndarray, weight: float) -> np.ndarray:
    """An expectile of 0.1 (Newey and Powell, 1987): what is there nearly always. Cars on a bare road have texture, the
    road has none, and a mean of both would call the road covered.
    """
    step = np.where(now < usual, min(1.0, 1.8 * weight), 0.2 * weight)
    lower: np.ndarray = (usual + step * (now - usual)).astype(np.float32)
    return lower


def lost_sharpness(now: View, usual: float = 0.0) -> float:
    """Part of the usual sharpness that is gone, in [0, 1]; while none is known, of the least that a picture has."""
    return min(1.0, max(0.0, 1 - now.sharpness / max(usual, LEAST_SHARPNESS)))
