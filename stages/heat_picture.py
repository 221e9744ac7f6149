"""Writes the heat map of a run over its first picture."""

from logging import getLogger
from pathlib import Path

import cv2
import numpy as np

from pipeline.sinks.segment_names import source_slug
from pipeline.types import Frame
from vision.heat import blend_heat

logger = getLogger(__name__)


def write_heat(folder: Path, first: Frame, heat: np.ndarray) -> None:
    """Write `FOLDER/SOURCE.heat.png`, under its name only when it is whole; where that fails, it is told.

    Args:
        folder: made if it is not there.
        first: the picture below the map.
        heat: `(h, w) float32`, seconds.
    """
    image = first.image.copy()
    blend_heat(image, heat)
    path = folder / f"{source_slug(first.source)}.heat.png"
    part = path.with_suffix(".part")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part.write_bytes(cv2.imencode(".png", image)[1].tobytes())
        part.replace(path)
    except OSError as error:
        logger.warning("the heat map cannot be written to %s: %s", path, error.strerror)
