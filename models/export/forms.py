"""The files of one export: which there are, and how they are made from a `.keras` file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from models.keras_export import KerasForm, convert_keras
from models.quantize_onnx import quantize_onnx
from models.spec import FILE_NAMES
from models.wheels import Say
from models.workshop import require

ExportForm = Literal["onnx", "onnx-fp16", "onnx-int8", "tflite", "tflite-fp16", "tflite-dynamic", "tflite-int8"]
FORMS: tuple[ExportForm, ...] = get_args(ExportForm)
INT8: tuple[ExportForm, ...] = ("onnx-int8", "tflite-int8")
_KERAS: tuple[KerasForm, ...] = get_args(KerasForm)


def with_float(forms: Sequence[ExportForm]) -> tuple[ExportForm, ...]:
    """The forms asked for and, before each runtime's, its float32 one: what it runs unless told otherwise.

    >>> with_float(["tflite-int8"])
    ('tflite', 'tflite-int8')
    """
    whole = {"onnx" if form.startswith("onnx") else "tflite" for form in forms}
    return tuple(form for form in FORMS if form in forms or form in whole)


def make_forms(
    model: Path,
    into: Path,
    forms: Sequence[ExportForm],
    proof: np.ndarray,
    calibration: np.ndarray,
    answers: Mapping[Path, Path],
    say: Say,
) -> None:
    """Make the folder `into` hold every form but int8 for ONNX, each held against the Keras model.

    Args:
        model: A `.keras` file.
        into: Must not be there yet.
        forms: Which.
        proof: `(N, H, W, 3) float32` RGB, 0 to 255; real ones.
        calibration: The same, of the training split.
        answers: See `convert_keras`.
        say: Told before anything slow.

    Raises:
        ModelError: a package is missing, the model cannot be converted, or the disk is full.
    """
    by_keras = [form for form in _KERAS if form in forms]
    convert_keras(model, into, list(proof[:, None]), by_keras, say, list(calibration[:, None]), True, answers)


def quantize(folder: Path, calibration: np.ndarray, float_first: int, say: Say) -> Path:
    """Make int8 for ONNX Runtime from the float form in `folder`.

    Args:
        folder: Where `model.onnx` is.
        calibration: `(N, H, W, 3) float32` RGB, 0 to 255, of the training split.
        float_first: How many convolutions stay in float, from the input on.
        say: Told what is going on.

    Raises:
        ModelError: a package is missing.
    """
    require(("onnx", "onnxruntime"), "int8 for ONNX Runtime")
    target = folder / FILE_NAMES["onnx-int8"]
    quantize_onnx(folder / FILE_NAMES["onnx"], target, list(calibration[:, None]), float_first, say)
    return target
