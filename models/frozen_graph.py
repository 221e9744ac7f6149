"""The conversion itself: run as `python -m models.frozen_graph JOB` by `models.convert`, which reads its exit code.

The only module that imports TensorFlow; nothing that runs video imports this one.
"""

import json
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.backend import open_file
from models.cache import sha256_of
from models.convert import RECIPE, REPORT

OPSET = 17
LIMIT = 1e-3
"""Largest difference from the graph that a conversion may have: a thousandth of a logit moves no box by a pixel."""

Graph = Callable[[np.ndarray], list[np.ndarray]]


def main(graph: Path, input_name: str, outputs: list[str], shape: tuple[int, ...], into: Path) -> None:
    """Convert, compare, and write the report beside the files.

    Raises:
        SystemExit: a form differs from the graph by more than `LIMIT`.
    """
    import tensorflow as tf

    function, wrapped = load_function(graph, input_name, outputs, shape)
    _to_onnx(function, into / "model.onnx")
    (into / "model.tflite").write_bytes(
        tf.lite.TFLiteConverter.from_concrete_functions([function], trackable_obj=wrapped).convert()
    )

    def reference(batch: np.ndarray) -> list[np.ndarray]:
        return [output.numpy() for output in function(tf.constant(batch))]

    files = {}
    for path in (into / "model.onnx", into / "model.tflite"):
        difference = _difference(path, reference, shape)
        files[path.name] = {"sha256": sha256_of(path), "bytes": path.stat().st_size, "difference": difference}
    report = {
        "recipe": RECIPE,
        "graph": {"file": graph.name, "sha256": sha256_of(graph)},
        "versions": {name: version(name) for name in ("tensorflow", "tf2onnx", "onnx", "onnxruntime", "numpy")},
        "files": files,
    }
    (into / REPORT).write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


def load_function(graph: Path, input_name: str, outputs: list[str], shape: tuple[int, ...]) -> tuple[Any, Any]:
    """The cut graph as a concrete function, and the object that keeps it alive."""
    import tensorflow as tf

    definition = tf.compat.v1.GraphDef()
    definition.ParseFromString(graph.read_bytes())
    wrapped = tf.compat.v1.wrap_function(
        lambda image: tf.import_graph_def(definition, {input_name: image}, outputs, name=""),
        [tf.TensorSpec(shape, tf.float32, name="image")],
    )
    return wrapped.prune(wrapped.inputs[0], wrapped.outputs), wrapped


def _to_onnx(function: Any, target: Path) -> None:
    """Batch norms are folded into the convolutions on the way."""
    import tf2onnx

    model, _ = tf2onnx.convert.from_graph_def(
        function.graph.as_graph_def(),
        input_names=[tensor.name for tensor in function.inputs],
        output_names=[tensor.name for tensor in function.outputs],
        opset=OPSET,
    )
    target.write_bytes(model.SerializeToString())


def _difference(path: Path, reference: Graph, shape: tuple[int, ...]) -> float:
    """Largest absolute difference from the graph over pictures of several kinds."""
    backend = open_file(path)
    worst = 0.0
    for batch in pictures(shape):
        for want, got in zip(reference(batch), backend.run(batch), strict=True):
            if want.shape != got.shape:
                sys.exit(f"{path.name} gives {got.shape} where the graph gives {want.shape}")
            worst = max(worst, float(np.abs(want - got).max()))
    backend.close()
    if not worst <= LIMIT:
        sys.exit(f"{path.name} differs from the graph by {worst:.2g}, more than {LIMIT:.2g}")
    return worst


def pictures(shape: tuple[int, ...]) -> list[np.ndarray]:
    """Batches `(1, H, W, 3) float32` in [-1, 1]: grey, noise, and noise with the smooth patches of photographs."""
    _, height, width, channels = shape
    random = np.random.default_rng(0)
    made: list[np.ndarray] = [np.zeros(shape, np.float32), random.uniform(-1, 1, shape).astype(np.float32)]
    for cells in (4, 16, 64):
        coarse = random.uniform(-1, 1, (cells, cells, channels)).astype(np.float32)
        made.append(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)[None])
    return made


if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    main(Path(job["graph"]), job["input"], list(job["outputs"]), tuple(job["shape"]), Path(job["into"]))
