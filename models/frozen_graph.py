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

from models.agreement import compare
from models.backend import Backend, open_file
from models.cache import sha256_of
from models.parity import worst_difference
from models.spec import ModelSpec
from models.workshop import RECIPE, REPORT

OPSET = 17
LIMIT = 1e-3
"""Largest difference from the graph that a conversion may have: a thousandth of a logit moves no box by a pixel."""

Graph = Callable[[np.ndarray], list[np.ndarray]]


def main(
    graph: Path,
    input_name: str,
    outputs: list[str],
    shape: tuple[int, ...],
    into: Path,
    frames: Path | None = None,
    spec: ModelSpec | None = None,
) -> None:
    """Convert, compare, and write the report beside the files.

    Args:
        graph: The frozen graph's file.
        input_name: Tensor that becomes the input.
        outputs: Tensors that become the outputs.
        shape: Of the input, a batch of one.
        into: Folder for the files.
        frames: `.npy` of real inputs, a batch each; made-up pictures are compared in any case.
        spec: Says what the outputs mean, so that boxes can be compared on the real frames.

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

    real = list(np.load(frames)) if frames else []
    files: dict[str, dict[str, Any]] = {}
    for path in (into / "model.onnx", into / "model.tflite"):
        cases = ((batch, reference(batch)) for batch in (*pictures(shape), *real))
        difference = worst_difference(path, cases, LIMIT, "the graph")
        files[path.name] = {"sha256": sha256_of(path), "bytes": path.stat().st_size, "difference": difference}
        if real and spec:
            backend = open_file(path)
            found = compare(spec, _Graph(reference, backend), backend, real)
            files[path.name]["frames"] = found.as_data()
            backend.close()
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


class _Graph:
    """The original, in the clothes of a backend: its inputs and outputs are those of its conversion."""

    runtime = "tensorflow"

    def __init__(self, reference: Graph, like: Backend) -> None:
        self._reference = reference
        self.input, self.outputs = like.input, like.outputs

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        return tuple(self._reference(batch))

    def close(self) -> None:
        pass


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
    main(
        Path(job["graph"]),
        job["input"],
        list(job["outputs"]),
        tuple(job["shape"]),
        Path(job["into"]),
        Path(job["frames"]) if job.get("frames") else None,
        ModelSpec.model_validate(job["spec"]) if job.get("spec") else None,
    )
