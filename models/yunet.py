"""YuNet by OpenCV's own reader, which decodes and suppresses (`cv2.FaceDetectorYN`)."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.cache import sha256_of
from models.shelf import ensure, file_of
from models.spec import ModelSpec
from pipeline.errors import ModelError
from vision.blazeface import FoundFaces

MOST = 400
"""Boxes that go into suppression."""
MAX_IOU = 0.3


class YuNetDetector:
    """Wu, Peng, Yu 2023, "YuNet: A Tiny Millisecond-level Face Detector". Five points; it says nothing of the ears."""

    def __init__(self, spec: ModelSpec, cache: Path) -> None:
        """Open the network.

        Args:
            spec: Which.
            cache: Where pulled models lie.

        Raises:
            ModelError: it is missing, damaged, or this OpenCV has no reader for it.
        """
        if not hasattr(cv2, "FaceDetectorYN"):
            raise ModelError(
                f"model '{spec.name}': this OpenCV ({cv2.__version__}) has no FaceDetectorYN;"
                " run: pip install opencv-python-headless, or set model: face-blazeface-full"
            )
        self.side = spec.input.size[0]
        form = ensure(spec, cache)[0]
        path = file_of(spec, form, cache)
        wants = spec.files[form].sha256 if form in spec.files else None
        if wants is not None and sha256_of(path) != wants:
            raise ModelError(
                f"model '{spec.name}': {path} is not the file its spec was written for (SHA-256 differs); get it again"
            )
        try:
            self._net = cv2.FaceDetectorYN.create(str(path), "", (self.side, self.side), 0.5, MAX_IOU, MOST)
        except cv2.error as error:
            raise ModelError(
                f"model '{spec.name}': OpenCV {cv2.__version__} refuses {path}: {' '.join(str(error).split())[:160]}"
            ) from error

    def __call__(self, square: np.ndarray, min_score: float) -> FoundFaces:
        """Faces of `(side, side, 3) uint8` BGR, in its pixels."""
        self._net.setScoreThreshold(min_score)
        rows: Any = self._net.detect(square)[1]  # its stubs do not know that it may be None
        if rows is None:
            return FoundFaces.none()
        found = np.asarray(rows, np.float32).reshape(-1, 15)  # x, y, width, height, five points, score
        xyxy = np.concatenate([found[:, :2], found[:, :2] + found[:, 2:4]], axis=1)
        five = found[:, 4:14].reshape(-1, 5, 2)  # right eye, left eye, nose, right and left corner of the mouth
        points = np.full((len(found), 6, 2), np.nan, np.float32)
        points[:, :3], points[:, 3] = five[:, :3], five[:, 3:].mean(axis=1)
        return FoundFaces(xyxy, found[:, 14].copy(), points)

    def close(self) -> None:
        """Nothing stays open but memory, which goes with the object."""
