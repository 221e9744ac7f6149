"""What a person needs to check an event by eye: the object cut out of its frame, in memory and, if wanted, a file."""

from logging import getLogger
from pathlib import Path

import cv2
import numpy as np

from pipeline.results.events import Evidence
from pipeline.types import Frame

logger = getLogger(__name__)

AROUND = 0.25
"""Ground that is kept around a box, share of its longer side."""
LONGEST_PX = 192
"""Of a crop; larger ones are made smaller."""
JPEG_QUALITY = 85

Box = tuple[float, float, float, float]


def place_of(xyxy: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is cut out of a picture of `(width, height)` for a box, pixels."""
    left, top, right, bottom = xyxy
    around = AROUND * max(right - left, bottom - top)
    x0, y0 = max(0, int(left - around)), max(0, int(top - around))
    return x0, y0, min(size[0], int(right + around) + 1), min(size[1], int(bottom + around) + 1)


def crop_of(image: np.ndarray, xyxy: Box) -> np.ndarray | None:
    """The object and some ground around it, at most `LONGEST_PX` long.

    Args:
        image: `(H, W, 3) uint8` BGR.
        xyxy: pixels; what reaches out of the picture is cut.

    Returns:
        `(h, w, 3) uint8` BGR, its own memory; None where nothing of the box is in the picture.
    """
    x0, y0, x1, y1 = place_of(xyxy, (image.shape[1], image.shape[0]))
    if x1 <= x0 or y1 <= y0:
        return None
    part = image[y0:y1, x0:x1]
    scale = LONGEST_PX / max(part.shape[:2])
    if scale >= 1:
        return part.copy()
    size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA)


class EvidenceFolder:
    """Keeps crops as JPEG files, each under its final name only when it is whole.

    Args:
        folder: made with the first crop; None: nothing is written.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._warned = False

    def keep(self, name: str, frame: Frame, xyxy: Box | None, tail: tuple[tuple[float, float, float], ...]) -> Evidence:
        """The evidence of one event; where its file cannot be written, which is told once, it has none."""
        crop = None if xyxy is None else crop_of(frame.image, xyxy)
        if crop is None:
            return Evidence(tail=tail)
        crop.setflags(write=False)
        if self._folder is None:
            return Evidence(crop, tail)
        path = self._folder / f"{name}.jpg"
        part = path.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes())
            part.replace(path)
        except OSError as error:
            if not self._warned:
                self._warned = True
                logger.warning("evidence cannot be written to %s: %s; events go on without", path, error.strerror)
            return Evidence(crop, tail)
        return Evidence(crop, tail, path.as_posix())
