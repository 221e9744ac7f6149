"""A Keras model turned into ONNX and TFLite, each held against it, by a process of its own."""

import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from models.wheels import Say
from models.workshop import make_folder, require
from pipeline.errors import ModelError

KerasForm = Literal["onnx", "onnx-fp16", "tflite", "tflite-fp16", "tflite-dynamic", "tflite-int8"]


def input_of(model: Path) -> tuple[int, int]:
    """(width, height) of the pictures that a `.keras` file takes, without loading Keras.

    Raises:
        ModelError: it is no `.keras` file, is an old `.h5`, or takes no pictures of one size.
    """
    if model.suffix.lower() in (".h5", ".hdf5"):
        raise ModelError(
            f"{model} is a file of Keras 2; load it with the TensorFlow it was made with (2.15 or older), and"
            " model.save('model.keras') it there, or with tf_keras"
        )
    try:
        with zipfile.ZipFile(model) as archive:
            config = json.loads(archive.read("config.json"))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError(f"{model} is no Keras model: {str(error)[:120]}; name a .keras file") from error
    shape = _input_shape(config)
    if shape is None or len(shape) != 4 or not all(shape[1:]):
        raise ModelError(f"{model} takes {shape}, not pictures (N, height, width, channels) of one size")
    return shape[2], shape[1]


def convert_keras(
    model: Path,
    into: Path,
    frames: Sequence[np.ndarray],
    forms: Sequence[KerasForm] = ("onnx", "tflite"),
    say: Say = lambda line: None,
    calibration: Sequence[np.ndarray] = (),
    open_batch: bool = False,
    answers: Mapping[Path, Path] | None = None,
) -> None:
    """Make the folder `into` hold the forms of a Keras model and `convert.json`, whole or not at all.

    Args:
        model: A `.keras` file with one input.
        into: The folder to make; a damaged one in its place is replaced.
        frames: Real inputs, `(1, H, W, C) float32` each, eight and more, which prove every form. They may be RGB in
            0..255 where the model takes grey: then all forms take RGB, and make it grey inside.
        forms: What to make.
        say: Told before anything slow happens.
        calibration: Real inputs as well, for int8; without them every other one of `frames`.
        open_batch: ONNX takes any number of pictures at once; TFLite takes one always.
        answers: From files of pictures, `(N, H, W, C) uint8` .npy as the model itself takes them, to where what it
            gives for them is put, `(N, K) float32` .npy.

    Raises:
        ModelError: no such model, a package is missing, a float form differs from it, or the disk is full.
    """
    input_of(model)
    require(
        ("tensorflow", "keras", *(["tf2onnx"] if {"onnx", "onnx-fp16"} & {*forms} else [])), f"converting {model.name}"
    )
    with tempfile.TemporaryDirectory(prefix="sluice-") as folder:
        batches, own = Path(folder) / "batches.npy", Path(folder) / "calibration.npy"
        np.save(batches, np.stack(frames))
        job: dict[str, object] = {"model": str(model.resolve()), "batches": str(batches), "forms": list(forms)}
        if calibration:
            np.save(own, np.stack(calibration))
            job["calibration"] = str(own)
        job["open_batch"] = open_batch
        job["answers"] = {str(asked.resolve()): str(given.resolve()) for asked, given in (answers or {}).items()}
        notice = f"converting to {', '.join(forms)} (TensorFlow, about 20 s)"
        make_folder("models.keras_forms", job, into, f"convert {model.name}", say, notice)


def _input_shape(config: Any) -> list[int] | None:
    """The first shape of an input layer anywhere in a saved model's description."""
    if isinstance(config, list):
        return next((shape for it in config if (shape := _input_shape(it)) is not None), None)
    if not isinstance(config, dict):
        return None
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    if isinstance(shape, list):
        return shape
    return _input_shape(list(config.values()))
