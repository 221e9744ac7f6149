"""The child that turns a Keras model into its forms: `python -m models.keras_forms JOB`, for `models.keras_export`."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from models.backend import open_file
from models.cache import sha256_of
from models.quantize_tflite import ask
from models.spec import FILE_NAMES, Form
from models.workshop import RECIPE, REPORT

LIMIT = 1e-3
"""Largest difference of a float form from the Keras model, as a share of its largest output."""
OPSET = 17
GREY = (0.299, 0.587, 0.114)
"""What red, green and blue are worth in grey, as OpenCV has it."""
_PRECISION = {"tflite": "float32", "tflite-fp16": "fp16", "tflite-dynamic": "dynamic", "tflite-int8": "int8"}
_AT_ONCE = 256


def main(
    model: Path,
    batches: Path,
    forms: Sequence[Form],
    into: Path,
    calibration: Path | None = None,
    open_batch: bool = False,
    answers: Mapping[str, str] | None = None,
) -> None:
    """Convert, compare, and write the report beside the files.

    Raises:
        SystemExit: a float form differs from the model, or the model has several inputs.
    """
    import tensorflow as tf

    network = _load(model)
    frames = np.load(batches)
    run = _function(tf, network, frames.shape[-1])

    def concrete(batch: int | None) -> Any:
        shape = (batch, *frames.shape[2:])
        return tf.function(run).get_concrete_function(tf.TensorSpec(shape, tf.float32, name="image"))

    live = concrete(1)
    seen = frames[::2] if calibration is None else np.load(calibration)

    def reference(batch: np.ndarray) -> list[np.ndarray]:
        return [np.asarray(output) for output in tf.nest.flatten(live(tf.constant(batch)))]

    files = {}
    for form in forms:
        path = into / FILE_NAMES[form]
        if form.startswith("onnx"):
            path.write_bytes(_to_onnx(_frozen(concrete(None) if open_batch else live), half=form == "onnx-fp16"))
        else:
            converter = tf.lite.TFLiteConverter.from_concrete_functions([_frozen(live)], network)
            ask(tf, converter, _PRECISION[form], lambda: ([frame] for frame in seen))
            path.write_bytes(converter.convert())
        # What calibrated int8 proves nothing about it.
        proof = frames[1::2] if form == "tflite-int8" and calibration is None else frames
        found = _difference(path, reference, proof)
        if form in ("onnx", "tflite") and not found["relative"] <= LIMIT:
            sys.exit(f"{path.name} differs from the model by {found['relative']:.2g} of its outputs, more than {LIMIT}")
        files[path.name] = {"sha256": sha256_of(path), "bytes": path.stat().st_size, **found}
    for asked, given in (answers or {}).items():
        np.save(given, _answers(network, np.load(asked, mmap_mode="r")))
    report = {
        "recipe": RECIPE,
        "original": {"file": model.name, "sha256": sha256_of(model)},
        "versions": {name: version(name) for name in ("tensorflow", "keras", "tf2onnx", "onnxruntime", "numpy")},
        "frames": len(frames),
        "files": files,
    }
    (into / REPORT).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def _load(model: Path) -> Any:
    """The network, in float32 wherever it was trained in fewer bits: the converters know no mixed precision.

    Raises:
        SystemExit: it has several inputs.
    """
    import keras

    network = keras.models.load_model(model, compile=False)
    if len(network.inputs) != 1:
        sys.exit(f"{model.name} has {len(network.inputs)} inputs; one is what can be converted")
    if all(layer.compute_dtype == "float32" for layer in network._flatten_layers()):
        return network

    def in_float(layer: Any) -> Any:
        return layer.__class__.from_config({**layer.get_config(), "dtype": "float32"})

    plain = keras.models.clone_model(network, clone_function=in_float)
    plain.set_weights(network.get_weights())
    return plain


def _function(tf: Any, network: Any, channels: int) -> Callable[[Any], Any]:
    """From what the files take to what the network gives: colour becomes grey for one that knows nothing else."""
    if channels == network.inputs[0].shape[-1] or channels != 3:
        return lambda image: network(image, training=False)
    worth = tf.constant(np.array(GREY, np.float32).reshape(1, 1, 3, 1))
    return lambda image: network(tf.nn.conv2d(image, worth, 1, "VALID"), training=False)


def _answers(network: Any, pictures: np.ndarray) -> np.ndarray:
    """`(N, K) float32` for `(N, H, W, C) uint8`."""
    places = range(0, len(pictures), _AT_ONCE)
    rows = [network.predict_on_batch(pictures[at : at + _AT_ONCE].astype(np.float32)) for at in places]
    return np.concatenate(rows).astype(np.float32)


def _frozen(function: Any) -> Any:
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    return convert_variables_to_constants_v2(function)


def _to_onnx(frozen: Any, half: bool = False) -> bytes:
    import tf2onnx

    made, _ = tf2onnx.convert.from_graph_def(
        frozen.graph.as_graph_def(),
        input_names=[tensor.name for tensor in frozen.inputs],
        output_names=[tensor.name for tensor in frozen.outputs],
        opset=OPSET,
    )
    if half:
        from onnxruntime.transformers.float16 import convert_float_to_float16

        made = convert_float_to_float16(made, keep_io_types=True)
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


if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    main(
        Path(job["model"]),
        Path(job["batches"]),
        job["forms"],
        Path(job["into"]),
        Path(job["calibration"]) if "calibration" in job else None,
        job["open_batch"],
        job["answers"],
    )
