"""How the camera moved between two pictures: sparse optical flow on a small grey picture, and the similarity it fits.

As the camera-motion compensation of BoT-SORT (Aharon et al. 2022, section 3.2): corners are followed by the pyramid of
Lucas and Kanade, and RANSAC finds the shift, turn and scale that most of them agree on. What moves by itself does not.
"""

import cv2
import numpy as np

WIDTH = 320
"""Of the small picture, pixels; 0.3 ms for the picture, 0.7 to 1.2 ms for the flow."""
CORNERS = 150
LEAST = 12
"""Corners that have to be followed and agree; fewer tell nothing."""
STILL = np.array([[1, 0, 0], [0, 1, 0]], np.float64)
"""The camera did not move."""


class CameraMotion:
    """Follows one camera from picture to picture."""

    def __init__(self) -> None:
        self._before: np.ndarray | None = None
        self._corners: np.ndarray | None = None

    def __call__(self, image: np.ndarray, away: np.ndarray | None = None) -> np.ndarray:
        """How points of the picture before lie in this one, as far as the camera made it so.

        Args:
            image: `(H, W, 3) uint8` BGR, of the size of the one before, or it counts as the first.
            away: `(N, 4) float32` xyxy, pixels: boxes of what moves by itself, whose corners are left out of this
                picture, for the next.

        Returns:
            `(2, 3) float64`: `point @ m[:, :2].T + m[:, 2]`, pixels; that of no motion on the first picture and where
            too little can be followed.
        """
        scale = min(1.0, WIDTH / image.shape[1])
        size = max(8, round(image.shape[1] * scale)), max(8, round(image.shape[0] * scale))
        grey = cv2.cvtColor(cv2.resize(image, size, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
        before, corners = self._before, self._corners
        motion = STILL.copy()
        if before is not None and corners is not None and before.shape == grey.shape and len(corners) >= LEAST:
            motion = _similarity(before, grey, corners)
        motion[:, 2] /= scale
        self._before, self._corners = grey, _corners(grey, None if away is None else away * scale)
        return motion


def joined(first: np.ndarray, then: np.ndarray) -> np.ndarray:
    """One motion and then another, `(2, 3) float64` each, as one."""
    return np.asarray(then @ np.vstack([first, [0, 0, 1]]))


def since(then: np.ndarray, now: np.ndarray) -> np.ndarray:
    """The motion between two moments, from the motions that led to each from one beginning: `(2, 3) float64` each."""
    back = np.asarray(cv2.invertAffineTransform(then))
    return joined(back, now)


def moved(xyxy: np.ndarray, motion: np.ndarray) -> np.ndarray:
    """Boxes as they lie after the camera moved: centres go where it sends them, sides grow as it scales.

    Args:
        xyxy: `(N, 4)` corners, pixels.
        motion: `(2, 3) float64`, as `CameraMotion` gives it.

    Returns:
        `(N, 4) float32`.

    >>> moved(np.float32([[0, 0, 10, 10]]), np.float64([[1, 0, 5], [0, 1, 0]])).tolist()
    [[5.0, 0.0, 15.0, 10.0]]
    """
    centres = (xyxy[:, :2] + xyxy[:, 2:]) / 2 @ motion[:, :2].T + motion[:, 2]  # (N, 2)
    half = (xyxy[:, 2:] - xyxy[:, :2]) / 2 * scale_of(motion)
    return np.concatenate([centres - half, centres + half], axis=1, dtype=np.float32)


def scale_of(motion: np.ndarray) -> float:
    """How much larger things became."""
    return float(np.hypot(motion[0, 0], motion[1, 0]))


def _corners(grey: np.ndarray, away: np.ndarray | None) -> np.ndarray:
    mask = None
    if away is not None and len(away):
        mask = np.full(grey.shape, 255, np.uint8)
        for left, top, right, bottom in np.clip(away, 0, None).astype(int).tolist():
            mask[top : bottom + 1, left : right + 1] = 0
    found = cv2.goodFeaturesToTrack(grey, CORNERS, 0.01, 5, mask=mask)
    return np.zeros((0, 1, 2), np.float32) if found is None else np.asarray(found)


def _similarity(before: np.ndarray, now: np.ndarray, corners: np.ndarray) -> np.ndarray:
    to, followed, _ = cv2.calcOpticalFlowPyrLK(
        before, now, corners, np.empty_like(corners), winSize=(15, 15), maxLevel=3
    )
    kept = followed[:, 0] > 0
    if kept.sum() < LEAST:
        return STILL.copy()
    motion, agree = cv2.estimateAffinePartial2D(
        corners[kept], to[kept], method=cv2.RANSAC, ransacReprojThreshold=1.0, maxIters=200
    )
    if motion is None or int(agree.sum()) < LEAST or not 0.5 < scale_of(motion) < 2:
        return STILL.copy()
    return np.asarray(motion, np.float64)
