"""Frozen TensorFlow graphs in OpenCV's DNN module: what nothing else reads without converting."""

from pathlib import Path

import cv2
import numpy as np

from models.backend import DeviceMissingError, Opening, Tensor, check_batch
from pipeline.errors import ModelError


class OpencvBackend:
    """One network on the CPU: a frozen TensorFlow graph (.pb), with its description beside it where it needs one."""

    def __init__(self, path: Path, opening: Opening, shape: tuple[int, int, int, int]) -> None:
        """Open `path`; `shape` is that of a batch, as the file does not tell it.

        Raises:
            ModelError: OpenCV has no such device, or refuses the file.
        """
        if opening.device not in {"auto", "cpu"}:
            raise DeviceMissingError(f"model '{opening.name}': OpenCV runs it on the cpu only; set device: cpu")
        if opening.options:
            raise ModelError(f"model '{opening.name}': OpenCV takes no options, got {', '.join(opening.options)}")
        self._opening = opening
        self.runtime = f"opencv {cv2.__version__} on CPU"
        try:
            self._net = _read(path, opening.companion)
            self._names = self._net.getUnconnectedOutLayersNames()
            self.input = Tensor("image", shape, np.dtype("float32"))
            outputs = self._forward(np.zeros(shape, np.float32))
        except cv2.error as error:
            raise ModelError(
                f"model '{opening.name}': OpenCV {cv2.__version__} refuses {path}: {_brief(error)};"
                " the file is damaged, or has operators that OpenCV lacks; get it again"
            ) from error
        self.outputs = tuple(
            Tensor(name, output.shape, output.dtype) for name, output in zip(self._names, outputs, strict=True)
        )

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        """See `models.backend.Backend.run`."""
        check_batch(self._opening, self.input, batch)
        try:
            return self._forward(batch)
        except cv2.error as error:
            raise ModelError(f"model '{self._opening.name}': {self.runtime} failed: {_brief(error)}") from error

    def close(self) -> None:
        """Nothing stays open but memory, which goes with the object."""

    def _forward(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        self._net.setInput(batch)
        return tuple(output.copy() for output in self._net.forward(self._names))


def _read(path: Path, companion: Path | None) -> cv2.dnn.Net:
    return cv2.dnn.readNetFromTensorflow(str(path), str(companion) if companion else "")


def _brief(error: cv2.error) -> str:
    return " ".join(str(error).split()).partition("error: ")[2][:160] or "no reason given"
