"""Models in ONNX Runtime."""

from pathlib import Path
from typing import Any

import numpy as np

from models.backend import RuntimeMissingError, Tensor, check_batch
from pipeline.errors import ModelError

_DTYPES = {"tensor(float)": "float32", "tensor(uint8)": "uint8", "tensor(int8)": "int8"}


class OnnxBackend:
    """One session on the CPU.

    All optimisations are on: below that the network takes 2.1 times as long. Its threads do not spin while they wait:
    spinning costs 8 to 10 ms of CPU a frame in a pipeline, taken from the other stages.
    """

    def __init__(self, path: Path, name: str, threads: int = 1) -> None:
        """Open `path`; `name` is for messages.

        Raises:
            ModelError: ONNX Runtime is not installed, or refuses the file.
        """
        try:
            import onnxruntime as ort
        except ImportError as error:
            raise RuntimeMissingError(
                f"model '{name}': ONNX Runtime is not installed; run: pip install onnxruntime"
            ) from error
        options = ort.SessionOptions()
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        options.log_severity_level = 4  # what matters comes as an exception
        try:
            self._session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        except _refusals() as error:
            raise ModelError(
                f"model '{name}': ONNX Runtime {ort.__version__} refuses {path}: {_brief(error)};"
                " the file is damaged or no ONNX model; get it again"
            ) from error
        self._name = name
        self._errors = _refusals()
        self.runtime = f"onnxruntime {ort.__version__}"
        self.input = _tensor(self._session.get_inputs()[0])
        self.outputs = tuple(_tensor(output) for output in self._session.get_outputs())

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        """See `models.backend.Backend.run`."""
        check_batch(self._name, self.input, batch)
        try:
            return tuple(self._session.run(None, {self.input.name: batch}))
        except self._errors as error:
            raise ModelError(f"model '{self._name}': {self.runtime} failed: {_brief(error)}") from error

    def close(self) -> None:
        """Nothing stays open but memory, which goes with the object."""


def _refusals() -> tuple[type[Exception], ...]:
    """Everything that the runtime raises: its own exceptions derive from nothing closer than Exception."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = [value for value in vars(state).values() if isinstance(value, type) and issubclass(value, Exception)]
    return (*own, RuntimeError, ValueError)


def _tensor(declared: Any) -> Tensor:
    shape = tuple(size if isinstance(size, int) else None for size in declared.shape)
    return Tensor(declared.name, shape, np.dtype(_DTYPES.get(declared.type, "float32")))


def _brief(error: Exception) -> str:
    """The first sentence of what the runtime says, without its source file."""
    return " ".join(str(error).split())[:160]
