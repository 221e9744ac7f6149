"""Pictures to try networks on where no real ones are at hand: always the same."""

import cv2
import numpy as np


def made_pictures() -> list[np.ndarray]:
    """`(480, 640, 3) uint8` BGR pictures with the smooth patches of photographs, coarse to fine, in strong colours."""
    random = np.random.default_rng(0)
    coarse = [random.integers(0, 256, (cells, cells, 3), np.uint8) for cells in (3, 6, 12, 24)]
    return [np.asarray(cv2.resize(patches, (640, 480), interpolation=cv2.INTER_CUBIC)) for patches in coarse]
