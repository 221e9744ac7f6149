"""Models in LiteRT, the runtime of TFLite files, or in its older name, tflite-runtime."""

import ctypes
import importlib
import importlib.metadata
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from models.backend import DeviceMissingError, Opening, RuntimeMissingError, Tensor, check_batch
from pipeline.errors import ModelError

PACKAGES = ("ai_edge_litert", "tflite_runtime")
"""Those that have an `interpreter` module, best first. TensorFlow has one too; importing it takes 780 MB: left out."""


EDGE_TPU = "libedgetpu.so.1"
"""Coral's delegate, as its Debian package installs it."""


class TfliteBackend:
    """One interpreter, on the CPU (XNNPACK) or with a delegate.

    The option `delegate` names the library of a delegate, options `delegate.KEY` are its own, and others are arguments
    of the interpreter.
    """

    def __init__(self, path: Path, opening: Opening) -> None:
        """Open `path`.

        Raises:
            ModelError: no runtime is installed, it has no such device or option, or it refuses the file.
        """
        name = opening.name
        package, module = _runtime(name)
        delegate = _delegate(module, opening)
        options = opening.options
        settings: dict[str, Any] = {key: options[key] for key in options if key.partition(".")[0] != "delegate"}
        if delegate is not None:
            settings["experimental_delegates"] = [delegate]
        try:
            with _silence():
                self._interpreter: Any = module.Interpreter(
                    model_path=str(path), num_threads=opening.threads, **settings
                )
                self._interpreter.allocate_tensors()
        except TypeError as error:
            raise ModelError(f"model '{name}': {package} has no such option: {error}; mend options") from error
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"model '{name}': {package} refuses {path}: {' '.join(str(error).split())[:160]};"
                " the file is damaged, or made for another version of the runtime; get it again"
            ) from error
        self._opening = opening
        self.runtime = f"{package} {_version(package)} on {_library(opening) or 'CPU'}"
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        self._input_index = inputs[0]["index"]
        self._output_indices = [output["index"] for output in outputs]
        self.input = _tensor(inputs[0])
        self.outputs = tuple(_tensor(output) for output in outputs)

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        """See `models.backend.Backend.run`. Outputs are copies: the runtime's own memory holds the next call's."""
        check_batch(self._opening, self.input, batch)
        try:
            self._interpreter.set_tensor(self._input_index, batch)
            self._interpreter.invoke()
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"model '{self._opening.name}': {self.runtime} failed: {str(error)[:160]}") from error
        return tuple(self._interpreter.get_tensor(index) for index in self._output_indices)

    def close(self) -> None:
        """Nothing stays open but memory, which goes with the object."""


def package() -> str:
    """Name and version of the runtime that is used.

    Raises:
        ModelError: none is installed, or its libraries do not load.
    """
    name, _ = _runtime("any")
    return f"{name} {_version(name)}"


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


def _runtime(name: str) -> tuple[str, Any]:
    for package in PACKAGES:
        try:
            return package, importlib.import_module(f"{package}.interpreter")
        except ImportError:
            continue
    raise RuntimeMissingError(f"model '{name}': LiteRT is not installed; run: pip install ai-edge-litert")


def _version(package: str) -> str:
    return importlib.metadata.version(package.replace("_", "-"))


def _library(opening: Opening) -> str | None:
    """The delegate that is meant, if one is.

    Raises:
        DeviceMissingError: a device that LiteRT has no delegate for.
    """
    named = opening.options.get("delegate")
    if opening.device == "edgetpu":
        return str(named or EDGE_TPU)
    if opening.device not in {"auto", "cpu"}:
        raise DeviceMissingError(
            f"model '{opening.name}': LiteRT has no {opening.device}, only cpu, edgetpu and options.delegate;"
            " set device to one of these, or runtime: onnx"
        )
    return str(named) if named else None


def _delegate(module: Any, opening: Opening) -> Any | None:
    library = _library(opening)
    if library is None:
        return None
    settings = {key.partition(".")[2]: str(value) for key, value in opening.options.items() if "delegate." in key}
    try:
        with _silence():
            ctypes.CDLL(library)  # where this fails, the runtime's own half-made object would complain later
            return module.load_delegate(library, settings)
    except (OSError, ValueError, RuntimeError) as error:
        mend = "install libedgetpu1-std and plug the device in" if library == EDGE_TPU else "check options.delegate"
        why = " ".join(str(error).split())[:120] or "it does not start"
        raise DeviceMissingError(f"model '{opening.name}': no delegate {library}: {why}; {mend}") from error


def _tensor(details: dict[str, Any]) -> Tensor:
    return Tensor(details["name"], tuple(int(size) for size in details["shape"]), np.dtype(details["dtype"]))
