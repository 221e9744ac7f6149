"""TFLite in eight-bit integers or half precision, made from the original network.

Run as `python -m models.quantize_tflite JOB` by `models.quantize`: a converter needs TensorFlow and the graph, not the
float file. Input and outputs stay float32.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def main(original: Path, cut: dict[str, Any] | None, batches: Path, targets: dict[str, str]) -> None:
    """Write the forms that are asked for.

    Args:
        original: A frozen graph, or dlib's face embedder.
        cut: 'input', 'outputs' and 'shape' of a frozen graph; None: dlib's.
        batches: A `.npy` file of real inputs, `(N, 1, H, W, 3) float32`.
        targets: 'int8' and 'fp16' to where each goes.
    """
    import tensorflow as tf

    function, keeper = _graph(original, cut) if cut else _dlib(original)
    frames = np.load(batches)
    for kind, target in targets.items():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function], keeper)
        ask(tf, converter, kind, lambda: ([frame] for frame in frames))
        Path(target).write_bytes(converter.convert())


def ask(tf: Any, converter: Any, kind: str, frames: Callable[[], Any]) -> None:
    """Tell a converter which precision it should use: 'float32', 'fp16', 'dynamic' or 'int8'."""
    if kind == "float32":
        return
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if kind == "dynamic":
        return
    if kind == "fp16":
        converter.target_spec.supported_types = [tf.float16]
        return
    converter.representative_dataset = frames
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]


def _graph(original: Path, cut: dict[str, Any]) -> tuple[Any, Any]:
    from models.frozen_graph import load_function

    return load_function(original, cut["input"], cut["outputs"], tuple(cut["shape"]))


def _dlib(original: Path) -> tuple[Any, Any]:
    from models.dlib_graphs import to_function
    from models.dlib_network import read_network

    function = to_function(read_network(original))
    return function.get_concrete_function(), function


if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    main(Path(job["original"]), job["cut"], Path(job["batches"]), job["targets"])
