"""The one door to a runtime: a batch in, arrays out."""

import functools
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from models.cache import sha256_of
from models.shelf import cached_forms, command_for, ensure, file_of
from models.spec import Form, InputSpec, ModelSpec
from pipeline.errors import ModelError

logger = logging.getLogger(__name__)

Runtime = Literal["auto", "onnx", "tflite", "opencv"]
Device = Literal["auto", "cpu", "gpu", "cuda", "tensorrt", "openvino", "coreml", "directml", "migraphx", "edgetpu"]
Precision = Literal["full", "float16", "int8", "dynamic"]
"""full: as its makers publish it; the others have to be made first. dynamic: weights alone in eight bits."""
Options = Mapping[str, str | int | float | bool]
FORMS: dict[Precision, tuple[Form, ...]] = {
    "full": ("onnx", "tflite", "tensorflow"),
    "float16": ("tflite-fp16", "onnx-fp16"),
    "int8": ("onnx-int8", "tflite-int8"),
    "dynamic": ("tflite-dynamic",),
}
READS: dict[Runtime, tuple[Form, ...]] = {
    "onnx": ("onnx", "onnx-int8", "onnx-fp16"),
    "tflite": ("tflite", "tflite-int8", "tflite-fp16", "tflite-dynamic"),
    "opencv": ("tensorflow",),
}
"""Which forms each runtime reads. OpenCV gets only what nothing else reads: it takes twice the time, and from our ONNX
files, whose pictures have their channels last, it computes other boxes without a word (4.14: offsets are 0.3 off)."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output as the model file declares it."""

    name: str
    shape: tuple[int | None, ...]
    """None where the file leaves a size open."""
    dtype: np.dtype

    def takes(self, shape: tuple[int, ...]) -> bool:
        """Whether an array of that shape fits."""
        return len(shape) == len(self.shape) and all(
            want is None or want == got for want, got in zip(self.shape, shape, strict=True)
        )


@dataclass(frozen=True, slots=True)
class Opening:
    """How a model is to be opened."""

    name: str
    """Of the model, for messages."""
    threads: int = 1
    """That one inference may use."""
    device: Device = "auto"
    options: Options = field(default_factory=dict)
    """The runtime's own settings, by their names there."""
    limits: tuple[float, float] | None = None
    """Smallest and largest value that may be fed; None: any."""
    companion: Path | None = None
    """A second file that the runtime needs."""


class Backend(Protocol):
    """A model that is open in a runtime. It serves one thread: a stage object has one of its own."""

    runtime: str
    """Name, version and the device it really runs on, for reports."""
    input: Tensor
    outputs: tuple[Tensor, ...]

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        """The outputs for `batch`, which has the shape, dtype and range of `input`; arrays of the caller's own.

        Raises:
            ValueError: shape, dtype or range differ; the message names the model.
            ModelError: the runtime refused.
        """
        ...

    def close(self) -> None:
        """Let go of the model; may be called twice."""
        ...


def open_backend(
    spec: ModelSpec,
    cache: Path,
    runtime: Runtime = "auto",
    threads: int = 1,
    device: Device = "auto",
    precision: Precision = "full",
    options: Options | None = None,
) -> Backend:
    """Open a model in a runtime.

    Args:
        spec: Which.
        cache: Where pulled models lie.
        runtime: 'auto' takes the first that is installed of those whose form is at hand, ONNX Runtime first.
        threads: That one inference may use.
        device: 'auto' is a GPU where ONNX Runtime was installed for one (CUDA, DirectML), else the CPU. One asked for
            by name either runs the model or is an error: nothing falls back in silence.
        precision: Which form.
        options: The runtime's own settings, by their names there.

    Raises:
        ModelError: no file, no runtime, no such device, or a file that the runtime refuses.
    """
    opening = Opening(spec.name, threads, device, options or {}, limits_of(spec.input), _companion(spec, cache))
    refusals = []
    for form in _forms(spec, cache, runtime, precision):
        try:
            backend = open_form(spec, form, cache, opening)
        except RuntimeMissingError as error:
            refusals.append(error)
            continue
        except ModelError as error:
            if spec.original is None or isinstance(error, DeviceMissingError):
                raise
            raise ModelError(f"{error}: python -m models pull {spec.name}") from error
        _check_input(spec, backend.input)
        _say(f"model '{spec.name}' ({form}) runs in {backend.runtime}")
        return backend
    raise refusals[0]


