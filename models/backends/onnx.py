"""Models in ONNX Runtime."""

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from models.backend import Device, DeviceMissingError, Opening, RuntimeMissingError, Tensor, check_batch
from pipeline.errors import ModelError

logger = logging.getLogger(__name__)

PROVIDERS: dict[Device, str] = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
    "migraphx": "MIGraphXExecutionProvider",
}
"""What ONNX Runtime calls each device."""
GPUS: tuple[Device, ...] = ("cuda", "directml", "migraphx", "coreml")
"""What 'gpu' means, best first. TensorRT builds an engine for minutes at its first start: it is asked for by name."""
CHOSEN: tuple[Device, ...] = ("cuda", "directml", "migraphx")
"""What 'auto' takes before the CPU: wheels that somebody installed for the GPU. Not CoreML, which is in every wheel for
the Mac and slower on small networks, and not OpenVINO, whose own default on CPUs that can is bfloat16."""
TINIEST = (
    b'\x08\x07:3\n\x0c\n\x01a\x12\x01b"\x04Relu\x12\x01gZ\x0f\n\x01a\x12\n\n\x08\x08\x01\x12\x04\n\x02\x08\x01'
    b"b\x0f\n\x01b\x12\n\n\x08\x08\x01\x12\x04\n\x02\x08\x01B\x04\n\x00\x10\r"
)
"""An ONNX model: Relu of one float32."""
_DTYPES = {"tensor(float)": "float32", "tensor(uint8)": "uint8", "tensor(int8)": "int8"}


class OnnxBackend:
    """One session.

    All optimisations are on: below that the network takes 2.1 times as long. Its threads do not spin while they wait:
    spinning costs 8 to 10 ms of CPU a frame in a pipeline, taken from the other stages. Options with a dot in their
    name are entries of the session's configuration, others go to the device's provider.
    """

    def __init__(self, path: Path, opening: Opening) -> None:
        """Open `path`.

        Raises:
            ModelError: ONNX Runtime is not installed, has no such device, or refuses the file.
        """
        name = opening.name
        try:
            import onnxruntime as ort
        except ImportError as error:
            raise RuntimeMissingError(
                f"model '{name}': ONNX Runtime is not installed; run: pip install onnxruntime"
            ) from error
        device = _device(opening, ort.get_available_providers())
        wanted = _wanted(device, ort.get_available_providers(), opening, path)
        try:
            with warnings.catch_warnings(action="ignore"):  # what came of it is read back below
                self._session = ort.InferenceSession(path, _settings(ort, opening), providers=wanted)
        except _refusals() as error:
            raise ModelError(
                f"model '{name}': ONNX Runtime {ort.__version__} refuses {path}: {_brief(error)};"
                " the file is damaged or no ONNX model; get it again"
            ) from error
        running = self._session.get_providers()[0]
        if running != PROVIDERS[device]:
            told = f"model '{name}': {device} is there but did not start; it would run on {running}"
            if opening.device != "auto":
                raise DeviceMissingError(f"{told}: mend the driver, or set device: cpu")
            logger.warning("%s, so it does; set device: cpu to have it without this line", told)
        self._opening = opening
        self._errors = _refusals()
        self.runtime = f"onnxruntime {ort.__version__} on {running.removesuffix('ExecutionProvider')}"
        self.input = _tensor(self._session.get_inputs()[0])
        self.outputs = tuple(_tensor(output) for output in self._session.get_outputs())

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        """See `models.backend.Backend.run`."""
        check_batch(self._opening, self.input, batch)
        try:
            return tuple(self._session.run(None, {self.input.name: batch}))
        except self._errors as error:
            raise ModelError(f"model '{self._opening.name}': {self.runtime} failed: {_brief(error)}") from error

    def close(self) -> None:
        """Nothing stays open but memory, which goes with the object."""


def devices() -> dict[Device, bool]:
    """The devices that this ONNX Runtime was built for, and whether each runs a network: tried with the tiniest.

    Raises:
        ImportError: it is not installed, or its libraries do not load.
    """
    import onnxruntime as ort

    available = ort.get_available_providers()
    return {device: _starts(ort, provider) for device, provider in PROVIDERS.items() if provider in available}


def _starts(ort: Any, provider: str) -> bool:
    settings = ort.SessionOptions()
    settings.log_severity_level = 4
    try:
        with warnings.catch_warnings(action="ignore"):
            session = ort.InferenceSession(TINIEST, settings, providers=[provider])
            session.run(None, {"a": np.ones(1, np.float32)})
    except _refusals():
        return False
    return bool(session.get_providers()[0] == provider)


def _device(opening: Opening, available: list[str]) -> Device:
    """The device that is meant.

    Raises:
        DeviceMissingError: it is not there; the message has those that are.
    """
    there = [device for device, provider in PROVIDERS.items() if provider in available]
    if opening.device == "auto":
        return next((device for device in CHOSEN if device in there), "cpu")
    if opening.device == "gpu":
        found = next((device for device in GPUS if device in there), None)
    else:
        found = opening.device if opening.device in there else None
    if found is None:
        raise DeviceMissingError(
            f"model '{opening.name}': this ONNX Runtime has no {opening.device}, only {', '.join(there)};"
            " set device to one of these, or install the wheel for it (onnxruntime-gpu, onnxruntime-directml, ...)"
        )
    return found


def _settings(ort: Any, opening: Opening) -> Any:
    settings = ort.SessionOptions()
    settings.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    settings.intra_op_num_threads = opening.threads
    settings.inter_op_num_threads = 1
    entries = {"session.intra_op.allow_spinning": "0", "session.inter_op.allow_spinning": "0"}
    entries |= {key: _text(value) for key, value in opening.options.items() if "." in key}
    for key, value in entries.items():
        settings.add_session_config_entry(key, value)
    settings.log_severity_level = 4  # what matters comes as an exception
    return settings


def _wanted(device: Device, available: list[str], opening: Opening, path: Path) -> list[tuple[str, dict[str, str]]]:
    """The device's provider with its options, then those for the operators that it lacks."""
    own = {key: _text(value) for key, value in opening.options.items() if "." not in key}
    wanted = [(PROVIDERS[device], _defaults(device, opening, path) | own)]
    if device == "tensorrt" and PROVIDERS["cuda"] in available:
        wanted.append((PROVIDERS["cuda"], {}))
    if device != "cpu":
        wanted.append((PROVIDERS["cpu"], {}))
    return wanted


def _defaults(device: Device, opening: Opening, path: Path) -> dict[str, str]:
    """What a provider is told unless the options say otherwise.

    OpenVINO chooses bfloat16 by itself on CPUs with AVX512-BF16 or AMX: a network that is called full precision has to
    be. TensorRT builds an engine for minutes: it is kept beside the model, for this version and this card.
    """
    if device == "openvino":
        return {"precision": "FP32", "num_of_threads": str(opening.threads)}
    if device == "tensorrt":
        return {"trt_engine_cache_enable": "1", "trt_engine_cache_path": str(path.parent / "tensorrt")}
    return {}


def _text(value: str | float | bool) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


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
