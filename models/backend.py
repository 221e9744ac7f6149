"""The one door to a runtime: a batch in, arrays out."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np

from models.cache import sha256_of
from models.shelf import ensure, file_of
from models.spec import Form, ModelSpec
from pipeline.errors import ModelError

Runtime = Literal["auto", "onnx", "tflite"]


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


class Backend(Protocol):
    """A model that is open in a runtime. It serves one thread: a stage object has one of its own."""

    runtime: str
    """Name and version, for reports."""
    input: Tensor
    outputs: tuple[Tensor, ...]

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        """The outputs for `batch`, which has the shape and dtype of `input`; arrays of the caller's own.

        Raises:
            ValueError: shape or dtype differ; the message names the model.
            ModelError: the runtime refused.
        """
        ...

    def close(self) -> None:
        """Let go of the model; may be called twice."""
        ...


def open_backend(spec: ModelSpec, cache: Path, runtime: Runtime = "auto", threads: int = 1) -> Backend:
    """Open a model in a runtime.

    Args:
        spec: Which.
        cache: Where pulled models lie.
        runtime: 'auto' takes the first that is installed of those whose form is at hand, ONNX Runtime first.
        threads: That one inference may use.

    Raises:
        ModelError: no file, no runtime, or a file that the runtime refuses.
    """
    forms = ensure(spec, cache)
    if runtime != "auto":
        if runtime not in forms:
            raise ModelError(f"model '{spec.name}': no {runtime} file here, only {', '.join(forms)}; set runtime: auto")
        forms = (runtime,)
    refusals = []
    for form in forms:
        try:
            backend = _open(spec, form, cache, threads)
        except RuntimeMissingError as error:
            refusals.append(error)
            continue
        except ModelError as error:
            raise (
                error if spec.original is None else ModelError(f"{error}: python -m models pull {spec.name}")
            ) from error
        _check_input(spec, backend.input)
        return backend
    raise refusals[0]


class RuntimeMissingError(ModelError):
    """The package that runs a form is not installed."""


def check_batch(name: str, wants: Tensor, batch: np.ndarray) -> None:
    """Raise ValueError unless `batch` fits what the model `name` wants."""
    if not wants.takes(batch.shape) or batch.dtype != wants.dtype:
        shape = tuple("N" if size is None else size for size in wants.shape)
        raise ValueError(f"model '{name}': expected {shape} {wants.dtype}, received {batch.shape} {batch.dtype}")


def _check_input(spec: ModelSpec, declared: Tensor) -> None:
    batch = spec.input.batch_shape
    if not declared.takes(batch) or declared.dtype != spec.input.dtype:
        raise ModelError(
            f"model '{spec.name}': its spec says {batch} {spec.input.dtype}, its file takes {declared.shape}"
            f" {declared.dtype}; mend 'input' in its spec"
        )


def _open(spec: ModelSpec, form: Form, cache: Path, threads: int) -> Backend:
    path = file_of(spec, form, cache)
    wants = spec.files[form].sha256
    if wants is not None and sha256_of(path) != wants:
        raise ModelError(
            f"model '{spec.name}': {path} is not the file its spec was written for (SHA-256 differs); get it again"
        )
    if form == "onnx":
        from models.backends.onnx import OnnxBackend

        return OnnxBackend(path, spec.name, threads)
    from models.backends.tflite import TfliteBackend

    return TfliteBackend(path, spec.name, threads)
