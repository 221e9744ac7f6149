"""Models in LiteRT, the runtime of TFLite files, or in its older name, tflite-runtime."""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from models.backend import RuntimeMissingError, Tensor, check_batch
from pipeline.errors import ModelError

PACKAGES = ("ai_edge_litert", "tflite_runtime")
"""Those that have an `interpreter` module, best first. TensorFlow has one too; importing it takes 780 MB: left out."""


class TfliteBackend:
    """One interpreter on the CPU (XNNPACK)."""

    def __init__(self, path: Path, name: str, threads: int = 1) -> None:
        """Open `path`; `name` is for messages.

        Raises:
            ModelError: no runtime is installed, or it refuses the file.
        """
        package, interpreter = _interpreter(name)
        try:
            with _silence():
                self._interpreter: Any = interpreter(model_path=str(path), num_threads=threads)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"model '{name}': {package} refuses {path}: {' '.join(str(error).split())[:160]};"
                " the file is damaged, or made for another version of the runtime; get it again"
            ) from error
        self._name = name
        self.runtime = package
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        self._input_index = inputs[0]["index"]
        self._output_indices = [output["index"] for output in outputs]
        self.input = _tensor(inputs[0])
        self.outputs = tuple(_tensor(output) for output in outputs)

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        """See `models.backend.Backend.run`. Outputs are copies: the runtime's own memory holds the next call's."""
        check_batch(self._name, self.input, batch)
        try:
            self._interpreter.set_tensor(self._input_index, batch)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"model '{self._name}': {self.runtime} failed: {str(error)[:160]}") from error
        return tuple(self._interpreter.get_tensor(index) for index in self._output_indices)

    def close(self) -> None:
        """Nothing stays open but memory, which goes with the object."""


@contextmanager
def _silence() -> Iterator[None]:
    """Keeps what the runtime writes to standard error, below Python, from a terminal with a progress bar on it."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _interpreter(name: str) -> tuple[str, Any]:
    for package in PACKAGES:
        try:
            module = importlib.import_module(f"{package}.interpreter")
        except ImportError:
            continue
        return package, module.Interpreter
    raise RuntimeMissingError(f"model '{name}': LiteRT is not installed; run: pip install ai-edge-litert")


def _tensor(details: dict[str, Any]) -> Tensor:
    return Tensor(details["name"], tuple(int(size) for size in details["shape"]), np.dtype(details["dtype"]))
