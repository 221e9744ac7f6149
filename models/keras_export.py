"""A Keras model turned into ONNX and TFLite, each held against it; `python -m models.keras_export JOB` is the child."""

import json
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np

from models.backend import open_file
from models.cache import sha256_of
from models.quantize_tflite import ask
from models.spec import FILE_NAMES, Form
from models.wheels import Say
from models.workshop import RECIPE, REPORT, make_folder, require
from pipeline.errors import ModelError

KerasForm = Literal["onnx", "tflite", "tflite-fp16", "tflite-int8"]
LIMIT = 1e-3
"""Largest difference of a float form from the Keras model, as a share of its largest output."""
OPSET = 17
_PRECISION = {"tflite": "float32", "tflite-fp16": "fp16", "tflite-int8": "int8"}


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
) -> None:
    """Make the folder `into` hold the forms of a Keras model and `convert.json`, whole or not at all.

    Args:
        model: A `.keras` file with one input.
        into: The folder to make; a damaged one in its place is replaced.
        frames: Real inputs, `(1, H, W, C) float32` each, eight and more: every other one calibrates int8, all prove.
        forms: What to make.
        say: Told before anything slow happens.

    Raises:
        ModelError: no such model, a package is missing, a float form differs from it, or the disk is full.
    """
    input_of(model)
    require(("tensorflow", "keras", *(["tf2onnx"] if "onnx" in forms else [])), f"converting {model.name}")
    with tempfile.TemporaryDirectory(prefix="sluice-") as folder:
        batches = Path(folder) / "batches.npy"
        np.save(batches, np.stack(frames))
        job: dict[str, object] = {"model": str(model.resolve()), "batches": str(batches), "forms": list(forms)}
        notice = f"converting to {', '.join(forms)} (TensorFlow, about 20 s)"
        make_folder("models.keras_export", job, into, f"convert {model.name}", say, notice)


def main(model: Path, batches: Path, forms: Sequence[Form], into: Path) -> None:
    """Convert, compare, and write the report beside the files.

    Raises:
        SystemExit: a float form differs from the model, or the model has several inputs.
    """
    import keras
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    network = keras.models.load_model(model, compile=False)
    if len(network.inputs) != 1:
        sys.exit(f"{model.name} has {len(network.inputs)} inputs; one is what can be converted")
    frames = np.load(batches)
    traced = tf.function(lambda image: network(image, training=False))
    live = traced.get_concrete_function(tf.TensorSpec(frames.shape[1:], tf.float32, name="image"))
    frozen = convert_variables_to_constants_v2(live)

    def reference(batch: np.ndarray) -> list[np.ndarray]:
        return [np.asarray(output) for output in tf.nest.flatten(live(tf.constant(batch)))]

    files = {}
    for form in forms:
        path = into / FILE_NAMES[form]
        if form == "onnx":
            path.write_bytes(_to_onnx(frozen))
        else:
            converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen], network)
            ask(tf, converter, _PRECISION[form], lambda: ([frame] for frame in frames[::2]))
            path.write_bytes(converter.convert())
        # What calibrated int8 proves nothing about it.
        proof = frames[1::2] if form == "tflite-int8" else frames
        found = _difference(path, reference, proof)
        if form in ("onnx", "tflite") and not found["relative"] <= LIMIT:
            sys.exit(f"{path.name} differs from the model by {found['relative']:.2g} of its outputs, more than {LIMIT}")
        files[path.name] = {"sha256": sha256_of(path), "bytes": path.stat().st_size, **found}
    report = {
        "recipe": RECIPE,
        "original": {"file": model.name, "sha256": sha256_of(model)},
        "versions": {name: version(name) for name in ("tensorflow", "keras", "tf2onnx", "onnxruntime", "numpy")},
        "frames": len(frames),
        "files": files,
    }
    (into / REPORT).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _to_onnx(frozen: Any) -> bytes:
    import tf2onnx

    made, _ = tf2onnx.convert.from_graph_def(
        frozen.graph.as_graph_def(),
        input_names=[tensor.name for tensor in frozen.inputs],
        output_names=[tensor.name for tensor in frozen.outputs],
        opset=OPSET,
    )
    return bytes(made.SerializeToString())


def _difference(
    path: Path, reference: Callable[[np.ndarray], list[np.ndarray]], frames: Sequence[np.ndarray]
) -> dict[str, float]:
    """Largest absolute and relative difference, and for scores `(1, C)` how often the best class is the same."""
    backend = open_file(path)
    absolute = relative = 0.0
    same: list[bool] = []
    for frame in frames:
        for want, got in zip(reference(frame), backend.run(frame), strict=True):
            apart = float(np.abs(want - got).max())
            absolute = max(absolute, apart)
            relative = max(relative, apart / max(float(np.abs(want).max()), 1e-12))
            if want.ndim == 2 and want.shape[1] > 1:
                same.append(bool(want.argmax() == got.argmax()))
    backend.close()
    found = {"difference": absolute, "relative": relative}
    return {**found, "top1": sum(same) / len(same)} if same else found


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


if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    main(Path(job["model"]), Path(job["batches"]), job["forms"], Path(job["into"]))
