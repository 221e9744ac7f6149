"""Finds lines of text in a picture: a network that gives a map of probabilities (PP-OCR's DB), and boxes from it."""

from pathlib import Path

import cv2
import numpy as np

from models.backend import Device, open_backend
from models.cache import default_cache
from models.resolve import resolve
from pipeline.errors import ModelError
from vision.db import text_quads

STEP_PX = 32
"""Sides that the network takes are multiples of it."""
MOST_ENLARGED = 2.0
"""A small picture is enlarged so far at most,"""
ENLARGED_TO_PX = 640
"""and only until its longer side has so many pixels."""


def fed_size(size: tuple[int, int], longest_px: int) -> tuple[int, int]:
    """What a picture is scaled to: its longer side to about `longest_px`, both to multiples of 32.

    Args:
        size: (width, height) of the picture.
        longest_px: of the longer side.

    >>> fed_size((1280, 720), 960), fed_size((100, 20), 960)
    ((960, 544), (192, 32))
    """
    longest = max(size)
    scale = min(longest_px / longest, max(1.0, min(MOST_ENLARGED, ENLARGED_TO_PX / longest)))
    width, height = (max(1, round(side * scale / STEP_PX)) * STEP_PX for side in size)
    return width, height


class TextFinder:
    """One network, for one thread.

    Args:
        model: Name on the shelf or path, of a model whose task is text-detect.
        longest_px: What the longer side of a picture is scaled to; time grows with its square.
        min_score: Least mean probability in a box.
        threads: Of one inference.
        device: Where it runs.
        cache: Where pulled models lie.

    Raises:
        ModelError: the model is for something else, not pulled, or does not fit.
    """

    def __init__(
        self,
        model: str = "text-ppocr-v6-small",
        longest_px: int = 960,
        min_score: float = 0.5,
        threads: int = 1,
        device: Device = "auto",
        cache: Path | None = None,
    ) -> None:
        spec = resolve(model)
        if spec.task != "text-detect":
            raise ModelError(f"model '{spec.name}' is for {spec.task}, not for text-detect; leave the setting out")
        self._rgb = spec.input.colour == "rgb"
        # A table of the 256 answers for each channel is exact, and one pass instead of two.
        levels = np.arange(256)[:, None]  # (256, 1)
        self._table = ((levels - spec.input.mean) * spec.input.scale * np.ones(3)).astype(np.float32)[None]
        self._longest_px, self._min_score = longest_px, min_score
        self._backend = open_backend(spec, cache or default_cache(), threads=threads, device=device)

    def __call__(self, image: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The lines of text in a picture.

        Args:
            image: `(H, W, 3) uint8` BGR, at least one pixel.

        Returns:
            `(N, 4, 2) float32`, corners in pixels of the picture in reading order, from the top down, and
            `(N,) float32`, how sure each is, in [0, 1].
        """
        height, width = image.shape[:2]
        size = fed_size((width, height), self._longest_px)
        shrinks = size[0] < width or size[1] < height
        small = cv2.resize(image, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
        if self._rgb:
            small = cv2.cvtColor(small, cv2.COLOR_BGR2RGB)
        batch = cv2.LUT(small, self._table).transpose(2, 0, 1)[None]  # (1, 3, h, w)
        (probability,) = self._backend.run(np.ascontiguousarray(batch))
        quads, score = text_quads(probability[0, 0], min_score=self._min_score)
        scale = np.array([width / size[0], height / size[1]], np.float32)
        return quads * scale, score

    def close(self) -> None:
        """Let go of the network."""
        self._backend.close()