def open_form(spec: ModelSpec, form: Form, cache: Path, opening: Opening, *, trusted: bool = False) -> Backend:
    """Open one form of a model.

    Args:
        spec: Which.
        form: Which of its files.
        cache: Where pulled models lie.
        opening: How.
        trusted: Leave its checksum unchecked, as whoever calls has checked it.

    Raises:
        ModelError: no runtime, no such device, another checksum, or a file that the runtime refuses.
    """
    path = file_of(spec, form, cache)
    wants = spec.files[form].sha256 if form in spec.files else None
    if wants is not None and not trusted and sha256_of(path) != wants:
        mend = f"export it again: python -m models export {spec.run}" if spec.run else "get it again"
        raise ModelError(
            f"model '{spec.name}': {path} is not the file its spec was written for (SHA-256 differs); {mend}"
        )
    if form == "tensorflow":
        from models.backends.opencv import OpencvBackend

        return OpencvBackend(path, opening, spec.input.batch_shape)
    return open_file(path, opening)


def open_file(path: Path, opening: Opening | None = None) -> Backend:
    """Open a `.onnx` or `.tflite` file in its own runtime; nothing about it is checked.

    Raises:
        ModelError: no runtime, no such device, or a file that the runtime refuses.
    """
    opening = opening or Opening(path.name)
    if path.suffix == ".onnx":
        from models.backends.onnx import OnnxBackend

        return OnnxBackend(path, opening)
    from models.backends.tflite import TfliteBackend

    return TfliteBackend(path, opening)


class RuntimeMissingError(ModelError):
    """The package that runs a form is not installed."""


class DeviceMissingError(ModelError):
    """The device asked for is not there, or does not run the model."""


def limits_of(spec: InputSpec) -> tuple[float, float]:
    """Smallest and largest value that a picture of 0..255 becomes, a rounding error wider."""
    ends = (np.array([[0], [255]]) - np.array(spec.mean)) * np.array(spec.scale)  # (2, 1 or 3)
    low, high = float(ends.min()), float(ends.max())
    slack = (high - low) * 1e-4
    return low - slack, high + slack


def check_batch(opening: Opening, wants: Tensor, batch: np.ndarray) -> None:
    """Raise ValueError unless `batch` fits what the model wants: 0.03 ms, for the range of 300 x 300 pixels."""
    name = opening.name
    if not wants.takes(batch.shape) or batch.dtype != wants.dtype:
        shape = tuple("N" if size is None else size for size in wants.shape)
        raise ValueError(f"model '{name}': expected {shape} {wants.dtype}, received {batch.shape} {batch.dtype}")
    if opening.limits is not None and batch.dtype == np.float32 and batch.size:
        low, high = opening.limits
        if not (low <= batch.min() and batch.max() <= high):  # also where one is NaN
            raise ValueError(
                f"model '{name}': expected values from {low:.4g} to {high:.4g}, received {batch.min():.4g} to"
                f" {batch.max():.4g}; feed (pixel - mean) * scale as its spec says"
            )


@functools.cache
def _say(line: str) -> None:
    """Log once a run: several workers open the same model."""
    logger.info("%s", line)


def _forms(spec: ModelSpec, cache: Path, runtime: Runtime, precision: Precision) -> tuple[Form, ...]:
    """The files that may be opened, best first."""
    there = ensure(spec, cache) if precision == "full" else cached_forms(spec, cache)
    wanted = [form for form in FORMS[precision] if runtime == "auto" or form in READS[runtime]]
    found = tuple(form for form in wanted if form in there)
    if found:
        return found
    if precision == "full":
        raise ModelError(f"model '{spec.name}': no {runtime} file here, only {', '.join(there)}; set runtime: auto")
    kind = "" if runtime == "auto" else f"{runtime} "
    mend = "set another precision"
    if wanted and (spec.run is not None or precision != "dynamic"):
        mend = f"make one: {command_for(spec, wanted[0])}"
    raise ModelError(f"model '{spec.name}': no {kind}{precision} file here; {mend}")


def _companion(spec: ModelSpec, cache: Path) -> Path | None:
    if spec.original is None or spec.original.companion is None:
        return None
    return file_of(spec, next(iter(spec.files)), cache).with_name(spec.original.companion.file)


def _check_input(spec: ModelSpec, declared: Tensor) -> None:
    batch = spec.input.batch_shape
    if not declared.takes(batch) or declared.dtype != spec.input.dtype:
        raise ModelError(
            f"model '{spec.name}': its spec says {batch} {spec.input.dtype}, its file takes {declared.shape}"
            f" {declared.dtype}; mend 'input' in its spec"
        )
