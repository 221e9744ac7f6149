"""PP-OCR's recognition network in ONNX: reads signs, shop fronts and screens that Tesseract cannot."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from models.backend import Device, open_backend
from models.cache import default_cache
from models.resolve import resolve
from pipeline.errors import ConfigError
from readers.reader import NOTHING, Line, Taste
from vision.ctc import allowed_classes, best_path

STEP_PX = 32
"""Widths are multiples of it, so that the runtime sees few shapes."""
LEAST_PX = 64
MOST_PX = 48 * 40


class PpocrReader:
    """One network.

    Args:
        model: Name on the shelf or path, of a model whose task is text-read.
        whitelist: The only letters there are; empty: all.
        threads: Of one inference.
        device: Where it runs.
        cache: Where pulled models lie.

    Raises:
        ModelError: the model is not pulled, or does not fit.
        ConfigError: it is for another task, or has none of the letters of `whitelist`.
    """

    def __init__(
        self,
        model: str = "text-read-ppocr-v6-small",
        whitelist: str = "",
        threads: int = 1,
        device: Device = "auto",
        cache: Path | None = None,
    ) -> None:
        spec = resolve(model)
        if spec.task != "text-read":
            raise ConfigError(f"read_model: '{spec.name}' is for {spec.task}, not for text-read; leave it out")
        lacking = "".join(sorted(set(whitelist) - set(spec.labels)))
        if lacking:
            raise ConfigError(f"whitelist: model '{spec.name}' knows no {' '.join(lacking)}; take these letters out")
        self._labels = spec.labels
        self._allowed = allowed_classes(spec.labels, whitelist) if whitelist else None
        self._backend = open_backend(spec, cache or default_cache(), threads=threads, device=device)
        self._height = spec.input.size[1]
        self._mean, self._scale = np.array(spec.input.mean, np.float32), np.array(spec.input.scale, np.float32)
        self.name = f"{spec.name} in {self._backend.runtime}"
        self.taste = Taste(self._height, plain=False, unsure=0.9)

    def read(self, lines: Sequence[np.ndarray]) -> list[Line]:
        """See `readers.reader.Reader.read`. One at a time: a batch of six takes as long as six, and is padded."""
        return [self._read(line) for line in lines]

    def _read(self, image: np.ndarray) -> Line:
        height, width = image.shape[:2]
        wide = min(MOST_PX, max(1, round(width * self._height / height)))
        line = cv2.resize(image, (wide, self._height)) if (wide, self._height) != (width, height) else image
        padded = max(LEAST_PX, -(-wide // STEP_PX) * STEP_PX)
        batch = np.zeros((1, 3, self._height, padded), np.float32)
        batch[0, :, :, :wide] = ((line - self._mean) * self._scale).transpose(2, 0, 1)
        scores = self._backend.run(batch)[0][0]  # (T, 1 + C)
        text, sure = best_path(scores, self._labels, self._allowed)
        start, end = len(text) - len(text.lstrip()), len(text.rstrip())
        return Line(text[start:end], sure[start:end]) if start < end else NOTHING

    def close(self) -> None:
        """Let go of the network."""
        self._backend.close()
