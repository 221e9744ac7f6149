"""How good a view of a face is, before anybody is recognised by it: each measure alone, and all in one figure."""

from typing import NamedTuple

import cv2
import numpy as np

FACTORS = ("too small", "blurred", "turned sideways", "looks up or down", "does not fit a face", "hardly found")
"""What is wrong where a factor is low, in the order of the columns of `factors`."""
RAMPS = np.array([[16, 56], [4, 20], [0.62, 0.2], [0.5, 0.2], [0.11, 0.04], [0.4, 0.75]], np.float32)
"""For each measure: the value that is worth nothing, and the one from which more makes no difference.

Distance of the eyes in pixels is taken as 0.45 of the box. The embedder's chip has 55 px between the eyes."""


class Views(NamedTuple):
    """Measures of faces, a row each."""

    size_px: np.ndarray
    """`(N,) float32` side of the face's box."""
    sharpness: np.ndarray
    """`(N,) float32`: standard deviation of the chip's Laplacian by that of its grey levels, percent."""
    yaw: np.ndarray
    """`(N,) float32`: how far the nose is from the middle of the eyes, in eye distances; 0 from the front, to the
    picture's right above 0."""
    pitch: np.ndarray
    """`(N,) float32`: how far the nose is from where it is from the front, between eyes and mouth; up below 0."""
    error: np.ndarray
    """`(N,) float32`: of the fit to the template, share of the chip."""
    score: np.ndarray
    """`(N,) float32` of the detector."""

    @property
    def factors(self) -> np.ndarray:
        """`(N, 6) float32` in [0, 1]: each measure from bad to as good as can be."""
        columns = (self.size_px, self.sharpness, np.abs(self.yaw), np.abs(self.pitch), self.error, self.score)
        values = np.stack(columns, axis=1).reshape(-1, len(RAMPS))
        return np.clip((values - RAMPS[:, 0]) / (RAMPS[:, 1] - RAMPS[:, 0]), 0, 1).astype(np.float32)

    @property
    def quality(self) -> np.ndarray:
        """`(N,) float32` in [0, 1]: the weakest factor, a little less for each other that is weak."""
        factors = self.factors
        weakest = factors.min(axis=1, initial=1.0)
        return np.asarray(weakest * (0.5 + 0.5 * factors.mean(axis=1)), np.float32)

    def wrong(self, row: int) -> str:
        """What is worst about one face, in words."""
        return FACTORS[int(self.factors[row].argmin())]


def yaw_and_pitch(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where a face looks, from its points alone.

    Args:
        points: `(N, 6, 2) float32`, in the order of `vision.blazeface.POINTS`.

    Returns:
        Two arrays `(N,) float32` as `Views` describes them; large where the points fall together.

    >>> front = np.float32([[[-1, 0], [1, 0], [0, 1.1], [0, 2.1], [-2, 0], [2, 0]]])
    >>> [abs(v).round(2).item() for v in yaw_and_pitch(front)]
    [0.0, 0.0]
    """
    right, left, nose, mouth = (points[:, number].astype(np.float64) for number in range(4))
    across, middle = left - right, (left + right) / 2
    apart = np.maximum(np.hypot(*across.T), 1e-6)  # (N,)
    along = across / apart[:, None]
    down = np.stack([-along[:, 1], along[:, 0]], axis=1)
    yaw = ((nose - middle) * along).sum(axis=1) / apart
    length = ((mouth - middle) * down).sum(axis=1)
    length = np.where(np.abs(length) < 1e-6, 1e-6, length)
    pitch = ((nose - middle) * down).sum(axis=1) / length - FRONT_NOSE
    return np.nan_to_num(yaw, nan=9).astype(np.float32), np.nan_to_num(pitch, nan=9).astype(np.float32)


FRONT_NOSE = 1.1 / 2.1
"""Where the nose's tip is between eyes and mouth, seen from the front: 30 of 57 px in dlib's chips."""


def sharpness(chip: np.ndarray) -> float:
    """How much of a chip's contrast is in its finest details, percent; 20 and more in a sharp picture.

    Args:
        chip: `(S, S, 3) uint8` BGR.
    """
    side = chip.shape[0]
    inner = cv2.cvtColor(chip[side // 5 : -side // 5, side // 5 : -side // 5], cv2.COLOR_BGR2GRAY)
    contrast = float(inner.std())
    return 100 * float(cv2.Laplacian(inner, cv2.CV_32F).std()) / max(contrast, 8.0)
